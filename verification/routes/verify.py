"""Verifying: the page, and the JSON that its script talks. Every answer comes in through `/api/verify/answer`."""

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
from verification import judging
from verification.model import AnswerIn, AskIn, Checked, CheckIn, ClaimIn, ItemsIn, ItemView, UndoIn
from verification.request_context import Context, RequestContext, scripted
from verification.views.item_view import view

router = APIRouter()
checked = APIRouter(dependencies=[Depends(scripted)])

# Cells of the glyph grid come last, so that there are many of a character when somebody opens the grid.
_TURNS = ((Presentation.BLIND, Presentation.CONFIRM), (Presentation.GRID,))


@router.get("/verify")
def verify_page(
    context: Context, document: int | None = None, form: str | None = None, field: str | None = None
) -> Response:
    """The page; its script fetches the items."""
    context.need("verify")
    scope = {"document": document or "", "form": form or "", "field": field or ""}
    settings = context.app.settings
    return context.page("verify.html", scope=scope, idle=settings.idle_seconds, lease=settings.lease_seconds)


@checked.post("/api/verify/claim")
def claim(context: Context, asked: ClaimIn) -> dict[str, list[ItemView]]:
    """Items to work on: those that the person holds already, then the most urgent."""
    context.need("verify")
    with context.app.store.write() as session:
        return {"items": [view(session, context, item) for item in _claimed(session, context, asked)]}


@checked.post("/api/verify/answer")
def answer(context: Context, sent: AnswerIn) -> dict[str, object]:
    """Store an answer; gives what became of it and, when asked, the next items. Sending it twice changes nothing."""
    context.need("verify")
    with context.app.store.write() as session:
        done = submit(session, context, sent)
    if done.record_id is not None or done.document_state.value in {"unidentified", "returned"}:
        context.app.ports.requeue()
    items: list[ItemView] = []
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


@checked.post("/api/verify/undo")
def undo(context: Context, sent: UndoIn) -> dict[str, object]:
    """Reopen the person's own last answer; gives the item again with what was said."""
    context.need("verify")
    with context.app.store.write() as session:
        item = review_queue.reopen(session, sent.item, context.name, context.app.settings.lease_seconds)
        return {"item": view(session, context, item)}


@checked.post("/api/verify/renew")
def renew(context: Context, sent: ItemsIn) -> dict[str, list[int]]:
    """Keep the items; gives those that are still the person's."""
    context.need("verify")
    with context.app.store.write() as session:
        seconds = context.app.settings.lease_seconds
        return {"items": review_queue.renew(session, sent.items, context.name, seconds)}


@checked.post("/api/verify/release")
def release(context: Context, sent: ItemsIn) -> dict[str, int]:
    """Give items back unanswered: the person leaves the page, or passes one on."""
    context.need("verify")
    given = 0
    with context.app.store.write() as session:
        for item_id in sent.items:
            try:
                review_queue.release(session, item_id, context.name)
                given += 1
            except (NotYours, ItemGone, NotFound):
                continue  # somebody else's or done by now: nothing to give back
    return {"released": given}


@checked.post("/api/verify/ask")
def ask(context: Context, sent: AskIn) -> dict[str, ItemView]:
    """From a broken rule: open the other field it concerns and hand it to the same person."""
    context.need("verify")
    with context.app.store.write() as session:
        item = held(session, context, sent.item)
        form = form_of(context, item)
        if item.mode is not ItemMode.OVERRIDE or sent.field not in {f.name for f in form.fields()}:
            raise NotFound(sent.field[:40])
        field = form.field(sent.field)
        plan = ItemPlan(field.name, field.page, mode=ItemMode.OVERRIDE, reasons=tuple(item.reasons))
        review_queue.open_item(session, item.document_id, plan, actor=context.name)
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


