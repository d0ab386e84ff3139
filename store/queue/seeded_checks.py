"""Seeded checks: known answers in the queue, shown with a wrong value, and who noticed it.

Only a value that two independent answers settled counts as known. The value shown is wrong on purpose; confirming it
means it was overlooked. The answers settle nothing; the rates are visible to the person and their lead only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from store.base.model import ItemMode, ItemPlan, Outcome, Presentation
from store.base.schema import Document, Item, Page, Record, Verification
from store.queue import review_queue

KNOWN_ORIGINS = frozenset({"two", "blind", "third"})
"""Values of `record.origins` for a value on which two independent answers agreed."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A settled value confirmed by two independent answers; never of a secret field."""

    document_id: int
    form_id: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SeededRate:
    """How many seeded errors a person was shown (`met`), and how many they noticed."""

    user: str
    met: int
    noticed: int


def known_values(session: Session, *, records: int = 200) -> Iterator[KnownAnswer]:
    """Known values of the newest `records` that still have a picture and were not seeded before."""
    newer = aliased(Record)
    superseded = exists().where(newer.document_id == Record.document_id, newer.version > Record.version)
    seen = exists().where(Page.document_id == Record.document_id, Page.picture_sha256.is_not(None))
    query = select(Record).where(~superseded, seen).order_by(Record.id.desc()).limit(records)
    for record in session.scalars(query):
        seeded = set(session.scalars(_seeded_fields(record.document_id)))
        for field, origin in record.origins.items():
            value = str(record.values.get(field, ""))
            if origin in KNOWN_ORIGINS and value and field not in seeded:
                yield KnownAnswer(record.document_id, record.form_id, field, value)


def seed(
    session: Session, known: KnownAnswer, page: int, wrong: str, *, confidence: float, reason: str, actor: str
) -> int:
    """Add a seeded item with a wrong value shown; returns its id.

    `confidence` is what the screen shows: a seeded value must look like any other doubtful one.
    """
    # Priority and deadline of the document: at another place in the queue a seeded item would be noticed.
    urgency = session.execute(
        select(Document.priority, Document.due).where(Document.id == known.document_id)
    ).one()
    plan = ItemPlan(
        known.field,
        page,
        mode=ItemMode.SEEDED,
        presentation=Presentation.CONFIRM,
        reasons=(reason,),
        priority=urgency.priority,
        deadline=urgency.due,
        expected=known.value,
        wrong_value=wrong,
        confidence=confidence,
    )
    [item] = review_queue.open_item(session, known.document_id, plan, actor=actor)
    return item


def rates(session: Session, since: datetime, user: str | None = None) -> list[SeededRate]:
    """Seeded errors shown and noticed since a moment, by person, or of one person only."""
    later = aliased(Verification)
    # An answer that was undone stays in the table; only the newest counts.
    newest = ~exists().where(later.item_id == Verification.item_id, later.id > Verification.id)
    noticed = func.sum(case((Verification.outcome != Outcome.CONFIRMED, 1), else_=0))
    query = (
        select(Verification.user, func.count(), noticed)
        .join(Item, Item.id == Verification.item_id)
        .where(Item.mode == ItemMode.SEEDED, Verification.created_at >= since, newest)
        .group_by(Verification.user)
        .order_by(Verification.user)
    )
    if user is not None:
        query = query.where(Verification.user == user)
    return [SeededRate(name, met, int(seen or 0)) for name, met, seen in session.execute(query).tuples()]


def _seeded_fields(document_id: int) -> Select[tuple[str]]:
    return select(Item.field).where(Item.document_id == document_id, Item.mode == ItemMode.SEEDED)
