"""Entries: the write-ahead journal of entering records into a legacy system, exactly once.

Each function is one step of the journal and is meant to be one transaction (`with store.write()`), committed before the
action that it announces: `plan` → `submitting` (committed before the irreversible click) → `confirm` by read-back. An
entry whose worker died in `submitting` is claimed again as `unknown` with reason `cut_off`: the bot looks it up in the
legacy system and never simply enters it again. The document follows: `entering`, `entered`, `refused`, `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base import claims
from store.base.errors import IllegalMove, KeyConflictOpen, NotFound
from store.base.model import DocumentState, EntryState
from store.base.schema import Document, Entry, EntryEvent, Record
from store.base.session import now, vault
from store.documents import documents, records
from store.documents.answer_agreement import comparable
from store.documents.readings import decrypt_value, encrypt_value
from store.entry import systems

_E = EntryState
CUT_OFF: Final = "cut_off"
_SEALED: Final = "sealed"
_ACCEPTED: Final = "accepted"

ALLOWED: Final[Mapping[EntryState, frozenset[EntryState]]] = {
    # From `planned` to every end: the row may be found before anything is sent, or the form be refused.
    _E.PLANNED: frozenset({_E.SUBMITTING, _E.CONFIRMED, _E.REFUSED, _E.UNKNOWN, _E.MISMATCH, _E.PARKED}),
    _E.SUBMITTING: frozenset({_E.CONFIRMED, _E.REFUSED, _E.UNKNOWN, _E.MISMATCH, _E.PARKED, _E.PLANNED}),
    # To itself: a lookup may end without certainty again.
    _E.UNKNOWN: frozenset({_E.CONFIRMED, _E.SUBMITTING, _E.REFUSED, _E.MISMATCH, _E.UNKNOWN, _E.PLANNED}),
    _E.MISMATCH: frozenset({_E.CONFIRMED, _E.REFUSED, _E.UNKNOWN}),
    _E.REFUSED: frozenset({_E.PLANNED}),
    _E.PARKED: frozenset({_E.PLANNED, _E.REFUSED}),
    # Final: a correction is the entry of a new record.
    _E.CONFIRMED: frozenset(),
}

_DOCUMENT: Final = {
    _E.PLANNED: DocumentState.ENTERING,
    _E.SUBMITTING: DocumentState.ENTERING,
    _E.PARKED: DocumentState.ENTERING,
    _E.REFUSED: DocumentState.REFUSED,
    _E.UNKNOWN: DocumentState.UNKNOWN,
    _E.MISMATCH: DocumentState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class EntryWork:
    """An entry to be done: what to type, under which key, and whether to look it up first (`state` unknown).

    `corrects`: an earlier version of the record is in that system, and its row is to be changed.
    """

    entry_id: int
    document_id: int
    record_id: int
    key: str
    state: EntryState
    values: dict[str, str]
    attempts: int
    corrects: bool = False


def plan(session: Session, document: Document | int, system: str, actor: str) -> Entry:
    """Plan to enter a document's newest record; planning it again returns the same entry.

    Raises:
        KeyConflictOpen: a person has to decide first whether two applications are one.
        IllegalMove: the document is not settled.
    """
    row = documents.lock(session, document)
    record = records.newest(session, row.id)
    if record is None:
        raise IllegalMove(f"document {row.id}: {row.state} → planned")
    known = select(Entry).where(Entry.record_id == record.id, Entry.system == system)
    entry = session.scalars(known).one_or_none()
    if entry is not None:
        return entry
    if records.conflicts_of(session, row.id):
        raise KeyConflictOpen(f"document {row.id}")
    if row.state is not DocumentState.ENTERING:
        documents.advance(session, row, DocumentState.ENTERING, actor, {"system": system})
    entry = Entry(
        document_id=row.id,
        record_id=record.id,
        system=system,
        key=record.record_key,
        planned_at=now(session),
        updated_at=now(session),
    )
    session.add(entry)
    session.flush()
    _journal(session, entry, actor, {"record": record.id})
    return entry


def claim(
    session: Session, system: str, owner: str, *, limit: int = 1, seconds: float = claims.DEFAULT_SECONDS
) -> list[EntryWork]:
    """Claim planned entries, and those that a dead worker left in `submitting` (returned as `unknown`).

    Returns nothing while the system is paused or its circuit is open.
    """
    if not systems.may_run(session, system):
        return []
    mine = or_(
        Entry.state.in_((_E.PLANNED, _E.SUBMITTING)), and_(Entry.state == _E.UNKNOWN, Entry.reason == CUT_OFF)
    )
    # Entries in `unknown` for another reason than an interruption wait for a person.
    rows = claims.claim(
        session, Entry, [Entry.system == system, mine], owner=owner, limit=limit, seconds=seconds
    )
    for entry in rows:
        if entry.state is _E.SUBMITTING:
            _move(session, entry, _E.UNKNOWN, owner, reason=CUT_OFF)
    return [_work(session, entry) for entry in rows]


def release_claims(session: Session, system: str, owner: str) -> None:
    """Release the entries of a system that ``owner`` still has after an aborted run; the attempt counts."""
    # Without this a run that was aborted would block its entries until their leases expire.
    held = select(Entry).where(Entry.system == system, Entry.lease_owner == owner)
    for entry in session.scalars(held.with_for_update(skip_locked=True)):
        entry.lease_owner, entry.lease_until = None, None


def submitting(
    session: Session, entry_id: int, owner: str, *, seconds: float = claims.DEFAULT_SECONDS
) -> None:
    """Announce the irreversible step; commit before doing it. Raises LeaseLost, IllegalMove."""
    entry = claims.lock_leased(session, Entry, entry_id, owner)
    _move(session, entry, _E.SUBMITTING, owner)
    entry.lease_until = now(session) + timedelta(seconds=seconds)


def accepted(session: Session, entry_id: int, owner: str, *, receipt: str = "") -> None:
    """The system answered the submission without refusing it; commit before looking the row up.

    Until a person decides (``resolve``), an entry that was accepted is never entered again, even if a search does not
    find it. Raises LeaseLost.
    """
    entry = claims.lock_leased(session, Entry, entry_id, owner)
    entry.receipt = receipt[:200] or entry.receipt
    _journal(session, entry, owner, {_ACCEPTED: True}, _ACCEPTED)


def is_acceptance(event: EntryEvent) -> bool:
    """Whether a line of the journal was written by ``accepted``."""
    return bool(event.detail.get(_ACCEPTED))


def was_accepted(events: Sequence[EntryEvent]) -> bool:
    """Whether the system accepted the last submission and nobody has decided since that it is not there."""
    last = next((event for event in reversed(events) if _decides(event)), None)
    return last is not None and is_acceptance(last)


def _decides(event: EntryEvent) -> bool:
    return is_acceptance(event) or event.state in (_E.PLANNED, _E.SUBMITTING)


def confirm(
    session: Session,
    entry_id: int,
    owner: str,
    *,
    receipt: str,
    read_back: Mapping[str, str],
    seconds: float | None = None,
) -> None:
    """The stored row was read back and equals the record; the document is `entered` once all its entries are."""
    entry = claims.lock_leased(session, Entry, entry_id, owner)
    # The receipt is cut to its column's length: a page may show more than a number.
    entry.receipt, entry.seconds, entry.confirmed_at = receipt[:200] or None, seconds, now(session)
    entry.read_back = _encrypt_read_back(session, entry, read_back)
    _end(session, entry, _E.CONFIRMED, owner, None)


def refuse(session: Session, entry_id: int, owner: str, *, reason: str) -> None:
    """The system refused the data, or would store it changed; a person decides."""
    _end(session, claims.lock_leased(session, Entry, entry_id, owner), _E.REFUSED, owner, reason)


def unknown(session: Session, entry_id: int, owner: str, *, reason: str) -> None:
    """Looked up and still not certain whether the row is there; a person decides."""
    _end(session, claims.lock_leased(session, Entry, entry_id, owner), _E.UNKNOWN, owner, reason)


def mismatch(
    session: Session,
    entry_id: int,
    owner: str,
    *,
    reason: str,
    read_back: Mapping[str, str],
    receipt: str = "",
) -> None:
    """The row is there but differs from the record; a person decides."""
    entry = claims.lock_leased(session, Entry, entry_id, owner)
    entry.read_back, entry.receipt = _encrypt_read_back(session, entry, read_back), receipt[:200] or None
    _end(session, entry, _E.MISMATCH, owner, reason)


def retry_later(session: Session, entry_id: int, owner: str, *, reason: str, retry_after: float) -> None:
    """A system error before the irreversible step: back to `planned`, can be claimed after `retry_after` seconds."""
    entry = claims.lock_leased(session, Entry, entry_id, owner)
    if entry.state is not _E.PLANNED:
        _move(session, entry, _E.PLANNED, owner, reason=reason)
    entry.lease_owner, entry.lease_until = None, now(session) + timedelta(seconds=retry_after)


def park(session: Session, entry_id: int, owner: str, *, reason: str) -> None:
    """The last allowed attempt failed; a person decides (`resolve`)."""
    _end(session, claims.lock_leased(session, Entry, entry_id, owner), _E.PARKED, owner, reason)


def resolve(
    session: Session, entry_id: int, to: EntryState, *, actor: str, reason: str, receipt: str = ""
) -> None:
    """A person's decision on an entry: it is there (`confirmed`), certainly not there (`planned` again), or `refused`.

    Raises IllegalMove for anything else, and while a worker has the entry.
    """
    entry = session.get(Entry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None:
        raise NotFound(f"entry {entry_id}")
    if claims.is_leased(session, entry) or to not in {_E.CONFIRMED, _E.PLANNED, _E.REFUSED}:
        raise IllegalMove(f"entry {entry_id}: {entry.state} → {to}")
    if to is _E.CONFIRMED:
        entry.receipt, entry.confirmed_at = receipt[:200] or entry.receipt, now(session)
    _end(session, entry, to, actor, reason)


def read_back(session: Session, entry: Entry) -> dict[str, str]:
    """What the legacy system showed, secret values in clear."""
    shown: dict[str, str] = {}
    for name, value in (entry.read_back or {}).items():
        token = value.get(_SEALED) if isinstance(value, dict) else None
        shown[name] = (
            str(value)
            if token is None
            else decrypt_value(session, entry.document_id, f"read_back.{name}", token, secret=True)
        )
    return shown


def journal(session: Session, entry_id: int) -> list[EntryEvent]:
    """The entry's journal, oldest first."""
    return list(
        session.scalars(select(EntryEvent).where(EntryEvent.entry_id == entry_id).order_by(EntryEvent.id))
    )


