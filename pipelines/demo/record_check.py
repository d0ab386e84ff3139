"""Compares the legacy system's own database with the settled records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pipelines.context import Office
from samples.legacy_system.data.database import Database
from samples.legacy_system.data.registers import REGISTERS
from store.base.model import DocumentState, FileState
from store.base.schema import Document, SourceFile
from store.documents import records
from store.documents.answer_agreement import comparable

# States in which a document rightly has no row in the legacy system.
WAITING_FOR_PEOPLE = frozenset({DocumentState.REFUSED, DocumentState.RETURNED, DocumentState.DISMISSED})


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """The result.

    Attributes:
        entered: documents whose record is in the legacy system exactly once with equal fields.
        faults: a message for each difference.
        states: documents by state.
        quarantined: files set aside with a reason.
    """

    entered: int
    faults: tuple[str, ...]
    states: dict[str, int]
    quarantined: int

    @property
    def good(self) -> bool:
        return not self.faults and self.entered > 0  # a run that entered nothing has shown nothing


def check_records(office: Office, legacy_database: Path) -> RecordCheck:
    """Checks every document against the rows of the legacy system, and the number of rows."""
    rows = stored_rows(legacy_database)
    faults: list[str] = []
    entered = 0
    with office.store.read() as session:
        documents = list(session.scalars(select(Document).order_by(Document.id)))
        files = list(session.scalars(select(SourceFile)))
        for document in documents:
            if document.state is DocumentState.ENTERED:
                newest = records.newest(session, document.id)
                values = records.load(session, newest, reveal=True).values if newest else {}
                found = _differences(values, rows[document.form_id or ""])
                faults += [f"申請書 {document.id}: {fault}" for fault in found]
                entered += not found
            elif document.state not in WAITING_FOR_PEOPLE:
                faults.append(f"申請書 {document.id}: 状態 {document.state.value} のままです")
    expected = Counter(d.form_id for d in documents if d.state is DocumentState.ENTERED)
    # The other direction: a row that belongs to no entered document would be a double or a leftover.
    for register, stored in rows.items():
        if len(stored) != expected[register]:
            faults.append(
                f"{register}: 業務システムに {len(stored)} 行、入力済みは {expected[register]} 件です"
            )
    faults += [
        f"ファイル {f.original_name} が受け付けられたままです" for f in files if f.state is FileState.RECEIVED
    ]
    quarantined = sum(file.state is FileState.QUARANTINED for file in files)
    states = Counter(document.state.value for document in documents)
    return RecordCheck(entered, tuple(faults), dict(states), quarantined)


def stored_rows(legacy_database: Path) -> dict[str, list[dict[str, str]]]:
    """All rows of the legacy system's database, by register. Read directly: the bots must not check themselves."""
    database = Database(legacy_database)
    try:
        return {name: database.rows(register) for name, register in REGISTERS.items()}
    finally:
        database.close()


def _differences(values: dict[str, str], rows: list[dict[str, str]]) -> list[str]:
    matching = [row for row in rows if row["application_no"] == values.get("application_no")]
    if len(matching) != 1:
        return [f"業務システムに {len(matching)} 行あります (1 行のはずです)"]
    return [
        f"{name} が業務システムの値と違います"
        for name, value in values.items()
        if name in matching[0] and comparable(matching[0][name]) != comparable(value)
    ]
