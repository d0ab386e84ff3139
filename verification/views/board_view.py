"""The data of the board, from one consistent view of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.base import claims
from store.base.model import DocumentState, FileState, ItemMode, ItemState
from store.base.schema import Alert, Document, Item, SourceFile
from store.documents import batches, records
from store.documents.documents import FINAL
from store.ops import board, messages, users
from store.ops.board import BatchProgress, QueueCount, StateCount

# In the order of processing, which is also the order of the tiles and of the parts of a bar.
FLOW = ("received", "read", "verifying", "verified", "entering", "entered")
SIDE = ("unidentified", "unregistered", "refused", "unknown", "returned", "dismissed")
_EXCEPTIONS = (
    DocumentState.UNIDENTIFIED,
    DocumentState.UNREGISTERED,
    DocumentState.REFUSED,
    DocumentState.UNKNOWN,
)
_ORDER = {word: place for place, word in enumerate((*FLOW, *SIDE))}


@dataclass(frozen=True, slots=True)
class Tile:
    """A document state: number of documents and age of the oldest."""

    state: str
    count: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class HolderView:
    """A person with claimed items, and the documents of these, lowest number first."""

    name: str
    items: int
    documents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with its progress; `parts` are (state, count, share in percent) in the order of processing."""

    id: int
    name: str
    dropped_at: datetime
    age_seconds: float
    total: int
    done: int
    parts: tuple[tuple[str, int, float], ...]
    files: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """Everything on the board."""

    flow: tuple[Tile, ...]
    side: tuple[Tile, ...]
    queue: Sequence[QueueCount]
    holders: tuple[HolderView, ...]
    batches: tuple[BatchView, ...]
    quarantined: Sequence[SourceFile]
    alerts: Sequence[Alert]
    exceptions: int
    conflicts: int
    blocked: int
    duplicates: int
    cells: int

    @property
    def waiting(self) -> int:
        """Items that a verifier could take."""
        return sum(row.open + row.claimed for row in self.queue)


def board_view(session: Session) -> BoardView:
    """The board as it is now."""
    counts = {row.state: row for row in board.documents_by_state(session)}
    files = {row.state: row.count for row in board.files_by_state(session)}
    conflicts = len(records.open_conflicts(session))
    quarantined = batches.files_in_state(session, FileState.QUARANTINED, limit=20)
    waiting = sum(counts[state].count for state in _EXCEPTIONS if state in counts)
    return BoardView(
        flow=tuple(_tile(state, counts.get(state)) for state in FLOW),
        side=tuple(_tile(state, counts.get(state)) for state in SIDE),
        queue=board.queue_by_mode(session),
        holders=_holders(session),
        batches=tuple(_batch(progress) for progress in board.batches(session, limit=12)),
        quarantined=quarantined,
        alerts=messages.open_alerts(session),
        exceptions=waiting + conflicts + files.get(FileState.QUARANTINED.value, 0),
        conflicts=conflicts,
        blocked=blocked_documents(session),
        duplicates=files.get(FileState.DUPLICATE.value, 0),
        cells=waiting_cells(session),
    )


def waiting_cells(session: Session) -> int:
    """Free cells of the glyph grid."""
    query = select(func.count()).where(Item.state == ItemState.OPEN, Item.group_key.is_not(None))
    return session.scalar(query) or 0


def blocked_documents(session: Session) -> int:
    """Number of documents that a broken rule prevents from being settled."""
    query = select(func.count(func.distinct(Item.document_id))).where(
        Item.mode == ItemMode.OVERRIDE, Item.state.in_((ItemState.OPEN, ItemState.CLAIMED))
    )
    return session.scalar(query) or 0


def documents(
    session: Session, *, state: str | None, batch: int | None, skip: int = 0, limit: int = 200
) -> list[Document]:
    """Documents for a list, most recently changed first."""
    query = select(Document)
    if state is not None:
        query = query.where(Document.state == DocumentState(state))
    if batch is not None:
        query = query.where(Document.batch_id == batch)
    # The id as second key: pages of the list would repeat or lose rows of one instant otherwise.
    ordered = query.order_by(Document.updated_at.desc(), Document.id.desc())
    return list(session.scalars(ordered.offset(skip).limit(limit)))


def holders_of(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Display names of the people with claimed items, by document."""
    # An expired lease counts as free, although nobody has released it yet.
    query = select(Item.document_id, Item.lease_owner).where(
        Item.document_id.in_(ids),
        Item.state == ItemState.CLAIMED,
        claims.leased(session, Item),
    )
    names = {user.name: user.display for user in users.all_users(session)}
    return {row[0]: names.get(str(row[1]), str(row[1])) for row in session.execute(query).tuples()}


def _tile(state: str, row: StateCount | None) -> Tile:
    return Tile(state, row.count if row else 0, row.oldest_seconds if row else 0.0)


def _holders(session: Session) -> tuple[HolderView, ...]:
    names = {user.name: user.display for user in users.all_users(session)}
    return tuple(
        HolderView(names.get(row.user, row.user), row.items, row.documents) for row in board.holders(session)
    )


def _batch(progress: BatchProgress) -> BatchView:
    total = progress.total
    ordered = sorted(progress.states.items(), key=lambda pair: _ORDER.get(pair[0], 99))
    batch = progress.batch
    return BatchView(
        id=batch.id,
        name=batch.name,
        dropped_at=batch.dropped_at,
        age_seconds=max(0.0, (datetime.now(UTC) - batch.dropped_at).total_seconds()),
        total=total,
        done=sum(count for state, count in ordered if state in {final.value for final in FINAL}),
        parts=tuple((state, count, 100 * count / total) for state, count in ordered) if total else (),
        files=sum(progress.files.values()),
        quarantined=progress.files.get(FileState.QUARANTINED.value, 0),
    )
