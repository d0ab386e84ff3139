"""Locks between processes, on files of the state folder (POSIX `flock`); released when their process ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def maintenance_lock(root: Path) -> Iterator[None]:
    """Serialises backup and erasure, so that no file is deleted between a snapshot and the copy of its files."""
    # flock ends with its process, also when that is killed; a file with a process id in it would remain.
    with (root / ".keeping.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusive_lock(path: Path, seconds: float = 0.0) -> Iterator[bool]:
    """True for the process that gets the lock, False for the others after waiting at most ``seconds``."""
    limit = time.monotonic() + seconds
    with path.open("ab") as lock:
        # flock itself knows no time limit, so it is tried again at intervals.
        while not (held := _try(lock)) and time.monotonic() < limit:
            time.sleep(0.05)
        yield held


def _try(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
