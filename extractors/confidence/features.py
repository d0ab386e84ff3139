"""Which calibrator applies to a reading, and which of its features that calibrator uses."""

from __future__ import annotations

from collections.abc import Mapping

from templates_forms.model import DIGIT_TYPES, Field, FieldType

_BY_TYPE = {
    FieldType.CHECK: "check",
    FieldType.CHOICE: "choice",
    FieldType.MULTI_CHOICE: "multi_choice",
    FieldType.SEAL: "presence",
    FieldType.SIGNATURE: "presence",
    FieldType.BARCODE: "barcode",
}
_ROW = (
    "product", "weakest", "margin", "glyph", "line", "disagree", "nothing", "exact", "length", "outside",
    "empty_ink", "struck", "contrast", "residual", "doubts", "rule_errors", "rule_warnings", "confirmed",
)  # fmt: skip
_FREE = (
    "product", "all_scores", "weakest", "agree", "unread", "per_character", "length", "lines", "outside",
    "struck", "contrast", "doubts", "known", "fit", "lead", "tipped", "rule_errors", "rule_warnings",
    "confirmed",
)  # fmt: skip
_EMPTY = ("ink", "outside", "doubts", "residual", "rule_errors", "dark")
_MARK = ("product", "weakest", "chosen", "cancel", "doubts", "residual")

FEATURES: dict[str, tuple[str, ...]] = {
    "digits": _ROW,
    "kana": (*_ROW, "known", "support", "lead", "tipped", "all_share"),
    "latin": _ROW,
    "text_cells": _ROW,
    "date": (*_ROW, "era", "era_marks", "valid_share", "second"),
    "text": _FREE,
    "digits_free": _FREE,
    "kana_free": _FREE,
    "latin_free": _FREE,
    "date_free": _FREE,
    "empty_cells": _EMPTY,
    "empty_free": _EMPTY,
    "check": _MARK,
    "choice": _MARK,
    "multi_choice": _MARK,
    "presence": ("product", "chosen", "seal", "ink", "residual"),
    "barcode": ("product", "written"),
}
"""Features of each kind of reading, in the order of its model."""


# Written and empty fields are different kinds: their features have little in common.
def kind_of(field: Field, features: Mapping[str, float]) -> str:
    """Returns the kind of a reading: its type, whether in boxes or free, and whether anything is written."""
    if field.type in _BY_TYPE:
        return _BY_TYPE[field.type]
    parted = any((field.year, field.month, field.day))
    free = not parted if field.type is FieldType.DATE else not field.cells
    if not features.get("written", 1.0):
        return "empty_free" if free else "empty_cells"
    if field.type in DIGIT_TYPES:
        name = "digits"
    elif field.type is FieldType.TEXT:
        return "text" if free else "text_cells"
    else:
        name = str(field.type)
    return f"{name}_free" if free else name
