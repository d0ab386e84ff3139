"""Decides when a file in the inbox is complete, from repeated listings of the folder.

A file is stable when its size and modification time have stayed the same for ``stable_seconds``. The time is a
parameter, so that tests need not wait.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Polling, not notifications of the file system: those do not report what other machines write to a network share.
MANIFEST = "manifest.csv"
TEMPORARY_SUFFIXES = frozenset({".part", ".partial", ".tmp", ".crdownload", ".filepart"})
LITTER = frozenset({"thumbs.db", "desktop.ini"})
TEMPORARY_PREFIXES = (".", "~$", "~")


@dataclass(frozen=True, slots=True)
class FileSighting:
    """One file as a listing found it."""

    path: Path
    size: int
    changed_ns: int


@dataclass(slots=True)
class _Watched:
    sighting: FileSighting
    since: float


class StabilityTracker:
    """Keeps the last listing and decides which files are stable."""

    def __init__(self, stable_seconds: float) -> None:
        self._stable_seconds = stable_seconds
        self._watched: dict[Path, _Watched] = {}

    def observe(self, sightings: Iterable[FileSighting], now: float) -> list[Path]:
        """Records a listing made at ``now`` (seconds) and returns the stable files, sorted by name."""
        seen: dict[Path, _Watched] = {}
        for sighting in sightings:
            # Any change starts the time again, also a smaller size or an older date: the file was replaced.
            known = self._watched.get(sighting.path)
            seen[sighting.path] = known if known and known.sighting == sighting else _Watched(sighting, now)
        self._watched = seen
        return sorted(path for path, w in seen.items() if now - w.since >= self._stable_seconds)

    @property
    def waiting(self) -> int:
        """The number of files in the last listing."""
        return len(self._watched)


def list_folder(folder: Path) -> list[FileSighting]:
    """All regular files below a folder, with marks (``.done``) and manifests, without temporary files and links.

    Raises:
        FileNotFoundError: the folder itself does not exist: a share that is not mounted is not an empty inbox.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    sightings = []
    for path in sorted(folder.rglob("*")):
        # Links are never followed: write access to the inbox must not become read access to other files.
        if _is_temporary(path.relative_to(folder)) or path.is_symlink():
            continue
        try:
            status = path.stat()
        except OSError:
            continue  # removed since the listing, or locked by its writer: found again next time
        if stat.S_ISREG(status.st_mode):
            sightings.append(FileSighting(path, status.st_size, status.st_mtime_ns))
    return sightings


def _is_temporary(relative: Path) -> bool:
    if any(part.startswith(TEMPORARY_PREFIXES) for part in relative.parts):
        return True
    return relative.suffix.lower() in TEMPORARY_SUFFIXES or relative.name.lower() in LITTER
