"""Decides which doubtful fields go to the glyph grid, where a person sees single boxes.

A box shows one character without its context, so only a field whose only doubt is one character in one known box may
go there.
"""

from __future__ import annotations

from extractors.base import reasons
from store.base.model import StoredReading
from store.doubtful_cell import doubtful_index
from templates_forms.model import DIGIT_TYPES, Field, FieldType, Handling

TYPES = frozenset({*DIGIT_TYPES, FieldType.KANA, FieldType.LATIN})
ONE_CHARACTER = frozenset({reasons.CONFUSABLE, reasons.READERS_DISAGREE})
"""Reasons about single characters; every other reason concerns the whole field."""


def group_of(reading: StoredReading, field: Field) -> str | None:
    """The character read in the doubtful box, or None when a person has to see the whole field."""
    # A double is keyed blind, and a secret field is masked until a recorded reveal: neither fits the grid.
    if field.handling is not Handling.AUTO or field.secret or field.type not in TYPES:
        return None
    if not set(reading.reasons) <= ONE_CHARACTER:
        return None
    place = doubtful_index(reading, field.cell_count or 0)
    return None if place is None else reading.value[place]
