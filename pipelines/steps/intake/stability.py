"""When has a dropped file arrived? A state machine over what polling sees, so that it works on network shares.

A file is ready when its size and time of change have stayed the same for ``stable_seconds``. The clock is
given from outside, so that tests need not wait.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.csv"
TEMPORARY_SUFFIXES = frozenset({".part", ".partial", ".tmp", ".crdownload", ".filepart"})
LITTER = frozenset({"thumbs.db", "desktop.ini"})
TEMPORARY_PREFIXES = (".", "~$", "~")


@dataclass(frozen=True, slots=True)
class FileSighting:
    """What polling saw of one file."""

    path: Path
    size: int
    changed_ns: int


@dataclass(slots=True)
class _Watched:
    sighting: FileSighting
    since: float


class StabilityTracker:
    """Remembers what was seen and says which files have stopped growing."""

    def __init__(self, stable_seconds: float) -> None:
        self._stable_seconds = stable_seconds
        self._watched: dict[Path, _Watched] = {}

    def observe(self, sightings: Iterable[FileSighting], now: float) -> list[Path]:
        """Takes one polling's sights at time ``now`` (seconds) and gives the files that are ready, by name."""
        seen: dict[Path, _Watched] = {}
        for sighting in sightings:
            known = self._watched.get(sighting.path)
            seen[sighting.path] = known if known and known.sighting == sighting else _Watched(sighting, now)
        self._watched = seen
        return sorted(path for path, w in seen.items() if now - w.since >= self._stable_seconds)

    @property
    def waiting(self) -> int:
        """How many files are being watched."""
        return len(self._watched)


def list_folder(folder: Path) -> list[FileSighting]:
    """All files below a folder that a scanner may have put there; names of half-written files are left out.

    Marks (``.done``) and manifests are among them; see ``arrival``. Links are never followed: whoever may write to the
    inbox must not be able to have other files read. A file that a share refuses to show for now is seen next time.

    Raises:
        FileNotFoundError: the folder itself is not there: a share that is not mounted is no empty inbox.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    sightings = []
    for path in sorted(folder.rglob("*")):
        if _is_temporary(path.relative_to(folder)) or path.is_symlink():
            continue
        try:
            status = path.stat()
        except OSError:
            continue  # taken away between listing and looking, or locked by its writer
        if stat.S_ISREG(status.st_mode):
            sightings.append(FileSighting(path, status.st_size, status.st_mtime_ns))
    return sightings


def _is_temporary(relative: Path) -> bool:
    if any(part.startswith(TEMPORARY_PREFIXES) for part in relative.parts):
        return True
    return relative.suffix.lower() in TEMPORARY_SUFFIXES or relative.name.lower() in LITTER
