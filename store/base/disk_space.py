"""Free disk space and a write test, checked before work starts, so that it does not fail half-way."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from store.base.errors import StorageFull

MIB = 2**20


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The disk below a folder: free and total bytes, and whether a file could be written just now."""

    free: int
    total: int
    writable: bool


def disk_space(folder: Path) -> DiskSpace:
    """Measures the disk; writes, syncs and removes one small file."""
    try:
        usage = shutil.disk_usage(folder)
    # A folder that cannot be measured (gone, unmounted) counts as full: no work must start on it.
    except OSError:
        return DiskSpace(0, 0, False)
    return DiskSpace(usage.free, usage.total, _writable(folder))


def require_space(folder: Path, reserve_mib: float, wanted: int = 0) -> None:
    """Raise StorageFull unless `wanted` bytes still leave the reserve free.

    The reserve is for the database, its log and the alerts that report the full disk.
    """
    free = shutil.disk_usage(folder).free
    if free - wanted < reserve_mib * MIB:
        raise StorageFull(f"{free / MIB:.0f} MiB")


def _writable(folder: Path) -> bool:
    # Free bytes alone do not prove it: a quota, a read-only mount or a lack of inodes refuses a write as well. The
    # process id keeps two processes from removing each other's file.
    probe = folder / f".probe-{os.getpid()}"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, b"utsushi")
            os.fsync(handle)
        finally:
            os.close(handle)
            probe.unlink(missing_ok=True)
    except OSError as error:
        # Too many open files are this process's fault; the disk is fine.
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return True
