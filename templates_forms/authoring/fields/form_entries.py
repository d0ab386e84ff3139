"""Converts drafts into the entries and rules of a ``form.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from templates_forms.authoring.fields.dates import era_choices, era_mark_of
from templates_forms.authoring.fields.drafts import Choice, Draft, Shape
from templates_forms.authoring.fields.kinds import Kind
from templates_forms.authoring.fields.naming import NameAllocator, values_of
from templates_forms.authoring.fields.vocabulary import ERAS, OPTIONAL, REQUIRED
from templates_forms.form_text import Entry
from templates_forms.model import Box, FieldType, Mark

# Forms mark required labels with a star or a filled circle at either end.
_STAR = re.compile(r"^[*＊●◎]|[*＊]$|[*＊][)）]?$")
# Eleven digits and two hyphens.
_PHONE_LENGTH = 13


def box_list(box: Box) -> list[float]:
    """Return [x, y, width, height] in mm, rounded to a hundredth."""
    return [
        int(v) if v == int(v) else v for v in (round(v, 2) for v in (box.x, box.y, box.width, box.height))
    ]


def entry_of(draft: Draft, kind: Kind, names: NameAllocator) -> Entry:
    """Return one field as an entry of ``form.yaml``."""
    name, english = names.name(draft, kind)
    entry: Entry = {"name": name, "label": kind.label or name}
    if english and english != entry["label"]:
        entry["label_en"] = english
    entry["type"] = kind.type.value
    entry.update(_shape(draft, kind))
    if is_required(draft):
        entry["required"] = True
    if kind.type is FieldType.TEXT and kind.meaning is not None and kind.meaning.content:
        entry["content"] = kind.meaning.content
    if kind.type is FieldType.PHONE and not draft.groups:
        entry["max_length"] = _PHONE_LENGTH
    # My Number identifies a person in all procedures, so two people always check it.
    if kind.type is FieldType.MY_NUMBER:
        entry["handling"] = "double"
    return entry


def _shape(draft: Draft, kind: Kind) -> Entry:
    if draft.shape is Shape.DATE and draft.parts:
        return _date(draft)
    if draft.shape in (Shape.TICKS, Shape.WORDS) and kind.type is not FieldType.CHECK:
        return {"mark": (draft.mark or Mark.TICK).value, "options": _options(draft.choices)}
    shape: Entry = {"box": box_list(draft.box)}
    if draft.groups:
        shape["cells"] = draft.groups[0] if len(draft.groups) == 1 else list(draft.groups)
    return shape


def _options(choices: Sequence[Choice]) -> list[Entry]:
    labels = [choice.label for choice in choices]
    return [
        {"value": value, "label": choice.label or value, "box": box_list(choice.box)}
        for value, choice in zip(values_of(labels), choices, strict=True)
    ]


def _date(draft: Draft) -> Entry:
    shape: Entry = {}
    eras = era_choices(draft)
    # One choice alone is no choice: it is handled as a printed era below.
    if len(eras) > 1:
        shape["era"] = {
            "mark": era_mark_of(draft).value,
            "options": [{"value": ERAS[c.label], "label": c.label, "box": box_list(c.box)} for c in eras],
        }
    elif draft.era_fixed:
        shape["era"] = {"fixed": draft.era_fixed}
    for name, part in draft.parts.items():
        shape[name] = {"box": box_list(part.box)}
        if part.groups:
            groups = list(part.groups)
            shape[name]["cells"] = groups[0] if len(groups) == 1 else groups
    return shape


def is_required(draft: Draft) -> bool:
    """Whether a mark beside the label shows that the field is required."""
    words = "".join(draft.labels)
    if any(word in words for word in OPTIONAL):
        return False
    return any(word in words for word in REQUIRED) or any(_STAR.search(label) for label in draft.labels)


def rules_of(entries: Sequence[Entry]) -> list[Entry]:
    """Return the rules that follow from the types and meanings of the fields."""
    rules: list[Entry] = []
    for i, entry in enumerate(entries):
        kind = entry["type"]
        if kind == "postal_code" and (address := _next(entries, i, "text", "address")):
            rules.append(_rule("postal_code_matches_address", entry["name"], address))
        if kind == "kana" and (name := _next(entries, i, "text", "name", reach=2)):
            rules.append(_rule("kana_matches_name", entry["name"], name))
        if kind == "date" and "birth_date" in entry["name"]:
            rules.append(_rule("date_in_past", entry["name"]))
        if kind == "my_number":
            rules.append(_rule("my_number_check_digit", entry["name"]))
        # Without hyphens: ten digits, or eleven for mobile and IP numbers.
        if kind == "phone":
            rules.append({**_rule("digits_length", entry["name"]), "values": [10, 11]})
        if kind in ("digits", "account_number") and "cells" in entry and _whole(entry["name"]):
            rules.append({**_rule("digits_length", entry["name"]), "values": [_count(entry["cells"])]})
    return rules


def _whole(name: str) -> bool:
    """Whether a number fills all its boxes: codes do, counts do not."""
    return any(
        word in name for word in ("_no", "code", "account_number", "insured_number", "corporate_number")
    )


def _rule(rule: str, *fields: str) -> Entry:
    return {"rule": rule, "fields": list(fields)}


def _count(cells: Any) -> int:
    return sum(cells) if isinstance(cells, list) else int(cells)


def _next(entries: Sequence[Entry], index: int, kind: str, content: str, reach: int = 4) -> str | None:
    """Return the first field with a content shortly after another: the name of a kana, the address of a code."""
    for entry in entries[index + 1 : index + 1 + reach]:
        if entry["type"] == kind and entry.get("content") == content:
            return str(entry["name"])
    return None
