"""Killing the reading process at any instant loses nothing and repeats nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from pipelines.context import Office
from pipelines.settings import Settings
from pipelines.steps.accounting.account import verify_chain
from store.base.errors import StoreError
from store.base.model import DocumentState, FileState
from store.base.schema import Document, Page, Reading, SourceFile

ROOT = Path(__file__).resolve().parents[3]
CHOSEN = ("jido_04.jpg", "kyufukin_06.jpg", "hoiku_03.zip")
DOCUMENTS, PAGES = 4, 6
PATIENCE = 240.0


def start(home: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "UTSUSHI_HOME": str(home),
        "UTSUSHI_STABLE_SECONDS": "0",
        "UTSUSHI_LEASE_SECONDS": "1",  # shorter than the reading of a page: also a slow reader loses nothing
        "UTSUSHI_CHUNK_DOCUMENTS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "intake"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def kill_when(home: Path, table: type, condition, least: int) -> None:
    """Starts reading and kills it dead as soon as ``least`` rows of a table are there."""
    office = Office(Settings(home=home))
    process = start(home)
    limit = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < limit and process.poll() is None:
            try:
                with office.store.read() as session:
                    query = select(func.count()).select_from(table)
                    if session.scalar(query if condition is None else query.where(condition)) >= least:
                        break
            except (OperationalError, StoreError):
                pass
            time.sleep(0.02)
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        office.store.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_power_cuts_on_the_way(tmp_path: Path):
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    for name in CHOSEN:
        shutil.copy(ROOT / "samples" / "scans" / name, home / "inbox" / name)
    kill_when(home, SourceFile, None, 1)
    kill_when(home, Document, None, 1)
    kill_when(home, Document, Document.state.not_in([DocumentState.RECEIVED]), 2)
    time.sleep(1.1)
    assert start(home).wait(PATIENCE) == 0

    office = Office(Settings(home=home))
    with office.store.read() as session:
        files = list(session.scalars(select(SourceFile)))
        documents = list(session.scalars(select(Document)))
        pages = list(session.scalars(select(Page)))
        runs = session.execute(select(Reading.document_id, Reading.field, Reading.run)).all()
    assert not list((home / "inbox").iterdir())
    assert {f.state for f in files} <= {FileState.SPLIT, FileState.DUPLICATE}
    assert len({f.sha256 for f in files if f.state is FileState.SPLIT}) == 5
    assert len(documents) == DOCUMENTS
    assert {d.state for d in documents} <= {DocumentState.VERIFYING, DocumentState.VERIFIED}
    assert sorted((p.file_id, p.index_in_file) for p in pages) == sorted(
        {(p.file_id, p.index_in_file) for p in pages}
    )
    assert len(pages) == PAGES
    for document in documents:
        standing = [field for owner, field, run in runs if owner == document.id and run == document.read_run]
        assert sorted(standing) == sorted(f.name for f in office.forms[document.form_id or ""].fields())
    assert verify_chain(office).ok
