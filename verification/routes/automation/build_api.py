"""The API of the workshop's script: screens and acts, edits of steps, check, dry walk, rehearsal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from store.base.model import BotState
from store.base.schema import BotVersion
from store.entry import bot_versions
from store.entry.bot_versions import NewBot
from verification import bot_files
from verification.bot_drafts import BotDrafts, require_small_picture
from verification.errors import CannotMake
from verification.request_context import Context, RequestContext, require_script_token
from verification.routes.automation.access import SystemId, bots_of
from verification.views import bot_samples, bot_view
from verification.workshop_port import Act, Draft, Failure, Procedure, Screen, SignKind

router = APIRouter(prefix="/api/systems/workshop/{system}")
_FROM_SCRIPT = [Depends(require_script_token)]
Name = Annotated[str, Field(max_length=80)]
Text = Annotated[str, Field(max_length=4000)]
StepId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
ElementId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
_ACTS = Literal[
    "click", "fill", "select", "check", "uncheck", "choose", "press", "goto", "dialog", "capture", "back",
    "window", "only_record", "wait_for", "scroll",
]  # fmt: skip
_LARGEST_TARGET = 4000


class _Plain(BaseModel):
    # `forbid`: what the engine receives is exactly what is described here.
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScreenIn(_Plain):
    """Where to open the browser; empty: what it shows now."""

    url: Annotated[str, Field(max_length=400)] = ""


class ActIn(_Plain):
    """One act of the person in the browser."""

    kind: _ACTS
    procedure: Procedure | None = None
    element: ElementId | None = None
    value: Text | None = None
    field: Name | None = None
    secret: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,60}$")] | None = None
    irreversible: bool | None = None
    text: Text | None = None


class SignIn(_Plain):
    """A text on a page and what it means: the element that shows it, or the text itself."""

    kind: SignKind
    element: ElementId | None = None
    text: Annotated[str, Field(max_length=400)] | None = None


class SettingsIn(_Plain):
    """Parts of the draft that no page of the old system shows."""

    title: dict[Literal["ja", "en"], Annotated[str, Field(max_length=100)]] | None = None
    key: Annotated[list[Name], Field(min_length=1, max_length=5)] | None = None
    sample: dict[Name, Text] | None = None


class EditIn(_Plain):
    """One change of the draft; which keys go together is described in `WorkshopPort.edit`."""

    delete: StepId | None = None
    move: StepId | None = None
    to: Annotated[int, Field(ge=0, le=10_000)] | None = None
    step: StepId | None = None
    locator: Annotated[int, Field(ge=0, le=1000)] | None = None
    target: dict[Name, Any] | None = None
    field: Name | None = None
    value: Text | None = None
    irreversible: bool | None = None
    format: Literal["wareki_year"] | None = None
    sign: SignIn | None = None
    unsign: StepId | None = None
    set: SettingsIn | None = None
    undo: Literal[True] | None = None

    @model_validator(mode="after")
    def small(self) -> EditIn:
        """A locator is a few words; anything longer is not from the page."""
        if self.target is not None and len(json.dumps(self.target)) > _LARGEST_TARGET:
            raise ValueError("target")
        return self


class WalkIn(_Plain):
    """The record to walk with; the sample without one."""

    record: Annotated[dict[Name, Text], Field(max_length=200)] | None = None


class RehearsalIn(_Plain):
    """Records as CSV and the address of a test system; `test_system`: the person confirmed that it is one."""

    records: Annotated[str, Field(max_length=400_000)]
    base_url: Annotated[str, Field(max_length=400)]
    test_system: Literal[True]


@router.get("")
def opened(context: Context, system: SystemId) -> dict[str, Any]:
    """The draft with its stages, and the job that runs or ran last."""
    drafts = bots_of(context)
    job = drafts.jobs.get(system)
    if job is not None and drafts.running(system):
        drafts.folder(system)
        return {"job": _job(context, job)}
    with drafts.exclusive(system):
        return {**_state(context, drafts, system), "job": _job(context, job) if job else None}


@router.post("/screen", dependencies=_FROM_SCRIPT)
def screen(context: Context, system: SystemId, sent: ScreenIn) -> dict[str, Any]:
    """What the supervised browser shows."""
    drafts = bots_of(context)
    with drafts.exclusive(system):
        return {"screen": _small(drafts.port.screen(drafts.folder(system), sent.url))}


@router.post("/act", dependencies=_FROM_SCRIPT)
def act(context: Context, system: SystemId, sent: ActIn) -> dict[str, Any]:
    """Do one act; returns the screen after it, and the draft where it was recorded."""
    drafts = bots_of(context)
    with drafts.exclusive(system):
        folder = drafts.folder(system)
        shown = _small(drafts.port.act(folder, cast("Act", sent.model_dump(exclude_none=True))))
        if sent.procedure is None:
            return {"screen": shown}
        drafts.worked_on(system, context.name)
        return {"screen": shown, **_state(context, drafts, system)}


@router.post("/edit", dependencies=_FROM_SCRIPT)
def edit(context: Context, system: SystemId, sent: EditIn) -> dict[str, Any]:
    """Change a step, a sign or the sample."""
    drafts = bots_of(context)
    change = sent.model_dump(exclude_none=True)
    if sample := change.get("set", {}).get("sample"):
        bot_samples.checked(sample)
    with drafts.exclusive(system):
        drafts.port.edit(drafts.folder(system), change)
        drafts.worked_on(system, context.name)
        return _state(context, drafts, system)


@router.get("/picture/{name}")
def picture(context: Context, system: SystemId, name: str) -> Response:
    """The picture of a recorded step."""
    data = bots_of(context).picture(system, name)
    return Response(data, media_type="image/png")


@router.post("/check", dependencies=_FROM_SCRIPT)
def check(context: Context, system: SystemId) -> dict[str, Any]:
    """Check the draft; without problems its text becomes a version, to which the later stages belong."""
    drafts = bots_of(context)
    with drafts.exclusive(system):
        folder = drafts.folder(system)
        found, draft, text = drafts.port.check(folder), drafts.port.draft(folder), drafts.port.yaml(folder)
        if not found["problems"]:
            _require_own_id(system, text)
            report = {"sentences": found["sentences"], "warnings": found["warnings"]}
            people = drafts.people(system)
            made = NewBot(system, draft["form"], draft["title"], text, people, report)
            with context.app.store.write() as session:
                bot_versions.add(session, made, actor=context.name)
        return {**found, **_state(context, drafts, system)}


@router.post("/walk", dependencies=_FROM_SCRIPT)
def walk(context: Context, system: SystemId, sent: WalkIn) -> dict[str, Any]:
    """Begin a dry walk with the sample record, or another one whose key is not in the system yet."""
    drafts = bots_of(context)
    row, draft = _version(context, drafts, system)
    who, store, folder = context.name, context.app.store, drafts.folder(system)
    record = bot_samples.checked(sent.record or draft["sample"])

    def run() -> Failure | None:
        failure = drafts.port.dry_walk(folder, record)
        if failure is None:
            with store.write() as session:
                bot_versions.walked(session, bot_versions.lock(session, system, row.number), actor=who)
        return failure

    drafts.start(system, "walk", run)
    return {"job": {"kind": "walk", "state": "running"}}


@router.post("/rehearse", dependencies=_FROM_SCRIPT)
def rehearse(context: Context, system: SystemId, sent: RehearsalIn) -> dict[str, Any]:
    """Begin a rehearsal: ten records or more into a test system."""
    drafts = bots_of(context)
    row, draft = _version(context, drafts, system)
    if row.walked_at is None:
        raise CannotMake("先にから歩きを通してください。", "Finish a dry walk first.")
    if row.state not in {BotState.DRAFT, BotState.REHEARSED}:
        raise CannotMake(
            "この版はもう署名されています。リハーサルをやり直すには内容を変えて新しい版にします。",
            "This version is signed already; another rehearsal needs a changed text.",
        )
    records = bot_samples.from_csv(sent.records, tuple(draft["key"]))
    who, store, folder = context.name, context.app.store, drafts.folder(system)

    def run() -> list[dict[str, str]]:
        outcomes = drafts.port.rehearse(folder, records, sent.base_url)
        with store.write() as session:
            fresh = bot_versions.lock(session, system, row.number)
            statuses = [outcome["status"] for outcome in outcomes]
            # Records without an outcome count as unknown: a run that stopped half-way has not passed.
            statuses += ["unknown"] * (len(records) - len(outcomes))
            bot_versions.rehearsed(session, fresh, statuses, sent.base_url, actor=who)
        return outcomes

    drafts.start(system, "rehearse", run)
    return {"job": {"kind": "rehearse", "state": "running"}}


@router.post("/close", dependencies=_FROM_SCRIPT)
def close(context: Context, system: SystemId) -> dict[str, Any]:
    """Close the draft's browser; the next screen opens a fresh one, signed out of the old system."""
    drafts = bots_of(context)
    with drafts.exclusive(system):
        drafts.port.close(drafts.folder(system))
    return {}


