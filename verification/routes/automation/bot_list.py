"""The list of bots and drafts; a new draft, a pack taken in, a draft discarded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from store.audit import chain
from verification import bot_files
from verification.errors import CannotMake, Forbidden, WebError
from verification.request_context import Context, Posted, RequestContext, Uploaded
from verification.routes.automation.access import SystemId, bots_of
from verification.views import bot_samples, bot_view

router = APIRouter(prefix="/systems/workshop")
ENCODINGS = ("utf-8", "cp932", "euc_jp", "windows-1252")
_FREE_ROWS = 12


@router.get("")
def list_page(context: Context) -> Response:
    """Every bot and draft."""
    return _list(context, None)


@router.get("/new")
def new_page(
    context: Context, form: Annotated[str, Query(max_length=80)] = "", examples: bool = False
) -> Response:
    """A form for a new draft; with the fields of a form of this office, or free ones."""
    bots_of(context)
    return _new(context, None, {"form": form}, examples)


@router.post("/new")
def new(context: Context, sent: Posted) -> Response:
    """Begin a draft and open it."""
    drafts = bots_of(context)
    try:
        system = sent.get("id", "").strip()
        description = _description(context, sent)
        drafts.begin(system, description, context.name)
        _note(context, "bot.draft_begun", system, {"form": description["form"]})
    except WebError as error:
        return _new(context, error, sent, False)
    return RedirectResponse(f"/systems/workshop/{system}/build", status_code=303)


@router.post("/install")
def install(context: Context, sent: Uploaded) -> Response:
    """Begin a draft from a pack of another office."""
    drafts = bots_of(context)
    try:
        if not sent.files:
            raise CannotMake("パックのファイルを選んでください。", "Choose the file of a pack.")
        text = bot_files.unpack(sent.files[0].file.read(bot_files.LARGEST_PACK + 1))
        system = bot_files.facts(text).id
        # The same checks as for an id that was typed: a pack comes from outside.
        drafts.begin(system, {"yaml": text, "sample": {}}, context.name)
        _note(context, "bot.pack_installed", system, {})
    except WebError as error:
        return _list(context, error)
    return RedirectResponse(f"/systems/workshop/{system}/build", status_code=303)


@router.post("/{system}/discard")
def discard(context: Context, sent: Posted, system: SystemId) -> Response:
    """Delete a draft; its versions stay."""
    bots_of(context).discard(system)
    _note(context, "bot.draft_discarded", system, {})
    return RedirectResponse("/systems/workshop", status_code=303)


def _note(context: RequestContext, act: str, system: str, detail: Mapping[str, object]) -> None:
    with context.app.store.write() as session:
        chain.append(session, actor=context.name, act=act, subject=f"bot:{system}", detail=detail)


def _description(context: RequestContext, sent: Mapping[str, str]) -> dict[str, object]:
    title = sent.get("title", "").strip()[:100]
    form = sent.get("form", "").strip()
    if form and form not in context.app.forms:
        raise CannotMake("その帳票はありません。", "There is no such form.")
    sample = bot_samples.typed(sent)
    if document := sent.get("document", "").strip():
        sample = {**sample, **_from_record(context, form, document)}
    key = [name.strip() for name in re.split(r"[,、|\s]+", sent.get("key", "")) if name.strip()]
    if not key or any(not sample.get(name) for name in key):
        raise CannotMake(
            "キー（記録を1件に決める項目）を選び、その見本の値も入力してください。",
            "Choose the key (what makes a record unique) and give its sample value.",
        )
    encoding = sent.get("encoding", ENCODINGS[0])
    if encoding not in ENCODINGS:
        raise WebError
    return {
        "id": sent.get("id", "").strip(),
        "title": {"ja": title or sent.get("id", ""), "en": sent.get("title_en", "").strip()[:100] or title},
        "base_url": _address(sent.get("base_url", "")),
        "encoding": encoding,
        "form": form,
        "key": key[:5],
        "sample": {name: value for name, value in sample.items() if value},
        **(bot_samples.for_engine(context.app.forms[form]) if form else {}),
    }


def _address(text: str) -> str:
    address = text.strip()[:400]
    try:
        parts = urlsplit(address)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_number = urlsplit(""), False
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_number or parts.username:
        raise CannotMake(
            "業務システムのアドレスは http:// か https:// で始めてください（利用者名は書けません）。",
            "The address of the system begins with http:// or https://, without a user name.",
        )
    return address


def _from_record(context: RequestContext, form: str, document: str) -> dict[str, str]:
    # A real record is somebody's data: only for those who may see whole applications anyway.
    if not context.may("reveal") or context.snippets_only:
        raise Forbidden
    if not form or not re.fullmatch(r"[0-9]{1,9}", document):
        raise CannotMake(
            "帳票を選び、申請書の番号を数字で入力してください。",
            "Choose a form and give the application's number.",
        )
    with context.app.store.write() as session:
        values = bot_samples.of_record(session, context.app.forms[form], int(document))
        detail = {"purpose": "bot sample"}
        chain.append(
            session,
            actor=context.name,
            act="record.used_as_sample",
            subject=f"document:{int(document)}",
            detail=detail,
        )
    return values


def _list(context: RequestContext, error: WebError | None) -> Response:
    drafts = bots_of(context, "workshop", "activate")
    with context.app.store.read() as session:
        rows = bot_view.rows(session, drafts)
    return context.page("workshop/bots.html", error.status if error else 200, rows=rows, error=error)


def _new(
    context: RequestContext, error: WebError | None, sent: Mapping[str, str], examples: bool
) -> Response:
    form = context.app.forms.get(sent.get("form", ""))
    fields = bot_samples.fields_of(form) if form else []
    values = {field.name: bot_samples.example(field) for field in fields} if examples else {}
    return context.page(
        "workshop/new_bot.html",
        error.status if error else 200,
        forms=context.app.forms,
        form=form,
        fields=fields,
        values=values,
        free=range(0 if form else _FREE_ROWS),
        encodings=ENCODINGS,
        sent=sent,
        error=error,
        may_use_records=context.may("reveal") and not context.snippets_only,
    )
