"""The human queue: which items a verifier gets next, for how long, and what they may see.

    with store.write() as session:
        items = queue.claim_next(session, "sato", roles={"verifier"}, limit=2)      # the second is preloaded
    with store.write() as session:
        done = queue.submit(session, items[0].id, items[0].claim_token, "sato", Answer(Outcome.CORRECTED, "ヤマダ"))

Nobody gets a field that they already had in this round, so both seats of a double and the third always
belong to different people. A claim that is not renewed expires; its token stays valid until somebody else claims the
item.
"""

from __future__ import annotations

import secrets as random_tokens
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from store.base import claims
from store.base.errors import ItemGone, NotFound, NotYours
from store.base.model import ItemMode, ItemState, Presentation, QueueOrder, StoredReading
from store.base.schema import Item, Verification
from store.base.session import now, transaction_lock
from store.documents import readings
from store.documents.answer_agreement import FieldAnswer
from store.documents.documents import get
from store.queue import settlement
from store.queue.answers import clean, reopen, submit
from store.queue.review_items import OpenedItems, cancel_open, open_item, open_items

LEASE_SECONDS: Final = 120.0
_ACTIVE: Final = (ItemState.OPEN, ItemState.CLAIMED)

__all__ = [
    "LEASE_SECONDS",
    "OpenedItems",
    "answers_for_lead",
    "answers_of",
    "cancel_open",
    "claim_next",
    "claimed_by",
    "clean",
    "open_item",
    "open_items",
    "release",
    "release_all",
    "remove_from_grid",
    "renew",
    "reopen",
    "submit",
    "unanswered",
    "visible_reading",
]


def claim_next(
    session: Session,
    user: str,
    *,
    roles: Collection[str] = (),
    limit: int = 1,
    seconds: float = LEASE_SECONDS,
    form_id: str | None = None,
    document_id: int | None = None,
    field: str | None = None,
    modes: Collection[ItemMode] = (),
    presentations: Collection[Presentation] = (),
    group: str | None = None,
    order: QueueOrder = QueueOrder.DOCUMENT,
    snippets: bool = False,
) -> list[Item]:
    """Claim up to `limit` items for `user`, most urgent first: priority, then deadline, then `order`.

    Args:
        roles: the person's; items for a lead go to nobody else.
        group: only cells of this group of characters (grid mode).
        order: what comes first among equally urgent items.
        snippets: single fields of many applications. A person who had another field of an application gets none of
            its secret ones and vice versa, so that nobody sees a name and a number together; otherwise fields of
            applications that are new to the person come first.
    """
    # Two windows of one person must not each claim a seat of the same double.
    transaction_lock(session, f"claims:{user}")
    # Expired claims become open here, on the next claim: no background job is necessary.
    _return_expired(session)
    conditions = [Item.state == ItemState.OPEN, or_(Item.role.is_(None), Item.role.in_(list(roles)))]
    conditions += [
        _not_handled_before(user),
        *_matching(form_id, document_id, field, modes, presentations, group),
    ]
    if snippets:
        return _snippets(session, conditions, order, user, limit, seconds)
    # Three times as many, because `_one_per_field` drops the second seat of a double.
    found = _first_open(session, conditions, order, limit * 3)
    return _claim_items(session, _one_per_field(found, limit), user, seconds)


def renew(
    session: Session, item_ids: Collection[int], user: str, seconds: float = LEASE_SECONDS
) -> list[int]:
    """Extend claims of an active person. Returns the ids that are still theirs."""
    query = select(Item).where(Item.id.in_(item_ids), Item.lease_owner == user, Item.state.in_(_ACTIVE))
    rows = list(session.scalars(query.order_by(Item.id).with_for_update()))
    for item in rows:
        # A claim that expired and that nobody else took is the person's again.
        item.state, item.lease_until = ItemState.CLAIMED, now(session) + timedelta(seconds=seconds)
    session.flush()
    return [item.id for item in rows]


