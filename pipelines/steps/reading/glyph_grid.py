"""Which doubtful fields can be settled by looking at one printed box: the cells of the glyph grid.

A box alone shows a character and nothing around it, so only a field whose sole doubt is one character in one known
box may go there. Everything else needs the whole field in sight.
"""

from __future__ import annotations

from extractors.base import reasons
from store.base.model import StoredReading
from store.doubtful_cell import doubtful_index
from templates_forms.model import DIGIT_TYPES, Field, FieldType, Handling

TYPES = frozenset({*DIGIT_TYPES, FieldType.KANA, FieldType.LATIN})
ONE_CHARACTER = frozenset({reasons.CONFUSABLE, reasons.READERS_DISAGREE})
"""Reasons that are about single characters; any other doubts the field as a whole."""


def group_of(reading: StoredReading, field: Field) -> str | None:
    """The character that the doubtful box was read as, or None when the field has to be seen as a whole."""
    if field.handling is not Handling.AUTO or field.secret or field.type not in TYPES:
        return None
    if not set(reading.reasons) <= ONE_CHARACTER:
        return None
    place = doubtful_index(reading, field.cell_count or 0)
    return None if place is None else reading.value[place]
