"""Settled records: versions that are added and never changed, and the check for two applications with one key.

Two documents with the same `record_key` are shown to a person and never merged; nothing is entered for either until
the person has decided whether they are two real applications or one that was submitted twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import IllegalMove, NotFound, SecretUnreadable
from store.base.model import ConflictState, DocumentState, SettledRecord
from store.base.schema import AuditEvent, Document, KeyConflict, Record
from store.base.secrets import mask
from store.base.session import now, transaction_lock, vault
from store.documents.documents import advance, get, lock
from store.documents.readings import decrypt_value, encrypt_value

# Returned and dismissed applications do not compete for a key.
INACTIVE: Final = (DocumentState.RETURNED, DocumentState.DISMISSED)


def settle(
    session: Session, document: Document, values: Mapping[str, str], origins: Mapping[str, str], actor: str
) -> Record:
    """Add the next version of the record and move the document to `verified`, all in the caller's transaction."""
    last = newest(session, document.id)
    version = last.version + 1 if last else 1
    secret = set(document.secret_fields)
    key = record_key(session, document, values)
    record = Record(
        document_id=document.id,
        version=version,
        form_id=document.form_id or "",
        read_run=document.read_run,
        record_key=key,
        values={name: value for name, value in values.items() if name not in secret},
        secret_values={
            name: encrypt_value(session, document.id, name, value, secret=True)
            for name, value in values.items()
            if name in secret
        },
        origins=dict(origins),
        digest=digest(session, document.id, version, values),
        settled_by=actor,
        settled_at=now(session),
    )
    session.add(record)
    session.flush()
    _check_key(session, document, key, actor)
    detail = {"record": record.id, "record_version": version, "digest": record.digest}
    advance(session, document, DocumentState.VERIFIED, actor, detail)
    return record


def newest(session: Session, document_id: int) -> Record | None:
    """The newest version of a document's record."""
    query = select(Record).where(Record.document_id == document_id)
    return session.scalars(query.order_by(Record.version.desc()).limit(1)).first()


def load(session: Session, record: Record | int, *, reveal: bool = False) -> SettledRecord:
    """A record with its values; secret ones masked unless `reveal`. Raises NotFound, SecretUnreadable."""
    row = session.get(Record, record) if isinstance(record, int) else record
    if row is None:
        raise NotFound(f"record {record}")
    values = {name: str(value) for name, value in row.values.items()}
    for name, token in row.secret_values.items():
        clear = decrypt_value(session, row.document_id, name, str(token), secret=True)
        values[name] = clear if reveal else mask(clear)
    return SettledRecord(
        id=row.id,
        document_id=row.document_id,
        version=row.version,
        form_id=row.form_id,
        record_key=row.record_key,
        values=values,
        origins={name: str(origin) for name, origin in row.origins.items()},
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )


def record_key(session: Session, document: Document, values: Mapping[str, str]) -> str:
    """The key that makes two applications the same; a fingerprint when it contains a secret field."""
    parts = [values.get(name, "") for name in document.key_fields]
    # Without a key nobody can tell whether two applications are the same: each gets its own.
    if not any(parts):
        return f"document-{document.id}"
    # A key is also an index column and shown on screens, so a secret part turns all of it into a fingerprint.
    key = "|".join(parts)
    if set(document.key_fields) & set(document.secret_fields):
        return f"fp:{vault(session).fingerprint(key)}"
    return key[:400]


def digest(session: Session, document_id: int, version: int, values: Mapping[str, str]) -> str:
    """Keyed fingerprint of a record's values; it is also in the audit chain."""
    body = {"document": document_id, "version": version, "values": dict(values)}
    return vault(session).fingerprint(chain.canonical(body))


def unchanged(session: Session, record: Record) -> bool:
    """True when the values are still those that were settled, by the fingerprint in the row."""
    values = load(session, record, reveal=True).values
    return digest(session, record.document_id, record.version, values) == record.digest


def tampered(session: Session) -> list[int]:
    """Ids of records whose values differ from what the audit chain recorded as settled; [] when none does.

    Compares with the chain, not with the row's digest, which could be changed together with the value.
    """
    recorded: dict[int, str] = {}
    acts = (f"document.{DocumentState.VERIFIED}", "document.erased")
    query = select(AuditEvent.detail).where(AuditEvent.act.in_(acts)).order_by(AuditEvent.seq)
    # In the order of the chain: the fingerprints of an erasure replace those of the settlement. An erasure lists all
    # records of its document, a settlement is about one.
    for detail in session.scalars(query):
        facts = json.loads(detail)
        for settled in facts.get("records", [facts] if "record" in facts else []):
            recorded[settled["record"]] = settled["digest"]
    found: list[int] = []
    for record in session.scalars(select(Record).order_by(Record.id).execution_options(yield_per=500)):
        if recorded.pop(record.id, None) != record.digest or not _readable_and_equal(session, record):
            found.append(record.id)
    return sorted([*found, *recorded])  # in the chain but no longer in the table


