"""The words of the store: states, modes and outcomes, and the plain data that its functions take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

MISSING_PAGE: Final = "missing_page"
"""Why an application waits: its form has pages that are not there."""
GAVE_UP: Final = "gave_up"
"""Why an application or file waits: reading it was cut off again and again."""


class FileState(StrEnum):
    """Life of a dropped file."""

    RECEIVED = "received"
    SPLIT = "split"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    DISMISSED = "dismissed"


class DocumentState(StrEnum):
    """Life of an application; `store.documents.documents.ALLOWED` says which step may follow which."""

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
    """What became of one image."""

    LOCATED = "located"
    UNIDENTIFIED = "unidentified"
    UNREGISTERED = "unregistered"
    BLANK = "blank"
    FOREIGN = "foreign"


class ItemMode(StrEnum):
    """Why a person is asked about a field."""

    VERIFY = "verify"
    DOUBLE = "double"
    THIRD = "third"
    QUALITY = "quality"
    SEEDED = "seeded"
    OVERRIDE = "override"


class Presentation(StrEnum):
    """What the person sees: nothing of the machine, its value, or a grid of alike characters."""

    BLIND = "blind"
    CONFIRM = "confirm"
    GRID = "grid"


class QueueOrder(StrEnum):
    """What comes first among items of one priority and deadline: application by application, doubt, or form by form."""

    DOCUMENT = "document"
    DOUBT = "doubt"
    FORM = "form"


class ItemState(StrEnum):
    """Life of a work item of the human queue."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What a person said about a field."""

    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    BLANK = "blank"
    ILLEGIBLE = "illegible"
    WRONG_FORM = "wrong_form"
    RETURN_TO_APPLICANT = "return_to_applicant"
    CORRECTED_BY_APPLICANT = "corrected_by_applicant"


class EntryState(StrEnum):
    """Life of the attempt to put a Record into a legacy system."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    PARKED = "parked"


class ConflictState(StrEnum):
    """What a person decided about two applications with one key."""

    OPEN = "open"
    DISTINCT = "distinct"
    DUPLICATE = "duplicate"


class Activity(StrEnum):
    """What a person's minutes went into."""

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
    """What the machine believes a field says, on its way into the store.

    `box` is (x, y, width, height) in mm on the sheet; `candidates` are (value, probability, source). `cells` gives for
    each character of `value` the printed box that it stands in (from 0, -1 for none), empty where that is unknown.
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
    """A Reading as it stands in the store; `value` and `candidates` are masked unless revealed."""

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
    """A field that a person should look at. `double` plans become two seats by themselves.

    `priority`: 1 comes first, 9 last. `confidence` is the machine's, 0 when unknown: the queue can be worked through
    most doubtful first. `group` joins cells that were read as the same character or one easily taken for it.
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
    """What a person sends for an item. `token` is the claim's; sending it twice changes nothing.

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
        """What is wrong, as a person is told it."""
        ...


RuleCheck = Callable[[Mapping[str, str]], Sequence[RuleFailure]]
"""Gets the values by field name (secret ones in clear), gives the broken rules that block settling."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of an answer: `document_state` after it, `record_id` if it settled the document."""

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
    """The settled values of a document, secret fields in clear or masked as asked."""

    id: int
    document_id: int
    version: int
    form_id: str
    record_key: str
    values: dict[str, str]
    origins: dict[str, str] = field(default_factory=dict)
    settled_by: str = ""
    settled_at: datetime | None = None
