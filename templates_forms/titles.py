"""Forms and fields as people call them: titles and labels in the reader's language, the id where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from templates_forms.model import Form

_COMPARED: Final = re.compile(r"(?:(?<=; )|^)(\w+)(?=: (?:「|\(masked\)))")
"""A field's name where a bot tells what it wanted and what it found."""


def title(forms: Mapping[str, Form], form_id: str, language: str) -> str:
    """A form's title; where other forms have the same one, with what tells it apart: its edition, or else its id."""
    form = forms.get(form_id)
    if form is None:
        return form_id
    words = form.title_in(language)
    twins = [
        other.edition for other in forms.values() if other.id != form_id and other.title_in(language) == words
    ]
    if not twins:
        return words
    mark = form_id if form.edition in twins else form.edition
    return f"{words} ({mark})" if language == "en" else f"{words}（{mark}）"


def label(forms: Mapping[str, Form], form_id: str, name: str, language: str) -> str:
    """A field's label."""
    form = forms.get(form_id)
    try:
        return form.field(name).label_in(language) if form else name
    except KeyError:
        return name


def reason(forms: Iterable[Form], text: str, language: str) -> str:
    """Why an entry stopped, with the labels of the fields that it names; any other sentence as it is."""
    labels = {field.name: field.label_in(language) for form in forms for field in form.fields()}
    parts = [part.strip() for part in re.split(r"[,|]", text)]
    if all(part in labels for part in parts):
        return "、".join(labels[part] for part in parts)
    return _COMPARED.sub(lambda found: labels.get(found[1], found[1]), text)
