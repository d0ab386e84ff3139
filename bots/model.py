"""What a bot is made of, and what it hands back. Everything here is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bots.templating import Template

Status = Literal["confirmed", "refused", "unknown", "mismatch"]
Answer = Literal["yes", "no", "many", "cannot_tell"]
ProcedureName = Literal["login", "find", "enter", "read_back"]


@dataclass(frozen=True)
class BotRecord:
    """One settled Record: its key and its values in the project's normal form."""

    key: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Compared:
    """One read-back field: what the system should show, what it shows."""

    field: str
    wanted: str
    found: str
    same: bool
    masked: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one Record.

    ``seconds`` is the whole time spent on it, ``system_seconds`` the part in which the legacy system was
    answering a page request. ``read_back`` maps captured names to the text as shown (masked ones left out).
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


@dataclass(frozen=True)
class Place:
    """Where something stands in the bot.yaml, for messages: ``procedures.enter step 3 (click), line 41``."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}" if self.line else self.path


@dataclass(frozen=True)
class FrameName:
    """One frame on the way down: by name, by a pattern of its address, or by its number from 1."""

    name: str = ""
    url: str = ""
    index: int = 0

    def __str__(self) -> str:
        return self.name or self.url or f"#{self.index}"


FramePath = tuple[FrameName, ...]

By = Literal[
    "label", "cell", "button", "link", "words", "text", "name", "id", "role", "title", "alt", "placeholder",
    "position", "column", "row", "css",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Which element is meant, in the page's own words; see ``bots/locators.py`` for each ``by``."""

    by: By
    words: Template
    option: Template | None = None
    role_name: Template | None = None
    part: int | None = None
    nth: int | None = None
    below: bool = False
    among: str = "any"
    row: Template | None = None
    within: Target | None = None
    frame: FramePath | None = None

    def templates(self) -> Iterator[Template]:
        """Every template in the target."""
        yield self.words
        for template in (self.option, self.role_name, self.row):
            if template is not None:
                yield template
        if self.within is not None:
            yield from self.within.templates()


Test = Literal["shown", "is", "contains", "matches", "empty"]


@dataclass(frozen=True)
class Condition:
    """Something that is or is not so on the page, in a message box, or in the Record."""

    kind: Literal["target", "text", "url", "title", "dialog", "value", "all", "any", "not"]
    test: Test = "shown"
    target: Target | None = None
    subject: Template | None = None
    wanted: Template | None = None
    at_least: int = 1
    frame: FramePath | None = None
    parts: tuple[Condition, ...] = ()

    def templates(self) -> Iterator[Template]:
        """Every template in the condition and its parts."""
        if self.target is not None:
            yield from self.target.templates()
        for template in (self.subject, self.wanted):
            if template is not None:
                yield template
        for part in self.parts:
            yield from part.templates()


@dataclass(frozen=True)
class DialogRule:
    """A message box that is expected, and the answer to it."""

    text: Template
    kind: str = ""
    answer: Literal["accept", "dismiss"] = "accept"
    write: Template | None = None
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """What all steps have in common."""

    where: Place
    note: str = ""
    dialogs: tuple[DialogRule, ...] = ()
    irreversible: bool = False
    loads: FramePath | None = None
    timeout: float | None = None


@dataclass(frozen=True, kw_only=True)
class Goto(Step):
    """Open an address."""

    url: Template


@dataclass(frozen=True, kw_only=True)
class Fill(Step):
    """Write a value into an input; ``shows`` is what the page makes of it, when that differs on purpose."""

    target: Target
    value: Template
    shows: Template | None = None
    typed: bool = False
    blur: bool = True
    max_length: int | None = None
    max_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Select(Step):
    """Choose from a drop-down list, by the text shown or by the value sent."""

    target: Target
    option: Template
    by_value: bool = False


@dataclass(frozen=True, kw_only=True)
class Check(Step):
    """Set a tick box on or off."""

    target: Target
    on: Template


@dataclass(frozen=True, kw_only=True)
class Choose(Step):
    """Choose one radio button of a group, by the text beside it or by its value."""

    target: Target
    option: Template
    by_value: bool = False


@dataclass(frozen=True, kw_only=True)
class Click(Step):
    """Click something."""

    target: Target
    double: bool = False


