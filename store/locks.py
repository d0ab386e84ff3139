"""Locks between processes, on files of the state folder (POSIX `flock`); they end with their process."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def keeping_lock(root: Path) -> Iterator[None]:
    """Backup and erasure take turns, so that no file goes away between a snapshot and its copy."""
    with (root / ".keeping.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """True for the one process that holds the lock file now, False for the others, who do not wait."""
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
