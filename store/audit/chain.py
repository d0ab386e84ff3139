"""The audit chain: one event for each action of the program or a person, each hashed together with its predecessor.

`append` records an event; it is written as the last statement of its transaction, under one lock for the whole
database, so the numbers have no gap and no two events share a predecessor. An event's hash is

    SHA-256(UTF-8 of {"act":…,"actor":…,"at":…,"detail":…,"prev_hash":…,"seq":…,"subject":…})

as JSON with sorted keys, no spaces, non-ASCII unescaped; `detail` is the stored JSON text, as a string. The first
event's `prev_hash` is 64 zeros. The chain can be checked with this description and a SHA-256 program.
Details contain ids, states, counts and keyed fingerprints, never personal data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.base.schema import AuditEvent
from store.base.session import now, transaction_lock

GENESIS = "0" * 64
CLOCK_SLACK = timedelta(minutes=2)
"""Tolerated difference between the clocks of several machines before `verify` reports a clock set back."""

_PENDING = "pending_audit"


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What `verify` found. `broken_seq` is the first event that does not fit, `reason` a code word for why."""

    ok: bool
    events: int
    last_seq: int
    last_hash: str
    broken_seq: int | None = None
    reason: str = ""
    clock_back: tuple[int, ...] = ()


def append(
    session: Session,
    *,
    actor: str,
    act: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record an event; it is committed together with everything else in the session, or not at all.

    `act` is a word like `document.read`, `subject` like `document:12`. Raises TypeError for a detail that is not JSON.
    """
    # Written at the end of the transaction: earlier, the lock of the chain would be held during all that follows.
    pending = cast("list[tuple[str, str, str, str]]", session.info.setdefault(_PENDING, []))
    pending.append((actor, act, subject, canonical(dict(detail or {}))))


def write_pending(session: Session) -> None:
    """Write the recorded events as links of the chain. `Store.write` calls this before it commits."""
    pending = cast("list[tuple[str, str, str, str]]", session.info.pop(_PENDING, []))
    if not pending:
        return
    # Taken last: a transaction that holds this lock requests no other one, so no deadlock is possible.
    transaction_lock(session, "utsushi.audit")
    seq, prev_hash = head(session)
    rows: list[dict[str, Any]] = []
    for actor, act, subject, detail in pending:
        seq += 1
        at = now(session).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        digest = event_hash(seq, at, actor, act, subject, detail, prev_hash)
        rows.append(
            {
                "seq": seq,
                "at": at,
                "actor": actor,
                "act": act,
                "subject": subject,
                "detail": detail,
                "prev_hash": prev_hash,
                "hash": digest,
            }
        )
        prev_hash = digest
    session.execute(insert(AuditEvent), rows)


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the newest event; (0, zeros) before the first."""
    row = session.execute(
        select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)
    ).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def canonical(value: object) -> str:
    """JSON in one spelling: sorted keys, no spaces, non-ASCII unescaped. Raises TypeError, ValueError."""
    # NaN is no JSON: another program could not compute the hash again.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def event_hash(seq: int, at: str, actor: str, act: str, subject: str, detail: str, prev_hash: str) -> str:
    """The hash of one event, in hex."""
    body = {
        "act": act,
        "actor": actor,
        "at": at,
        "detail": detail,  # the stored text, not the parsed JSON: parsing could change numbers or key order
        "prev_hash": prev_hash,
        "seq": seq,
        "subject": subject,
    }
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def verify(
    session: Session, *, known: Mapping[int, str] | None = None, after: tuple[int, str] = (0, GENESIS)
) -> AuditResult:
    """Check the whole chain, streaming; stops at the first broken link and names it.

    `after`: number and hash of an event up to which the chain was verified before; only later events are checked.
    `known`: hashes by number from an independent source (seals, their copies); a different event is `not_as_sealed`.
    """
    expected = dict(known or {})
    (seq, prev_hash), latest = after, ""
    backward: list[int] = []
    for row in _stream(session, seq):
        found = _fault(row, seq + 1, prev_hash, expected.pop(seq + 1, None))
        if found:
            return AuditResult(False, seq, seq, prev_hash, seq + 1, found, tuple(backward))
        # Compared as text: the format is UTC of fixed width, so its order is the order of time. A clock that was set
        # back is reported and is no fault: numbers order the chain, not times.
        if latest and row[1] < latest and _clock_went_back(row[1], latest):
            backward.append(row[0])
        latest = max(latest, row[1])
        seq, prev_hash = row[0], row[7]
    # A sealed number beyond the end: the newest events were cut off.
    if expected:
        return AuditResult(False, seq, seq, prev_hash, seq + 1, "events_missing_at_end", tuple(backward))
    return AuditResult(True, seq, seq, prev_hash, None, "", tuple(backward))


def history(session: Session, subject: str) -> Sequence[AuditEvent]:
    """All events about one subject, oldest first."""
    query = select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.seq)
    return session.scalars(query).all()


_Row = tuple[int, str, str, str, str, str, str, str]


def _stream(session: Session, after: int = 0) -> Iterator[_Row]:
    columns = AuditEvent.__table__.c
    query = (
        select(
            columns.seq,
            columns.at,
            columns.actor,
            columns.act,
            columns.subject,
            columns.detail,
            columns.prev_hash,
            columns.hash,
        )
        .where(columns.seq > after)
        .order_by(columns.seq)
    )
    # Plain columns, streamed: a chain can have millions of events, and mapped objects would stay in memory.
    result = session.connection().execution_options(yield_per=5000).execute(query)
    for part in result.partitions():
        yield from cast("Sequence[_Row]", part)


def _fault(row: _Row, seq: int, prev_hash: str, known: str | None) -> str:
    if row[0] != seq:
        return "event_missing"
    if row[6] != prev_hash:
        return "link_broken"
    if event_hash(*row[:7]) != row[7]:
        return "event_changed"
    return "not_as_sealed" if known is not None and known != row[7] else ""


def _clock_went_back(at: str, latest: str) -> bool:
    return datetime.fromisoformat(latest) - datetime.fromisoformat(at) > CLOCK_SLACK
