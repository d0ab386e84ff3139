"""The printed box of a reading's only doubtful character: such a field can be verified by that box alone."""

from __future__ import annotations

from store.base.model import StoredReading


def doubtful_index(reading: StoredReading | None, boxes: int) -> int | None:
    """Index in the value of the only doubtful character; None unless it is one, in a printed box that is known.

    `boxes`: how many boxes are printed for the field.
    """
    if reading is None or reading.masked or len(reading.weak) != 1:
        return None
    index = reading.weak[0]
    known = index < len(reading.value) and box_of(reading, index, boxes) is not None
    return index if known else None


def box_of(reading: StoredReading, index: int, boxes: int) -> int | None:
    """The printed box, from 0, of the character at `index` of the value; None when the reader could not tell."""
    if len(reading.cells) != len(reading.value):
        return None
    box = reading.cells[index]
    return box if 0 <= box < boxes else None
