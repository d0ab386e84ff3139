"""The steps of a procedure, one frozen class each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bots.spec.model.page import Condition, DialogRule, FramePath, SourcePosition, Target
from bots.spec.templating import Template


@dataclass(frozen=True, kw_only=True)
class Step:
    """The attributes that all steps have in common."""

    where: SourcePosition
    note: str = ""
    dialogs: tuple[DialogRule, ...] = ()
    irreversible: bool = False
    loads: FramePath | None = None
    timeout: float | None = None


@dataclass(frozen=True, kw_only=True)
class Goto(Step):
    """Open an address; one without a scheme stands below the bot's ``base_url``."""

    url: Template

    @property
    def is_whole(self) -> bool:
        """Whether the address names its host itself."""
        return "://" in self.url.source


@dataclass(frozen=True, kw_only=True)
class Fill(Step):
    """Write a value into an input; ``shows`` is the text after the page's own conversion, if it converts."""

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
    """Choose one radio button of a group, by the text beside it or by its value; without ``option``, the target."""

    target: Target
    option: Template | None = None
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
    """Declare the message boxes that the next step will raise."""


@dataclass(frozen=True, kw_only=True)
class WaitFor(Step):
    """Wait until the page shows something."""

    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Expect(Step):
    """The page must show this; ``otherwise`` classifies a failure as caused by the data or by the system."""

    condition: Condition
    otherwise: Literal["refused", "failure", ""] = ""


@dataclass(frozen=True, kw_only=True)
class Capture(Step):
    """Read a text off the page under a name; ``expected`` is the value to compare it with.

    ``file`` reads what the system sent instead of a page: the pattern of a file's name, as in ``*.pdf``.
    """

    name: str
    target: Target | None = None
    file: str = ""
    pattern: Template | None = None
    attribute: str = ""
    expected: Template | None = None
    compare: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Upload(Step):
    """Set the file of a file input."""

    target: Target
    path: Template


@dataclass(frozen=True, kw_only=True)
class If(Step):
    """Run some steps only when a condition holds."""

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
class While(Step):
    """Repeat steps while a condition holds, at most ``at_most`` times: pages of a list, rows to be added."""

    condition: Condition
    steps: tuple[Step, ...]
    at_most: int = 100


@dataclass(frozen=True, kw_only=True)
class Scroll(Step):
    """Scroll a list from its top until a condition holds, or to its end."""

    target: Target
    condition: Condition


@dataclass(frozen=True, kw_only=True)
class Use(Step):
    """Run a named list of steps, with the given values filled in."""

    name: str
    given: Mapping[str, Template]
    steps: tuple[Step, ...] = ()


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield every step in the order written, including the steps inside blocks."""
    for step in steps:
        yield step
        match step:
            case Popup():
                yield from walk((step.opener, *step.steps))
            case If():
                yield from walk((*step.then, *step.otherwise))
            case InFrame() | ForEach() | While() | Use():
                yield from walk(step.steps)


def step_templates(step: Step) -> Iterator[Template]:
    """Yield every template of one step, without those of the steps inside it."""
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
    # By name, because most kinds of steps have one or two of these and none has all.
    for name in ("url", "value", "shows", "option", "on", "expected", "path", "source"):
        template = getattr(step, name, None)
        if isinstance(template, Template):
            yield template
    if isinstance(step, Use):
        yield from step.given.values()
