"""A draft: a field that was found on the sheet and has no name, and perhaps no type, yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from templates_forms.authoring.print.places import PrintedPlace
from templates_forms.model import Box, Mark


class Shape(StrEnum):
    """The printed shape of a field."""

    ROW = "row"
    FREE = "free"
    TICKS = "ticks"
    WORDS = "words"
    DATE = "date"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Choice:
    """A printed word, or a tick box with its words."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class DraftPart:
    """The area for a year, month or day; ``groups`` when there are character boxes."""

    box: Box
    groups: tuple[int, ...] | None = None


@dataclass(slots=True)
class Draft:
    """An area to write, tick, ring or stamp.

    Attributes:
        shape: its printed shape.
        box: its position, mm.
        place: the cell that it is in.
        groups: number of character boxes in each group.
        choices, mark: of ticks and words.
        parts: year, month and day of a date that is written in parts.
        eras, era_mark, era_fixed: the choices of the era, how it is marked, or the printed era.
        inner: text before it in the same cell.
        after: the word directly after it, possibly a unit.
        printed: small text inside a row's boxes or directly above them.
        several: more than one answer is allowed.
    """

    shape: Shape
    box: Box
    place: PrintedPlace = field(repr=False)
    groups: tuple[int, ...] | None = None
    choices: tuple[Choice, ...] = ()
    mark: Mark | None = None
    parts: dict[str, DraftPart] = field(default_factory=dict)
    eras: tuple[Choice, ...] = ()
    era_mark: Mark | None = None
    era_fixed: str | None = None
    inner: str = ""
    after: str = ""
    printed: str = ""
    several: bool = False
    labels: tuple[str, ...] = ()
    """Labels found for it, the most specific first."""
    sides: tuple[str, ...] = ()
    """Text that applies to several fields: a heading, a vertical label."""
