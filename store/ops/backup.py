"""Backups of a running store: a snapshot of the database, and every stored file once, under its SHA-256.

    DIR/files/ab/abcdef….pdf            stored files, shared by all snapshots in DIR
    DIR/2026-11-25T021500Z/             one snapshot
        utsushi.db                      the whole database as one SQLite file, whichever database it came from
        manifest.json                   what is in it, and the database's SHA-256
        SHA256SUMS                      the stored files it needs; `sha256sum -c` checks them without this program
        seals/ certificates/ config/    seals' copies, certificates of erasure, settings and templates
        keys/                           public keys; the secret ones only with `secret_keys`

The database is copied first and the files after it: a row is committed only when its file is durable, so every file
that the snapshot refers to exists when it is copied. A snapshot appears under its name only when it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine

from store.base.errors import BackupDamaged
from store.base.files import FileStore, sync_folder, write_new
from store.base.locks import maintenance_lock
from store.database import Store, upgrade
from store.ops.transfer import copy_rows

DATABASE = "utsushi.db"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
FILES = "files"
PUBLIC_KEYS = ("seal-*.pub", "evidence-*.crt")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents of a snapshot. `new_files` were not yet in the backup's folder; sizes are in bytes.

    `damaged` are stored files, by SHA-256, that have rotted and of which this folder holds no earlier copy either.
    """

    made_at: str
    database: str
    database_bytes: int
    files: int
    new_files: int
    file_bytes: int
    secret_keys: bool
    damaged: Sequence[str] = ()


def write(store: Store, folder: Path, *, secret_keys: bool = False, config: Sequence[Path] = ()) -> Path:
    """Add a snapshot to the backups in `folder`; returns the snapshot's own folder.

    Args:
        store: may be in use by any number of processes.
        folder: created when missing; place it on another disk or machine.
        secret_keys: also copy the keys that open secret fields and sign seals.
        config: files and folders that are copied as they are.

    Raises:
        StorageFull: no partial snapshot remains under its name.
    """
    name = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    # Hidden name until complete: `snapshots` lists only finished ones, and a rename is atomic.
    fresh = folder / f".new-{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh.mkdir(mode=0o700)
    try:
        manifest = _fill(store, folder / FILES, fresh, secret_keys, config)
        write_new(fresh / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        fresh.rename(folder / name)
        sync_folder(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder / name


def snapshots(folder: Path) -> list[Path]:
    """The complete snapshots in a backup's folder, oldest first."""
    return sorted(
        path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith(".")
    )


def manifest(snapshot: Path) -> Manifest:
    """The manifest of a snapshot. Raises BackupDamaged."""
    try:
        return Manifest(**json.loads((snapshot / MANIFEST).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupDamaged(f"{snapshot.name}/{MANIFEST}") from error


def checksums(snapshot: Path) -> Iterator[tuple[str, Path]]:
    """SHA-256 and path of each stored file that a snapshot needs. Raises BackupDamaged."""
    try:
        lines = (snapshot / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise BackupDamaged(f"{snapshot.name}/{SUMS}") from error
    for line in lines:
        sha256, _, relative = line.partition("  ")
        yield sha256, snapshot / relative


def prune(folder: Path, keep: int) -> tuple[int, int]:
    """Remove all but the newest `keep` snapshots, then the files that none of those left needs.

    Returns the numbers of removed snapshots and files. Older snapshots contain erased data until they are pruned.
    """
    old = snapshots(folder)[:-keep] if keep > 0 else []
    for snapshot in old:
        # First: without a manifest it is no snapshot, even if the removal is interrupted.
        (snapshot / MANIFEST).unlink()
        shutil.rmtree(snapshot)
    # After the removal: a file is needed only by the snapshots that are left.
    needed = {sha256 for snapshot in snapshots(folder) for sha256, _ in checksums(snapshot)}
    unneeded = [path for path in (folder / FILES).glob("??/*") if path.stem not in needed] if old else []
    for path in unneeded:
        path.unlink()
    return len(old), len(unneeded)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fill(store: Store, pool: Path, fresh: Path, secret_keys: bool, config: Sequence[Path]) -> Manifest:
    # Database first, files second (see the module's docstring); the lock keeps erasure out in between.
    with maintenance_lock(store.root):
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        database = fresh / DATABASE
        copy_database(store, database)
        files, new, size, damaged = _copy_files(store.files, pool, fresh)
    for name in ("seals", "certificates"):
        if (store.root / name).is_dir():
            shutil.copytree(store.root / name, fresh / name)
    _copy_keys(store.keys, fresh / "keys", secret_keys)
    for path in config:
        _copy_config(path, fresh / "config")
    return Manifest(
        made_at, sha256_of(database), database.stat().st_size, files, new, size, secret_keys, damaged
    )


def copy_database(store: Store, target: Path) -> None:
    """Write the whole database, as of one moment, into one SQLite file, while others go on writing."""
    if store.engine.dialect.name == "sqlite":
        _copy_sqlite(Path(str(store.engine.url.database)), target)
    else:
        _copy_server(store, target)
    target.chmod(0o600)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online backup: one read transaction, concurrent writers continue."""
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a write-ahead log beside it


def _copy_server(store: Store, target: Path) -> None:
    engine = create_engine(f"sqlite:///{target}")
    # One snapshot for all tables; READ COMMITTED would see each table at another moment.
    frozen = store.engine.execution_options(isolation_level="REPEATABLE READ")
    with frozen.connect() as source, source.begin(), engine.begin() as copy:
        upgrade(copy)
        copy_rows(source, copy)
    engine.dispose()


def _copy_files(files: FileStore, pool: Path, fresh: Path) -> tuple[int, int, int, list[str]]:
    count = new = size = 0
    damaged = []
    pool_store = FileStore(pool)
    with (fresh / SUMS).open("w", encoding="ascii") as out:
        # A damaged original is found now and not by a restore; it must not keep all the others out of the backup.
        for path in sorted(files.root.glob("??/*")):
            copied = pool / path.parent.name / path.name
            if not copied.is_file():
                if not files.verify(path.stem):
                    damaged.append(path.stem)
                    continue
                pool_store.add(path, path.suffix)
                new += 1
            count += 1
            size += copied.stat().st_size
            # Relative paths: `sha256sum -c` works wherever the backup is mounted.
            out.write(f"{path.stem}  ../{FILES}/{path.parent.name}/{path.name}\n")
    return count, new, size, damaged


def _copy_keys(keys: Path, target: Path, secret_keys: bool) -> None:
    target.mkdir(mode=0o700)
    wanted = ("*",) if secret_keys else PUBLIC_KEYS
    for path in sorted(found for pattern in wanted for found in keys.glob(pattern)):
        write_new(target / path.name, path.read_bytes(), 0o600 if secret_keys else 0o644)


def _copy_config(path: Path, target: Path) -> None:
    if path.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.py", ".*")
        shutil.copytree(path, target / path.name, ignore=ignored)
    elif path.is_file():
        target.mkdir(exist_ok=True)
        shutil.copy2(path, target / path.name)
