"""Several processes at one database, and processes killed in the middle of writing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from store.audit import chain
from store.base.model import DocumentState, ItemMode, ItemPlan
from store.base.schema import AuditEvent, Document, Item, Reading, Record
from store.database import Store
from store.documents import batches, documents
from store.queue import review_queue
from tests.store.store_samples import make_document, reading

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 3


def start(store: Store, job: str, name: str) -> subprocess.Popen[bytes]:
    url = store.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.store_worker", url, store.root, job, name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def run_all(store: Store, job: str) -> None:
    workers = [start(store, job, f"{job}-{number}") for number in range(WORKERS)]
    assert [worker.wait(timeout=60) for worker in workers] == [0] * WORKERS


def test_processes_never_share_a_document_nor_a_double(store: Store) -> None:
    with store.write() as session:
        batch = batches.open_batch(session, name="b", source="s", actor="i")
        file = batches.add_file(
            session, batch.id, sha256="a" * 64, original_name="a", size=1, kept_path="a", actor="i"
        )
        for _ in range(24):
            documents.create(session, batch_id=batch.id, file_id=file.id, form_id="f", actor="i")
    run_all(store, "read")
    with store.write() as session:
        assert len(documents.in_state(session, DocumentState.READ)) == 24
        moves = select(func.count()).where(AuditEvent.act == "document.read")
        assert session.scalar(moves) == 24
        for document in documents.in_state(session, DocumentState.READ, limit=8):
            review_queue.open_items(session, document, [ItemPlan("n", 1, ItemMode.DOUBLE)], actor="router")
    run_all(store, "verify")
    with store.read() as session:
        assert len(documents.in_state(session, DocumentState.VERIFIED)) == 8
        assert session.scalar(select(func.count()).select_from(Record)) == 8
        seats = session.execute(select(Item.document_id, Item.done_by)).all()
        assert len(seats) == len(set(seats)) == 16
        result = chain.verify(session)
        assert result.ok and result.last_seq == result.events == session.scalar(
            select(func.count(AuditEvent.seq))
        )


def test_a_writer_killed_at_any_moment_leaves_nothing_half_done(store: Store) -> None:
    for round_no in range(2):
        worker = start(store, "write", f"w{round_no}")
        assert worker.stdout is not None
        worker.stdout.read(2 + 3 * round_no)
        worker.kill()
        worker.wait()
        worker.stdout.close()
    with store.write() as session:
        make_document(session, reading("a", "1"))
    with store.read() as session:
        result = chain.verify(session)
        assert result.ok and result.events > 10
        for document in session.scalars(select(Document)):
            last = chain.history(session, f"document:{document.id}")[-1]
            assert last.act == f"document.{document.state}"
            settled = document.state is DocumentState.VERIFIED
            count = select(func.count()).where(Record.document_id == document.id)
            assert session.scalar(count) == int(settled)
            assert session.scalar(select(func.count()).where(Reading.document_id == document.id)) == 1


def test_the_queue_stays_quick_when_it_is_long(store: Store) -> None:
    """2,000 waiting items, 200 of them already seen by this person, cost no more than a few milliseconds."""
    with store.write() as session:
        document = documents.get(session, make_document(session))
        plans = [ItemPlan(f"f{n}", 1, ItemMode.DOUBLE) for n in range(1000)]
        review_queue.open_items(session, document, plans, actor="router")
        for item in session.scalars(select(Item).where(Item.seat == 1).limit(200)):
            item.state, item.done_by = "done", "sato"
    spent = []
    for _ in range(20):
        began = time.process_time()
        with store.write() as session:
            assert len(review_queue.claim_next(session, "sato", limit=2)) == 2
        spent.append(time.process_time() - began)
    assert sorted(spent)[10] < 0.03
