"""Bytes that rot: a kept original, a page of the database. What is whole goes on, and somebody is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from pipelines.alarms.messenger import Notice
from pipelines.alarms.monitor import Monitor
from pipelines.context import Office
from pipelines.doctor.examine import examine
from pipelines.settings import Settings
from pipelines.steps.intake import take_in
from store.base.errors import DatabaseDamaged
from store.base.model import FileState
from store.base.schema import SourceFile
from tests.pipelines.intake.test_pipelines_arrival import drop
from tests.pipelines.keeping_samples import entered


def spoil(path: Path, at: int, count: int = 64) -> None:
    path.chmod(0o600)
    with path.open("r+b") as out:
        out.seek(at)
        out.write(b"\x5a" * count)


def test_a_good_copy_takes_the_place_of_one_that_has_rotted(office: Office) -> None:
    content = b"%PDF " + bytes(5000)
    take_in.take(office, [drop(office.settings.inbox_folder, "a.pdf", content)])
    [kept] = office.store.files.root.glob("??/*")
    spoil(kept, 100)
    assert not office.store.files.verify(kept.stem)
    take_in.take(office, [drop(office.settings.inbox_folder, "again.pdf", content)])
    assert office.store.files.read(kept.stem) == content and kept.stat().st_mode & 0o777 == 0o400
    with office.store.read() as session:
        states = [row.state for row in session.scalars(select(SourceFile).order_by(SourceFile.id))]
    assert states == [FileState.RECEIVED, FileState.DUPLICATE]


@pytest.fixture
def rotten(tmp_path: Path) -> Office:
    """An office whose database has pages of garbage, after its schema."""
    home = tmp_path / "rotten"
    office = Office(Settings(home=home))
    for number in range(40):
        entered(office, f"{number:04d}")
    office.store.close()
    database = home / "utsushi.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        roots = [
            row[0] for row in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1")
        ]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    for page in roots:
        spoil(database, (page - 1) * size, size)
    return Office(Settings(home=home))


def test_a_damaged_database_is_an_error_of_the_store(rotten: Office) -> None:
    with pytest.raises(DatabaseDamaged) as caught, rotten.store.read() as session:
        list(session.scalars(select(SourceFile)))
    assert "utsushi restore" in caught.value.ja and not caught.value.retry


def test_the_monitor_tells_people_of_a_damaged_database(rotten: Office) -> None:
    sent: list[Notice] = []

    def deliver(_: Settings, notices: Sequence[Notice]) -> None:
        sent.extend(notices)

    monitor = Monitor(rotten, deliver=deliver)
    monitor.run_once()
    monitor.run_once()
    damaged = [one for one in sent if one.problem.code == "database_down"]
    assert len(damaged) == 1 and "壊れて" in damaged[0].text() and "damaged" in damaged[0].text()


def test_doctor_goes_on_to_its_end(rotten: Office) -> None:
    findings = list(examine(rotten.settings))
    bad = [one for one in findings if not one.ok and "壊れて" in one.detail]
    assert bad and findings[-1].name
