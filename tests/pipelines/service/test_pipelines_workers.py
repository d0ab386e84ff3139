"""A dead worker's work comes back at once; a living one's and another machine's is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from benchmarks.rigs.running import Running, drop, wait_for
from pipelines import workers
from pipelines.alarms.requeue import Requeue, unattended_work
from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.flows import read as read_flow
from pipelines.service.serve import end_orphans
from pipelines.settings import Settings
from pipelines.steps.reading import read as reading
from pipelines.steps.reading import read_loop
from pipelines.steps.reading.read import MAX_ALONE, MAX_ATTEMPTS, ClaimedDocument, read_next
from pipelines.steps.reading.route import route_next
from store.base.model import DocumentState
from store.base.schema import AuditEvent, Document, SourceFile
from store.documents import batches, documents


def dead_name() -> str:
    """The name of a process that has ended."""
    code = "from pipelines import workers; print(workers.name())"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def files(office: Office, number: int, first: int = 0) -> list[SourceFile]:
    with office.store.write() as session:
        batch = batches.open_batch(session, name="b", source="s", actor="t")
        return [
            batches.add_file(
                session, batch.id, sha256=f"{n:064x}", original_name="a", size=1, kept_path="a", actor="t"
            )
            for n in range(first, first + number)
        ]


def test_only_what_is_certainly_dead_is_released(office: Office):
    files(office, 4)
    gone = dead_name()
    host = gone.split(":")[0]
    owners = [gone, workers.name(), f"elsewhere:{gone.split(':', 1)[1]}", f"{host}:1:{gone.split(':', 2)[2]}"]
    for owner in owners:
        with office.store.write() as session:
            assert len(batches.claim_files(session, owner)) == 1
    assert [workers.certainly_dead(owner) for owner in owners] == [True, False, False, False]
    assert workers.release_dead(office.store) == 1 and workers.release_dead(office.store) == 0
    with office.store.read() as session:
        held = list(session.scalars(select(SourceFile.lease_owner).order_by(SourceFile.id)))
    assert held == [None, *owners[1:]]


def test_a_pid_that_somebody_else_has_now_is_dead(office: Office):
    host, namespace, pid, started = workers.name().rsplit(":", 3)
    assert int(pid) == os.getpid()
    assert workers.certainly_dead(f"{host}:{namespace}:{pid}:{int(started) - 1}")
    assert not workers.certainly_dead("sato") and not workers.certainly_dead("")


def test_documents_that_end_every_reader_go_to_a_person_and_the_others_are_read_alone(
    office: Office, monkeypatch
):
    [file] = files(office, 1)
    with office.store.write() as session:
        made = [
            documents.create(
                session, batch_id=file.batch_id, file_id=file.id, form_id="kyufukin_shinsei", actor="t"
            )
            for _ in range(3)
        ]
    seen: list[int] = []

    def crash(office, document, registered):
        seen.append(document.id)
        if document.id == made[1].id:
            raise KeyboardInterrupt
        with office.store.write() as session:
            documents.advance(session, document, DocumentState.READ, "t")

    monkeypatch.setattr(reading, "_load_pages", crash)
    for _ in range(MAX_ATTEMPTS + MAX_ALONE + 4):
        try:
            read_next(office, {}, 12)
        except KeyboardInterrupt:
            with office.store.write() as session:
                for row in session.scalars(select(Document)):
                    row.lease_until = None
    with office.store.read() as session:
        states = [row.state for row in session.scalars(select(Document).order_by(Document.id))]
        reason = session.get_one(Document, made[1].id).reason
    assert states == [DocumentState.READ, DocumentState.UNREGISTERED, DocumentState.READ]
    assert reason == "gave_up" and seen.count(made[1].id) == MAX_ATTEMPTS + MAX_ALONE


def test_papers_are_taken_at_once_while_prefect_does_not_answer(tmp_path: Path):
    running = Running(tmp_path / "home", {"UTSUSHI_PARTS": '["watch"]'})
    running.home.mkdir()
    office = running.office()
    drop(office.settings.inbox_folder, "1.jpg", (SCANS / "kyufukin_06.jpg").read_bytes())

    def taken() -> bool:
        with office.store.read() as session:
            return session.scalar(select(SourceFile.original_name)) == "1.jpg"

    running.start()
    try:
        wait_for(taken, 45)
    finally:
        running.stop()


def test_a_reader_whose_lease_ran_out_leaves_the_document_to_who_has_it(office: Office, monkeypatch):
    """Two threads of one process, or two machines: both read it, one reading stands, nobody falls over."""
    [file] = files(office, 1)
    with office.store.write() as session:
        made = documents.create(
            session, batch_id=file.batch_id, file_id=file.id, form_id="kyufukin_shinsei", actor="t"
        )
    slow = {"passes": 0}

    def overtaken(office, sheets):
        """Before the first reading ends, the lease runs out and the other reads and routes."""
        slow["passes"] += 1
        if slow["passes"] == 1:
            with office.store.write() as session:
                session.get_one(Document, made.id).lease_until = None
            assert read_next(office, {}, 4) == 1
            assert route_next(office, 4) == 1
        return iter([[] for _ in sheets])

    monkeypatch.setattr(reading, "_read", overtaken)
    monkeypatch.setattr(
        reading, "_load_pages", lambda office, document, registered: ClaimedDocument(document, ())
    )
    assert read_next(office, {}, 4) == 1
    with office.store.read() as session:
        document = session.get_one(Document, made.id)
        acts = [one.act for one in session.scalars(select(AuditEvent))]
    assert slow["passes"] == 2 and document.state not in (DocumentState.RECEIVED, DocumentState.READ)
    assert acts.count("document.read") == 1


def received(office: Office, number: int) -> list[int]:
    """Ids of documents that wait for a reader."""
    [file] = files(office, 1)
    with office.store.write() as session:
        return [
            documents.create(
                session, batch_id=file.batch_id, file_id=file.id, form_id="kyufukin_shinsei", actor="t"
            ).id
            for _ in range(number)
        ]


def test_what_was_left_unread_is_read_before_more_files_are_opened(office: Office, monkeypatch):
    left = received(office, 5)
    office.settings.chunk_documents = 4
    happened: list[str] = []

    def read(_office, registered, limit):
        with office.store.write() as session:
            found = documents.claim(session, DocumentState.RECEIVED, "t", limit=limit)
        happened.extend(f"read {document.id}" for document in found)
        return len(found)

    def split(_office):
        happened.append("file opened")

    for name, stand_in in (("read_next", read), ("split_next", split), ("route_next", lambda *_: 0)):
        monkeypatch.setattr(read_loop, name, stand_in)
    monkeypatch.setattr(read_loop, "_CHUNKS_AT_ONCE", 1)
    assert read_loop.read_everything(office).read == 5
    assert happened[:4] == [f"read {number}" for number in left[:4]]
    assert happened.count("file opened") == 1


def test_a_reader_takes_first_the_documents_whose_pages_it_has_at_hand(office: Office, monkeypatch):
    first, *others = received(office, 3)
    seen: list[int] = []
    monkeypatch.setattr(reading, "_load_pages", lambda _office, document, _at_hand: seen.append(document.id))
    assert read_next(office, dict.fromkeys(others, ()), 4) == 2
    assert seen == others
    assert read_next(office, dict.fromkeys(others, ()), 4) == 1, "another has them: the oldest that is free"
    assert seen == [*others, first]


def test_work_that_nobody_is_at_lies_and_is_told_by_flow(office: Office):
    assert unattended_work(office) == set()
    files(office, 2)
    assert unattended_work(office) == {"read"}
    with office.store.write() as session:
        batches.claim_files(session, workers.name())
    assert unattended_work(office) == set()
    with office.store.write() as session:
        session.scalars(select(SourceFile)).first().lease_owner = dead_name()
    assert unattended_work(office) == {"read"}


def test_what_lies_is_asked_for_after_ten_seconds_then_ever_less_often(office: Office):
    asked: list[tuple[float, str]] = []
    at, lying, answers = [0.0], {"read"}, True

    def ask(name: str) -> bool:
        asked.append((at[0], name))
        return answers

    requeue = Requeue(office, ask, lambda _: set(lying), lambda: at[0])
    for at[0] in range(0, 100, 10):
        requeue.run_once()
    assert asked == [(0, "read"), (20, "read"), (60, "read")], "left from the last life: at once"
    asked.clear()
    requeue = Requeue(office, ask, lambda _: set(lying) if at[0] else set(), lambda: at[0])
    for at[0] in range(0, 1000, 10):
        requeue.run_once()
    assert asked == [(at, "read") for at in (20, 40, 80, 160, 320, 620, 920)]
    lying.clear()
    requeue.run_once()
    lying.add("enter")
    asked.clear()
    answers = False
    for at[0] in range(1000, 1060, 10):
        requeue.run_once()
    assert asked == [(at, "enter") for at in range(1010, 1060, 10)]  # Prefect does not answer


@contextmanager
def flow_run_process(prefect_api: str, run: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process as Prefect's worker starts them."""
    told = os.environ | {"PREFECT_API_URL": prefect_api, "PREFECT__FLOW_RUN_ID": run}
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", "prefect.engine"], env=told
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_flow_runs_are_known_by_their_processes_and_end_with_the_service(tmp_path: Path):
    settings = Settings(home=tmp_path)
    api = settings.prefect_api
    with flow_run_process(api, "one") as ours, flow_run_process("http://elsewhere/api", "two") as other:
        wait_for(lambda: workers.live_runs(api) == {"one": ours.pid}, 30)
        end_orphans(settings)
        assert ours.wait(10) == -signal.SIGTERM and other.poll() is None
        assert workers.live_runs(api) == {}