@dataclass(frozen=True, kw_only=True)
class Press(Step):
    """Press a key, in an input or on the page."""

    key: str
    target: Target | None = None


@dataclass(frozen=True, kw_only=True)
class InFrame(Step):
    """Work in a frame: for the given steps, or for the rest of the procedure when there are none."""

    path: FramePath
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Popup(Step):
    """Open a window, work in it, and come back."""

    opener: Step
    steps: tuple[Step, ...]
    after: Literal["closes", "close", "stay"] = "closes"


@dataclass(frozen=True, kw_only=True)
class Dialog(Step):
    """Announce the message boxes that the next step will raise."""


@dataclass(frozen=True, kw_only=True)
class WaitFor(Step):
    """Wait until the page shows something."""

    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Expect(Step):
    """The page must show this; ``otherwise`` says whether a failure is the data's or the system's."""

    condition: Condition
    otherwise: Literal["refused", "failure", ""] = ""


@dataclass(frozen=True, kw_only=True)
class Capture(Step):
    """Read something off the page under a name, and (in ``read_back``) say what it should be."""

    name: str
    target: Target | None = None
    pattern: str = ""
    attribute: str = ""
    expected: Template | None = None
    compare: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Upload(Step):
    """Give a file to a file input."""

    target: Target
    path: Template


@dataclass(frozen=True, kw_only=True)
class If(Step):
    """Do some steps only when something is so."""

    condition: Condition
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ForEach(Step):
    """Repeat steps over numbered fields (``child{n}_``), the parts of a value, or a JSON list."""

    over: Literal["fields", "split", "json"]
    source: Template
    up_to: int = 0
    present: str = ""
    by: str = "|"
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Use(Step):
    """Run steps that are kept under a name, with the given words filled in."""

    name: str
    given: Mapping[str, Template]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """One of login, enter, read_back."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Find(Procedure):
    """Look a record up: when neither ``yes`` nor ``no`` holds, the answer is cannot tell."""

    yes: Condition
    no: Condition
    many: Condition | None = None
    in_place: bool = False


@dataclass(frozen=True)
class FieldRule:
    """What the legacy system demands of one field of the Record."""

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
class Manner:
    """How gently the bot works; seconds unless said otherwise."""

    timeout: float = 15.0
    settle: float = 2.0
    per_minute: float | None = None
    attempts: int = 3
    back_off: float = 1.0
    back_off_most: float = 60.0
    breaker: int = 5
    hours: Hours = field(default_factory=Hours)


@dataclass(frozen=True)
class Bot:
    """A whole bot.yaml."""

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
    error_page: tuple[Condition, ...]
    refused: tuple[Condition, ...]
    dialogs: tuple[DialogRule, ...]
    mask: tuple[Target, ...]
    allowed_hosts: tuple[str, ...]
    harmless_errors: tuple[str, ...]
    send_once: bool
    manner: Manner

    @property
    def masked(self) -> frozenset[str]:
        """Fields that no picture, log or trace may show."""
        return frozenset(name for name, rule in self.fields.items() if rule.masked)

    def procedure(self, name: ProcedureName) -> Procedure:
        """Return one of the four procedures."""
        return {"login": self.login, "find": self.find, "enter": self.enter, "read_back": self.read_back}[
            name
        ]


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, those inside blocks too, in the order written."""
    for step in steps:
        yield step
        match step:
            case Popup():
                yield from walk((step.opener, *step.steps))
            case If():
                yield from walk((*step.then, *step.otherwise))
            case InFrame() | ForEach() | Use():
                yield from walk(step.steps)


def step_templates(step: Step) -> Iterator[Template]:
    """Every template of one step, not of the steps inside it."""
    for rule in step.dialogs:
        yield rule.text
        if rule.write is not None:
            yield rule.write
    target = getattr(step, "target", None)
    if isinstance(target, Target):
        yield from target.templates()
    condition = getattr(step, "condition", None)
    if isinstance(condition, Condition):
        yield from condition.templates()
    for name in ("url", "value", "shows", "option", "on", "expected", "path", "source"):
        template = getattr(step, name, None)
        if isinstance(template, Template):
            yield template
    if isinstance(step, Use):
        yield from step.given.values()
