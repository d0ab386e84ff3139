"""Stored files: written once under their SHA-256, durable before the hash is returned, never changed.

`root/ab/abcdef….pdf`; folders 0700, files 0400. Bytes and folder entry are fsynced before `add` returns, so a
database row that names a hash always finds its file after a power cut. Names never contain personal data.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from store.base.errors import FileDamaged, StorageFull

_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8})?")


class FileStore:
    """A folder of write-once files named by the SHA-256 of their bytes."""

    def __init__(self, root: Path) -> None:
        """`root` is created on first use, mode 0700."""
        self.root = root

    def add(self, source: Path | BinaryIO | bytes, suffix: str = "") -> str:
        """Store a file, an open file, or bytes; returns the SHA-256. Adding the same bytes again changes nothing.

        Raises StorageFull when the disk is full; no partial file remains.
        """
        suffix = suffix.lower()
        # The suffix comes from a dropped file's name: anything unusual is left out, so that it cannot lead out of the
        # folder.
        if not _SUFFIX.fullmatch(suffix):
            suffix = ""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._add(source, suffix)
        except OSError as error:
            raise _storage_error(error) from error

    def path(self, sha256: str) -> Path:
        """The file's path. Raises FileDamaged when it is missing."""
        # The hash becomes a glob pattern: only hex digits, so that no `*` or `..` in a row reaches the disk.
        if not _SHA256.fullmatch(sha256):
            raise FileDamaged("sha256")
        # Any suffix: the same bytes may have been dropped first as `.tif` and later as `.tiff`.
        found = next(iter(sorted((self.root / sha256[:2]).glob(f"{sha256}*"))), None)
        if found is None:
            raise FileDamaged(sha256[:12])
        return found

    def has(self, sha256: str) -> bool:
        """Whether there is a file of that name, whole or not."""
        try:
            return self.path(sha256).is_file()
        except FileDamaged:
            return False

    def read(self, sha256: str) -> bytes:
        """The bytes, checked against their name. Raises FileDamaged."""
        data = self.path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise FileDamaged(sha256[:12])
        return data

    def verify(self, sha256: str) -> bool:
        """True when the file exists with unchanged bytes; streams, so memory does not grow with its size."""
        try:
            with self.path(sha256).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except (FileDamaged, OSError):
            return False

    def sweep(self, older_seconds: float = 3600.0) -> int:
        """Remove half-written files that a killed process left behind: no row names them, so nothing else would.

        Files younger than `older_seconds` may still be in use. Returns the number removed.
        """
        left = [
            path for path in self.root.glob(".new-*") if time.time() - path.stat().st_mtime > older_seconds
        ]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def relative(self, sha256: str) -> str:
        """The path below the store's root, for a row's `kept_path`."""
        return self.path(sha256).relative_to(self.root).as_posix()

    def _add(self, source: Path | BinaryIO | bytes, suffix: str) -> str:
        # A hidden name in the same file system, renamed when complete: no reader finds half a file.
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self.root)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                sha256 = _copy(source, out)
                # Read-only from the start: an original is evidence, and no mistake in the program may change it.
                os.fchmod(out.fileno(), 0o400)
                os.fsync(out.fileno())
            folder = self.root / sha256[:2]
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                # The new folder's own entry has to be durable as well, or a power cut loses the file with it.
                sync_folder(self.root)
            kept = next(iter(sorted(folder.glob(f"{sha256}*"))), None)
            # A copy that has rotted since must not win over the good one that came again.
            if kept is None or not self.verify(sha256):
                fresh.replace(kept or folder / f"{sha256}{suffix}")
            # Also when the file was there already: the process that wrote it may not have come this far.
            sync_folder(folder)
        finally:
            fresh.unlink(missing_ok=True)
        return sha256


def write_new(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """Write a small file durably unless it exists; False when it did. Never leaves a partial file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        # A hard link fails where a rename would overwrite, so two starting processes share one key.
        path.hardlink_to(fresh)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    finally:
        fresh.unlink(missing_ok=True)
    return True


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable (POSIX: fsync of the directory)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: Path | BinaryIO | bytes, out: BinaryIO) -> str:
    # Hashed while copying: the source is read once, and what is hashed is what is written.
    digest = hashlib.sha256()
    if isinstance(source, Path):
        with source.open("rb") as opened:
            return _copy(opened, out)
    stream = BytesIO(source) if isinstance(source, bytes) else source
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    return digest.hexdigest()


def _storage_error(error: OSError) -> OSError | StorageFull:
    # EROFS: Linux remounts a failing disk read-only; to the office that is the same as a full one.
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        return StorageFull(os.strerror(error.errno))
    return error
