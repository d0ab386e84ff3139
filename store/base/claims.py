"""Claiming work: a worker leases a row for a limited time; the lease expires by itself when the worker dies.

    with store.write() as session:
        found = claims.claim(session, Document, [Document.state == "received"], owner="reader-1", limit=10)
    ... work without a transaction; `renew` when it takes long ...
    with store.write() as session:
        document = claims.lock_leased(session, Document, id, owner="reader-1")   # LeaseLost if another has it
        documents.advance(session, document, DocumentState.READ, "reader-1")

Two workers never get one row: SQLite lets one writer in at a time, PostgreSQL skips rows that another has locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, not_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.base.columns import Leased
from store.base.errors import LeaseLost, NotFound
from store.base.schema import Document, Entry, SourceFile
from store.base.session import now

Claimable = TypeVar("Claimable", SourceFile, Document, Entry)
DEFAULT_SECONDS = 300.0  # a worker with longer work calls `renew`


def leased(session: Session, table: type[Leased]) -> ColumnElement[bool]:
    """SQL condition, by the store's clock: the row is leased until its lease expires."""
    # Every check of a lease comes here or to `is_leased`, so that all use one clock and one border.
    return table.lease_until >= now(session)


def unleased(session: Session, table: type[Leased]) -> ColumnElement[bool]:
    """SQL condition: never claimed, released, or the lease has expired."""
    return or_(table.lease_until.is_(None), not_(leased(session, table)))


def is_leased(session: Session, row: Leased) -> bool:
    """The condition of `leased` for a loaded row."""
    return row.lease_until is not None and row.lease_until >= now(session)


def claim(
    session: Session,
    table: type[Claimable],
    where: Sequence[ColumnElement[bool]],
    *,
    owner: str,
    limit: int = 1,
    seconds: float = DEFAULT_SECONDS,
    order_by: Sequence[InstrumentedAttribute[Any]] = (),
    max_attempts: int | None = None,
) -> list[Claimable]:
    """Lease up to `limit` free rows to `owner` and count the attempt.

    Rows with `max_attempts` attempts are skipped: a person decides about them.
    """
    at = now(session)
    conditions: list[ColumnElement[bool]] = [*where, unleased(session, table)]
    if max_attempts is not None:
        conditions.append(table.attempts < max_attempts)
    # SKIP LOCKED: concurrent workers on PostgreSQL get different rows instead of waiting for each other.
    query = select(table).where(*conditions).order_by(*order_by, table.id).limit(limit)
    rows = list(session.scalars(query.with_for_update(skip_locked=True)))
    for row in rows:
        row.lease_owner = owner
        row.lease_until = at + timedelta(seconds=seconds)
        # Counted when work begins: a worker that is killed cannot count its own failure afterwards.
        row.attempts += 1
    return rows


def lock_leased(session: Session, table: type[Claimable], row_id: int, owner: str) -> Claimable:
    """The row, locked until the transaction ends, if `owner` still has the lease. Raises NotFound, LeaseLost."""
    # populate_existing: the session may hold the row as it was before it waited for the lock.
    row = session.get(table, row_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"{table.__tablename__} {row_id}")
    if row.lease_owner != owner:
        raise LeaseLost(f"{table.__tablename__} {row_id}")
    return row


def renew(
    session: Session,
    table: type[Claimable],
    row_id: int,
    owner: str,
    seconds: float = DEFAULT_SECONDS,
    *,
    attempts: int | None = None,
) -> None:
    """Extend the lease by `seconds` from now. Raises LeaseLost when another owner has it.

    `attempts`: new value of the attempt count, for work of which a part is already done.
    """
    row = lock_leased(session, table, row_id, owner)
    row.lease_until = now(session) + timedelta(seconds=seconds)
    if attempts is not None:
        row.attempts = attempts


def release(
    session: Session, table: type[Claimable], row_id: int, owner: str, retry_after: float = 0.0
) -> None:
    """Release the row; it cannot be claimed for `retry_after` seconds."""
    row = lock_leased(session, table, row_id, owner)
    # A lease without an owner delays the next attempt; no timer is needed for it.
    row.lease_owner = None
    row.lease_until = now(session) + timedelta(seconds=retry_after) if retry_after else None


def owners(
    session: Session, tables: Sequence[type[SourceFile | Document | Entry]] = (SourceFile, Document, Entry)
) -> set[str]:
    """All owners of an unexpired lease on these tables."""
    found: set[str] = set()
    for table in tables:
        mine = select(table.lease_owner).where(leased(session, table), table.lease_owner.is_not(None))
        found |= {str(owner) for owner in session.scalars(mine.distinct())}
    return found


def release_all(session: Session, dead: Sequence[str]) -> int:
    """Release all rows of owners that are certainly dead; the attempt still counts. Returns the number of rows."""
    released = 0
    for table in (SourceFile, Document, Entry):
        # Rows locked by another transaction are skipped: their lease is being changed right now.
        theirs = select(table.id).where(table.lease_owner.in_(dead), leased(session, table))
        found = session.scalars(theirs.with_for_update(skip_locked=True)).all()
        gone = update(table).where(table.id.in_(found)).values(lease_owner=None, lease_until=None)
        session.execute(gone)
        released += len(found)
    session.flush()
    return released
