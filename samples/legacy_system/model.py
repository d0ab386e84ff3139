"""The data model of a register's screens."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "text",  # free writing
    "kana",  # furigana, kept as full-width katakana
    "digits",  # ASCII digits, leading zeros kept
    "amount",  # whole yen, shown with commas
    "time",  # HHMM, shown as HH:MM
    "date",  # era, year, month and day
    "postal",  # two boxes, 3 + 4 digits
    "postal_popup",  # one box and a municipality code that only the popup window writes
    "address",  # free writing with an address search window
    "select",
    "radio",
    "flag",  # one tick
    "flags",  # several ticks, one box each
    "bank_text",  # a code that submits the page to show the bank's name
    "bank_select",  # a list that submits the page to fill the list of branches
    "branch_text",
    "branch_select",
]

Options = tuple[tuple[str, str], ...]
"""(stored value, label on the screen)."""


@dataclass(frozen=True)
class Item:
    """One line of a screen.

    Attributes:
        field: the record field and database column.
        label: the text in the neighbouring table cell.
        length: maximum characters of the input and the column; longer text is silently truncated.
        digits: fewest and most digits accepted (kind ``digits``).
        shown_when: (field, value) that must hold for the line to exist on the page at all.
        reload: a change of this control submits the whole page at once.
    """

    field: str
    label: str
    kind: Kind
    length: int = 20
    required: bool = False
    digits: tuple[int, int] = (0, 0)
    options: Options = ()
    shown_when: tuple[str, str] | None = None
    reload: bool = False
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A titled table: label and control in rows, or (``columns`` given) a grid with a heading row.

    Attributes:
        columns: heading texts of a grid; its items then fill it row by row, one item for each column.
        step: its page in an input of several pages, from 1.
    """

    title: str
    items: tuple[Item, ...]
    columns: tuple[str, ...] = ()
    step: int = 1


@dataclass(frozen=True)
class EraStyle:
    """How a register offers and shows Japanese eras.

    Attributes:
        choices: (value in the select, text in the select, era letter M/T/S/H/R).
        shown: format of a stored date on its screens with {era}, {year}, {month}, {day}.
    """

    choices: tuple[tuple[str, str, str], ...]
    shown: str


@dataclass(frozen=True)
class Register:
    """One 業務 of the system.

    Attributes:
        id: also the database table.
        path: its folder under ``/fukushi/``.
        prefix: first letter of its receipt numbers.
        foreign: the handling of a character outside cp932: refused, kept as ``&#NNN;`` or replaced by 〓.
        half_kana: its kana inputs convert typed text to half-width kana, and its screens show half-width kana.
        nameless: its inputs have no name attribute; a script numbers them just before sending.
        alerts: its refusals are shown as an alert while the page loads, not as red text.
        checks_in_page: a script refuses empty required boxes with an alert before anything is sent.
        detail: a stored row is shown as text, or as the input page with everything disabled.
    """

    id: str
    path: str
    prefix: str
    title: str
    sections: tuple[Section, ...]
    eras: EraStyle
    name_field: str
    kana_field: str
    birth_field: str
    foreign: Literal["refuse", "reference", "geta"] = "refuse"
    half_kana: bool = False
    nameless: bool = False
    alerts: bool = False
    checks_in_page: bool = False
    done_alert: bool = False
    detail: Literal["text", "controls"] = "text"
    not_future: tuple[str, ...] = field(default=())

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in screen order."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def steps(self) -> int:
        """The number of pages of the input."""
        return max(section.step for section in self.sections)

    def step_of(self, item: Item) -> int:
        """Return the input page that contains an item."""
        return next(section.step for section in self.sections if item in section.items)
