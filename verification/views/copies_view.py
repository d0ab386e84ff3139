"""All copies of a value: readings, answers, records, entries, exports and proofs; and its corrections.

For errors that are found late. Secret values are masked in every line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import NotFound
from store.base.model import ItemMode
from store.base.schema import AuditEvent, Document, Item, Reading, Record, Verification
from store.base.secrets import mask
from store.documents import documents, readings, records
from store.entry import entries
from verification.request_context import RequestContext

OPENED: Final = "correction.opened"
EXPORTED: Final = "records.exported"
_DISCLOSURES: Final = {"evidence.made": "evidence", "secret.reveal": "revealed"}


@dataclass(frozen=True, slots=True)
class Copy:
    """One place that contains the value. `kind` is a code word, `where` says which one, `current`: it is the newest."""

    kind: str
    where: str
    at: datetime | str
    value: str
    who: str
    current: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One correction: opened by whom, from which value to which, and how far it is (`state` is a code word)."""

    at: str
    who: str
    old: str
    new: str
    state: str


@dataclass(frozen=True, slots=True)
class CopiesView:
    """A field of a document with all copies of its value and all corrections."""

    document: Document
    name: str
    label: str
    secret: bool
    copies: tuple[Copy, ...]
    changes: tuple[Change, ...]


def copies_view(session: Session, context: RequestContext, document_id: int, name: str) -> CopiesView:
    """The field as this person may see it. Raises NotFound for a field that the form does not have."""
    document = documents.get(session, document_id)
    form = context.app.forms.get(document.form_id or "")
    if form is None or name not in {field.name for field in form.fields()}:
        raise NotFound(name[:40])
    secret = name in document.secret_fields
    copies = [
        *_read(session, document, name),
        *_verifications(session, document, name),
        *_settled(session, document, name),
        *_entered(session, document, name),
        *_exports_and_reveals(session, document, secret),
    ]
    return CopiesView(
        document,
        name,
        context.label(form, name),
        secret,
        tuple(copies),
        tuple(_changes(session, document, name)),
    )


def note_opened(session: Session, document: Document, names: list[str], actor: str) -> None:
    """Record the start of a correction in the audit chain; its end is the next record and its entries."""
    record = records.newest(session, document.id)
    detail = {"fields": sorted(names), "record_version": record.version if record else 0}
    chain.append(session, actor=actor, act=OPENED, subject=f"document:{document.id}", detail=detail)


def _read(session: Session, document: Document, name: str) -> Iterator[Copy]:
    query = (
        select(Reading).where(Reading.document_id == document.id, Reading.field == name).order_by(Reading.id)
    )
    for row in session.scalars(query):
        value = readings.decrypt_value(session, document.id, name, row.value, secret=row.secret)
        shown = mask(value) if row.secret else value
        yield Copy("reading", row.run, row.created_at, shown, "", row.run == document.read_run)


def _verifications(session: Session, document: Document, name: str) -> Iterator[Copy]:
    query = (
        select(Verification)
        .join(Item, Item.id == Verification.item_id)
        .where(
            Verification.document_id == document.id, Verification.field == name, Item.mode != ItemMode.SEEDED
        )
        .order_by(Verification.id)
    )
    for row in session.scalars(query):
        value = readings.decrypt_value(session, document.id, name, row.value, secret=row.secret)
        yield Copy("verification", "", row.created_at, mask(value) if row.secret else value, row.user)


def _settled(session: Session, document: Document, name: str) -> Iterator[Copy]:
    rows = list(
        session.scalars(select(Record).where(Record.document_id == document.id).order_by(Record.version))
    )
    for row in rows:
        value = records.load(session, row).values.get(name, "")
        yield Copy("record", str(row.version), row.settled_at, value, row.settled_by, row is rows[-1])


def _entered(session: Session, document: Document, name: str) -> Iterator[Copy]:
    newest = records.newest(session, document.id)
    for entry in entries.of_document(session, document.id):
        shown = entries.read_back(session, entry).get(name)
        settled = records.load(session, entry.record_id).values.get(name, "")
        value = (mask(shown) if name in document.secret_fields else shown) if shown is not None else settled
        where = " ".join(part for part in (entry.system, entry.receipt) if part)
        current = newest is not None and entry.record_id == newest.id
        yield Copy(
            f"entry_{entry.state.value}",
            where,
            entry.updated_at,
            value,
            "",
            current,
            f"/exceptions/entries/{entry.id}",
        )


def _exports_and_reveals(session: Session, document: Document, secret: bool) -> Iterator[Copy]:
    """Exports of the form since the application was settled, proofs and reveals: copies outside the store."""
    # The chain stores times as ISO 8601 text in UTC, so they are compared as text; "9999" is after every event.
    first = session.scalars(
        select(Record.settled_at).where(Record.document_id == document.id).order_by(Record.version).limit(1)
    ).first()
    since = f"{first:%Y-%m-%dT%H:%M:%S}" if first else "9999"
    query = select(AuditEvent).where(
        AuditEvent.subject == f"form:{document.form_id}", AuditEvent.act == EXPORTED, AuditEvent.at >= since
    )
    for event in session.scalars(query.order_by(AuditEvent.seq)):
        facts = json.loads(event.detail)
        if secret and not facts["secret"]:
            continue  # that export had no column for a secret field
        yield Copy("export", str(facts["month"]), event.at, "", event.actor)
    for event in chain.history(session, f"document:{document.id}"):
        if event.act in _DISCLOSURES:
            yield Copy(_DISCLOSURES[event.act], "", event.at, "", event.actor)


def _changes(session: Session, document: Document, name: str) -> Iterator[Change]:
    versions = {
        row.version: row for row in session.scalars(select(Record).where(Record.document_id == document.id))
    }
    for event in chain.history(session, f"document:{document.id}"):
        if event.act != OPENED:
            continue
        facts = json.loads(event.detail)
        if name not in facts["fields"]:
            continue
        # Settling a correction makes the next version, so the numbers connect it with its start.
        before, after = versions.get(facts["record_version"]), versions.get(facts["record_version"] + 1)
        old = records.load(session, before).values.get(name, "") if before else ""
        new = records.load(session, after).values.get(name, "") if after else ""
        yield Change(event.at, event.actor, old, new, _state(session, document, after))


def _state(session: Session, document: Document, after: Record | None) -> str:
    """`asked`, `settled`, or the state of the entries of the new record, the least finished first."""
    if after is None:
        return "asked"
    states = [
        entry.state.value
        for entry in entries.of_document(session, document.id)
        if entry.record_id == after.id
    ]
    unfinished = [state for state in states if state != "confirmed"]
    return (unfinished or states or ["settled"])[0]