def open_conflicts(session: Session) -> list[KeyConflict]:
    """Pairs of documents with one key that wait for a person, oldest first."""
    query = select(KeyConflict).where(KeyConflict.state == ConflictState.OPEN).order_by(KeyConflict.id)
    return list(session.scalars(query))


def conflicts_of(session: Session, document_id: int) -> list[KeyConflict]:
    """Undecided conflicts of one document; nothing may be entered for it while there is one."""
    mine = or_(KeyConflict.document_id == document_id, KeyConflict.other_id == document_id)
    return list(session.scalars(select(KeyConflict).where(mine, KeyConflict.state == ConflictState.OPEN)))


def decide(
    session: Session,
    conflict_id: int,
    state: ConflictState,
    *,
    actor: str,
    reason: str,
    drop: int | None = None,
) -> KeyConflict:
    """A person's decision on a conflict: `distinct` (both are real) or `duplicate` (the document `drop` is dismissed).

    Raises IllegalMove when it was decided before, NotFound when `drop` is neither of the two.
    """
    conflict = session.get(KeyConflict, conflict_id)
    if conflict is None:
        raise NotFound(f"conflict {conflict_id}")
    for document_id in sorted((conflict.document_id, conflict.other_id)):
        lock(session, document_id)  # documents before conflicts, the lock order of settling: no deadlock
    session.refresh(conflict, with_for_update=True)
    if conflict.state is not ConflictState.OPEN or state is ConflictState.OPEN:
        raise IllegalMove(f"conflict {conflict_id}: {conflict.state} → {state}")
    if state is ConflictState.DUPLICATE:
        if drop not in {conflict.document_id, conflict.other_id}:
            raise NotFound(f"document {drop}")
        advance(session, get(session, drop), DocumentState.DISMISSED, actor, reason="duplicate_application")
        _close(session, conflicts_of(session, drop), state, actor, reason)
    _close(session, [conflict], state, actor, reason)
    return conflict


def _readable_and_equal(session: Session, record: Record) -> bool:
    try:
        return unchanged(session, record)
    except SecretUnreadable:
        return False


def _check_key(session: Session, document: Document, key: str, actor: str) -> None:
    # Two documents with the same key that are settled at once must see each other.
    transaction_lock(session, f"key:{document.form_id}:{key}")
    if document.record_key not in {None, key}:
        _close(session, conflicts_of(session, document.id), ConflictState.DISTINCT, actor, "key_changed")
    document.record_key = key
    session.flush()
    same = select(Document.id).where(
        Document.form_id == document.form_id,
        Document.record_key == key,
        Document.id != document.id,
        Document.state.not_in(INACTIVE),
    )
    for other in session.scalars(same).all():
        # The smaller id first: a pair has one row, whichever of the two is settled last.
        _raise_conflict(session, min(other, document.id), max(other, document.id), key, actor)


def _raise_conflict(session: Session, first: int, second: int, key: str, actor: str) -> None:
    known = select(KeyConflict).where(KeyConflict.document_id == first, KeyConflict.other_id == second)
    conflict = session.scalars(known).one_or_none()
    if conflict is not None:
        # Already decided as distinct under this key: still valid. A dismissed duplicate that was reopened, or another
        # key, needs a new decision.
        if conflict.record_key == key and conflict.state is not ConflictState.DUPLICATE:
            return
        conflict.state, conflict.record_key, conflict.opened_at = ConflictState.OPEN, key, now(session)
    else:
        session.add(KeyConflict(document_id=first, other_id=second, record_key=key, opened_at=now(session)))
    session.flush()
    chain.append(
        session, actor=actor, act="conflict.opened", subject=f"document:{second}", detail={"other": first}
    )


def _close(
    session: Session, conflicts: Sequence[KeyConflict], state: ConflictState, actor: str, reason: str
) -> None:
    for conflict in conflicts:
        if conflict.state is not ConflictState.OPEN:
            continue
        conflict.state, conflict.decided_by, conflict.reason = state, actor, reason
        conflict.decided_at = now(session)
        detail = {
            "other": conflict.document_id,
            "decision": state.value,
            "reason": vault(session).loggable(reason),
        }
        subject = f"document:{conflict.other_id}"
        chain.append(session, actor=actor, act="conflict.decided", subject=subject, detail=detail)
    session.flush()
