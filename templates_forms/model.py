"""The data of a form: its pages, fields and rules.

All lengths are millimetres from the top left corner of the sheet, x to the right and y down, so they do not
depend on a scanner's resolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class FieldType(StrEnum):
    """The types of values that a person fills in."""

    TEXT = "text"
    KANA = "kana"
    LATIN = "latin"
    DIGITS = "digits"
    AMOUNT = "amount"
    DATE = "date"
    POSTAL_CODE = "postal_code"
    PHONE = "phone"
    MY_NUMBER = "my_number"
    ACCOUNT_NUMBER = "account_number"
    CHECK = "check"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    SEAL = "seal"
    SIGNATURE = "signature"
    BARCODE = "barcode"


class Mark(StrEnum):
    """How an option is chosen on paper: a tick in a box, a ring round a word, a filled shape."""

    TICK = "tick"
    CIRCLE = "circle"
    FILL = "fill"


class Handling(StrEnum):
    """Who has to check a field: decided by its confidence, always one person, or always two."""

    AUTO = "auto"
    VERIFY = "verify"
    DOUBLE = "double"


DIGIT_TYPES = frozenset(
    {
        FieldType.DIGITS,
        FieldType.AMOUNT,
        FieldType.POSTAL_CODE,
        FieldType.PHONE,
        FieldType.MY_NUMBER,
        FieldType.ACCOUNT_NUMBER,
    }
)
MARK_TYPES = frozenset({FieldType.CHECK, FieldType.CHOICE, FieldType.MULTI_CHOICE})
SECRET_TYPES = frozenset({FieldType.MY_NUMBER, FieldType.ACCOUNT_NUMBER})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the sheet, in millimetres."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def union(self, other: Box) -> Box:
        """Return the bounding box of both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def columns(self, count: int) -> tuple[Box, ...]:
        """Split into ``count`` boxes of equal width, left to right."""
        width = self.width / count
        return tuple(Box(self.x + i * width, self.y, width, self.height) for i in range(count))


@dataclass(frozen=True, slots=True)
class Option:
    """One printed word or tick box that can be chosen."""

    value: str
    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Part:
    """One written number inside a field: the year, month or day of a date."""

    box: Box
    cells: tuple[int, ...] | None = None

    def cell_boxes(self) -> tuple[Box, ...]:
        """One box for each printed character box, left to right; none when there are no cells."""
        return self.box.columns(sum(self.cells)) if self.cells else ()


@dataclass(frozen=True, slots=True)
class Era:
    """The Japanese era of a date: words to choose from, or one that is printed (``fixed``)."""

    mark: Mark | None = None
    options: tuple[Option, ...] = ()
    fixed: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """An area to fill in. ``cells`` are group sizes, e.g. (3, 4); None means free writing."""

    name: str
    label: str
    type: FieldType
    page: int
    box: Box
    cells: tuple[int, ...] | None = None
    required: bool = False
    handling: Handling = Handling.AUTO
    mark: Mark | None = None
    options: tuple[Option, ...] = ()
    era: Era | None = None
    year: Part | None = None
    month: Part | None = None
    day: Part | None = None
    secret: bool = False
    max_length: int | None = None
    pattern: str | None = None
    content: str | None = None
    label_en: str | None = None

    def label_in(self, language: str) -> str:
        """What the field is called in `ja` or `en`; the printed label where no English one is known."""
        return (self.label_en or self.label) if language == "en" else self.label

    @property
    def cell_count(self) -> int | None:
        return sum(self.cells) if self.cells else None

    def cell_boxes(self) -> tuple[Box, ...]:
        """Return one box for each printed character box, left to right; none when there are no cells.

        Cells are equally wide and adjacent; groups are separated by a heavier line only.
        """
        return self.box.columns(sum(self.cells)) if self.cells else ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A check across fields, by its name in ``templates_forms.rules``."""

    rule: str
    fields: tuple[str, ...]
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """One page of a form: the picture of the empty sheet, and its fields."""

    number: int
    blank: Path
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A printed form in one edition; ``version`` counts the corrections of its template."""

    id: str
    title: str
    title_en: str
    edition: str
    size_mm: tuple[float, float]
    record_key: tuple[str, ...]
    pages: tuple[PageTemplate, ...]
    rules: tuple[Rule, ...]
    folder: Path
    hand_minutes: float | None = None
    hand_minutes_source: str | None = None
    system: str | None = None
    error_target: float | None = None
    retention_days: int | None = None
    version: int = 1

    def title_in(self, language: str) -> str:
        """What the form is called in `ja` or `en`."""
        return self.title_en if language == "en" else self.title

    def fields(self) -> Iterator[Field]:
        """Yield all fields in reading order, page by page."""
        for page in self.pages:
            yield from page.fields

    def field(self, name: str) -> Field:
        """Return the field with that name; raises KeyError when the form has none."""
        for field in self.fields():
            if field.name == name:
                return field
        raise KeyError(name)

    def is_whole(self, numbers: Iterable[int]) -> bool:
        """True when pages with these numbers are exactly those of one application."""
        return sorted(numbers) == [page.number for page in self.pages]

    def secret_fields(self) -> frozenset[str]:
        """Return the names of the fields that are stored encrypted and shown masked."""
        return frozenset(f.name for f in self.fields() if f.secret)
