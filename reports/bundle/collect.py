"""Takes what a bundle says about one application out of the store. Secret values come masked, always."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import office_time
from reports.bundle.model import Bundle, EntryRow, FieldRow, SaidRow, Say
from store.base.model import EntryState, ItemMode
from store.base.schema import Document, Entry, Item, Record, SourceFile, Verification
from store.base.secrets import mask
from store.base.session import now
from store.documents import documents, readings, records
from store.documents.answer_agreement import comparable
from store.entry import entries
from store.ops import users
from store.queue import settlement
from templates_forms.model import Form


def collect(
    session: Session,
    document_id: int,
    form: Form | None,
    office: str,
    actor: str,
    say: Say,
    proof: Mapping[str, Any],
) -> Bundle:
    """Everything about the document but its pictures. Raises NotFound."""
    document = documents.get(session, document_id)
    file = session.get_one(SourceFile, document.file_id)
    return Bundle(
        office=office,
        document=document.id,
        title=form.title if form else (document.form_id or say("form", "none")),
        edition=document.edition or "",
        state=say("state", document.state.value),
        key=document.record_key or "",
        opened=local(document.opened_at),
        made_at=local(now(session)),
        made_by=actor,
        file_name=file.original_name,
        file_sha256=file.sha256,
        file_size=file.size,
        fields=_fields(session, document, form, say),
        said=_said(session, document, form, say),
        versions=tuple(
            (row.version, local(row.settled_at), row.settled_by, row.digest)
            for row in session.scalars(
                select(Record).where(Record.document_id == document.id).order_by(Record.version)
            )
        ),
        entries=tuple(
            _entry(session, document, form, entry, say) for entry in entries.of_document(session, document.id)
        ),
        proof=proof,
    )


def local(at: datetime) -> str:
    """A time as the office reads it, to the second."""
    return f"{office_time(at):%Y-%m-%d %H:%M:%S}"


def _label(form: Form | None, name: str) -> str:
    try:
        return form.field(name).label if form else name
    except KeyError:
        return name


def _fields(session: Session, document: Document, form: Form | None, say: Say) -> tuple[FieldRow, ...]:
    if form is None or not document.read_run:
        return ()
    read = readings.latest(session, document.id)
    values, origins = settlement.settled_values(session, document)
    rows = []
    for number, field in enumerate((f for f in form.fields() if f.name in read), start=1):
        reading, value = read[field.name], values.get(field.name, "")
        secret = field.name in document.secret_fields
        rows.append(
            FieldRow(
                number=number,
                name=field.name,
                label=field.label,
                page=field.page,
                box=field.box,
                read=reading.value,
                confidence=reading.confidence,
                decision=reading.decision or "",
                reasons=tuple(say("reason", reason.partition(":")[0]) for reason in reading.reasons),
                value=mask(value) if secret else value,
                origin=say("origin", origins.get(field.name, "")),
                secret=secret,
            )
        )
    return tuple(rows)


def _said(session: Session, document: Document, form: Form | None, say: Say) -> tuple[SaidRow, ...]:
    names = {user.name: user.display for user in users.all_users(session)}
    query = (
        select(Verification)
        .join(Item, Item.id == Verification.item_id)
        .where(Verification.document_id == document.id, Item.mode != ItemMode.SEEDED)
        .order_by(Verification.id)
    )
    rows = []
    for row in session.scalars(query):
        value = readings.decrypt_value(session, document.id, row.field, row.value, secret=row.secret)
        rows.append(
            SaidRow(
                at=local(row.created_at),
                field=row.field,
                label=_label(form, row.field),
                who=names.get(row.user, row.user),
                outcome=say("outcome", row.outcome.value),
                shown=say("presentation", row.shown.value),
                value=mask(value) if row.secret else value,
                seconds=row.active_seconds,
                note="" if row.secret else row.note,
            )
        )
    return tuple(rows)


def _entry(session: Session, document: Document, form: Form | None, entry: Entry, say: Say) -> EntryRow:
    record = session.get_one(Record, entry.record_id)
    settled = records.load(session, record, reveal=True).values
    shown = entries.read_back(session, entry)
    compared = []
    for name, value in settled.items():
        there = shown.get(name)
        # A system shows dates and choices in words of its own; the bot's comparison knows them and confirmed the entry.
        same = None if there is None else _same(value, there) or entry.state is EntryState.CONFIRMED
        if name in document.secret_fields:
            value, there = mask(value), mask(there or "")
        compared.append((_label(form, name), value, there or "", same))
    return EntryRow(
        id=entry.id,
        system=entry.system,
        state=say("entry", entry.state.value),
        record_version=record.version,
        receipt=entry.receipt or "",
        seconds=entry.seconds,
        journal=tuple(
            (local(line.at), say("entry", line.state.value), line.actor)
            for line in entries.journal(session, entry.id)
        ),
        compared=tuple(compared),
    )


def _same(one: str, other: str) -> bool:
    """Equal apart from spaces and separators, which legacy systems put in as they please."""
    strip = str.maketrans("", "", "-,")
    return comparable(one).translate(strip) == comparable(other).translate(strip)
