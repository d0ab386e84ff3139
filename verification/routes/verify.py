"""Verifying: the page and its script's JSON API. Every answer is sent to `/api/verify/answer`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from store.base.errors import ItemGone, NotFound, NotYours
from store.base.model import Answer, ItemMode, ItemPlan, ItemState, Outcome, Presentation, Submitted
from store.base.schema import Item
from store.documents import documents
from store.queue import review_queue, settlement
from templates_forms import blocking
from templates_forms.model import Form
from verification import typed_values
from verification.model import (
    AnswerIn,
    CheckedValue,
    CheckIn,
    ClaimIn,
    ItemsIn,
    ItemView,
    OtherFieldIn,
    UndoIn,
)
from verification.request_context import Context, RequestContext, require_script_token
from verification.views.item_view import view

router = APIRouter()
script_router = APIRouter(dependencies=[Depends(require_script_token)])

# Cells of the glyph grid come last, so that many of a character are left when somebody opens the grid.
_CLAIM_ORDER = ((Presentation.BLIND, Presentation.CONFIRM), (Presentation.GRID,))


@router.get("/verify")
def verify_page(
    context: Context, document: int | None = None, form: str | None = None, field: str | None = None
) -> Response:
    """The page; its script fetches the items."""
    context.require("verify")
    scope = {"document": document or "", "form": form or "", "field": field or ""}
    settings = context.app.settings
    return context.page("verify.html", scope=scope, idle=settings.idle_seconds, lease=settings.lease_seconds)


@script_router.post("/api/verify/claim")
def claim(context: Context, request: ClaimIn) -> dict[str, list[ItemView]]:
    """Items to work on: those already claimed, then the most urgent."""
    context.require("verify")
    with context.app.store.write() as session:
        return {"items": [view(session, context, item) for item in _claimed(session, context, request)]}


@script_router.post("/api/verify/answer")
def answer(context: Context, sent: AnswerIn) -> dict[str, object]:
    """Store an answer; returns its result and, with `want`, the next items. Sending it twice changes nothing."""
    context.require("verify")
    with context.app.store.write() as session:
        done = submit(session, context, sent)
    # Settled, returned and misidentified documents have a next step outside verifying.
    if done.record_id is not None or done.document_state.value in {"unidentified", "returned"}:
        context.app.ports.requeue()
    items: list[ItemView] = []
    # The next items come with the result, which spares a request between two fields.
    if sent.want is not None:
        with context.app.store.write() as session:
            items = [view(session, context, item) for item in _claimed(session, context, sent.want)]
    failures = [failure.message for failure in done.failures]
    return {
        "item": done.item_id,
        "repeated": done.repeated,
        "document_state": done.document_state.value,
        "settled": done.record_id is not None,
        "failures": failures,
        "items": items,
    }


@script_router.post("/api/verify/undo")
def undo(context: Context, sent: UndoIn) -> dict[str, object]:
    """Reopen the person's own last answer; returns the item again with the stored value."""
    context.require("verify")
    with context.app.store.write() as session:
        item = review_queue.reopen(session, sent.item, context.name, context.app.settings.lease_seconds)
        return {"item": view(session, context, item)}


@script_router.post("/api/verify/renew")
def renew(context: Context, sent: ItemsIn) -> dict[str, list[int]]:
    """Renew the claims; returns the items that are still the person's."""
    context.require("verify")
    with context.app.store.write() as session:
        seconds = context.app.settings.lease_seconds
        return {"items": review_queue.renew(session, sent.items, context.name, seconds)}


@script_router.post("/api/verify/release")
def release(context: Context, sent: ItemsIn) -> dict[str, int]:
    """Release items unanswered: the person leaves the page or postpones one."""
    context.require("verify")
    given = 0
    with context.app.store.write() as session:
        for item_id in sent.items:
            try:
                review_queue.release(session, item_id, context.name)
                given += 1
            except (NotYours, ItemGone, NotFound):
                continue  # claimed by somebody else or done: nothing to release
    return {"released": given}


@script_router.post("/api/verify/ask")
def open_other_field(context: Context, sent: OtherFieldIn) -> dict[str, ItemView]:
    """For a broken rule: open the other field that it concerns and claim it for the same person."""
    context.require("verify")
    with context.app.store.write() as session:
        item = claimed_item(session, context, sent.item)
        form = form_of(context, item)
        if item.mode is not ItemMode.OVERRIDE or sent.field not in {f.name for f in form.fields()}:
            raise NotFound(sent.field[:40])
        field = form.field(sent.field)
        plan = ItemPlan(field.name, field.page, mode=ItemMode.OVERRIDE, reasons=tuple(item.reasons))
        review_queue.open_item(session, item.document_id, plan, actor=context.name)
        # In the transaction that opened it, so nobody else can have claimed it.
        [taken] = review_queue.claim_next(
            session,
            context.name,
            roles=context.roles,
            document_id=item.document_id,
            field=field.name,
            modes=[ItemMode.OVERRIDE],
            seconds=context.app.settings.lease_seconds,
        )
        return {"item": view(session, context, taken)}


