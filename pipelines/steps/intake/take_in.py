"""inbox → stored, hashed originals: takes the files that have arrived, each in one transaction.

A file leaves the inbox only after its bytes and its database row are durable, and only if it is still the file that was
copied. After an interruption in between, the same bytes are found again and recorded as a duplicate, so nothing is lost
and nothing is taken twice unnoticed. A faulty file stops no other; a full disk stops all, before the next file is
written.
"""

from __future__ import annotations

import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from foundation.clock import office_time
from foundation.words import Sentence, sentence
from pipelines.context import Office
from pipelines.steps.intake import arrival, too_large
from pipelines.steps.intake.file_names import display_name
from pipelines.steps.intake.safe_open import open_below
from pipelines.steps.intake.stability import MANIFEST, StabilityTracker, list_folder
from store.audit import chain
from store.base.disk_space import require_space
from store.base.locks import exclusive_lock
from store.base.schema import Batch
from store.base.session import now
from store.documents import batches
from store.ops import messages

ACTOR = "intake"
UNREADABLE = "inbox_unreadable"
TOO_LARGE = "file_too_large"
FAULTY_MANIFEST = "manifest_faulty"
LONGEST_SECONDS = 600.0  # a folder that is never quiet must not keep one run, and one batch, open for ever
LOCK_SECONDS = 1.0  # the watch holds the lock for a moment to check whether it is free
log = logging.getLogger("utsushi.intake")


def wait_and_take(
    office: Office,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    patience: float = 60.0,
    linger: float = 0.0,
    on_taken: Callable[[int], object] = lambda _: None,
) -> int:
    """Takes every ready file (see ``arrival``); waits for growing ones at most ``patience`` seconds.

    Args:
        linger: seconds to wait for more after the last file, for a scanner that writes one after the other; in all
            at most ``LONGEST_SECONDS``.
        on_taken: called with the number of files whenever some were taken.

    Returns:
        The number of files taken; 0 while another process takes files.

    Raises:
        StorageFull: too little disk space; the rest stays in the inbox.
        FileNotFoundError: the inbox does not exist.
    """
    with exclusive_lock(office.settings.intake_lock, LOCK_SECONDS) as alone:
        if not alone:
            return 0
        taken = 0
        for count in _rounds(office, clock, sleep, patience, linger):
            taken += count
            on_taken(count)
        return taken


def _rounds(
    office: Office, clock: Callable[[], float], sleep: Callable[[float], None], patience: float, linger: float
) -> Iterator[int]:
    """Yields the number of files taken in each round, when there were any."""
    settings = office.settings
    tracker = StabilityTracker(settings.stable_seconds)
    opened: dict[Path, OpenBatch] = {}
    start = last = clock()
    while True:
        sightings = list_folder(settings.inbox_folder)
        stable = tracker.observe(sightings, clock())
        found = arrival.find_ready(sightings, stable, done_required=settings.done_files == "required")
        _report_faults(office, found.faults)
        if taken := take(office, found.files, opened):
            last = clock()
            yield taken
        idle = clock() - last
        too_long = clock() - start >= LONGEST_SECONDS
        if idle > patience or too_long or not (found.waiting or idle < linger):
            return
        # Not longer than a file needs to become stable: with a long poll interval each file would wait for it.
        sleep(min(settings.poll_seconds, max(settings.stable_seconds, 0.05)))


def take_ready(office: Office, paths: Iterable[Path]) -> int:
    """Takes files known to be stable; returns their number, 0 while another process takes files.

    Raises:
        StorageFull: too little disk space; the rest stays in the inbox.
    """
    with exclusive_lock(office.settings.intake_lock) as alone:
        return take(office, [path for path in paths if path.is_file()]) if alone else 0


@dataclass
class OpenBatch:
    """A folder's batch that takes further files, until a name repeats or a manifest closes it."""

    batch: Batch
    names: set[str] = field(default_factory=set)


