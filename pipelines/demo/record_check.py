"""Is every record where it should be? Compares the legacy system's own database with the settled records."""

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

WAITING_FOR_PEOPLE = frozenset({DocumentState.REFUSED, DocumentState.RETURNED, DocumentState.DISMISSED})


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """What was found.

    Attributes:
        entered: documents whose record stands in the legacy system exactly once with equal fields.
        faults: sentences on everything that is not as it should be.
        states: documents by state.
        quarantined: files set aside with a reason.
    """

    entered: int
    faults: tuple[str, ...]
    states: dict[str, int]
    quarantined: int

    @property
    def good(self) -> bool:
        return not self.faults and self.entered > 0


def check_records(office: Office, legacy_database: Path) -> RecordCheck:
    """Looks at every document and at every row of the legacy system."""
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
    """All rows of the legacy system's own database, by register."""
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