def of_document(session: Session, document_id: int) -> list[Entry]:
    """A document's entries, oldest first."""
    return list(session.scalars(select(Entry).where(Entry.document_id == document_id).order_by(Entry.id)))


def in_state(
    session: Session, *states: EntryState, system: str | None = None, limit: int = 200
) -> list[Entry]:
    """Entries in any of the states, oldest first."""
    query = select(Entry).where(Entry.state.in_(states))
    if system is not None:
        query = query.where(Entry.system == system)
    return list(session.scalars(query.order_by(Entry.id).limit(limit)))


def _end(session: Session, entry: Entry, to: EntryState, actor: str, reason: str | None) -> None:
    _move(session, entry, to, actor, reason=reason)
    entry.lease_owner, entry.lease_until = None, None


def _move(session: Session, entry: Entry, to: EntryState, actor: str, *, reason: str | None = None) -> None:
    if to not in ALLOWED[entry.state]:
        raise IllegalMove(f"entry {entry.id}: {entry.state} → {to}")
    detail: dict[str, Any] = {"from": entry.state.value, "attempt": entry.attempts}
    if reason is not None:
        detail["reason"] = vault(session).loggable(reason)
    entry.state, entry.reason, entry.updated_at = to, reason, now(session)
    session.flush()
    _journal(session, entry, actor, detail)
    _advance_document(session, entry, actor, reason)


