"""The cells of the glyph grid: which printed box a doubtful character stands in, and what replaces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.base.errors import InvalidAnswer
from store.base.model import StoredReading
from templates_forms.model import Field
from verification import judging


def doubtful_place(reading: StoredReading | None, field: Field) -> int | None:
    """Index in the value of the only doubtful character; None unless it is one, in a printed box that is known."""
    if reading is None or reading.masked or len(reading.weak) != 1:
        return None
    place = reading.weak[0]
    known = place < len(reading.value) and box_of(reading, field, place) is not None
    return place if known else None


def box_of(reading: StoredReading, field: Field, place: int) -> int | None:
    """The printed box, from 0, of the character at `place` of the value; None when the reader could not tell."""
    if len(reading.cells) != len(reading.value):
        return None
    box = reading.cells[place]
    return box if 0 <= box < (field.cell_count or 0) else None


def replaced(field: Field, value: str, place: int, character: str) -> str:
    """The value with the character at `place` replaced. Raises InvalidAnswer unless that is one character that fits."""
    normal = judging.typed(field, value[:place] + character.strip() + value[place + 1 :])
    if not character.strip() or len(normal) != len(value):
        raise InvalidAnswer("1")
    return normal


def beside(group: str, waiting: Sequence[str], alike: Iterable[frozenset[str]]) -> list[str]:
    """The characters that are easily taken for `group`'s, in the order of `waiting`."""
    partners = {other for pair in alike if group in pair for other in pair} - {group}
    return [key for key in waiting if key in partners]
