"""The operations of the bot workshop that need a browser, as a protocol; `pipelines.workshop_worker` implements it.

A draft is a folder; the port alone reads and writes the files in it. What crosses the protocol is plain data, because
the browser runs in a process of its own: the types below say which keys it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, Protocol, TypedDict

Procedure = Literal["login", "find", "enter", "read_back"]
SignKind = Literal["yes", "no", "many", "refused", "error_page", "session_lost"]
"""What a text on a page means; the words of `bot.yaml`."""


class Locator(TypedDict):
    """One way to name an element; `target` is the mapping that a step of `bot.yaml` holds.

    `matches` is how many elements it finds, by the locators of a run. `box` is the place in the picture `now`, in the
    proposals of a failure.
    """

    target: dict[str, Any]
    ja: str
    en: str
    matches: int
    box: NotRequired[list[float]]


class Element(TypedDict):
    """Something on the page that a person can point at.

    `id` is valid until the next screen. `box` is [x, y, width, height] in px of the picture. `kind`: button, link,
    input, password, select, check, radio, file, text (a cell or line that can be captured or marked as a sign).
    `locators` are best first; empty where nothing names the element.
    """

    id: str
    kind: str
    words: str
    value: str
    options: list[str]
    frame: str
    box: list[float]
    locators: list[Locator]


class Dialog(TypedDict):
    """A message box that waits for an answer; `kind` is alert, confirm, prompt or beforeunload."""

    kind: str
    text: str


class Screen(TypedDict):
    """What the supervised browser shows.

    `picture` is a PNG in base64; passwords and masked fields are covered in it. While `dialog` waits for an answer the
    picture is the one before it, `elements` is empty, and no act but `dialog` is taken.
    """

    picture: str
    width: int
    height: int
    url: str
    title: str
    elements: list[Element]
    dialog: Dialog | None
    windows: list[str]
    hints: list[dict[str, str]]
    """Facts that the person should know, each {ja, en}: a page for Internet Explorer, a blocked host, a download."""


class Act(TypedDict):
    """One act of the person in the browser.

    `procedure` records it as the next step there; without it nothing is recorded. `kind`: click, fill, select, check,
    uncheck, choose, press, goto, dialog (answer the open one: accept or dismiss in `value`), capture (keep an
    element's value as `field`; `value` may hold the part of its text that was selected, and the field `receipt` keeps
    it as the receipt number), back, window (switch to the window number `value`), only_record (record a click without
    clicking, for the irreversible button), wait_for (record that a run waits for the words of the element, or for
    `value`), scroll (turn the page, or the element, by `value` px; never recorded).
    `value` is what to type or choose. `field` names the field of the record that the value stands for; without it
    the worker recognises it by the sample record. `secret` names the secret to type instead of a value. `text`:
    what to write into a prompt that is accepted.
    """

    kind: str
    procedure: NotRequired[Procedure]
    element: NotRequired[str]
    value: NotRequired[str]
    field: NotRequired[str]
    secret: NotRequired[str]
    irreversible: NotRequired[bool]
    text: NotRequired[str]


class Step(TypedDict):
    """One recorded step.

    `step` is the mapping of `bot.yaml`; `picture` names a PNG of the draft, `box` the place in it. `window` is empty,
    or the step that opened the window in which this one works: it follows that step. `chosen` is -1 where the locator
    is none of `locators`.
    """

    id: str
    step: dict[str, Any]
    ja: str
    en: str
    value: str
    field: str
    locators: list[Locator]
    chosen: int
    picture: str
    box: list[float]
    irreversible: bool
    window: NotRequired[str]


class Sign(TypedDict):
    """A text that a person marked on a page, with the condition of `bot.yaml` made from it."""

    id: str
    kind: SignKind
    text: str
    condition: dict[str, Any]


class Draft(TypedDict):
    """A bot that is being built."""

    id: str
    title: dict[str, str]
    base_url: str
    encoding: str
    form: str
    key: list[str]
    sample: dict[str, str]
    procedures: dict[str, list[Step]]
    signs: list[Sign]
    extra: dict[str, Any]
    """Parts of a `bot.yaml` edited by hand that the workshop does not show; they are kept as they are."""
    choices: NotRequired[dict[str, dict[str, str]]]
    """The words of the form for the values of its choices, by field: the worker recognises them on pages."""
    lookups: NotRequired[dict[str, dict[str, str]]]
    """The system's own words, by table and value, where they are others than those of the form."""
    masked: NotRequired[list[str]]
    """Fields that no picture shows."""


class Checked(TypedDict):
    """What `bot check` and `bot explain` say: sentences as {ja, en}; `problems` prevent a run, `warnings` do not."""

    problems: list[dict[str, str]]
    warnings: list[dict[str, str]]
    sentences: list[dict[str, str]]


class Failure(TypedDict):
    """The step at which a walk ended, the pictures (base64 PNG) of then and now, and locators that fit now."""

    procedure: str
    step: str
    reason: dict[str, str]
    then: str
    now: str
    proposals: list[Locator]


class WorkshopPort(Protocol):
    """Every method raises `verification.errors.CannotMake` with a sentence for the person when it cannot be done.

    One supervised browser per draft; one that nobody used for a quarter of an hour is closed, and opened again by the
    next call. It reaches no host but those that the office's settings grant to the draft.
    """

    def create(self, folder: Path, draft: Mapping[str, Any]) -> Draft:
        """Begin a draft, or one of a present bot.yaml.

        A new one has `id`, `title`, `base_url`, `encoding`, `form`, `key`, `sample`, `choices`, `masked`.

        For the latter `draft` has `yaml` and `sample`.
        """
        ...

    def draft(self, folder: Path) -> Draft:
        """The draft as it is."""
        ...

    def edit(self, folder: Path, edit: Mapping[str, Any]) -> Draft:
        """Change the draft and return it.

        `edit` is one of: {delete: STEP}, {move: STEP, to: index from 0}, {step: STEP, locator: index},
        {step: STEP, target: mapping}, {step: STEP, field: NAME or "", value: text}, {step: STEP, irreversible: bool},
        {step: STEP, format: "wareki_year"}, {step: STEP, compare: words}, {step: STEP, note: text},
        {sign: {kind, element or text}}, {unsign: SIGN},
        {set: {title, encoding, key, sample, choices, lookups, masked}}, {yaml: the whole file edited by hand},
        {undo: True} (takes back the last recorded step or edit).
        """
        ...

    def screen(self, folder: Path, url: str = "") -> Screen:
        """What the browser shows; opened at `url`, or at the draft's address, when it is not open."""
        ...

    def act(self, folder: Path, act: Act) -> Screen:
        """Do one act in the browser, record it where `procedure` says so, and return what is shown then."""
        ...

    def picture(self, folder: Path, name: str) -> bytes:
        """A PNG of a recorded step."""
        ...

    def yaml(self, folder: Path) -> str:
        """The `bot.yaml` of the draft, readable, with its comments."""
        ...

    def check(self, folder: Path) -> Checked:
        """What `bot check` says about the draft, and its steps in plain words."""
        ...

    def dry_walk(self, folder: Path, record: Mapping[str, str]) -> Failure | None:
        """Walk one record through the pages without saving; None when every step was found."""
        ...

    def rehearse(
        self, folder: Path, records: Sequence[Mapping[str, str]], base_url: str
    ) -> list[dict[str, str]]:
        """Enter records into a test system at `base_url`.

        Returns outcomes as in `outcomes.csv`: key, status, receipt, reason.
        """
        ...

    def close(self, folder: Path) -> None:
        """Close the draft's browser."""
        ...
