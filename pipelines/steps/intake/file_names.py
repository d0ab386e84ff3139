"""Makes names of files and folders fit to be stored and shown."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 400
_DISK_BYTES = 200  # file systems allow 255; `.reason.txt` and the like are added to it


def display_name(name: str) -> str:
    """A name as it was meant: bytes that are not UTF-8 are decoded as Japanese Windows writes them (cp932).

    Undecodable bytes and control characters become `_`, since databases refuse them.
    """
    # Python reads each undecodable byte of a file name as one surrogate of this range (PEP 383).
    if any("\udc80" <= letter <= "\udcff" for letter in name):
        name = _decoded(name.encode("utf-8", "surrogatepass" if _broken(name) else "surrogateescape"))
    clean = _CONTROL.sub("_", name.encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 12]}…{clean[-11:]}"


def disk_name(name: str) -> str:
    """The last part of a displayed name as a file name: at most 200 bytes, with its suffix kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    if last in ("", ".", ".."):
        return "file"
    if len(last.encode()) <= _DISK_BYTES:
        return last
    ending = PurePosixPath(last).suffix.encode()[:16].decode(errors="ignore")
    start = last.encode()[: _DISK_BYTES - len(ending.encode()) - 3].decode(errors="ignore")
    return f"{start}…{ending}"


def _broken(name: str) -> bool:
    """Whether it holds surrogates that stand for no byte: only a ZIP's directory has those."""
    return any("\ud800" <= letter <= "\udfff" and not "\udc80" <= letter <= "\udcff" for letter in name)


def _decoded(raw: bytes) -> str:
    # UTF-8 first: text in cp932 is hardly ever valid UTF-8, while the reverse often decodes to wrong letters.
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "replace").replace("\ufffd", "_")
