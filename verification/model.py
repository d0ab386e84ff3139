"""JSON models of the verifying page: what it receives about an item, and what it sends. Validated by pydantic."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LONGEST = 4000  # characters; `verify.js` and the message of TooLarge name the same limit
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Plain(BaseModel):
    # `forbid`: a misspelt key of a script is an error instead of a default.
    model_config = ConfigDict(extra="forbid", frozen=True)


class CandidateView(_Plain):
    """A candidate value of the machine; `percent` of probability, None when unknown."""

    value: str
    shown: str
    percent: int | None


class OptionView(_Plain):
    """An option of a choice, in the person's language."""

    value: str
    label: str


class ReasonView(_Plain):
    """A reason to doubt, with its text."""

    code: str
    text: str


class AnswerView(_Plain):
    """An earlier answer; only a lead sees it."""

    outcome: str
    value: str


class OtherField(_Plain):
    """Another field that a broken rule concerns."""

    field: str
    label: str
    value: str
    crop: str


class Piece(_Plain):
    """A run of the machine's value; `weak` when its characters are doubtful."""

    text: str
    weak: bool


class ItemView(_Plain):
    """All data of one item for the page. `value` fills the input, empty when blind or secret."""

    id: int
    token: str  # of the claim: an answer is refused once somebody else has claimed the item
    document: int
    form: str
    form_title: str
    field: str
    label: str
    type: str
    content: str
    page: int
    page_no: int
    file: str
    mode: str
    presentation: str
    required: bool
    secret: bool
    max_length: int | None
    value: str
    pieces: list[Piece]
    confidence: int | None
    candidates: list[CandidateView]
    options: list[OptionView]
    reasons: list[ReasonView]
    voices: list[AnswerView]
    blocked_by: str
    others: list[OtherField]
    crop: str
    near: str
    page_link: str


class ClaimIn(_Plain):
    """Request for items; `have` are those that the page has already."""

    want: int = Field(ge=1, le=8)  # the script preloads 5; more would keep items from other people
    have: list[Id] = Field(default=[], max_length=60)
    document: Id | None = None
    form: str | None = Field(default=None, max_length=80)
    field: str | None = Field(default=None, max_length=80)


class AnswerIn(_Plain):
    """A person's answer; `value` as typed. `ok` is Enter, the rest are the named outcomes."""

    item: Id
    token: str = Field(max_length=64)
    outcome: str = Field(
        pattern="^(ok|blank|illegible|wrong_form|return_to_applicant|corrected_by_applicant)$"
    )
    value: str = Field(default="", max_length=LONGEST)
    note: str = Field(default="", max_length=LONGEST)
    seconds: float = Field(
        ge=0, le=86_400
    )  # at most a day: the browser measures, so only absurd values are refused
    keystrokes: int = Field(default=0, ge=0, le=100_000)
    want: ClaimIn | None = None


class ItemsIn(_Plain):
    """Ids of items, for renewing and releasing."""

    items: list[Id] = Field(max_length=100)


class UndoIn(_Plain):
    """The item whose answer is to be reopened."""

    item: Id


class CheckIn(_Plain):
    """A value while it is being typed."""

    item: Id
    value: str = Field(max_length=LONGEST)


class OtherFieldIn(_Plain):
    """From a broken rule: the other field that should be changed instead."""

    item: Id
    field: str = Field(max_length=80)


class GlyphsIn(_Plain):
    """Request for cells that were read as one character; any character when `group` is None."""

    group: str | None = Field(default=None, max_length=80)


class GlyphView(_Plain):
    """One cell of the grid: the character that it was read as, `doubt` from 0 to 1, its box and its whole field."""

    item: int
    token: str
    document: int
    label: str
    read: str
    doubt: float
    crop: str
    field_crop: str


class GlyphAnswer(_Plain):
    """A person's answer for one cell: its character, or `whole` to verify the field as a whole."""

    item: Id
    token: str = Field(max_length=64)
    character: str = Field(default="", max_length=8)
    whole: bool = False


class GlyphAnswersIn(_Plain):
    """A confirmed grid with the time and keystrokes that all of it took."""

    cells: list[GlyphAnswer] = Field(min_length=1, max_length=100)
    seconds: float = Field(ge=0, le=86_400)
    keystrokes: int = Field(default=0, ge=0, le=100_000)


class GlyphStored(_Plain):
    """Result of one cell; `error` says why it was not stored."""

    item: int
    error: str = ""


class GlyphGroup(_Plain):
    """A character with the number of its waiting cells."""

    key: str
    count: int


class GlyphsOut(_Plain):
    """A grid: its character; its cells and those of easily confused characters, most doubtful first; all groups."""

    group: str
    cells: list[GlyphView]
    groups: list[GlyphGroup]


class CheckMessage(_Plain):
    """One message of a live check."""

    rule: str
    severity: str
    text: str


class CheckedValue(_Plain):
    """Result of a live check: the normal form, its display text, and the problems."""

    normal: str
    words: str
    problems: list[CheckMessage]
