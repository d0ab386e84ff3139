"""Versions of a bot: their steps in plain words, comparison, signature, activation by a second person, going back."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from store.audit import chain
from store.base.errors import BotNotReady, SecondPersonNeeded
from store.base.model import BotState
from store.base.schema import BotVersion
from store.entry import bot_versions
from store.entry.bot_versions import NewBot
from verification import bot_files
from verification.bot_drafts import BotDrafts
from verification.errors import CannotMake, NoSuchPage, WebError, status_of
from verification.form_params import reason
from verification.request_context import Context, Posted, RequestContext
from verification.routes.automation.access import Number, SystemId, bots_of
from verification.views import bot_view

router = APIRouter(prefix="/systems/workshop/{system}")
BOTH = ("workshop", "activate")
_EVENTS_SHOWN = 100


@router.get("")
def bot_page(context: Context, system: SystemId) -> Response:
    """All versions of a bot, with its history."""
    drafts = bots_of(context, *BOTH)
    with context.app.store.read() as session:
        rows = bot_versions.versions(session, system)
        events = list(chain.history(session, f"bot:{system}"))[-_EVENTS_SHOWN:]
    text = drafts.systems.text(system)
    if not rows and text is None and system not in drafts.ids():
        raise NoSuchPage
    active = next((row for row in rows if row.state is BotState.ACTIVE), None)
    same = active is not None and text is not None and bot_versions.digest(text) == active.sha256
    return context.page(
        "workshop/bot.html",
        system=system,
        rows=rows,
        events=[(event, json.loads(event.detail).get("number")) for event in events[::-1]],
        draft=system in drafts.ids(),
        foreign=(text is not None or active is not None) and not same,
        installed=text is not None,
    )


@router.get("/versions/{number}")
def version_page(context: Context, system: SystemId, number: Number) -> Response:
    """One version: stages, steps in plain words, its text, and what may be done with it."""
    return _show(context, system, number, None)


@router.get("/versions/{number}/explain")
def explain_page(context: Context, system: SystemId, number: Number) -> Response:
    """The steps in plain words, to be printed and signed by the system's owner."""
    bots_of(context, *BOTH)
    row = _version(context, system, number)
    lines = bot_view.sentences(row, context.language)
    return context.page("workshop/explain.html", row=row, lines=lines)


@router.get("/versions/{number}/pack")
def pack(context: Context, system: SystemId, number: Number) -> Response:
    """The version as a ZIP for another office."""
    bots_of(context, *BOTH)
    with context.app.store.write() as session:
        row = bot_versions.get(session, system, number)
        bot_versions.require_unchanged(session, row)
        detail = {"number": number, "sha256": row.sha256}
        chain.append(session, actor=context.name, act="bot.packed", subject=f"bot:{system}", detail=detail)
        about = {"system": system, "forms": bot_files.facts(row.yaml).forms, "title": row.title, **detail}
        data = bot_files.pack(row.yaml, about)
    name = f"bot_{system}_v{number}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.get("/compare")
def compare_page(
    context: Context,
    system: SystemId,
    before: Annotated[int, Query(ge=1, le=999_999)],
    after: Annotated[int, Query(ge=1, le=999_999)],
) -> Response:
    """Two versions side by side: sentences, then lines of YAML."""
    bots_of(context, *BOTH)
    with context.app.store.read() as session:
        old, new = (bot_versions.get(session, system, number) for number in (before, after))
    language = context.language
    return context.page(
        "workshop/compare.html",
        system=system,
        old=old,
        new=new,
        steps=bot_view.compared(bot_view.sentences(old, language), bot_view.sentences(new, language)),
        lines=bot_view.compared(old.yaml.splitlines(), new.yaml.splitlines()),
    )


@router.post("/versions/{number}/sign")
def sign(context: Context, sent: Posted, system: SystemId, number: Number) -> Response:
    """Record the owner's signature on the printed steps."""
    bots_of(context)
    try:
        with context.app.store.write() as session:
            row = bot_versions.lock(session, system, number)
            bot_versions.sign(session, row, sent.get("name", ""), actor=context.name)
    except BotNotReady as error:
        return _show(context, system, number, error)
    return _back(system, number)


