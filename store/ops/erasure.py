"""Erases an application's values after its retention period, while the record of what was done stays.

An allowed exception to append-only: values are replaced by `erased:1`, `erased:2`, … within their field, equal values
by equal numbers, so that figures of accuracy and agreement do not change. Ids, times, states, decisions
and working times remain; stored files are deleted. The audit chain never contained a value, so it stays valid; each
erasure adds an event with the new fingerprints of the records (`store.documents.records.tampered` uses them).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import String, cast, exists, func, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from foundation.clock import office_time
from store.audit import chain
from store.base.model import ConflictState, FileState, ItemState
from store.base.schema import (
    ActivityTime,
    AuditEvent,
    Batch,
    Document,
    Entry,
    Item,
    KeyConflict,
    Page,
    Reading,
    Record,
    SourceFile,
    Verification,
)
from store.base.session import now, vault
from store.documents import file_references, records
from store.documents.documents import FINAL, lock
from store.documents.readings import decrypt_value, encrypt_value

ANY_FORM: Final = "*"
DOCUMENT_ERASED: Final = "document.erased"
FILE_ERASED: Final = "file.erased"


def due_documents(session: Session, days: Mapping[str, int], limit: int = 200) -> list[Document]:
    """Applications that are final, without open conflict or item, and past their retention period; oldest first.

    Args:
        days: by form id, counted from the last change of state; `*` applies to all other forms, and to no form at all.
    """
    found: list[Document] = []
    for form, number in sorted(days.items()):
        mine = Document.form_id == form if form != ANY_FORM else _other_form(days)
        query = select(Document).where(
            mine,
            Document.state.in_(FINAL),
            Document.updated_at < now(session) - timedelta(days=number),
            ~_erased("document:", Document.id, DOCUMENT_ERASED),
            ~_has_open_conflict(),
            ~_has_open_items(),
        )
        found += session.scalars(query.order_by(Document.id).limit(limit - len(found)))
        if len(found) >= limit:
            break
    return found


def erase_document(session: Session, document: Document, days: int, actor: str) -> set[str]:
    """Erase an application's values; returns the stored files (SHA-256) that it no longer needs.

    The caller removes the files after the commit, except those that `still_needed` returns.
    """
    row = lock(session, document)
    facts: dict[str, Any] = {
        "form": row.form_id,
        "edition": row.edition,
        "state": row.state.value,
        "opened": _day(row.opened_at),
        "finished": _day(row.updated_at),
        "days": days,
    }
    # One set for readings, answers and records: equal values stay equal across the three.
    placeholders = _Placeholders(session, row.id)
    facts["readings"] = _erase_readings(session, row.id, placeholders)
    facts["verifications"] = _erase_verifications(session, row.id, placeholders)
    facts["records"] = _erase_records(session, row, placeholders)
    _erase_work(session, row)
    files = _erase_pages(session, row.id) | file_references.evidence_of_document(session, row.id)
    facts["files"] = sorted(files)
    chain.append(session, actor=actor, act=DOCUMENT_ERASED, subject=f"document:{row.id}", detail=facts)
    return files


def due_files(session: Session, days: int | None, limit: int = 500) -> list[SourceFile]:
    """Dropped files whose applications have all been erased, and those without any that are older than `days` days."""
    living = (
        exists()
        .where(Document.file_id == SourceFile.id)
        .where(~_erased("document:", Document.id, DOCUMENT_ERASED))
    )
    other = SourceFile.__table__.alias("other")
    # An archive stays until all of its members are erased; a duplicate goes with the file that it repeats.
    child = exists().where(other.c.parent_id == SourceFile.id, other.c.kept_path != "")
    first = exists().where(other.c.id == SourceFile.duplicate_of, other.c.kept_path == "")
    had = exists().where(Document.file_id == SourceFile.id)
    was_parent = exists().where(other.c.parent_id == SourceFile.id)
    reason: ColumnElement[bool] = had | was_parent | first
    if days is not None:
        reason = reason | (SourceFile.updated_at < now(session) - timedelta(days=days))
    query = select(SourceFile).where(
        # `received`: not yet split, so it has no applications yet.
        SourceFile.kept_path != "",
        SourceFile.state != FileState.RECEIVED,
        ~living,
        ~child,
        reason,
    )
    return list(session.scalars(query.order_by(SourceFile.id).limit(limit)))


def erase_file(session: Session, file: SourceFile, actor: str) -> set[str]:
    """Erase a dropped file's name; returns the stored files that it no longer needs."""
    row = session.get_one(SourceFile, file.id, with_for_update=True, populate_existing=True)
    # The suffix says nothing about a person and still shows what kind of file it was.
    row.original_name = f"erased{PurePosixPath(row.original_name).suffix[:8].lower()}"
    row.kept_path, row.error = "", None
    pages = select(Page).where(Page.file_id == row.id)
    files = {row.sha256}
    for page in session.scalars(pages):
        files |= {sha for sha in (page.scan_sha256, page.picture_sha256) if sha}
        page.scan_sha256 = page.picture_sha256 = None
    session.flush()
    detail = {"files": sorted(files), "received": _day(row.received_at), "state": row.state.value}
    chain.append(session, actor=actor, act=FILE_ERASED, subject=f"file:{row.id}", detail=detail)
    _erase_batch(session, row.batch_id)
    return files


