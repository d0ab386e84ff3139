"""Compares the tables with the audit chain: values, scans and files that differ from what the chain recorded.

`store.audit.chain.verify` proves that the chain is unbroken; this finds rows and files that were changed outside it.
The chain contains keyed fingerprints of the values, so the check needs the office's keys. Erased data are skipped.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.base.errors import SecretUnreadable
from store.base.files import FileStore
from store.base.schema import AuditEvent, Reading, SourceFile, Verification
from store.base.session import vault
from store.documents import file_references, records
from store.documents.readings import decrypt_value, digest

_ERASED = ("document.erased", "file.erased")


@dataclass(frozen=True, slots=True)
class IntegrityFault:
    """A difference between a row or file and the chain.

    `kind`: `record_changed`, `reading_changed`, `answer_changed`, `scan_swapped` (the row names another file) or
    `file_changed` (a stored file is missing or has other bytes); `subject` says which one.
    """

    kind: str
    subject: str


def find_faults(session: Session, files: FileStore) -> list[IntegrityFault]:
    """All differences. Reads every row and every stored file, so it can take minutes to hours."""
    erased = erased_subjects(session)
    found = [IntegrityFault("record_changed", f"record:{number}") for number in records.tampered(session)]
    found += _scans(session, erased)
    found += _readings(session, erased)
    found += _answers(session, erased)
    names = sorted(set(file_references.referenced(session)))
    return [
        *found,
        *(IntegrityFault("file_changed", f"file {name[:16]}") for name in names if not files.verify(name)),
    ]


def erased_subjects(session: Session) -> set[str]:
    """What the chain says has been erased, as `document:12` and `file:7`."""
    return set(session.scalars(select(AuditEvent.subject).where(AuditEvent.act.in_(_ERASED))))


def _scans(session: Session, erased: set[str]) -> Iterator[IntegrityFault]:
    """Compares each received file's hash in its row with the event of its arrival."""
    acts = ("file.received", "file.duplicate")
    query = select(AuditEvent.subject, AuditEvent.detail).where(AuditEvent.act.in_(acts))
    recorded = {
        subject: facts["sha256"]
        for subject, detail in session.execute(query.order_by(AuditEvent.seq)).tuples()
        if "sha256" in (facts := json.loads(detail))
    }
    stored = {
        f"file:{number}": sha
        for number, sha in session.execute(select(SourceFile.id, SourceFile.sha256)).tuples()
    }
    for subject in sorted(recorded.keys() | stored.keys()):
        if subject not in erased and recorded.get(subject) != stored.get(subject):
            yield IntegrityFault("scan_swapped", subject)


def _readings(session: Session, erased: set[str]) -> Iterator[IntegrityFault]:
    """Compares each run's readings with the fingerprint in its event; runs older than fingerprints are skipped."""
    query = select(AuditEvent.subject, AuditEvent.detail).where(AuditEvent.act == "document.readings")
    for subject, detail in session.execute(query.order_by(AuditEvent.seq)).tuples().all():
        facts = json.loads(detail)
        if subject in erased or not facts.get("digest"):
            continue
        document = int(subject.partition(":")[2])
        rows = select(Reading).where(Reading.document_id == document, Reading.run == facts["run"])
        try:
            same = digest(session, document, facts["run"], session.scalars(rows)) == facts["digest"]
        except SecretUnreadable:
            same = False
        if not same:
            yield IntegrityFault("reading_changed", f"{subject} {facts['run']}")


def _answers(session: Session, erased: set[str]) -> Iterator[IntegrityFault]:
    """Compares each answer's value with the fingerprint in its event, in the order of an item's answers."""
    # Lists: an item that was reopened has several answers, and their order counts.
    recorded: dict[tuple[str, int], list[str]] = defaultdict(list)
    query = select(AuditEvent.subject, AuditEvent.detail).where(AuditEvent.act == "item.answered")
    for subject, detail in session.execute(query.order_by(AuditEvent.seq)).tuples():
        facts = json.loads(detail)
        recorded[subject, facts["item"]].append(facts["value"])
    stored: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in session.scalars(
        select(Verification).order_by(Verification.id).execution_options(yield_per=500)
    ):
        stored[f"document:{row.document_id}", row.item_id].append(_fingerprint(session, row))
    for key in sorted(recorded.keys() | stored.keys()):
        if key[0] not in erased and recorded.get(key) != stored.get(key):
            yield IntegrityFault("answer_changed", f"{key[0]} item:{key[1]}")


def _fingerprint(session: Session, row: Verification) -> str:
    try:
        value = decrypt_value(session, row.document_id, row.field, row.value, secret=row.secret)
    except SecretUnreadable:
        # Equal to no fingerprint, so the answer is reported as changed.
        return "unreadable"
    return vault(session).fingerprint(f"{row.document_id}:{row.field}:{value}")