@script_router.post("/api/check")
def check(context: Context, sent: CheckIn) -> CheckedValue:
    """Check a value while it is typed: its normal form and its problems."""
    context.require("verify")
    with context.app.store.read() as session:
        item = claimed_item(session, context, sent.item)
        document = documents.get(session, item.document_id)
        return typed_values.check(session, form_of(context, item), document, item, sent.value, context.words)


def claimed_item(session: Session, context: RequestContext, item_id: int) -> Item:
    """The item, if the person has claimed it. Raises NotFound, NotYours."""
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound(f"item {item_id}")
    if item.lease_owner != context.name or item.state not in {ItemState.OPEN, ItemState.CLAIMED}:
        raise NotYours(f"item {item_id}")
    return item


def form_of(context: RequestContext, item: Item) -> Form:
    """The item's form. Raises NotFound when it is no longer installed."""
    form = context.app.forms.get(item.form_id)
    if form is None:
        raise NotFound(f"form {item.form_id}")
    return form


def _claimed(session: Session, context: RequestContext, request: ClaimIn) -> list[Item]:
    have: Collection[int] = set(request.have)
    mine = [item for item in review_queue.claimed_by(session, context.name) if _matches(item, request)]
    found = [item for item in mine if item.id not in have][: request.want]
    seconds = context.app.settings.lease_seconds
    # After a reload the page gets back what the person holds, with a full lease.
    review_queue.renew(session, [item.id for item in found], context.name, seconds)
    for presentations in _CLAIM_ORDER:
        missing = request.want - len(found)
        if missing > 0:
            found += review_queue.claim_next(
                session,
                context.name,
                roles=context.roles,
                limit=missing,
                seconds=seconds,
                document_id=request.document,
                form_id=request.form or None,
                field=request.field or None,
                presentations=presentations,
                order=context.app.settings.order,
                snippets=context.app.settings.snippets,
            )
    return found


def _matches(item: Item, request: ClaimIn) -> bool:
    pairs: Sequence[tuple[object, object]] = (
        (request.document, item.document_id),
        (request.form, item.form_id),
        (request.field, item.field),
    )
    return all(not wanted or wanted == found for wanted, found in pairs)


def submit(session: Session, context: RequestContext, sent: AnswerIn, *, in_grid: bool = False) -> Submitted:
    """Store one answer; `in_grid` when the person saw it as a cell of the glyph grid."""
    item = session.get(Item, sent.item)
    if item is None:
        raise NotFound(f"item {sent.item}")
    form = form_of(context, item)
    # An edited form may have lost the field; the answer is stored all the same, as it was typed.
    field = form.field(item.field) if item.field in {f.name for f in form.fields()} else None
    value = review_queue.clean(sent.value)
    outcome, value = _outcome(sent, typed_values.normal_form(field, value))
    if item.mode is ItemMode.OVERRIDE and outcome is Outcome.CORRECTED:
        outcome, value = _override(session, item, form, sent, value)
    stored = Answer(
        outcome=outcome,
        value=value,
        active_seconds=sent.seconds,
        shown=_presentation_seen(item, in_grid),
        note=sent.note,
        keystrokes=sent.keystrokes,
    )
    rules = blocking.blocking_rules(form, context.language)
    return review_queue.submit(session, item.id, sent.token, context.name, stored, rules=rules)


def _presentation_seen(item: Item, in_grid: bool) -> Presentation:
    """A cell of the grid that was answered one by one was seen as a whole field."""
    if item.presentation is not Presentation.GRID:
        return item.presentation
    return Presentation.GRID if in_grid else Presentation.CONFIRM


def _outcome(sent: AnswerIn, value: str) -> tuple[Outcome, str]:
    if sent.outcome == "ok":
        return Outcome.CORRECTED, value  # the store turns it into CONFIRMED where it equals the reading
    if sent.outcome == "corrected_by_applicant":
        return Outcome.CORRECTED_BY_APPLICANT, value
    return Outcome(sent.outcome), ""


def _override(session: Session, item: Item, form: Form, sent: AnswerIn, value: str) -> tuple[Outcome, str]:
    """For a broken rule: the value is changed, or confirmed although the rule fails, which needs a reason."""
    document = documents.get(session, item.document_id)
    values, _ = settlement.settled_values(session, document)
    current = values.get(item.field, "")
    if item.field in document.secret_fields and not sent.value and sent.note.strip():
        value = current  # a secret value is not shown, so leaving the input empty keeps it
    values[item.field] = value
    rule = item.reasons[0] if item.reasons else ""
    fails = bool(blocking.fields_of_rule(form, values, rule))
    unchanged = value == current and fails
    return (Outcome.CONFIRMED if unchanged else Outcome.CORRECTED), value


router.include_router(script_router)
