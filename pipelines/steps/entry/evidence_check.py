"""Verifies the evidence of entries: each stored file against its hash in the audit chain."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from pipelines.context import Office
from store.base.schema import AuditEvent
from store.ops import integrity

ACT = "entry.evidence"


@dataclass(frozen=True)
class EvidenceResult:
    """How many files were checked, and which are missing or changed (``document:12 read_back.png``)."""

    files: int
    changed: tuple[str, ...]


def check_evidence(office: Office) -> EvidenceResult:
    """Hashes every evidence file that the audit chain names; after an erasure it may be gone, but not changed."""
    with office.store.read() as session:
        events = session.execute(select(AuditEvent.subject, AuditEvent.detail).where(AuditEvent.act == ACT))
        named = [
            (f"{subject} {name}", sha256)
            for subject, detail in events.tuples()
            for name, sha256 in json.loads(detail)["files"].items()
        ]
        erased = integrity.erased_subjects(session)
    # Outside the session: hashing takes long, and a read transaction would keep SQLite's log growing.
    files = office.store.files
    lawful = {place for place, sha256 in named if place.split()[0] in erased and not files.has(sha256)}
    changed = tuple(p for p, sha256 in named if p not in lawful and not files.verify(sha256))
    return EvidenceResult(len(named), changed)