def test_the_progress_bar_keeps_no_reader_waiting(office: Office, monkeypatch: pytest.MonkeyPatch):
    server_is_back, moved = Event(), []

    def slow(share: float, **_: object) -> str:
        server_is_back.wait(60)
        moved.append(share)
        return "bar"

    monkeypatch.setattr(read_flow, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(read_flow, "create_progress_artifact", slow)
    monkeypatch.setattr(read_flow, "update_progress_artifact", lambda _, progress: moved.append(progress))
    reporter = read_flow.ProgressReporter(office)
    for n in range(4):
        reporter.report(read_loop.Progress(files=n))  # would wait for ever, if it did
    reporter.done()
    assert moved == []
    server_is_back.set()
    wait_for(lambda: moved == [0.0, 100.0], 30)


def test_a_run_asks_for_another_reader_when_files_come_while_it_reads(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    bars: list[float] = []
    monkeypatch.setattr(read_flow, "REPORT_SECONDS", 0.0)
    monkeypatch.setattr(read_flow, "MORE_READERS_SECONDS", 0.0)
    monkeypatch.setattr(read_flow, "create_progress_artifact", lambda share, **_: bars.append(share) or "bar")
    monkeypatch.setattr(read_flow, "update_progress_artifact", lambda _, progress: bars.append(progress))
    monkeypatch.setattr(read_flow, "request_run", lambda _, name: asked.append(name))
    files(office, office.settings.chunk_documents)
    reporter = read_flow.ProgressReporter(office)

    def until(said: Callable[[], bool]) -> None:
        def once_more() -> bool:
            reporter.report(read_loop.Progress(files=1))
            return said()

        wait_for(once_more, 30)

    until(lambda: len(bars) >= 3)
    assert not asked, "one reader has all of it in hand"
    files(office, 1, first=office.settings.chunk_documents)
    until(lambda: bool(asked))
    reporter.done()
    assert set(asked) == {"read"}