def still_needed(session: Session, files: set[str]) -> set[str]:
    """The files that another, unerased row still needs."""
    # Two drops of the same bytes share one stored file.
    wanted = sorted(files)
    found = set(
        session.scalars(
            select(SourceFile.sha256).where(SourceFile.sha256.in_(wanted), SourceFile.kept_path != "")
        )
    )
    for column in (Page.scan_sha256, Page.picture_sha256):
        found |= {sha for sha in session.scalars(select(column).where(column.in_(wanted))) if sha}
    return found


def events_since(session: Session, seq: int) -> list[tuple[int, str, str, dict[str, Any]]]:
    """Erasures after event `seq` of the chain: number, time, subject, detail."""
    query = (
        select(AuditEvent.seq, AuditEvent.at, AuditEvent.subject, AuditEvent.detail)
        .where(AuditEvent.seq > seq, AuditEvent.act.in_((DOCUMENT_ERASED, FILE_ERASED)))
        .order_by(AuditEvent.seq)
    )
    return [
        (number, at, subject, json.loads(detail)) for number, at, subject, detail in session.execute(query)
    ]


class _Placeholders:
    """Replaces values: the same placeholder for the same value of a field."""

    def __init__(self, session: Session, document_id: int) -> None:
        self._session = session
        self._document_id = document_id
        self._known: dict[str, dict[str, str]] = {}

    def plain(self, field: str, value: str) -> str:
        """The placeholder of a value in clear; "" for an empty one."""
        if not value:
            return ""
        known = self._known.setdefault(field, {})
        return known.setdefault(value, f"erased:{len(known) + 1}")

    def stored(self, field: str, stored: str, secret: bool) -> str:
        """The placeholder of a stored value, encrypted if that is."""
        value = decrypt_value(self._session, self._document_id, field, stored, secret=secret)
        mark = self.plain(field, value)
        return encrypt_value(self._session, self._document_id, field, mark, secret=secret)


def _erase_readings(session: Session, document_id: int, placeholders: _Placeholders) -> int:
    columns = (Reading.id, Reading.field, Reading.value, Reading.secret)
    rows = session.execute(select(*columns).where(Reading.document_id == document_id)).tuples().all()
    for number, field, value, secret in rows:
        # Secret readings always have one encrypted text of candidates, here of an empty list.
        candidates = [encrypt_value(session, document_id, field, "[]", secret=True)] if secret else []
        # A bulk UPDATE, because `store.database` refuses changed append-only objects in a session.
        session.execute(
            update(Reading)
            .where(Reading.id == number)
            .values(value=placeholders.stored(field, value, secret), candidates=candidates, weak=[])
        )
    return len(rows)