@checked.post("/api/check")
def check(context: Context, sent: CheckIn) -> Checked:
    """The typed value in its normal form and what does not fit, while the person types."""
    context.need("verify")
    with context.app.store.read() as session:
        item = held(session, context, sent.item)
        document = documents.get(session, item.document_id)
        return judging.check(session, form_of(context, item), document, item, sent.value, context.words)


def held(session: Session, context: RequestContext, item_id: int) -> Item:
    """The item, if the person holds it. Raises NotFound, NotYours."""
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


def _claimed(session: Session, context: RequestContext, asked: ClaimIn) -> list[Item]:
    have: Collection[int] = set(asked.have)
    mine = [item for item in review_queue.held_by(session, context.name) if _wanted(item, asked)]
    found = [item for item in mine if item.id not in have][: asked.want]
    seconds = context.app.settings.lease_seconds
    review_queue.renew(session, [item.id for item in found], context.name, seconds)
    for presentations in _TURNS:
        missing = asked.want - len(found)
        if missing > 0:
            found += review_queue.claim_next(
                session,
                context.name,
                roles=context.roles,
                limit=missing,
                seconds=seconds,
                document_id=asked.document,
                form_id=asked.form or None,
                field=asked.field or None,
                presentations=presentations,
                order=context.app.settings.order,
                snippets=context.app.settings.snippets,
            )
    return found


def _wanted(item: Item, asked: ClaimIn) -> bool:
    pairs: Sequence[tuple[object, object]] = (
        (asked.document, item.document_id),
        (asked.form, item.form_id),
        (asked.field, item.field),
    )
    return all(not wish or wish == found for wish, found in pairs)


def submit(session: Session, context: RequestContext, sent: AnswerIn, *, in_grid: bool = False) -> Submitted:
    """Store one answer; `in_grid` when the person saw it as a cell of the glyph grid."""
    item = session.get(Item, sent.item)
    if item is None:
        raise NotFound(f"item {sent.item}")
    form = form_of(context, item)
    field = form.field(item.field) if item.field in {f.name for f in form.fields()} else None
    value = review_queue.clean(sent.value)
    outcome, value = _meaning(sent, judging.typed(field, value))
    if item.mode is ItemMode.OVERRIDE and outcome is Outcome.CORRECTED:
        outcome, value = _override(session, item, form, sent, value)
    said = Answer(
        outcome=outcome,
        value=value,
        active_seconds=sent.seconds,
        shown=_seen_as(item, in_grid),
        note=sent.note,
        keystrokes=sent.keystrokes,
    )
    rules = blocking.blocking_rules(form, context.language)
    return review_queue.submit(session, item.id, sent.token, context.name, said, rules=rules)


def _seen_as(item: Item, in_grid: bool) -> Presentation:
    """A cell of the grid that was answered one by one was seen as a whole field."""
    if item.presentation is not Presentation.GRID:
        return item.presentation
    return Presentation.GRID if in_grid else Presentation.CONFIRM


def _meaning(sent: AnswerIn, value: str) -> tuple[Outcome, str]:
    if sent.outcome == "ok":
        return Outcome.CORRECTED, value
    if sent.outcome == "corrected_by_applicant":
        return Outcome.CORRECTED_BY_APPLICANT, value
    return Outcome(sent.outcome), ""


def _override(session: Session, item: Item, form: Form, sent: AnswerIn, value: str) -> tuple[Outcome, str]:
    """Of a broken rule: the value changed, or stays although the rule fails, which takes a reason."""
    document = documents.get(session, item.document_id)
    values, _ = settlement.settled_values(session, document)
    standing = values.get(item.field, "")
    if item.field in document.secret_fields and not sent.value and sent.note.strip():
        value = standing  # a secret value is not shown, so leaving the input empty keeps it
    values[item.field] = value
    rule = item.reasons[0] if item.reasons else ""
    fails = bool(blocking.fields_of_rule(form, values, rule))
    kept = value == standing and fails
    return (Outcome.CONFIRMED if kept else Outcome.CORRECTED), value


router.include_router(checked)
