"""Types of the store: states, modes and outcomes, and the plain data that its functions take and return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

MISSING_PAGE: Final = "missing_page"
"""Reason of a waiting application: pages of its form are missing."""
COLLATION: Final = "collation"
"""Reason of a waiting application: its pages follow each other, but may be two applicants'."""
GAVE_UP: Final = "gave_up"
"""Reason of a waiting application or file: reading it was interrupted too many times."""


class FileState(StrEnum):
    """States of a dropped file."""

    RECEIVED = "received"
    SPLIT = "split"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    DISMISSED = "dismissed"


class DocumentState(StrEnum):
    """States of an application; `store.documents.documents.ALLOWED` lists the allowed transitions."""

    RECEIVED = "received"
    READ = "read"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    ENTERING = "entering"
    ENTERED = "entered"
    UNIDENTIFIED = "unidentified"
    UNREGISTERED = "unregistered"
    RETURNED = "returned"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DISMISSED = "dismissed"


class PageState(StrEnum):
    """States of one page image."""

    LOCATED = "located"
    UNIDENTIFIED = "unidentified"
    UNREGISTERED = "unregistered"
    BLANK = "blank"
    FOREIGN = "foreign"


class ItemMode(StrEnum):
    """Why a field is in the human queue."""

    VERIFY = "verify"
    DOUBLE = "double"
    THIRD = "third"
    QUALITY = "quality"
    SEEDED = "seeded"
    OVERRIDE = "override"


class Presentation(StrEnum):
    """What the person sees: nothing from the machine reading, its value, or a grid of similar characters."""

    BLIND = "blind"
    CONFIRM = "confirm"
    GRID = "grid"


class QueueOrder(StrEnum):
    """Order among items of equal priority and deadline: by application, by doubt, or by form."""

    DOCUMENT = "document"
    DOUBT = "doubt"
    FORM = "form"


class ItemState(StrEnum):
    """States of an item of the human queue."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """A person's answer about a field."""

    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    BLANK = "blank"
    ILLEGIBLE = "illegible"
    WRONG_FORM = "wrong_form"
    RETURN_TO_APPLICANT = "return_to_applicant"
    CORRECTED_BY_APPLICANT = "corrected_by_applicant"


class EntryState(StrEnum):
    """States of an attempt to put a Record into a legacy system."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    PARKED = "parked"


class BotState(StrEnum):
    """States of a version of a bot; `store.entry.bot_versions` makes the transitions."""

    DRAFT = "draft"
    REHEARSED = "rehearsed"
    SIGNED = "signed"
    ACTIVE = "active"
    RETIRED = "retired"


class ConflictState(StrEnum):
    """Decision about two applications with one key."""

    OPEN = "open"
    DISTINCT = "distinct"
    DUPLICATE = "duplicate"


class Activity(StrEnum):
    """Kind of work that a person's time is logged for."""

    SCAN = "scan"
    EXCEPTION = "exception"
    VERIFY = "verify"
    SUPERVISE = "supervise"
    CORRECT = "correct"


class Basis(StrEnum):
    """Whether a figure was measured or assumed; reports mark the assumed ones."""

    MEASURED = "measured"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class NewReading:
    """The machine's reading of a field, to be stored.

    `box` is (x, y, width, height) in mm on the sheet; `candidates` are (value, probability, source). `cells` contains
    for each character of `value` the index of its printed box (-1 for none); empty where that is unknown.
    """

    field: str
    page: int
    value: str
    confidence: float | None
    decision: str | None
    reasons: tuple[str, ...] = ()
    candidates: tuple[tuple[str, float, str], ...] = ()
    box: tuple[float, float, float, float] | None = None
    weak: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A stored Reading; `value` and `candidates` are masked unless revealed."""

    id: int
    document_id: int
    field: str
    page: int
    value: str
    confidence: float | None
    decision: str | None
    reasons: tuple[str, ...]
    candidates: tuple[tuple[str, float, str], ...]
    box: tuple[float, float, float, float] | None
    weak: tuple[int, ...]
    secret: bool
    masked: bool
    run: str
    model_version: str
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """A field to be verified by a person. A `double` plan is expanded to two seats.

    `priority`: 1 comes first, 9 last. `confidence` is the machine's, 0 when unknown: the queue can be sorted by
    doubt. `group` joins cells that were read as the same or an easily confused character.
    `expected` and `wrong_value` belong to `seeded` items: the known answer, and the value shown.
    """

    field: str
    page: int
    mode: ItemMode = ItemMode.VERIFY
    presentation: Presentation = Presentation.CONFIRM
    reasons: tuple[str, ...] = ()
    priority: int | None = None
    deadline: datetime | None = None
    group: str | None = None
    expected: str | None = None
    wrong_value: str | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to an item, as sent.

    `active_seconds` is time at work on this field with idle time taken out.
    """

    outcome: Outcome
    value: str = ""
    active_seconds: float = 0.0
    shown: Presentation = Presentation.CONFIRM
    note: str = ""
    keystrokes: int | None = None


class RuleFailure(Protocol):
    """A required rule that the settled values would break; `rule` names it, e.g. `date_order:birth_date`."""

    @property
    def rule(self) -> str: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def message(self) -> str:
        """What is wrong, as shown to a person."""
        ...


RuleCheck = Callable[[Mapping[str, str]], Sequence[RuleFailure]]
"""Takes the values by field name (secret ones in clear), returns the broken rules that block settling."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Result of an answer: `document_state` after it, `record_id` if it settled the document."""

    item_id: int
    document_id: int
    document_state: DocumentState
    repeated: bool = False
    field_settled: bool = False
    record_id: int | None = None
    failures: tuple[RuleFailure, ...] = ()
    opened: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SettledRecord:
    """The settled values of a document, secret fields in clear or masked."""

    id: int
    document_id: int
    version: int
    form_id: str
    record_key: str
    values: dict[str, str]
    origins: dict[str, str] = field(default_factory=dict)
    settled_by: str = ""
    settled_at: datetime | None = None