def take(office: Office, paths: Iterable[Path], opened: dict[Path, OpenBatch] | None = None) -> int:
    """Takes these files of the inbox: one batch per subfolder, one for all files outside; returns the number taken.

    Args:
        opened: the folders' batches from earlier rounds, which take further files; new batches are added.
    """
    inbox = office.settings.inbox_folder
    opened = {} if opened is None else opened
    drops: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        drops[path.parent.relative_to(inbox)].append(path)
    taken, refused = 0, 0
    for folder, files in drops.items():
        for path in sorted(files, key=lambda one: one.name.lower() == MANIFEST):  # a manifest goes last
            # Opened before anything is written: a file that its writer has locked must not leave an empty batch.
            try:
                stream = open_below(inbox, path)
            except OSError as error:
                log.warning("a file of the inbox cannot be read now: %s", type(error).__name__)
                refused += 1
                continue
            with stream:
                if too_large.is_too_large(office.settings, stream):
                    too_large.set_aside(office.settings, path)
                    continue
                require_space(office.store.root, office.settings.disk_reserve_mib, _identity(stream)[1])
                into = opened.get(folder)
                # A name that comes again is another stack, so it begins a batch of its own.
                if into is None or path.name in into.names:
                    into = opened[folder] = OpenBatch(_open_batch(office, folder))
                if _take_one(office, into.batch, path, stream):
                    taken += 1
                    into.names.add(path.name)
                elif path.name.lower() == MANIFEST and not path.exists():
                    del opened[folder]
    _report_refused(office, refused)
    aside = too_large.waiting(office.settings)
    limit = office.settings.max_file_mib
    _set_alert(office, TOO_LARGE, [sentence("alert.too_large", n=aside, mib=limit)] if aside else [])
    return taken


def keep_file(
    office: Office, batch_id: int, source: Path | bytes, name: str, parent_id: int | None = None
) -> None:
    """Stores a file's bytes and records it as received, or as a duplicate of an earlier file."""
    sha256 = office.store.files.add(source, Path(name).suffix)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    _record(office, batch_id, sha256, size, name, parent_id)


def _take_one(office: Office, batch: Batch, path: Path, stream: BinaryIO) -> bool:
    """Stores, records and removes one open file; False when it changed meanwhile and stays for the next round."""
    before = _identity(stream)
    sha256 = office.store.files.add(stream, path.suffix)
    if _identity(path) != before:
        return False
    if path.name.lower() == MANIFEST:
        _record_manifest(office, batch, sha256)
    else:
        _record(office, batch.id, sha256, before[1], path.name, None)
    if _identity(path) != before:
        return True  # changed after recording: the new content is taken next time, as a file of its own
    # Found before the file goes: which marks may go depends on the files beside it.
    marks = arrival.removable_marks(path)
    path.unlink()
    for mark in marks:
        mark.unlink(missing_ok=True)
    return path.name.lower() != MANIFEST


def _open_batch(office: Office, folder: Path) -> Batch:
    """A subfolder named like a form names the form of everything in it."""
    hint = next((part for part in folder.parts if part in office.forms), None)
    source = display_name(folder.as_posix())
    with office.store.write() as session:
        dropped = office_time(now(session))
        name = f"{source} {dropped:%m/%d %H:%M}" if folder.parts else f"{dropped:%m/%d %H:%M}"
        return batches.open_batch(
            session,
            name=name,
            source=source,
            actor=ACTOR,
            office=office.settings.office,
            form_hint=hint,
            dropped_at=dropped,
        )


def _record(office: Office, batch_id: int, sha256: str, size: int, name: str, parent_id: int | None) -> None:
    with office.store.write() as session:
        batches.add_file(
            session,
            batch_id,
            sha256=sha256,
            original_name=display_name(name),
            size=size,
            kept_path=office.store.files.relative(sha256),
            actor=ACTOR,
            parent_id=parent_id,
        )


def _record_manifest(office: Office, batch: Batch, sha256: str) -> None:
    with office.store.write() as session:
        subject = f"batch:{batch.id}"
        chain.append(session, actor=ACTOR, act="batch.manifest", subject=subject, detail={"sha256": sha256})


def _identity(file: Path | BinaryIO) -> tuple[int, int, int]:
    """Inode, size and time: they change when the file is written to or replaced, by a link too."""
    status = file.lstat() if isinstance(file, Path) else os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _report_faults(office: Office, faults: Sequence[Sentence]) -> None:
    distinct = [one for number, one in enumerate(faults) if one not in faults[:number]]
    _set_alert(office, FAULTY_MANIFEST, [*distinct, sentence("alert.manifest_waits")] if distinct else [])


def _report_refused(office: Office, number: int) -> None:
    _set_alert(office, UNREADABLE, [sentence("alert.inbox_unreadable", n=number)] if number else [])


def _set_alert(office: Office, code: str, messages_wanted: Sequence[Sentence]) -> None:
    """Raises the alert with these messages, or clears it when there are none."""
    with office.store.read() as session:
        current = {alert.code: messages.sentences(alert) for alert in messages.open_alerts(session)}
    if current.get(code, []) == messages_wanted:
        return
    with office.store.write() as session:
        if messages_wanted:
            messages.raise_alert(session, code, *messages_wanted)
        else:
            messages.clear_alert(session, code)