def release(session: Session, item_id: int, user: str) -> None:
    """Release an item unanswered. Raises NotFound, NotYours, ItemGone."""
    item = session.get(Item, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound(f"item {item_id}")
    if item.lease_owner != user:
        raise NotYours(f"item {item_id}")
    if item.state not in _ACTIVE:
        raise ItemGone(f"item {item_id}")
    _reset_claim(item)
    session.flush()


def remove_from_grid(session: Session, item_id: int, user: str) -> None:
    """Take a cell out of the glyph grid: its field is verified as a whole. Raises NotFound, NotYours, ItemGone."""
    release(session, item_id, user)
    item = session.get_one(Item, item_id)
    item.presentation, item.group_key = Presentation.CONFIRM, None
    session.flush()


def release_all(session: Session, user: str) -> int:
    """Release all items of a person (signing out). Returns the number."""
    query = select(Item).where(Item.lease_owner == user, Item.state == ItemState.CLAIMED)
    rows = list(session.scalars(query.order_by(Item.id).with_for_update()))
    for item in rows:
        _reset_claim(item)
    session.flush()
    return len(rows)


def claimed_by(session: Session, user: str) -> list[Item]:
    """Items that a person has claimed, for example after a reload of the page."""
    query = select(Item).where(
        Item.lease_owner == user, Item.state == ItemState.CLAIMED, claims.leased(session, Item)
    )
    return list(session.scalars(query.order_by(Item.priority, Item.due, Item.document_id, Item.id)))


def unanswered(session: Session, document_id: int) -> list[Item]:
    """A document's unanswered items, claimed or not."""
    query = select(Item).where(Item.document_id == document_id, Item.state.in_(_ACTIVE))
    return list(session.scalars(query.order_by(Item.page_no, Item.id)))


def visible_reading(session: Session, item: Item, *, reveal: bool = False) -> StoredReading | None:
    """The machine's Reading as shown to the verifier: None when blind, with the wrong value when seeded."""
    if item.presentation is Presentation.BLIND:
        return None
    reading = readings.of_field(session, item.document_id, item.field, reveal=reveal)
    if reading is None or item.wrong_value is None or reading.masked:
        return reading
    value = readings.decrypt_value(
        session, item.document_id, item.field, item.wrong_value, secret=reading.secret
    )
    # Candidates and doubtful characters belong to the true value and would show that this one is wrong.
    return replace(reading, value=value, confidence=item.confidence, candidates=(), weak=(), cells=())


def answers_for_lead(session: Session, item: Item) -> list[FieldAnswer]:
    """The answers to the field so far, for the lead who decides; empty for all other items."""
    if item.role is None:
        return []
    return settlement.field_answers(session, get(session, item.document_id), item.field).get(item.field, [])


def answers_of(session: Session, document_id: int) -> list[Verification]:
    """Every verification of a document, oldest first; secret values are encrypted (`readings.decrypt_value`)."""
    query = select(Verification).where(Verification.document_id == document_id)
    return list(session.scalars(query.order_by(Verification.id)))


def _snippets(
    session: Session,
    conditions: Collection[ColumnElement[bool]],
    order: QueueOrder,
    user: str,
    limit: int,
    seconds: float,
) -> list[Item]:
    """One by one, because each claim excludes other fields of that application."""
    separate = [*conditions, _separate_from_secrets(user)]
    taken: list[Item] = []
    for _ in range(limit):
        found = _first_open(session, [*separate, _new_document(user)], order, 1)
        found = found or _first_open(session, separate, order, 1)
        if not found:
            break
        taken += _claim_items(session, found, user, seconds)
    return taken


# The orders of the indexes `ix_item_next`, `ix_item_doubt`, `ix_item_form`: the length of the queue does not matter.
_ORDERS: Final[Mapping[QueueOrder, tuple[InstrumentedAttribute[Any], ...]]] = {
    QueueOrder.DOCUMENT: (Item.id,),
    QueueOrder.DOUBT: (Item.confidence, Item.id),
    QueueOrder.FORM: (Item.form_id, Item.field, Item.id),
}


def _first_open(
    session: Session, conditions: Collection[ColumnElement[bool]], order: QueueOrder, limit: int
) -> Sequence[Item]:
    query = select(Item).where(*conditions).order_by(Item.priority, Item.due, *_ORDERS[order]).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def _claim_items(session: Session, items: Collection[Item], user: str, seconds: float) -> list[Item]:
    until = now(session) + timedelta(seconds=seconds)
    for item in items:
        item.state, item.lease_owner, item.lease_until = ItemState.CLAIMED, user, until
        # 18 bytes: 144 bits that nobody guesses, and base64 without padding.
        item.claim_token = random_tokens.token_urlsafe(18)
        item.attempts += 1
    session.flush()
    return list(items)


def _return_expired(session: Session) -> None:
    expired = select(Item.id).where(Item.state == ItemState.CLAIMED, claims.unleased(session, Item))
    # Owner and token stay, so that a late answer still counts if nobody else claimed the item.
    session.execute(
        update(Item)
        .where(Item.id.in_(expired.with_for_update(skip_locked=True)))
        .values(state=ItemState.OPEN)
        .execution_options(synchronize_session=False)
    )


def _not_handled_before(user: str) -> ColumnElement[bool]:
    other = aliased(Item)
    seen = exists().where(
        other.document_id == Item.document_id,
        other.round == Item.round,
        other.field == Item.field,
        other.id != Item.id,
        other.mode != ItemMode.SEEDED,
        _handled_by(other, user),
    )
    # Overrides and leads may decide about a field that they answered themselves.
    return or_(Item.mode == ItemMode.OVERRIDE, Item.role.is_not(None), ~seen)


def _new_document(user: str) -> ColumnElement[bool]:
    other = aliased(Item)
    return ~exists().where(
        other.document_id == Item.document_id, other.id != Item.id, _handled_by(other, user)
    )


def _separate_from_secrets(user: str) -> ColumnElement[bool]:
    """No secret field after another field of the application, and no other field after a secret one."""
    other = aliased(Item)
    had = exists().where(
        other.document_id == Item.document_id,
        other.field != Item.field,
        or_(other.secret, Item.secret),
        _handled_by(other, user),
    )
    return or_(Item.role.is_not(None), ~had)


def _handled_by(other: type[Item], user: str) -> ColumnElement[bool]:
    holds = and_(other.state == ItemState.CLAIMED, other.lease_owner == user)
    return or_(other.done_by == user, holds)


def _matching(
    form_id: str | None,
    document_id: int | None,
    field: str | None,
    modes: Collection[ItemMode],
    presentations: Collection[Presentation],
    group: str | None,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (Item.form_id, form_id),
        (Item.document_id, document_id),
        (Item.field, field),
        (Item.group_key, group),
    ):
        if value is not None:
            conditions.append(column == value)
    if modes:
        conditions.append(Item.mode.in_(list(modes)))
    if presentations:
        conditions.append(Item.presentation.in_(list(presentations)))
    return conditions


def _one_per_field(found: Collection[Item], limit: int) -> list[Item]:
    """Of several items on one field only the first, up to `limit`: the query does not see claims of the same call."""
    taken: dict[tuple[int, int, str], Item] = {}
    for item in found:
        taken.setdefault((item.document_id, item.round, item.field), item)
    return list(taken.values())[:limit]


def _reset_claim(item: Item) -> None:
    item.state = ItemState.OPEN
    item.lease_owner, item.lease_until, item.claim_token = None, None, None
