"""Machine readings: added by reading runs, never changed; secret values are encrypted, and masked until revealed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import InvalidAnswer, NotFound
from store.base.model import NewReading, StoredReading
from store.base.schema import Document, Reading
from store.base.secrets import Vault, mask
from store.base.session import now, vault
from store.documents.documents import get, lock


def encryption_context(document_id: int, field: str) -> str:
    """The context that an encrypted value is bound to."""
    return f"{document_id}:{field}"


def add(
    session: Session,
    document: Document | int,
    run: str,
    readings: Iterable[NewReading],
    *,
    actor: str,
    model_version: str = "",
) -> int:
    """Add the readings of one run over a document and make it the current run. Returns the number of new readings.

    Adding the same run again adds nothing, so an interrupted step can be repeated.
    """
    row = lock(session, document)
    present = session.scalars(
        select(Reading).where(Reading.document_id == row.id, Reading.run == run).order_by(Reading.id)
    ).all()
    known = {reading.field for reading in present}
    secret = set(row.secret_fields)
    fresh = [
        _row(session, row.id, run, reading, reading.field in secret, model_version)
        for reading in readings
        if reading.field not in known
    ]
    session.add_all(fresh)
    # With what an interrupted attempt added before: the fingerprint is over every field of the run.
    whole = [*present, *fresh]
    row.read_run = run
    # Denormalised for reports, which would otherwise load every reading of a month (migration 0003).
    row.tally = ",".join(f"{reading.field}={reading.decision or ''}" for reading in whole)
    session.flush()
    detail = {
        "run": run,
        "fields": len(fresh),
        "model": model_version,
        "digest": digest(session, row.id, run, whole),
    }
    chain.append(session, actor=actor, act="document.readings", subject=f"document:{row.id}", detail=detail)
    return len(fresh)


def digest(session: Session, document_id: int, run: str, rows: Iterable[Reading]) -> str:
    """Keyed fingerprint of a run's values, for the audit chain."""
    # Over the clear values: the same value is another ciphertext each time it is encrypted.
    values = {
        row.field: decrypt_value(session, document_id, row.field, row.value, secret=row.secret)
        for row in rows
    }
    return vault(session).fingerprint(
        chain.canonical({"document": document_id, "run": run, "values": values})
    )


def latest(session: Session, document_id: int, *, reveal: bool = False) -> dict[str, StoredReading]:
    """The current readings by field, in the order they were added; secret values in clear with `reveal`."""
    run = get(session, document_id).read_run
    query = select(Reading).where(Reading.document_id == document_id, Reading.run == run)
    keys = vault(session)
    return {row.field: _stored(row, keys, reveal) for row in session.scalars(query.order_by(Reading.id))}


def doubtful(session: Session, document: Document) -> list[str]:
    """Fields whose current reading was not accepted, in the order they were added."""
    query = select(Reading.field, Reading.decision).where(
        Reading.document_id == document.id, Reading.run == document.read_run
    )
    return [
        field
        for field, decision in session.execute(query.order_by(Reading.id)).tuples()
        if decision != "accept"
    ]


def of_field(session: Session, document_id: int, field: str, *, reveal: bool = False) -> StoredReading | None:
    """The current reading of one field, or None."""
    run = get(session, document_id).read_run
    query = select(Reading).where(
        Reading.document_id == document_id, Reading.run == run, Reading.field == field
    )
    row = session.scalars(query).one_or_none()
    return None if row is None else _stored(row, vault(session), reveal)


def reveal(session: Session, document_id: int, field: str, *, actor: str, purpose: str) -> str:
    """A secret value in clear; person and purpose are recorded in the audit chain. Needs a writing session."""
    if not purpose.strip():
        raise InvalidAnswer(f"purpose: {field}")
    reading = of_field(session, document_id, field, reveal=True)
    if reading is None:
        raise NotFound(f"document {document_id}: {field}")
    detail = {"field": field, "purpose": vault(session).loggable(purpose)}
    chain.append(session, actor=actor, act="secret.reveal", subject=f"document:{document_id}", detail=detail)
    return reading.value


def encrypt_value(session: Session, document_id: int, field: str, value: str, *, secret: bool) -> str:
    """`value` as it is stored: encrypted when the field is secret."""
    return vault(session).seal(value, encryption_context(document_id, field)) if secret else value


def decrypt_value(session: Session, document_id: int, field: str, stored: str, *, secret: bool) -> str:
    """The reverse of `encrypt_value`. Raises SecretUnreadable."""
    return vault(session).open(stored, encryption_context(document_id, field)) if secret else stored


def values(readings: Mapping[str, StoredReading]) -> dict[str, str]:
    """Field names to values."""
    return {name: reading.value for name, reading in readings.items()}


def _row(
    session: Session, document_id: int, run: str, reading: NewReading, secret: bool, model_version: str
) -> Reading:
    candidates: list[Any] = [list(candidate) for candidate in reading.candidates]
    # Candidates contain the value as well, so they are encrypted together as one text.
    if secret:
        text = json.dumps(candidates, ensure_ascii=False)
        candidates = [encrypt_value(session, document_id, reading.field, text, secret=True)]
    return Reading(
        document_id=document_id,
        run=run,
        field=reading.field,
        page_no=reading.page,
        value=encrypt_value(session, document_id, reading.field, reading.value, secret=secret),
        secret=secret,
        confidence=reading.confidence,
        decision=reading.decision,
        reasons=list(reading.reasons),
        candidates=candidates,
        box_mm=list(reading.box) if reading.box else None,
        weak=list(reading.weak),
        cells=list(reading.cells),
        model_version=model_version,
        created_at=now(session),
    )


def _stored(row: Reading, keys: Vault, reveal: bool) -> StoredReading:
    value, candidates = row.value, list(row.candidates)
    masked = row.secret and not reveal
    if row.secret:
        # Opened even when masked: an empty value is shown as empty, and a damaged one is noticed.
        bound = encryption_context(row.document_id, row.field)
        value = keys.open(row.value, bound)
        candidates = json.loads(keys.open(str(row.candidates[0]), bound)) if reveal else []
    box = tuple(float(number) for number in row.box_mm) if row.box_mm else None
    return StoredReading(
        id=row.id,
        document_id=row.document_id,
        field=row.field,
        page=row.page_no,
        value=mask(value) if masked else value,
        confidence=row.confidence,
        decision=row.decision,
        reasons=tuple(row.reasons),
        candidates=tuple((str(c[0]), float(c[1]), str(c[2])) for c in candidates),
        box=(box[0], box[1], box[2], box[3]) if box else None,
        # Indexes of characters would reveal the length of a masked value.
        weak=() if masked else tuple(int(index) for index in row.weak),
        secret=row.secret,
        masked=masked,
        run=row.run,
        model_version=row.model_version,
        cells=() if masked else tuple(int(place) for place in row.cells),
    )
