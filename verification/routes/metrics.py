"""Figures for Prometheus, in its text format 0.0.4: counts, ages and sizes; no name of a person, form value or file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from fastapi import APIRouter
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.responses import Response

from store.audit import chain
from store.base.disk_space import disk_space
from store.base.schema import Alert, SystemState
from store.database import Store
from store.ops import board
from verification.request_context import Context

router = APIRouter()
MEDIA = "text/plain; version=0.0.4; charset=utf-8"
# Several scrapers, or a fast one, must not cause a count of all tables each time.
FRESH_SECONDS = 5.0
_lock = Lock()
_cache: dict[Store, tuple[float, str]] = {}
Sample = tuple[dict[str, str], float]


@router.get("/metrics")
def metrics(context: Context) -> Response:
    """The figures, counted at most every few seconds."""
    store = context.app.store
    with _lock:
        known = _cache.get(store)
        if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
            known = (time.monotonic(), exposition(store))
            _cache.clear()  # one store in each process; tests open many, and must not keep them alive
            _cache[store] = known
    return Response(known[1], media_type=MEDIA)


def exposition(store: Store) -> str:
    """All figures in Prometheus's format."""
    lines: list[str] = []
    with store.read() as session:
        for name, kind, words, samples in (*_work(session), *_service(session), *_storage(store, session)):
            lines += [f"# HELP utsushi_{name} {words}", f"# TYPE utsushi_{name} {kind}"]
            lines += [f"utsushi_{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


Metric = tuple[str, str, str, list[Sample]]


def _work(session: Session) -> Iterator[Metric]:
    for name, rows in (
        ("documents", board.documents_by_state(session)),
        ("files", board.files_by_state(session)),
        ("entries", board.entries_by_state(session)),
    ):
        yield name, "gauge", f"{name} by state", [({"state": row.state}, row.count) for row in rows]
        ages: list[Sample] = [({"state": row.state}, row.oldest_seconds) for row in rows]
        yield f"{name}_oldest_seconds", "gauge", f"age of the oldest of the {name} by state", ages
    queue: list[Sample] = []
    for row in board.queue_by_mode(session):
        for state, number in (("open", row.open), ("claimed", row.claimed), ("overdue", row.overdue)):
            queue.append(({"mode": row.mode, "state": state}, number))
    yield "queue_items", "gauge", "questions to people by mode", queue
    yield "people_at_work", "gauge", "people who hold questions now", [({}, len(board.holders(session)))]


def _service(session: Session) -> Iterator[Metric]:
    query = select(Alert.code, Alert.level, func.count()).where(Alert.cleared_at.is_(None))
    rows = session.execute(query.group_by(Alert.code, Alert.level)).tuples()
    alerts: list[Sample] = [({"code": code, "level": level}, number) for code, level, number in rows]
    yield "alerts", "gauge", "open alerts", alerts
    states = list(session.scalars(select(SystemState)))
    stopped: list[Sample] = [({"system": s.system}, float(s.paused or s.circuit_open)) for s in states]
    yield "system_stopped", "gauge", "1 while nothing is entered into a system", stopped
    yield "audit_events_total", "counter", "links of the audit chain", [({}, chain.head(session)[0])]


def _storage(store: Store, session: Session) -> Iterator[Metric]:
    here = disk_space(store.root)
    yield "disk_free_bytes", "gauge", "free on the disk of the state folder", [({}, here.free)]
    yield "disk_writable", "gauge", "1 when a file can be written there", [({}, float(here.writable))]
    yield "database_bytes", "gauge", "size of the database", [({}, _database_bytes(store, session))]


def _database_bytes(store: Store, session: Session) -> int:
    if store.engine.dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    # SQLite: the file with its write-ahead log and shared memory (-wal, -shm).
    path = Path(str(store.engine.url.database))
    return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    # The three escapes of label values in the exposition format.
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"