def _journal(session: Session, entry: Entry, actor: str, detail: dict[str, Any], act: str = "") -> None:
    line = EntryEvent(entry_id=entry.id, at=now(session), actor=actor, state=entry.state, detail=detail)
    session.add(line)
    session.flush()
    facts = {"entry": entry.id, "system": entry.system, **detail}
    subject = f"document:{entry.document_id}"
    chain.append(session, actor=actor, act=f"entry.{act or entry.state}", subject=subject, detail=facts)


def _advance_document(session: Session, entry: Entry, actor: str, reason: str | None) -> None:
    """Move the document according to its entries; entries of an older record do not count."""
    document = documents.lock(session, entry.document_id)
    newest = records.newest(session, document.id)
    if newest is None or newest.id != entry.record_id:
        return
    # A record can go into several systems: the document is entered when all of them have confirmed.
    states = set(session.scalars(select(Entry.state).where(Entry.record_id == entry.record_id)))
    if entry.state is _E.CONFIRMED:
        if states != {_E.CONFIRMED}:
            return
        target = DocumentState.ENTERED
    else:
        target = _DOCUMENT[entry.state]
    # Not allowed while a person corrects what another system refused: then the entries of the new record decide.
    if target in documents.ALLOWED[document.state]:
        documents.advance(session, document, target, actor, {"entry": entry.id}, reason=reason)


def _work(session: Session, entry: Entry) -> EntryWork:
    record = records.load(session, session.get_one(Record, entry.record_id), reveal=True)
    corrects = _confirmed_before(session, entry)
    return EntryWork(
        entry.id,
        entry.document_id,
        record.id,
        entry.key,
        entry.state,
        record.values,
        entry.attempts,
        corrects,
    )


def _confirmed_before(session: Session, entry: Entry) -> bool:
    """Whether an earlier version of the record was confirmed in the same system under the same key."""
    query = select(Entry.id).where(
        Entry.document_id == entry.document_id,
        Entry.system == entry.system,
        Entry.key == entry.key,
        Entry.record_id < entry.record_id,
        Entry.state == _E.CONFIRMED,
    )
    return session.scalars(query.limit(1)).first() is not None


def _encrypt_read_back(session: Session, entry: Entry, shown: Mapping[str, str]) -> dict[str, Any]:
    """Encrypt what is secret by name or by value: a bot may have captured a secret under another name."""
    document = documents.get(session, entry.document_id)
    values = records.load(session, session.get_one(Record, entry.record_id), reveal=True).values
    secret = set(document.secret_fields)
    known = {comparable(values[name]) for name in secret if values.get(name)}
    stored: dict[str, Any] = {}
    for name, value in shown.items():
        # A system may show a twelve-digit number in groups with hyphens.
        if name in secret or comparable(value).replace("-", "") in known:
            bound = f"read_back.{name}"
            stored[name] = {_SEALED: encrypt_value(session, entry.document_id, bound, value, secret=True)}
        else:
            stored[name] = value
    return stored
