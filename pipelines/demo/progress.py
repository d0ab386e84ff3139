"""Progress of the demo: the values of its bars, and when it is finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import func, select

from pipelines.context import Office
from store.base.model import DocumentState, FileState, ItemState
from store.base.schema import Document, Item, KeyConflict, SourceFile

_DONE = (DocumentState.ENTERED, DocumentState.RETURNED, DocumentState.DISMISSED, DocumentState.REFUSED)
_READ = (DocumentState.RECEIVED, DocumentState.READ)


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """Counts at one moment: (done, total) per bar."""

    files: tuple[int, int]
    documents: tuple[int, int]
    items: tuple[int, int]
    entries: tuple[int, int]
    inbox: int
    conflicts: int

    BARS: ClassVar[tuple[str, ...]] = ("受付 files", "読取 read", "確認 verify", "入力 enter")

    def bars(self) -> dict[str, tuple[int, int]]:
        """The values of each bar."""
        return dict(zip(self.BARS, (self.files, self.documents, self.items, self.entries), strict=True))

    @property
    def finished(self) -> bool:
        """Whether nothing waits for a machine or a person."""
        # A total of 0 is not the end: intake has not begun.
        whole = (self.files, self.documents, self.entries)
        return self.inbox == 0 and self.conflicts == 0 and all(done == total > 0 for done, total in whole)


def count_progress(office: Office) -> DemoProgress:
    """Counts files, documents, questions and entries."""
    with office.store.read() as session:
        files = dict(
            session.execute(select(SourceFile.state, func.count()).group_by(SourceFile.state)).tuples().all()
        )
        states = dict(
            session.execute(select(Document.state, func.count()).group_by(Document.state)).tuples().all()
        )
        items = dict(session.execute(select(Item.state, func.count()).group_by(Item.state)).tuples().all())
        conflicts = session.scalar(
            select(func.count()).select_from(KeyConflict).where(KeyConflict.state == "open")
        )
    total = sum(states.values())
    asked = sum(count for state, count in items.items() if state is not ItemState.CANCELLED)
    inbox = sum(1 for path in office.settings.inbox_folder.rglob("*") if path.is_file())
    return DemoProgress(
        files=(sum(files.values()) - files.get(FileState.RECEIVED, 0), sum(files.values())),
        documents=(total - sum(states.get(state, 0) for state in _READ), total),
        items=(items.get(ItemState.DONE, 0), asked),
        entries=(sum(states.get(state, 0) for state in _DONE), total),
        inbox=inbox,
        conflicts=int(conflicts or 0),
    )
