"""Names that people gave to files and folders, made fit to be stored and shown."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 400
_DISK_BYTES = 200


def display_name(name: str) -> str:
    """A name as people meant it: bytes that are no UTF-8 are read as Windows of Japan writes them (cp932).

    What no encoding explains, and control characters, become `_`; no database takes them.
    """
    if any("\udc80" <= letter <= "\udcff" for letter in name):
        name = _decoded(name.encode("utf-8", "surrogatepass" if _broken(name) else "surrogateescape"))
    clean = _CONTROL.sub("_", name.encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 12]}…{clean[-11:]}"


def disk_name(name: str) -> str:
    """A shown name's last part, its ending kept, as a file may be called: 200 bytes at most, and another fits."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    if last in ("", ".", ".."):
        return "file"
    if len(last.encode()) <= _DISK_BYTES:
        return last
    ending = PurePosixPath(last).suffix.encode()[:16].decode(errors="ignore")
    start = last.encode()[: _DISK_BYTES - len(ending.encode()) - 3].decode(errors="ignore")
    return f"{start}…{ending}"


def _broken(name: str) -> bool:
    """Half letters that stand for no byte: from a ZIP's directory, never from a disk."""
    return any("\ud800" <= letter <= "\udfff" and not "\udc80" <= letter <= "\udcff" for letter in name)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "replace").replace("\ufffd", "_")
