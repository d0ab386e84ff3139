"""The office's state → a backup, checked by restoring it; and back again."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.network import tls
from pipelines.settings import Settings
from pipelines.steps.keeping.purge import operator
from store.audit import chain
from store.base.errors import KeyFileMissing, RestoreRefused
from store.base.files import sync_folder
from store.database import Store
from store.ops import backup
from store.ops import restore as restoring
from store.ops.backup import Manifest
from store.ops.restore import CheckResult

TAR = ".tar"
BACKED_UP = "backup.made"


@dataclass(frozen=True, slots=True)
class FinishedBackup:
    """A finished backup: the snapshot's folder or the tar file, and its manifest."""

    place: Path
    manifest: Manifest


def back_up(office: Office, target: Path, *, with_keys: bool = False) -> FinishedBackup:
    """Backs the office up into a folder (whose snapshots share stored files) or into one new tar file."""
    settings = office.settings
    config = [settings.home / "utsushi.toml", settings.templates, settings.systems]
    if target.suffix == TAR:
        return _tar(office, target, config, with_keys)
    snapshot = backup.write(office.store, target, secret_keys=with_keys, config=config)
    return _record_in_chain(office, FinishedBackup(snapshot, backup.manifest(snapshot)))


def check_by_restoring(office: Office, finished: FinishedBackup) -> CheckResult:
    """Restores the backup into a scratch folder and checks everything in it."""
    with restoring.open_snapshot(finished.place) as snapshot:
        return restoring.check(snapshot, office.store.keys)


def forget(folder: Path, keep: int) -> tuple[int, int]:
    """Removes old snapshots and the files that only they needed; returns both numbers."""
    return backup.prune(folder, keep)


def restore(settings: Settings, source: Path, snapshot: str | None, keys: Path | None) -> CheckResult:
    """Restores a backup into the home folder and database of the settings, and checks the result.

    Raises:
        RestoreRefused: there are data already; nothing was changed.
        PipelineError: everything is restored except the secret keys; the message names their folder.
    """
    _refuse_while_serving(settings)
    url = settings.database_url or ""  # not `settings.url`: "" stands for the SQLite file inside the new home
    with restoring.open_snapshot(source, snapshot) as found:
        restoring.restore(found, settings.home, url, keys)
    store = Store(settings.url, settings.home)
    try:
        store.migrate()  # the backup may come from an older version
        return restoring.check_store(store)
    except KeyFileMissing as error:
        raise PipelineError(
            f"データは復元しましたが鍵がありません。保管してある鍵を {store.keys} に戻し、"
            "utsushi doctor で確かめてください",
            f"Everything is restored but the keys; put them into {store.keys}",
        ) from error
    finally:
        store.close()


def _refuse_while_serving(settings: Settings) -> None:
    try:
        # A running service would write into the database while it is being restored.
        answered = httpx.get(
            f"http://{settings.host}:{settings.port}/healthz", timeout=2.0, verify=tls()
        ).is_success
    except httpx.HTTPError:
        return
    if answered:
        raise RestoreRefused(f"utsushi serve: {settings.port}")


def _tar(office: Office, target: Path, config: list[Path], with_keys: bool) -> FinishedBackup:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise RestoreRefused(target.name)
    # Under a temporary name until it is complete: a file under its final name is always a whole backup.
    fresh = target.with_name(f".new-{target.name}")
    try:
        with _scratch(target.parent) as folder:
            snapshot = backup.write(office.store, folder, secret_keys=with_keys, config=config)
            with tarfile.open(fresh, "w") as archive:
                archive.add(folder / backup.FILES, backup.FILES)
                archive.add(snapshot, snapshot.name)
            facts = backup.manifest(snapshot)
        fresh.chmod(0o600)  # before the rename: at no moment may others read it
        fresh.rename(target)
        sync_folder(target.parent)  # a rename is durable only once its folder is synced
    finally:
        fresh.unlink(missing_ok=True)
    return _record_in_chain(office, FinishedBackup(target, facts))


def _record_in_chain(office: Office, finished: FinishedBackup) -> FinishedBackup:
    detail = {"files": finished.manifest.files, "database": finished.manifest.database}
    with office.store.write() as session:
        chain.append(session, actor=operator(), act=BACKED_UP, subject="backup", detail=detail)
    return finished


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    # On the target's disk: the system's temporary folder may be small or held in memory.
    with tempfile.TemporaryDirectory(dir=beside, prefix=".backup-") as folder:
        (Path(folder) / backup.FILES).mkdir()
        yield Path(folder)