@router.post("/versions/{number}/activate")
def activate(context: Context, sent: Posted, system: SystemId, number: Number) -> Response:
    """Install a signed version, or go back to an earlier one; the file is replaced inside the transaction."""
    drafts = bots_of(context, "activate")
    before = drafts.systems.text(system)
    try:
        why = reason(sent) if sent.get("reason", "").strip() else ""
        with context.app.store.write() as session:
            row = bot_versions.lock(session, system, number)
            _require_forms_kept(row, before, sent)
            if before is not None:
                _keep_hand_written(session, system, before, context.name)
            bot_versions.activate(session, row, actor=context.name, reason=why)
            # Last: a folder that cannot be written rolls the row back, too.
            drafts.systems.install(system, row.yaml)
    except (BotNotReady, SecondPersonNeeded, CannotMake) as error:
        return _show(context, system, number, error)
    except Exception:
        # The row was not committed, so the file must not stay either.
        _restore(drafts, system, before)
        raise
    context.app.ports.requeue()  # settled records may have waited for this bot
    return _back(system, number)


@router.post("/versions/{number}/retire")
def retire(context: Context, sent: Posted, system: SystemId, number: Number) -> Response:
    """Take the active version out of use; nothing is entered into the system until another one is activated."""
    drafts = bots_of(context, "activate")
    with context.app.store.write() as session:
        row = bot_versions.lock(session, system, number)
        bot_versions.retire(session, row, actor=context.name, reason=reason(sent))
        drafts.systems.remove(system)
    return _back(system, number)


@router.post("/versions/{number}/edit")
def edit(context: Context, sent: Posted, system: SystemId, number: Number) -> Response:
    """Begin a draft from a version."""
    drafts = bots_of(context)
    row = _version(context, system, number)
    return _begin(context, drafts, system, row.yaml, number)


@router.post("/edit-installed")
def edit_installed(context: Context, sent: Posted, system: SystemId) -> Response:
    """Begin a draft from the installed file, also from one that was written by hand."""
    drafts = bots_of(context)
    text = drafts.systems.text(system)
    if text is None:
        raise NoSuchPage
    return _begin(context, drafts, system, text, 0)


def _begin(context: RequestContext, drafts: BotDrafts, system: str, text: str, number: int) -> Response:
    bot_files.require_small(text)
    drafts.begin(system, {"yaml": text, "sample": {}}, context.name)
    with context.app.store.write() as session:
        detail = {"of": number, "sha256": bot_versions.digest(text)}
        chain.append(
            session, actor=context.name, act="bot.draft_begun", subject=f"bot:{system}", detail=detail
        )
    return RedirectResponse(f"/systems/workshop/{system}/build", status_code=303)


def _keep_hand_written(session: Session, system: str, text: str, who: str) -> None:
    """The installed file as a version, unless it is one: otherwise nobody could go back to it."""
    title = dict(_facts(text).title) or {"ja": system}
    bot_versions.adopt(session, NewBot(system, "", title, text, (), source="file"), actor=who)


def _require_forms_kept(row: BotVersion, before: str | None, sent: dict[str, str]) -> None:
    """Raise CannotMake when forms that are entered now would not be any more, unless the person agreed to that."""
    lost = _lost_forms(before, row)
    if lost and sent.get("drop_forms") != "yes":
        words = "、".join(lost)
        raise CannotMake(
            f"今のボットが入力している帳票のうち、この版にないものがあります: {words}。"
            "その入力を止めてよければ、下の確認に印を付けて有効化してください。",
            f"Forms that are entered now are not in this version: {words}. Tick the box below to stop entering them.",
        )


def _lost_forms(before: str | None, row: BotVersion) -> list[str]:
    """Forms of the installed file that a version does not have."""
    return sorted({*_facts(before or "").forms} - {*bot_files.facts(row.yaml).forms})


def _facts(text: str) -> bot_files.BotFacts:
    """What an installed file says; nothing for a broken one, which must not stand in the way of a good one."""
    try:
        return bot_files.facts(text)
    except CannotMake:
        return bot_files.BotFacts("", (), {})


def _restore(drafts: BotDrafts, system: str, before: str | None) -> None:
    if before is None:
        drafts.systems.remove(system)
    elif drafts.systems.text(system) != before:
        drafts.systems.install(system, before)


def _version(context: RequestContext, system: str, number: int) -> BotVersion:
    with context.app.store.read() as session:
        return bot_versions.get(session, system, number)


def _back(system: str, number: int) -> Response:
    return RedirectResponse(f"/systems/workshop/{system}/versions/{number}", status_code=303)


def _show(
    context: RequestContext,
    system: str,
    number: int,
    error: WebError | BotNotReady | SecondPersonNeeded | None,
) -> Response:
    drafts = bots_of(context, *BOTH)
    row = _version(context, system, number)
    lost = _lost_forms(drafts.systems.text(system), row) if row.state is not BotState.ACTIVE else []
    status = 200 if error is None else status_of(error)[0]
    return context.page(
        "workshop/version.html",
        status,
        system=system,
        row=row,
        lines=bot_view.sentences(row, context.language),
        stages=bot_view.stages((), row),
        lost=lost,
        own=context.name in row.authors,
        error=error,
    )
