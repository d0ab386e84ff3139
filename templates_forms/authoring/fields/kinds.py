"""Determines the type of a field from its shape, its labels and the text beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.fields.meanings import label_core, meaning_of
from templates_forms.authoring.fields.vocabulary import SEVERAL, UNITS, Meaning
from templates_forms.authoring.print.words import plain
from templates_forms.model import FieldType

T = FieldType
_NUMERIC = {T.DIGITS, T.AMOUNT, T.POSTAL_CODE, T.PHONE, T.MY_NUMBER, T.ACCOUNT_NUMBER}
# No Japanese number on forms is longer; longer rows are names in kana.
_MOST_DIGITS = 14
# In characters; longer texts are sentences, not names of a field.
_SHORT_LABEL, _SHORT_OWN = 16, 8
# 記名 means a printed or written name, 署名 and 自署 a signature.
_SIGNED = re.compile(r"署名|自署")


@dataclass(frozen=True, slots=True)
class Kind:
    """A field type, with the meaning of the label that determined it, if any, and the label to show."""

    type: FieldType
    meaning: Meaning | None
    label: str


def kind_of(draft: Draft) -> Kind:
    """Return the type of a draft, its meaning, and the label to show."""
    meaning, label = _meaning(draft)
    if draft.shape is Shape.DATE:
        return Kind(T.DATE, meaning, label)
    if draft.shape is Shape.SEAL:
        return Kind(T.SEAL, meaning_of("印"), "印")
    if draft.shape is Shape.TICKS and len(draft.choices) == 1:
        return _check(draft, meaning, label)
    if draft.shape in (Shape.TICKS, Shape.WORDS):
        several = draft.several or any(word in text for text in draft.labels for word in SEVERAL)
        return Kind(T.MULTI_CHOICE if several else T.CHOICE, meaning, label)
    if draft.shape is Shape.ROW:
        return Kind(_row_type(draft, meaning), meaning, label)
    return Kind(_free_type(draft, meaning, label), meaning, label)


def _check(draft: Draft, meaning: Meaning | None, label: str) -> Kind:
    """Name a single tick by its own text when that is short or contains 同意, else by the label of its cell."""
    own = draft.choices[0].label
    agreed = next((word for word in ("同意", "誓約") if word in own), None)
    if agreed:
        return Kind(T.CHECK, meaning_of(agreed), "・".join(w for w in ("誓約", "同意") if w in own))
    if 0 < len(label) <= _SHORT_LABEL and len(own) > _SHORT_OWN:
        return Kind(T.CHECK, meaning, label)
    return Kind(T.CHECK, None, _shown(own) or label)


def _meaning(draft: Draft) -> tuple[Meaning | None, str]:
    """Return the first known label's meaning and text; without one, the first label's text."""
    for text in draft.labels:
        meaning = meaning_of(text)
        if meaning is not None:
            return meaning, _shown(text)
    shown = next((text for text in draft.labels if label_core(text)), "")
    return None, _shown(shown)


def _shown(text: str) -> str:
    return plain(text).strip("*＊※●:：・")[:40]


def _row_type(draft: Draft, meaning: Meaning | None) -> FieldType:
    count = sum(draft.groups or (0,))
    words = "".join(draft.labels)
    # Three and four boxes are a postal code wherever they occur, unless the label says otherwise.
    if draft.groups == (3, 4) and (
        meaning is None or meaning.type is T.POSTAL_CODE or meaning.content == "address"
    ):
        return T.POSTAL_CODE
    if "〒" in words and count == 7:
        return T.POSTAL_CODE
    # A twelve-box row without the label may be any number: the check digit rule must not be imposed on it.
    if count == 12 and meaning is not None and meaning.type is T.MY_NUMBER:
        return T.MY_NUMBER
    if _is_amount(draft):
        return T.AMOUNT
    # A row this short is one part of a telephone number.
    if meaning is not None and meaning.type is T.PHONE and count < 6:
        return T.DIGITS
    if meaning is not None and meaning.type in _NUMERIC | {T.KANA, T.DATE, T.LATIN}:
        return meaning.type
    # A name or address written in boxes is still kanji.
    if meaning is not None and meaning.content in ("name", "address", "bank", "branch"):
        return T.TEXT
    return T.DIGITS if count <= _MOST_DIGITS else T.KANA


def _is_amount(draft: Draft) -> bool:
    money = draft.after.startswith("円") or "円" in draft.printed
    return money or (len(set(draft.printed) & set("百千万億")) >= 2)


def _free_type(draft: Draft, meaning: Meaning | None, label: str) -> FieldType:
    unit = plain(draft.after)
    if unit in UNITS and not (meaning is not None and meaning.type is T.DATE):
        return UNITS[unit]
    if unit.startswith("円"):
        return T.AMOUNT
    if meaning is None:
        return T.TEXT
    if meaning.type is T.TEXT and _SIGNED.search(label) and meaning.content == "name" and "記名" not in label:
        return T.SIGNATURE if "自署" in label or "署名" in label_core(label) else T.TEXT
    if meaning.type is T.CHECK or meaning.type is T.CHOICE:
        return T.TEXT
    if meaning.name == "time":
        return T.TEXT
    return meaning.type
