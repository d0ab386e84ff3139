"""Figures of the board and the metrics: counts by state with the oldest age, the queue, batches and their progress."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.base import claims
from store.base.model import ItemMode, ItemState
from store.base.schema import Batch, Document, Entry, Item, SourceFile
from store.base.session import now
from store.documents.documents import FINAL


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many are in a state, and for how long the oldest has been, in seconds."""

    state: str
    count: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class QueueCount:
    """Open and claimed items of one mode; `overdue` are past their deadline."""

    mode: str
    open: int
    claimed: int
    overdue: int


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A batch with its documents by state; `done` of `total` are in a final state."""

    batch: Batch
    states: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All documents of the batch."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """Documents in a final state."""
        return sum(count for state, count in self.states.items() if state in FINAL)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person's claimed items, their documents, and the latest expiry of the leases."""

    user: str
    items: int
    until: datetime | None
    documents: tuple[int, ...] = ()


def documents_by_state(session: Session) -> list[StateCount]:
    """Documents by state; ages count from the last change of state."""
    return _by_state(session, Document.state, Document.updated_at)


def files_by_state(session: Session) -> list[StateCount]:
    """Dropped files by state."""
    return _by_state(session, SourceFile.state, SourceFile.updated_at)


def entries_by_state(session: Session) -> list[StateCount]:
    """Entries by state, over all systems."""
    return _by_state(session, Entry.state, Entry.updated_at)


def queue_by_mode(session: Session) -> list[QueueCount]:
    """Unanswered items by mode; seeded ones count as `verify`, so that their number stays hidden from verifiers."""
    at = now(session)
    overdue = func.sum(case((Item.due < at, 1), else_=0), type_=Integer)
    query = (
        select(Item.mode, Item.state, func.count(), overdue)
        .where(Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)))
        .group_by(Item.mode, Item.state)
    )
    counts: dict[str, list[int]] = {}
    for mode, state, number, late in session.execute(query).tuples():
        # Seeded and sampled items must not be recognisable, not even by their number.
        shown = ItemMode.VERIFY if mode in {ItemMode.SEEDED, ItemMode.QUALITY} else mode
        row = counts.setdefault(shown.value, [0, 0, 0])
        row[0 if state is ItemState.OPEN else 1] += number
        row[2] += int(late or 0)
    return [QueueCount(mode, *row) for mode, row in sorted(counts.items())]


def holders(session: Session) -> list[Holder]:
    """People with claimed items now."""
    query = (
        select(Item.lease_owner, Item.document_id, func.count(), func.max(Item.lease_until))
        .where(Item.state == ItemState.CLAIMED, claims.leased(session, Item))
        .group_by(Item.lease_owner, Item.document_id)
        .order_by(Item.lease_owner, Item.document_id)
    )
    rows = session.execute(query).tuples().all()
    return [_holder(str(user), list(held)) for user, held in groupby(rows, key=lambda row: row[0])]


def _holder(user: str, held: list[tuple[str | None, int, int, datetime | None]]) -> Holder:
    until = max((until for *_, until in held if until is not None), default=None)
    items = sum(number for _, _, number, _ in held)
    return Holder(user, items, until, tuple(document for _, document, _, _ in held))


def batches(session: Session, *, limit: int = 50, ids: Collection[int] = ()) -> list[BatchProgress]:
    """Batches, newest first, with their documents and files by state."""
    query = select(Batch).order_by(Batch.id.desc()).limit(limit)
    if ids:
        query = query.where(Batch.id.in_(ids))
    rows = list(session.scalars(query))
    wanted = [batch.id for batch in rows]
    states = _per_batch(session, Document.batch_id, Document.state, wanted)
    files = _per_batch(session, SourceFile.batch_id, SourceFile.state, wanted)
    return [BatchProgress(batch, states.get(batch.id, {}), files.get(batch.id, {})) for batch in rows]


def _by_state(
    session: Session, state: InstrumentedAttribute[Any], since: InstrumentedAttribute[datetime]
) -> list[StateCount]:
    query = select(state, func.count(), func.min(since)).group_by(state)
    at = now(session)
    return [
        # Never below 0: the clocks of two machines may differ a little.
        StateCount(str(word.value), number, max(0.0, (at - oldest).total_seconds()))
        for word, number, oldest in session.execute(query).tuples()
    ]


def _per_batch(
    session: Session, batch: InstrumentedAttribute[int], state: InstrumentedAttribute[Any], wanted: list[int]
) -> dict[int, dict[str, int]]:
    query = select(batch, state, func.count()).where(batch.in_(wanted)).group_by(batch, state)
    found: dict[int, dict[str, int]] = {}
    for batch_id, word, number in session.execute(query).tuples():
        found.setdefault(batch_id, {})[str(word.value)] = number
    return found
