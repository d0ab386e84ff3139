"""Decides which files of the inbox may be taken: stable files, files marked as done, and complete manifests.

* A file is ready when it has not changed for ``stable_seconds``.
* ``scan.pdf.done`` or ``scan.done`` beside it marks it as complete: ready at once. Where the setting ``done_files`` is
  ``required``, nothing is taken without one.
* A ``manifest.csv`` in a folder (columns ``file`` and, if wanted, ``sha256``) makes one batch of the files that it
  names: none is taken before all of them are present, stable, and equal to their hashes. It is stored with them.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from foundation.words import Sentence, sentence
from pipelines.steps.intake.stability import MANIFEST, FileSighting

DONE = ".done"
_LARGEST_MANIFEST = 5_000_000  # bytes; it is read into memory as a whole, and anybody may write to the inbox


@dataclass(frozen=True, slots=True)
class ReadyFiles:
    """The result of one check of the inbox.

    Attributes:
        files: paths that may be taken now, manifests that are complete among them.
        waiting: number of files that are not yet ready.
        faults: faults of manifests.
    """

    files: tuple[Path, ...]
    waiting: int
    faults: tuple[Sentence, ...] = ()


def find_ready(
    sightings: Sequence[FileSighting], stable: Iterable[Path], *, done_required: bool = False
) -> ReadyFiles:
    """Sorts the files that one check found.

    Args:
        sights: every file of the inbox, ``.done`` marks and manifests among them.
        stable: those that have not changed for long enough.
    """
    present = {sighting.path for sighting in sightings}
    marked = {path for path in present if any(mark in present for mark in done_marks(path))}
    arrived = {path for path in stable if not done_required or path in marked} | marked
    # Manifests look at stable files too where marks are required: each file of theirs needs no mark of its own.
    held_back, complete, faults = _manifests(present, arrived | set(stable))
    scans = {path for path in present if not _is_mark(path) and path.name.lower() != MANIFEST}
    chosen = ((arrived & scans) - held_back) | complete
    waiting = len(scans - chosen)
    return ReadyFiles(tuple(sorted(chosen)), waiting, tuple(faults))


def done_marks(path: Path) -> tuple[Path, Path]:
    """The two possible names of a done mark for this file."""
    return path.with_name(path.name + DONE), path.with_suffix(DONE)


def removable_marks(path: Path) -> list[Path]:
    """The existing marks to remove with this file, except one that a file with another suffix still needs."""
    own, shared = done_marks(path)
    others = [
        one for one in path.parent.glob(f"{glob.escape(path.stem)}.*") if one not in (path, own, shared)
    ]
    # `Path.exists` raises for a name that is too long for the disk; `lexists` returns False.
    return [mark for mark in ([own] if others else [own, shared]) if os.path.lexists(mark)]


def _is_mark(path: Path) -> bool:
    return path.suffix.lower() == DONE


def _manifests(present: set[Path], stable: set[Path]) -> tuple[set[Path], set[Path], list[Sentence]]:
    """Files that a manifest holds back, files of complete manifests (with the manifest), and faults."""
    held_back: set[Path] = set()
    complete: set[Path] = set()
    faults: list[Sentence] = []
    for manifest in sorted(path for path in stable if path.name.lower() == MANIFEST):
        try:
            named = read_manifest(manifest)
        except (OSError, ValueError) as error:
            faults.append(sentence("alert.manifest_unreadable", why=str(error)))
            continue
        held_back |= set(named)
        missing = [path for path in named if path not in present]
        growing = [path for path in named if path in present and path not in stable]
        if missing:
            faults.append(sentence("alert.manifest_missing", n=len(missing)))
        if missing or growing:
            continue
        wrong = [path for path, sha256 in named.items() if sha256 and _sha256(path) != sha256]
        if wrong:
            faults.append(sentence("alert.manifest_differs", n=len(wrong)))
            continue
        complete |= {*named, manifest}
    return held_back, complete, faults


def read_manifest(manifest: Path) -> dict[Path, str]:
    """The files of a manifest with their SHA-256 in hex, "" without one.

    Raises:
        ValueError: it has no ``file`` column, no rows, or a path that leads out of its folder.
    """
    if manifest.stat().st_size > _LARGEST_MANIFEST:
        raise ValueError("too large")
    raw = manifest.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp932")  # what Excel on Japanese Windows writes as CSV
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or "file" not in rows[0]:
        raise ValueError("no column file")
    found: dict[Path, str] = {}
    for row in rows:
        name = (row["file"] or "").strip()
        # A backslash is a separator on the Windows machines that write manifests, though not here.
        if not name or Path(name).name != name or name in {".", ".."} or "\\" in name:
            raise ValueError("file must be a name in the same folder")
        found[manifest.parent / name] = (row.get("sha256") or "").strip().lower()
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
