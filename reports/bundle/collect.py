"""Reads the content of a bundle from the store. Secret values are always masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import office_time
from reports.bundle.model import Bundle, EntryRow, FieldRow, Translate, VerificationRow
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
    translate: Translate,
    proof: Mapping[str, Any],
) -> Bundle:
    """Everything about the document except its pictures. Raises NotFound."""
    document = documents.get(session, document_id)
    file = session.get_one(SourceFile, document.file_id)
    return Bundle(
        office=office,
        document=document.id,
        title=form.title if form else (document.form_id or translate("form", "none")),
        edition=document.edition or "",
        state=translate("state", document.state.value),
        key=document.record_key or "",
        opened=local(document.opened_at),
        made_at=local(now(session)),
        made_by=actor,
        file_name=file.original_name,
        file_sha256=file.sha256,
        file_size=file.size,
        fields=_fields(session, document, form, translate),
        verifications=_verifications(session, document, form, translate),
        versions=tuple(
            (row.version, local(row.settled_at), row.settled_by, row.digest)
            for row in session.scalars(
                select(Record).where(Record.document_id == document.id).order_by(Record.version)
            )
        ),
        entries=tuple(
            _entry(session, document, form, entry, translate)
            for entry in entries.of_document(session, document.id)
        ),
        proof=proof,
    )


def local(at: datetime) -> str:
    """A time in the office's zone, to the second."""
    return f"{office_time(at):%Y-%m-%d %H:%M:%S}"


def _label(form: Form | None, name: str) -> str:
    try:
        return form.field(name).label if form else name
    except KeyError:
        return name


def _fields(
    session: Session, document: Document, form: Form | None, translate: Translate
) -> tuple[FieldRow, ...]:
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
                reasons=tuple(translate("reason", reason.partition(":")[0]) for reason in reading.reasons),
                value=mask(value) if secret else value,
                origin=translate("origin", origins.get(field.name, "")),
                secret=secret,
            )
        )
    return tuple(rows)


def _verifications(
    session: Session, document: Document, form: Form | None, translate: Translate
) -> tuple[VerificationRow, ...]:
    names = {user.name: user.display for user in users.all_users(session)}
    # Seeded checks are left out: they measure the verifier, and their wrong value would look like evidence.
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
            VerificationRow(
                at=local(row.created_at),
                field=row.field,
                label=_label(form, row.field),
                who=names.get(row.user, row.user),
                outcome=translate("outcome", row.outcome.value),
                shown=translate("presentation", row.shown.value),
                value=mask(value) if row.secret else value,
                seconds=row.active_seconds,
                note="" if row.secret else row.note,  # free text may repeat the value
            )
        )
    return tuple(rows)


def _entry(
    session: Session, document: Document, form: Form | None, entry: Entry, translate: Translate
) -> EntryRow:
    record = session.get_one(Record, entry.record_id)
    # In clear, because masked values could not be compared; masked below.
    settled = records.load(session, record, reveal=True).values
    shown = entries.read_back(session, entry)
    compared = []
    for name, value in settled.items():
        there = shown.get(name)
        # A system displays dates and choices in its own style. The bot's comparison handles that, and a confirmed entry
        # has passed it; this one is a plain comparison of text.
        same = None if there is None else _same(value, there) or entry.state is EntryState.CONFIRMED
        if name in document.secret_fields:
            value, there = mask(value), mask(there or "")
        compared.append((_label(form, name), value, there or "", same))
    return EntryRow(
        id=entry.id,
        system=entry.system,
        state=translate("entry", entry.state.value),
        record_version=record.version,
        receipt=entry.receipt or "",
        seconds=entry.seconds,
        journal=tuple(
            (local(line.at), translate("entry", line.state.value), line.actor)
            for line in entries.journal(session, entry.id)
        ),
        compared=tuple(compared),
    )


def _same(one: str, other: str) -> bool:
    """Equal without spaces and separators, which legacy systems add and remove."""
    strip = str.maketrans("", "", "-,")
    return comparable(one).translate(strip) == comparable(other).translate(strip)
