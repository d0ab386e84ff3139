"""Adds items to the human queue: the fields of a document, a third person, a lead, an override."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.columns import FAR_FUTURE
from store.base.errors import IllegalMove, PlanIncomplete
from store.base.model import (
    DocumentState,
    ItemMode,
    ItemPlan,
    ItemState,
    Presentation,
    RuleCheck,
    RuleFailure,
)
from store.base.schema import Document, Item, Record
from store.base.session import now
from store.documents import readings
from store.documents.answer_agreement import LEAD_SEAT, THIRD_SEAT
from store.documents.documents import advance, lock
from store.queue import settlement


@dataclass(frozen=True, slots=True)
class OpenedItems:
    """What `open_items` did: ids of the items, or the record when none was necessary."""

    items: tuple[int, ...]
    record_id: int | None = None
    failures: tuple[RuleFailure, ...] = ()


def open_items(
    session: Session,
    document: Document | int,
    plans: Iterable[ItemPlan],
    *,
    actor: str,
    rules: RuleCheck | None = None,
) -> OpenedItems:
    """Begin a round of verification of a document (`read`, or a settled one that needs correcting).

    The document goes to `verifying`; without any item it is settled at once and goes to `verified`. A `double`
    plan opens two seats. Broken required rules open an `override` item instead of settling.

    Raises:
        PlanIncomplete: a reading that was not accepted has no plan.
        IllegalMove: the document's state does not allow verification.
    """
    row = lock(session, document)
    if row.state is DocumentState.VERIFYING:
        raise IllegalMove(f"document {row.id}: {row.state}")
    wanted = list(plans)
    _check_complete(session, row, wanted)
    row.round += 1
    items = [item for plan in wanted for item in _seats(session, row, plan)]
    session.flush()  # one statement for all; the ids are set now
    # Seeded items settle nothing, so they keep no document open.
    if any(item.mode is not ItemMode.SEEDED for item in items):
        detail = {"items": len(items), "round": row.round}
        advance(session, row, DocumentState.VERIFYING, actor, detail)
        return OpenedItems(tuple(item.id for item in items))
    values, origins = settlement.settled_values(session, row)
    failures = settlement.failing_rules(session, row, values, rules)
    if failures:
        advance(session, row, DocumentState.VERIFYING, actor, {"rules": [f.rule for f in failures]})
        opened = open_overrides(session, row, failures)
        return OpenedItems((*(item.id for item in items), *opened), None, tuple(failures))
    record: Record = settlement.make_record(session, row, values, origins, actor)
    return OpenedItems(tuple(item.id for item in items), record.id)


def open_item(session: Session, document: Document | int, plan: ItemPlan, *, actor: str) -> tuple[int, ...]:
    """Add an item to the present round: a seeded item at any time, anything else while `verifying`.

    With mode `override` a person may change a field that has no item, e.g. the other field of a rule.
    """
    row = lock(session, document)
    if plan.mode is not ItemMode.SEEDED and row.state is not DocumentState.VERIFYING:
        raise IllegalMove(f"document {row.id}: {row.state}")
    items = _seats(session, row, plan)
    session.flush()
    # The chain is visible to verifiers, who must not learn from it which items are seeded.
    mode = ItemMode.VERIFY if plan.mode is ItemMode.SEEDED else plan.mode
    detail = {"field": plan.field, "mode": mode.value}
    chain.append(session, actor=actor, act="item.asked", subject=f"document:{row.id}", detail=detail)
    return tuple(item.id for item in items)


def open_third(session: Session, like: Item) -> int:
    """Open a blind item for one more person, who has not seen the field."""
    return _open_extra(session, like, THIRD_SEAT, Presentation.BLIND, None)


def open_lead(session: Session, like: Item) -> int:
    """Open an item for a lead, who sees the earlier answers."""
    return _open_extra(session, like, LEAD_SEAT, Presentation.CONFIRM, "lead")


def open_overrides(session: Session, document: Document, failures: Iterable[RuleFailure]) -> list[int]:
    """Open an `override` item for each broken rule that has none open yet."""
    waiting = select(Item.reasons).where(
        Item.document_id == document.id,
        Item.round == document.round,
        Item.mode == ItemMode.OVERRIDE,
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)),
    )
    already_open = {reasons[0] for reasons in session.scalars(waiting) if reasons}
    opened: list[int] = []
    for failure in failures:
        if failure.rule in already_open:
            continue
        field = failure.fields[0] if failure.fields else ""
        reading = readings.of_field(session, document.id, field)
        plan = ItemPlan(
            field=field,
            page=reading.page if reading else 1,
            mode=ItemMode.OVERRIDE,
            reasons=(failure.rule, failure.message),
        )
        seats = _seats(session, document, plan)
        session.flush()
        opened += [item.id for item in seats]
    return opened


def cancel_open(session: Session, document_id: int) -> int:
    """Cancel all unanswered items of a document, e.g. because it was returned. Returns their number."""
    pending = select(Item).where(
        Item.document_id == document_id, Item.state.in_((ItemState.OPEN, ItemState.CLAIMED))
    )
    rows = list(session.scalars(pending.with_for_update()))
    for item in rows:
        item.state = ItemState.CANCELLED
    session.flush()
    return len(rows)


def _check_complete(session: Session, document: Document, plans: list[ItemPlan]) -> None:
    known = {plan.field for plan in plans if plan.mode is not ItemMode.SEEDED}
    # A correction starts from the earlier record, whose fields are settled.
    known |= set(settlement.record_to_correct(session, document)[0])
    for name in readings.doubtful(session, document):
        if name not in known:
            raise PlanIncomplete(f"document {document.id}: {name}")


def _seats(session: Session, document: Document, plan: ItemPlan) -> list[Item]:
    if plan.mode is ItemMode.DOUBLE:
        # Blind: two people who see the machine's value would confirm the same mistake.
        blind = replace(plan, presentation=Presentation.BLIND)
        return [_add(session, document, blind, seat) for seat in (1, 2)]
    seat = 1
    # One field may break several rules and be seeded again later: each needs a seat of its own.
    if plan.mode in {ItemMode.SEEDED, ItemMode.OVERRIDE}:
        seat = _next_seat(session, document, plan)
    return [_add(session, document, plan, seat)]


def _next_seat(session: Session, document: Document, plan: ItemPlan) -> int:
    query = select(func.max(Item.seat)).where(
        Item.document_id == document.id,
        Item.round == document.round,
        Item.field == plan.field,
        Item.mode == plan.mode,
    )
    return (session.scalar(query) or 0) + 1


def _add(session: Session, document: Document, plan: ItemPlan, seat: int) -> Item:
    secret = plan.field in document.secret_fields

    def stored(value: str | None) -> str | None:
        return (
            None
            if value is None
            else readings.encrypt_value(session, document.id, plan.field, value, secret=secret)
        )

    item = Item(
        document_id=document.id,
        form_id=document.form_id or "",
        field=plan.field,
        page_no=plan.page,
        round=document.round,
        mode=plan.mode,
        presentation=plan.presentation,
        seat=seat,
        reasons=list(plan.reasons),
        group_key=plan.group,
        priority=plan.priority if plan.priority is not None else document.priority,
        due=plan.deadline or document.due or FAR_FUTURE,
        secret=secret,
        confidence=plan.confidence,
        expected=stored(plan.expected),
        wrong_value=stored(plan.wrong_value),
        created_at=now(session),
    )
    session.add(item)
    return item


def _open_extra(session: Session, like: Item, seat: int, presentation: Presentation, role: str | None) -> int:
    query = select(Item).where(
        Item.document_id == like.document_id,
        Item.round == like.round,
        Item.field == like.field,
        Item.mode == ItemMode.THIRD,
        Item.seat == seat,
    )
    item = session.scalars(query).one_or_none()
    if item is None:
        item = Item(
            document_id=like.document_id,
            form_id=like.form_id,
            field=like.field,
            page_no=like.page_no,
            round=like.round,
            mode=ItemMode.THIRD,
            presentation=presentation,
            seat=seat,
            role=role,
            reasons=["people_disagree"],
            priority=like.priority,
            due=like.due,
            secret=like.secret,
            confidence=like.confidence,
            created_at=now(session),
        )
        session.add(item)
    else:
        # Cancelled when the answer before it was undone: opened again, without the claim of that time.
        item.state, item.claim_token, item.lease_owner, item.done_by = ItemState.OPEN, None, None, None
    session.flush()
    return item.id
