"""A backup is worth what its restoring gives back."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text

from store.audit import seals
from store.base.errors import BackupDamaged, KeyFileMissing, RestoreRefused
from store.base.schema import Document, Entry, SourceFile
from store.database import Store, downgrade, upgrade
from store.documents import file_references, readings
from store.ops import backup, restore
from store.ops.transfer import row_counts
from store.queue import review_queue
from tests.store.store_postgresql import administer
from tests.store.store_samples import SQLITE, make_document, reading


def fill(store: Store, documents: int = 3) -> None:
    """Applications with kept originals, a settled record each, a sealed day."""
    store.seal_keys.create()
    for number in range(documents):
        sha = store.files.add(f"scan {number} of {documents}".encode(), ".pdf")
        with store.write() as session:
            document = make_document(
                session, reading("application_no", f"A-{number}"), reading("my_number", "123456789018")
            )
            file = session.get_one(SourceFile, session.get_one(Document, document).file_id)
            file.sha256, file.kept_path = sha, store.files.relative(sha)
        with store.write() as session:
            review_queue.open_items(session, document, [], actor="router")
    with store.write() as session:
        seals.seal_day(session, store.seal_keys, "2026-07-01")
    with store.read() as session:
        seals.write_copies(session, store.seal_keys, store.seal_copies)


def counts(store: Store) -> dict[str, int]:
    with store.read() as session:
        found = row_counts(session.connection())
    del found["setting"]  # emptied between tests on PostgreSQL
    return found


def test_a_snapshot_restored_is_the_store_again(store: Store, tmp_path: Path) -> None:
    fill(store)
    snapshot = backup.write(store, tmp_path / "backup")
    assert backup.manifest(snapshot).files == 3
    checked = restore.check(snapshot, store.keys)
    assert checked.ok and checked.files == 3 and checked.events > 10 and checked.seals == 1
    home = tmp_path / "again"
    restore.restore(snapshot, home, keys=store.keys)
    other = Store("", home)
    other.migrate()
    assert counts(other) == counts(store)
    with other.read() as session:
        [document] = session.scalars(select(Document).limit(1))
        assert readings.latest(session, document.id, reveal=True)["my_number"].value == "123456789018"
        assert all(other.files.verify(sha) for sha in file_references.referenced(session))
    assert restore.check_store(other).ok
    with other.write() as session:  # and it can be worked with
        make_document(session, reading("a", "1"))
    other.close()


def test_a_backup_of_one_database_becomes_the_other(store: Store, tmp_path: Path, postgresql: str) -> None:
    fill(store)
    snapshot = backup.write(store, tmp_path / "backup", secret_keys=True)
    name = f"moved_from_{store.engine.dialect.name}"
    administer(postgresql.format("postgres"), f"CREATE DATABASE {name}")
    url = postgresql.format(name)
    restore.restore(snapshot, tmp_path / "server", url)
    moved = Store(url, tmp_path / "server")
    moved.migrate()
    assert counts(moved) == counts(store)
    assert restore.check_store(moved).ok
    with moved.write() as session:
        before = session.scalars(select(Document.id).order_by(Document.id.desc())).first()
        assert make_document(session, reading("a", "1")) == before + 1  # ids go on where they ended
    with pytest.raises(RestoreRefused):
        restore.restore(snapshot, tmp_path / "server", url)
    moved.close()


def test_writers_go_on_while_a_backup_is_taken(store: Store, tmp_path: Path) -> None:
    fill(store)
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            with store.write() as session:
                written.append(make_document(session, reading("a", "1")))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        snapshots = []
        for number in range(3):
            snapshots.append(backup.write(store, tmp_path / f"b{number}"))
    finally:
        stop.set()
        writer.join()
    assert len(written) > 3
    for snapshot in snapshots:
        checked = restore.check(snapshot, store.keys)
        # The samples' rows name originals that were never kept; everything else has to fit.
        assert not [fault for fault in checked.faults if "kept file" not in fault]


def test_keys_stay_outside_and_files_are_shared_between_snapshots(store: Store, tmp_path: Path) -> None:
    fill(store)
    folder = tmp_path / "backup"
    first = backup.write(store, folder)
    assert {path.suffix for path in (first / "keys").iterdir()} == {".pub"}
    assert "fields.json" not in str(sorted(folder.rglob("*")))
    first.rename(folder / "2026-01-01T000000Z")
    store.files.add(b"one more", ".pdf")
    second = backup.write(store, folder)
    assert backup.manifest(second).new_files == 1 and backup.manifest(second).files == 4
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=second, check=False)
    assert sums.returncode == 0
    store.files.path(next(sha for sha, _ in backup.checksums(second))).unlink()
    second.rename(folder / "2026-01-02T000000Z")
    backup.write(store, folder)
    assert backup.prune(folder, 1) == (2, 1)
    assert len(backup.snapshots(folder)) == 1 and len(list((folder / "files").glob("??/*"))) == 3


def test_damage_is_found_and_named(store: Store, tmp_path: Path) -> None:
    fill(store)
    snapshot = backup.write(store, tmp_path / "backup")
    sha, path = next(backup.checksums(snapshot))
    path.resolve().chmod(0o600)
    path.resolve().write_bytes(b"other bytes")
    assert sha[:12] in restore.check(snapshot, store.keys).faults[0]
    with pytest.raises(BackupDamaged):
        restore.restore(snapshot, tmp_path / "x", keys=store.keys)
    path.resolve().unlink()
    assert not restore.check(snapshot, store.keys).ok
    (snapshot / "utsushi.db").write_bytes(b"nothing")
    with pytest.raises(BackupDamaged):
        restore.restore(snapshot, tmp_path / "y", keys=store.keys)


@SQLITE
def test_one_rotten_file_keeps_no_other_out_of_the_backup(store: Store, tmp_path: Path) -> None:
    fill(store)
    kept = sorted(store.files.root.glob("??/*"))
    content = kept[0].read_bytes()
    kept[0].chmod(0o600)
    kept[0].write_bytes(b"rotten" + content[6:])
    snapshot = backup.write(store, tmp_path / "backup")
    assert list(backup.manifest(snapshot).damaged) == [kept[0].stem]
    assert {sha for sha, _ in backup.checksums(snapshot)} == {path.stem for path in kept[1:]}
    [fault] = restore.check(snapshot, store.keys).faults
    assert kept[0].stem[:12] in fault
    # An earlier snapshot of the folder holds it whole: nothing is missing then.
    kept[0].write_bytes(content)
    backup.write(store, tmp_path / "other")
    kept[0].write_bytes(b"rotten" + content[6:])
    time.sleep(1.1)  # snapshots are named to the second
    later = backup.write(store, tmp_path / "other")
    assert not backup.manifest(later).damaged and restore.check(later, store.keys).ok


@SQLITE
def test_nothing_is_overwritten_and_missing_keys_are_named(store: Store, tmp_path: Path) -> None:
    fill(store)
    snapshot = backup.write(store, tmp_path / "backup")
    with pytest.raises(RestoreRefused):
        restore.restore(snapshot, store.root)
    restore.restore(snapshot, tmp_path / "without")
    without = Store("", tmp_path / "without")
    with pytest.raises(KeyFileMissing):
        without.migrate()
    shutil.copy(store.keys / "fields.json", tmp_path / "without" / "keys" / "fields.json")
    without.migrate()
    without.close()
    (tmp_path / "others" / "keys").mkdir(parents=True)
    (tmp_path / "others" / "keys" / "fields.json").write_text("{}", "utf-8")
    with pytest.raises(RestoreRefused):
        restore.restore(snapshot, tmp_path / "others", keys=store.keys)


def test_the_schema_goes_up_and_down_and_up_again(store: Store) -> None:
    with store.engine.begin() as connection:
        downgrade(connection, "base")
    with store.engine.connect() as connection:
        query = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
            "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        }[connection.dialect.name]
        assert set(connection.execute(text(query)).scalars()) == {"alembic_version"}
    with store.engine.begin() as connection:
        upgrade(connection)
    store.check_schema()
    with store.write() as session:
        make_document(session, reading("a", "1"))
        assert list(session.scalars(select(Entry))) == []
