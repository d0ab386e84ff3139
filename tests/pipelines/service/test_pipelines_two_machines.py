"""Machines over one PostgreSQL: one that has no worker leaves the work to another; two that have read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.rigs.running import ROOT, Running, drop, wait_for
from pipelines.steps.accounting.board import waiting_work
from store.base import claims
from store.base.errors import StoreError
from store.base.model import DocumentState
from store.base.schema import Document
from tests.store import store_postgresql

SCAN = ROOT / "samples" / "scans" / "kyufukin_06.jpg"
PATIENCE = 600.0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3 * PATIENCE),
]  # two machines start from nothing on a few processors
WORK_FOR_TWO = 24


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database of a private cluster."""
    if store_postgresql.binaries() is None:
        pytest.skip("no PostgreSQL server installed (Debian: apt install postgresql)")
    with store_postgresql.cluster() as url:
        store_postgresql.administer(url.format("postgres"), "CREATE DATABASE shared")
        yield url.format("shared")


def read(running: Running) -> bool:
    """Whether the one document has been read."""
    try:
        office = running.office()
        with office.store.read() as session:
            states = list(session.scalars(select(Document.state)))
        office.store.close()
    except StoreError:  # the first machine has not yet made its tables
        return False
    return len(states) == 1 and states[0] is not DocumentState.RECEIVED


def test_what_one_machine_notices_another_reads(database: str, tmp_path: Path) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    shared = {"UTSUSHI_DATABASE_URL": database}
    own = {"UTSUSHI_MACHINE_HOME": str(tmp_path / "first"), "UTSUSHI_PARTS": '["prefect", "web", "watch"]'}
    first = Running(home, shared | own)
    server = f"http://127.0.0.1:{first.environment['UTSUSHI_PREFECT_PORT']}/api"
    own = {"UTSUSHI_MACHINE_HOME": str(tmp_path / "second"), "UTSUSHI_PARTS": '["worker"]'}
    second = Running(home, shared | own | {"UTSUSHI_PREFECT_URL": server})
    try:
        drop(home / "inbox", "application.jpg", SCAN.read_bytes())
        first.start()
        second.start()
        wait_for(lambda: read(second), PATIENCE, 1.0)
    finally:
        second.stop()
        first.stop()


def test_two_machines_read_side_by_side_one_reader_each(database: str, tmp_path: Path) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    shared = {"UTSUSHI_DATABASE_URL": database, "UTSUSHI_CHUNK_DOCUMENTS": "2"}
    own = {"UTSUSHI_MACHINE_HOME": str(tmp_path / "first")}
    first = Running(home, shared | own | {"UTSUSHI_PARTS": '["prefect", "worker", "watch", "alarms"]'})
    server = f"http://127.0.0.1:{first.environment['UTSUSHI_PREFECT_PORT']}/api"
    own = {"UTSUSHI_MACHINE_HOME": str(tmp_path / "second"), "UTSUSHI_PARTS": '["worker"]'}
    second = Running(home, shared | own | {"UTSUSHI_PREFECT_URL": server})
    most: list[set[str]] = []
    dropped = 0

    def drop_next() -> None:
        nonlocal dropped
        for _ in range(WORK_FOR_TWO):
            dropped += 1
            drop(home / "inbox", f"{dropped:03d}.jpg", SCAN.read_bytes() + f"copy {dropped}".encode())

    def two_read() -> bool:
        """However long the second machine takes to start, there is work for two when it comes."""
        if waiting_work(office) < WORK_FOR_TWO and not any((home / "inbox").glob("*.jpg")):
            drop_next()
        return look() == 2

    def look() -> int:
        with office.store.read() as session:
            most.append(claims.owners(session, (Document,)))
        return len(most[-1])

    try:
        office = first.office()
        office.store.migrate()
        first.start()
        second.start()
        wait_for(two_read, PATIENCE, 0.5)
        wait_for(lambda: not look() and not waiting_work(office), PATIENCE, 0.5)
        assert max(map(len, most)) == 2, "no machine has two"
        office.store.close()
    finally:
        second.stop()
        first.stop()
        print((home / "serve.log").read_text())  # shown when the test fails
