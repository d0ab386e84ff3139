"""Stored files that the database refers to: originals, pictures of pages, evidence of entries."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.base.schema import AuditEvent, Page, SourceFile

EVIDENCE = "entry.evidence"


def referenced(session: Session) -> Iterator[str]:
    """The SHA-256 of every stored file that a row refers to; may contain repetitions.

    Files of erased rows are not included (`store.ops.erasure`).
    """
    erased = _erased_files(session)
    # An erased file keeps its row, with an empty path.
    yield from session.scalars(select(SourceFile.sha256).where(SourceFile.kept_path != ""))
    for column in (Page.scan_sha256, Page.picture_sha256):
        yield from (sha for sha in session.scalars(select(column).where(column.is_not(None))) if sha)
    # Evidence has no table of its own: the events of the chain name its files.
    for detail in session.scalars(select(AuditEvent.detail).where(AuditEvent.act == EVIDENCE)):
        yield from (sha for sha in json.loads(detail)["files"].values() if sha not in erased)


def evidence_of_document(session: Session, document_id: int) -> set[str]:
    """The evidence of a document's entries."""
    query = select(AuditEvent.detail).where(
        AuditEvent.subject == f"document:{document_id}", AuditEvent.act == EVIDENCE
    )
    return {sha for detail in session.scalars(query) for sha in json.loads(detail)["files"].values()}


def _erased_files(session: Session) -> set[str]:
    query = select(AuditEvent.detail).where(AuditEvent.act.in_(("document.erased", "file.erased")))
    return {sha for detail in session.scalars(query) for sha in json.loads(detail)["files"]}
