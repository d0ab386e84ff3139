"""A field that has been seen on the sheet but has no name and perhaps no type yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from templates_forms.authoring.print.places import PrintedPlace
from templates_forms.model import Box, Mark


class Shape(StrEnum):
    """What a field looks like on paper."""

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
    """Where a year, month or day is written; ``groups`` when there are boxes for characters."""

    box: Box
    groups: tuple[int, ...] | None = None


@dataclass(slots=True)
class Draft:
    """A place to write, tick, ring or stamp.

    Attributes:
        shape: what it looks like.
        box: where.
        place: the face that it stands in.
        groups: character boxes per group.
        choices, mark: of ticks and words.
        parts: year, month and day of a date that is written in parts.
        eras, era_mark, era_fixed: how a date says its era.
        inner: words before it in its own place.
        after: the word right behind it, perhaps a unit.
        printed: small words inside a row's boxes or right above them.
        several: more than one answer may be given.
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
    """Labels found for it, the most telling first."""
    sides: tuple[str, ...] = ()
    """Words that several fields share: a heading, a word down the side."""
