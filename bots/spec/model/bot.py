"""The data of a bot and the outcomes it returns. All classes are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bots.spec.model.page import By, Condition, DialogRule, FrameName, FramePath, SourcePosition, Target, Test
from bots.spec.model.steps import (
    Capture,
    Check,
    Choose,
    Click,
    Dialog,
    Expect,
    Fill,
    ForEach,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    Scroll,
    Select,
    Step,
    Upload,
    Use,
    WaitFor,
    While,
    step_templates,
    walk,
)
from bots.spec.templating import Template

Status = Literal["confirmed", "refused", "unknown", "mismatch"]
Answer = Literal["yes", "no", "many", "cannot_tell"]
ProcedureName = Literal["login", "find", "enter", "read_back", "correct"]


@dataclass(frozen=True)
class BotRecord:
    """One settled Record: its key and its values in the project's normal form.

    ``corrects``: the system already contains an earlier version, which has to be changed. ``files`` may be sent,
    by the names that templates use.
    """

    key: str
    values: Mapping[str, str]
    corrects: bool = False
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """One read-back field: the text that the system should show and the text that it shows."""

    field: str
    wanted: str
    found: str
    same: bool
    masked: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of one Record.

    ``seconds`` is the whole time spent on it, ``system_seconds`` the part in which the legacy system was
    answering a page request. ``read_back`` maps captured names to the text as shown (masked ones left out).
    ``stop_system``: a person must check before anything else is entered into the system: its login was refused, or it
    gave a receipt for what ``find`` cannot find.
    """

    key: str
    status: Status
    receipt: str = ""
    reason: str = ""
    read_back: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Path, ...] = ()
    seconds: float = 0.0
    system_seconds: float = 0.0
    compared: tuple[Compared, ...] = ()
    attempts: int = 0
    stop_system: bool = False


@dataclass(frozen=True)
class Procedure:
    """One of login, enter, read_back, correct."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Find(Procedure):
    """Looks a record up; when neither ``yes`` nor ``no`` holds, the answer is ``cannot_tell``."""

    yes: Condition
    no: Condition
    many: Condition | None = None
    in_place: bool = False


@dataclass(frozen=True)
class FieldRule:
    """What the legacy system requires of one field of the Record."""

    name: str
    required: bool = False
    max_length: int | None = None
    max_bytes: int | None = None
    pattern: str = ""
    masked: bool = False


@dataclass(frozen=True)
class Hours:
    """When the system may be used: local times, weekdays 0 (Monday) to 6, closed dates, maintenance windows."""

    opens: str = ""
    closes: str = ""
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    holidays: bool = True
    closed_dates: tuple[str, ...] = ()
    maintenance: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RunPolicy:
    """Pace, retries and time limits of a run; times are in seconds."""

    timeout: float = 15.0
    settle: float = 2.0
    per_minute: float | None = None
    attempts: int = 3
    back_off: float = 1.0
    back_off_most: float = 60.0
    breaker: int = 5
    hours: Hours = field(default_factory=Hours)


@dataclass(frozen=True)
class BrowserNeeds:
    """What a system requires of the browser itself.

    ``certificate`` is the path of a client certificate (PFX, or PEM with its key), opened with ``passphrase``;
    ``user`` and ``password`` answer the browser's own login box (HTTP Basic, Digest); ``window`` is in px; ``language``
    is what the browser says it reads (BCP 47).
    """

    user_agent: str = ""
    any_certificate: bool = False
    user: Template | None = None
    password: Template | None = None
    window: tuple[int, int] = (1280, 960)
    language: str = "ja-JP"
    certificate: Template | None = None
    passphrase: Template | None = None

    def templates(self) -> tuple[Template, ...]:
        """Every template of these settings."""
        every = (self.user, self.password, self.certificate, self.passphrase)
        return tuple(t for t in every if t is not None)


@dataclass(frozen=True)
class Bot:
    """One form of a bot.yaml, with all its procedures."""

    id: str
    system: str
    form: str
    title: str
    title_en: str
    file: Path
    base_url: str
    encoding: str
    key_fields: tuple[str, ...]
    fields: Mapping[str, FieldRule]
    lookups: Mapping[str, Mapping[str, str]]
    login: Procedure
    find: Find
    enter: Procedure
    read_back: Procedure
    session_lost: tuple[Condition, ...]
    password_expired: tuple[Condition, ...]
    error_page: tuple[Condition, ...]
    refused: tuple[Condition, ...]
    dialogs: tuple[DialogRule, ...]
    mask: tuple[Target, ...]
    allowed_hosts: tuple[str, ...]
    harmless_errors: tuple[str, ...]
    background: tuple[str, ...]
    send_once: bool
    policy: RunPolicy
    browser: BrowserNeeds = field(default_factory=BrowserNeeds)
    correct: Procedure | None = None

    @property
    def masked(self) -> frozenset[str]:
        """Names of the fields that no picture, log or trace may show."""
        return frozenset(name for name, rule in self.fields.items() if rule.masked)

    def procedure(self, name: ProcedureName) -> Procedure:
        """Return one of the procedures; an empty one for a ``correct`` that the file does not have."""
        return {
            "login": self.login,
            "find": self.find,
            "enter": self.enter,
            "read_back": self.read_back,
            "correct": self.correct or Procedure(()),
        }[name]


__all__ = [
    "Answer",
    "Bot",
    "BotRecord",
    "By",
    "Capture",
    "Check",
    "Choose",
    "Click",
    "Compared",
    "Condition",
    "Dialog",
    "DialogRule",
    "Expect",
    "FieldRule",
    "Fill",
    "Find",
    "ForEach",
    "FrameName",
    "FramePath",
    "Goto",
    "Hours",
    "If",
    "InFrame",
    "Outcome",
    "Popup",
    "Press",
    "Procedure",
    "ProcedureName",
    "RunPolicy",
    "Scroll",
    "Select",
    "SourcePosition",
    "Status",
    "Step",
    "Target",
    "Test",
    "Upload",
    "Use",
    "WaitFor",
    "While",
    "step_templates",
    "walk",
]