def _erase_verifications(session: Session, document_id: int, placeholders: _Placeholders) -> int:
    columns = (Verification.id, Verification.field, Verification.value, Verification.secret)
    rows = session.execute(select(*columns).where(Verification.document_id == document_id)).tuples().all()
    for number, field, value, secret in rows:
        session.execute(
            update(Verification)
            .where(Verification.id == number)
            .values(value=placeholders.stored(field, value, secret), note="")
        )
    return len(rows)


def _erase_records(session: Session, document: Document, placeholders: _Placeholders) -> list[dict[str, Any]]:
    found = []
    for record in session.scalars(select(Record).where(Record.document_id == document.id)):
        clear = records.load(session, record, reveal=True).values
        values = {name: placeholders.plain(name, value) for name, value in clear.items()}
        record.values = {name: values[name] for name in record.values}
        record.secret_values = {
            name: encrypt_value(session, document.id, name, values[name], secret=True)
            for name in record.secret_values
        }
        record.record_key = f"erased-{document.id}"
        record.digest = records.digest(session, document.id, record.version, values)
        found.append({"record": record.id, "digest": record.digest})
    session.flush()
    return found


def _erase_work(session: Session, document: Document) -> None:
    """Erase keys, receipts, notes and free text in the rows of the document."""
    document.record_key = None
    # A code word stays, because reports count by it; free text may name a person.
    if document.reason is not None and vault(session).loggable(document.reason) != document.reason:
        document.reason = None
    for entry in session.scalars(select(Entry).where(Entry.document_id == document.id)):
        entry.key, entry.receipt, entry.read_back = f"erased-{entry.id}", None, None
        if entry.reason is not None and vault(session).loggable(entry.reason) != entry.reason:
            entry.reason = None
    for item in session.scalars(select(Item).where(Item.document_id == document.id)):
        item.expected = item.wrong_value = item.group_key = None
    mine = (KeyConflict.document_id == document.id) | (KeyConflict.other_id == document.id)
    for conflict in session.scalars(select(KeyConflict).where(mine)):
        conflict.record_key, conflict.reason = "", None
    session.flush()
    # A bulk UPDATE for the reason given in `_erase_readings`.
    session.execute(update(ActivityTime).where(ActivityTime.document_id == document.id).values(note=""))


def _erase_pages(session: Session, document_id: int) -> set[str]:
    files: set[str] = set()
    for page in session.scalars(select(Page).where(Page.document_id == document_id)):
        files |= {sha for sha in (page.scan_sha256, page.picture_sha256) if sha}
        page.scan_sha256 = page.picture_sha256 = None
    session.flush()
    return files


def _erase_batch(session: Session, batch_id: int) -> None:
    """A batch's name may contain personal data; it is erased with the last of its files."""
    left = select(func.count()).where(SourceFile.batch_id == batch_id, SourceFile.kept_path != "")
    if not session.scalar(left):
        batch = session.get_one(Batch, batch_id)
        batch.name, batch.source = "erased", ""
        session.flush()


def _other_form(days: Mapping[str, int]) -> ColumnElement[bool]:
    named = [form for form in days if form != ANY_FORM]
    return Document.form_id.is_(None) | Document.form_id.not_in(named)


def _erased(prefix: str, row_id: Any, act: str) -> ColumnElement[bool]:
    return exists().where(AuditEvent.subject == literal(prefix) + cast(row_id, String), AuditEvent.act == act)


def _has_open_conflict() -> ColumnElement[bool]:
    mine = (KeyConflict.document_id == Document.id) | (KeyConflict.other_id == Document.id)
    return exists().where(mine, KeyConflict.state == ConflictState.OPEN)


def _has_open_items() -> ColumnElement[bool]:
    waiting = (ItemState.OPEN, ItemState.CLAIMED)
    return exists().where(Item.document_id == Document.id, Item.state.in_(waiting))


def _day(at: datetime) -> str:
    """The date in the office's zone, as readers of the certificate expect it."""
    return office_time(at).date().isoformat()
