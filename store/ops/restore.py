"""Restores a snapshot; checks a backup by restoring it into a temporary folder and verifying the result.

The database is written last, so an interrupted restore can be repeated.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.audit import seals
from store.audit.seals import SealKeys
from store.base.errors import BackupDamaged, RestoreRefused, StoreError
from store.base.files import FileStore, sync_folder, write_new
from store.database import Store
from store.documents import file_references, records
from store.ops import backup
from store.ops.transfer import copy_rows, row_counts

_FIELDS_KEY = "fields.json"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Contents of a restored snapshot, and its faults as text."""

    rows: int
    files: int
    events: int
    seals: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.faults


@contextmanager
def open_snapshot(source: Path, snapshot: str | None = None) -> Iterator[Path]:
    """The folder of a snapshot: the named one or the newest in a backup folder, or the one in a tar file.

    Raises:
        BackupDamaged: there is no such snapshot.
    """
    if source.is_file():
        with tempfile.TemporaryDirectory(dir=source.parent, prefix=".restore-") as scratch:
            with tarfile.open(source) as archive:
                # The data filter (PEP 706) refuses absolute paths, `..`, and devices in a tar from outside.
                archive.extractall(scratch, filter="data")
            yield _newest(Path(scratch), snapshot)
    elif (source / backup.MANIFEST).is_file():
        yield source
    else:
        yield _newest(source, snapshot)


def restore(snapshot: Path, root: Path, url: str = "", keys: Path | None = None) -> None:
    """Create a store in `root` from a snapshot. `Store.migrate` then reports whether the secret keys are missing.

    Args:
        snapshot: a snapshot's folder.
        root: the new state folder; may exist, but must contain no database.
        url: the target database; SQLite in `root` when empty.
        keys: a folder with the secret keys; those of the snapshot, if it has any, when None.

    Raises:
        RestoreRefused: there is a database already, or other keys.
        BackupDamaged: a part is missing or has changed; names it.
    """
    facts = backup.manifest(snapshot)
    database = snapshot / backup.DATABASE
    if not database.is_file() or backup.sha256_of(database) != facts.database:
        raise BackupDamaged(f"{snapshot.name}/{backup.DATABASE}")
    _refuse_if_used(root, url)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _put_keys(keys or snapshot / "keys", root / "keys")
    _put_files(snapshot, FileStore(root / "files"))
    for name in ("seals", "certificates", "config"):
        if (snapshot / name).is_dir():
            shutil.copytree(snapshot / name, root / name, dirs_exist_ok=True)
    _put_database(database, root, url)


def check(snapshot: Path, keys: Path | None = None) -> CheckResult:
    """Restore a snapshot into a temporary folder beside it and verify everything; the folder is removed afterwards.

    Stored files are hard-linked where the disk supports it, not copied; each is read and compared with its SHA-256.
    """
    with tempfile.TemporaryDirectory(dir=snapshot.parent, prefix=".check-") as scratch:
        root = Path(scratch) / "state"
        try:
            _link_files(snapshot, root / "files")
            restore(snapshot, root, keys=keys)
            store = Store("", root)
            # A snapshot of an earlier version has an earlier schema.
            store.migrate_schema()
        except StoreError as error:
            return CheckResult(0, 0, 0, 0, (str(error),))
        try:
            return check_store(store)
        finally:
            store.close()


def check_store(store: Store) -> CheckResult:
    """Verify a whole store: rows, chain, seals, records, and every stored file that a row refers to."""
    faults: list[str] = []
    with store.read() as session:
        rows = sum(row_counts(session.connection()).values())
        result = seals.verify(session, SealKeys(store.keys), store.seal_copies)
        if not result.chain.ok:
            faults.append(f"監査記録 {result.chain.broken_seq}: {result.chain.reason} (audit chain)")
        elif not result.ok:
            faults.append(f"封印 {result.seal_day}: {result.seal_fault} (seal)")
        if store.vault.exists:  # secret values cannot be compared without the keys
            changed = records.tampered(session)
            faults += [f"確定データ {record}: 値が変わっています (record changed)" for record in changed]
        wanted = set(file_references.referenced(session))
        bad = [sha for sha in wanted if not store.files.verify(sha)]
        faults += [f"原本 {sha[:12]}: ないか変わっています (kept file missing or changed)" for sha in bad]
    if store.engine.dialect.name == "sqlite":
        faults += _integrity(Path(str(store.engine.url.database)))
    return CheckResult(rows, len(wanted), result.chain.events, result.seals, tuple(faults))


def _newest(folder: Path, name: str | None) -> Path:
    found = [one for one in backup.snapshots(folder) if name in (None, one.name)]
    if not found:
        raise BackupDamaged(name or folder.name)
    return found[-1]


def _refuse_if_used(root: Path, url: str) -> None:
    if not url or url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///")) if url else root / backup.DATABASE
        if path.exists():
            raise RestoreRefused(path.name)
        return
    store = Store(url, root)
    try:
        store.migrate_schema()
        with store.read() as session:
            # Tables may be there already; rows may not.
            if any(row_counts(session.connection()).values()):
                raise RestoreRefused(store.engine.url.render_as_string())
    finally:
        store.close()


def _put_keys(source: Path, target: Path) -> None:
    """Never overwrite existing keys: values encrypted with them would be lost."""
    ours, theirs = target / _FIELDS_KEY, source / _FIELDS_KEY
    if ours.is_file() and theirs.is_file() and ours.read_bytes() != theirs.read_bytes():
        raise RestoreRefused(f"keys/{_FIELDS_KEY}")
    for path in sorted(source.glob("*")):
        write_new(target / path.name, path.read_bytes(), 0o644 if path.suffix == ".pub" else 0o600)


def _put_files(snapshot: Path, files: FileStore) -> None:
    for sha256, path in backup.checksums(snapshot):
        target = files.root / sha256[:2] / path.name
        if target.is_file():
            continue
        if not path.is_file() or files.add(path, path.suffix) != sha256:
            raise BackupDamaged(f"{backup.FILES}/{sha256[:12]}")


def _link_files(snapshot: Path, target: Path) -> None:
    for sha256, path in backup.checksums(snapshot):
        place = target / sha256[:2] / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.hardlink_to(path)
        except FileNotFoundError as error:
            raise BackupDamaged(f"{backup.FILES}/{sha256[:12]}") from error
        except OSError:
            return  # no hard links on this disk: `restore` copies the files


def _put_database(database: Path, root: Path, url: str) -> None:
    if not url or url.startswith("sqlite"):
        target = Path(url.removeprefix("sqlite:///")) if url else root / backup.DATABASE
        fresh = target.with_name(f".new-{target.name}")
        shutil.copyfile(database, fresh)
        fresh.chmod(0o600)
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        fresh.replace(target)
        sync_folder(target.parent)
        return
    with tempfile.TemporaryDirectory(dir=root, prefix=".restore-") as scratch:
        copy = Path(scratch) / backup.DATABASE
        shutil.copyfile(database, copy)
        old, new = Store(f"sqlite:///{copy}", Path(scratch)), Store(url, root)
        try:
            # On a copy: the snapshot itself has to keep its checksum.
            old.migrate_schema()
            with old.read() as source, new.engine.begin() as target_rows:
                copy_rows(source.connection(), target_rows)
        finally:
            old.close()
            new.close()


def _integrity(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    # A damaged database can report very many lines; five show that it is damaged.
    return [] if found == ["ok"] else [f"データベース: {line} (integrity)" for line in found[:5]]
