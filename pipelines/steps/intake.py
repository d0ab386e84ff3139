"""inbox → kept, hashed originals: takes the files that have arrived, each in one transaction.

A file leaves the inbox only after its bytes and its database row are durable. Cut off in between, the same bytes are
found again and recorded as a duplicate of themselves, so nothing is lost and nothing is taken twice unseen.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.office import Office
from pipelines.steps.stability import StabilityTracker, look
from store import batches
from store.schema import Batch

ACTOR = "intake"
LOCAL = ZoneInfo("Asia/Tokyo")


def wait_and_take(
    office: Office,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    patience: float = 60.0,
) -> int:
    """Takes every file that is still for ``stable_seconds``; waits for growing ones at most ``patience`` seconds.

    Returns:
        How many files were taken.
    """
    settings = office.settings
    tracker = StabilityTracker(settings.stable_seconds)
    start, taken = clock(), 0
    while True:
        ready = tracker.observe(look(settings.inbox_folder), clock())
        taken += take(office, ready)
        if tracker.waiting == len(ready) or clock() - start > patience:
            return taken
        sleep(min(settings.poll_seconds, max(settings.stable_seconds, 0.05)))


def take(office: Office, paths: Iterable[Path]) -> int:
    """Takes these files of the inbox: one batch per subfolder, one for all loose files."""
    inbox = office.settings.inbox_folder
    drops: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        drops[path.parent.relative_to(inbox)].append(path)
    for folder, files in drops.items():
        batch = _open_batch(office, folder)
        for path in files:
            _take_one(office, batch, path)
    return sum(len(files) for files in drops.values())


def _open_batch(office: Office, folder: Path) -> Batch:
    """A subfolder named like a form names the form of everything in it."""
    dropped = datetime.now(LOCAL)
    hint = next((part for part in folder.parts if part in office.forms), None)
    name = f"{folder.as_posix()} {dropped:%m/%d %H:%M}" if folder.parts else f"{dropped:%m/%d %H:%M}"
    with office.store.write() as session:
        return batches.open_batch(
            session,
            name=name,
            source=folder.as_posix(),
            actor=ACTOR,
            office=office.settings.office,
            form_hint=hint,
            dropped_at=dropped,
        )


def _take_one(office: Office, batch: Batch, path: Path) -> None:
    keep(office, batch.id, path, path.name)
    path.unlink()


def keep(
    office: Office, batch_id: int, source: Path | bytes, name: str, parent_id: int | None = None
) -> None:
    """Keeps a file's bytes and records it as received, or as a duplicate of what came before."""
    files = office.store.files
    sha256 = files.keep(source, Path(name).suffix)
    with office.store.write() as session:
        batches.add_file(
            session,
            batch_id,
            sha256=sha256,
            original_name=name,
            size=len(source) if isinstance(source, bytes) else source.stat().st_size,
            kept_path=files.relative(sha256),
            actor=ACTOR,
            parent_id=parent_id,
        )