def _state(context: RequestContext, drafts: BotDrafts, system: str) -> dict[str, Any]:
    draft, text = drafts.read(system), drafts.port.yaml(drafts.folder(system))
    with context.app.store.read() as session:
        version = bot_view.same_text(session, system, text)
    stages = bot_view.stages(bot_view.missing_lessons(draft), version)
    return {
        "draft": draft,
        "stages": [{"key": s.key, "state": s.state, "missing": s.missing} for s in stages],
        "version": version.number if version else None,
    }


def _version(context: RequestContext, drafts: BotDrafts, system: str) -> tuple[BotVersion, Draft]:
    """The checked version of the draft's present text. Raises CannotMake without one."""
    with drafts.exclusive(system):
        draft, text = drafts.read(system), drafts.port.yaml(drafts.folder(system))
    with context.app.store.read() as session:
        row = bot_view.same_text(session, system, text)
    if row is None:
        raise CannotMake(
            "先に点検してください。手順を変えた後は、もう一度点検が要ります。",
            "Check it first; after a change of the steps it has to be checked again.",
        )
    return row, draft


def _require_own_id(system: str, text: str) -> None:
    if bot_files.facts(text).id != system:
        raise CannotMake(
            f"bot.yaml の id が {system} ではありません。", f"The id in the bot.yaml is not {system}."
        )


def _job(context: RequestContext, job: Any) -> Mapping[str, Any]:
    error = job.error.in_language(context.language) if job.error else ""
    return {"kind": job.kind, "state": job.state, "result": job.result, "error": error}


def _small(shown: Screen) -> Screen:
    require_small_picture(shown)
    return shown
