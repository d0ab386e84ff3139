"""Counts of documents and files by state, for progress bars, tables and run names."""

from __future__ import annotations

from sqlalchemy import func, select

from pipelines.context import Office
from store.base.model import DocumentState, FileState
from store.base.schema import Batch, Document, SourceFile


def state_counts(office: Office) -> dict[str, int]:
    """Documents by state, in the order of processing; states without documents are left out."""
    with office.store.read() as session:
        rows = session.execute(select(Document.state, func.count()).group_by(Document.state)).all()
    counts = {DocumentState(state): int(number) for state, number in rows}
    return {state.value: counts[state] for state in DocumentState if state in counts}


def waiting_work(office: Office) -> int:
    """Files and documents that wait for the reader."""
    with office.store.read() as session:
        files = session.scalar(
            select(func.count()).select_from(SourceFile).where(SourceFile.state == FileState.RECEIVED)
        )
        waiting = select(func.count()).select_from(Document)
        documents = session.scalar(
            waiting.where(Document.state.in_((DocumentState.RECEIVED, DocumentState.READ)))
        )
    return int(files or 0) + int(documents or 0)


def waiting_batches(office: Office, *states: FileState | DocumentState) -> list[str]:
    """Names and numbers of the batches with a file or an application in one of these states, oldest first."""
    files = [state for state in states if isinstance(state, FileState)]
    papers = [state for state in states if isinstance(state, DocumentState)]
    with office.store.read() as session:
        rows = session.execute(
            select(Batch.id, Batch.name)
            .where(
                Batch.id.in_(select(SourceFile.batch_id).where(SourceFile.state.in_(files)))
                | Batch.id.in_(select(Document.batch_id).where(Document.state.in_(papers)))
            )
            .order_by(Batch.id)
        )
        return [f"{name} #{number}" for number, name in rows]
