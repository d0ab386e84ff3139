"""Opens ZIP files of unknown origin without trusting anything stated in them.

Nothing is unpacked by its own path: a member is read into memory under a limit, and only the last part of its
name is used, for display. Links, absolute paths and ``..`` therefore have no effect. Sizes are counted while
reading, since the directory of a ZIP may state false sizes; inner ZIPs are opened one level deep.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from extractors.base.errors import UnreadableFile

# Files that macOS and Windows add to folders on their own.
_SKIPPED = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\\/]")
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_LINK_MODE = 0o120000
_STEP = 1 << 20
# Everything that `zipfile` raises on damaged archives.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Limits on the contents of a ZIP.

    Attributes:
        members: number of files, those of inner ZIPs included.
        member_bytes: size of one file.
        total_bytes: size of all files together.
        ratio: highest compression ratio of a file above 10 MB.
        depth: how deeply ZIPs may be nested.
    """

    members: int = 2000
    member_bytes: int = 300_000_000
    total_bytes: int = 2_000_000_000
    ratio: float = 1000.0
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a ZIP.

    Attributes:
        name: the last part of its path, safe to show and to use as a file name.
        inner_path: its path inside the ZIP, for display; never to be used as a path.
        data: its contents.
    """

    name: str
    inner_path: str
    data: bytes


@dataclass(slots=True)
class _Budget:
    members: int
    total: int


def members(path: Path, limits: ArchiveLimits | None = None) -> Iterator[Member]:
    """Yields the files of a ZIP, one at a time, with those of inner ZIPs.

    Args:
        path: the ZIP file.
        limits: limits on its contents.

    Raises:
        UnreadableFile: it is damaged, protected by a password, or larger inside than the limits; files yielded
            before are complete.
    """
    limits = limits or ArchiveLimits()
    budget = _Budget(limits.members, limits.total_bytes)
    with path.open("rb") as stream:
        yield from _members(stream, path.name, "", limits, budget, 1)


def _members(
    stream: IO[bytes], source: str, inside: str, limits: ArchiveLimits, budget: _Budget, depth: int
) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise _error("damaged", source) from error
    with archive:
        named = [(info, inside + _decoded_name(info)) for info in archive.infolist()]
        wanted = [(info, inner_path) for info, inner_path in named if _is_file(info, inner_path)]
        budget.members -= len(wanted)
        if budget.members < 0:  # checked before the first of them is read
            raise _error("too_many_files", source)
        for info, inner_path in wanted:
            data = _contents(archive, info, source, limits, budget)
            name = _safe_name(inner_path)
            if name.lower().endswith(".zip") and zipfile.is_zipfile(io.BytesIO(data)):
                if depth >= limits.depth:
                    raise _error("nested_too_deep", source)
                yield from _members(io.BytesIO(data), source, inner_path + "/", limits, budget, depth + 1)
            else:
                yield Member(name, inner_path, data)


def _is_file(info: zipfile.ZipInfo, inner_path: str) -> bool:
    """Whether the entry is neither a folder, nor a link, nor a file that an operating system added on its own."""
    link = info.external_attr >> 16 & 0o170000 == _LINK_MODE
    return not (info.is_dir() or link or _SKIPPED.search(inner_path))


def _contents(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: str, limits: ArchiveLimits, budget: _Budget
) -> bytes:
    if info.flag_bits & _ENCRYPTED_FLAG:
        raise _error("password", source)
    most = min(limits.member_bytes, budget.total)
    suspicious = int(max(10_000_000.0, limits.ratio * max(info.compress_size, 1)))
    out = io.BytesIO()
    try:
        with archive.open(info) as stream:
            while block := stream.read(_STEP):
                if out.tell() + len(block) > min(most, suspicious):
                    raise _error("too_large", source)
                out.write(block)
    except _BROKEN as error:
        raise _error("damaged", source) from error
    budget.total -= out.tell()
    return out.getvalue()


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """The intended name: Windows in Japan writes cp932 without setting the flag for it."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _safe_name(inner_path: str) -> str:
    """The last part of a path, without characters that a file system interprets."""
    last = PurePosixPath(inner_path.replace("\\", "/")).name
    clean = _UNPRINTABLE.sub("_", unicodedata.normalize("NFC", last)).strip(". ")
    if len(clean.encode("utf-8")) > 200:
        stem, suffix = clean[:50], PurePosixPath(clean).suffix[:10]
        clean = stem + suffix
    return clean or "noname"


_SENTENCES = {
    "damaged": (
        "壊れているか、途中で切れています。もう一度作り直して入れてください。",
        "is damaged or cut off.",
    ),
    "password": (
        "パスワードがかかっています。パスワードなしの ZIP にして入れてください。",
        "is protected by a password.",
    ),
    "too_large": ("展開すると大きすぎます。分けて入れてください。", "is too large when unpacked."),
    "too_many_files": ("中のファイルが多すぎます。分けて入れてください。", "holds too many files."),
    "nested_too_deep": (
        "ZIP の中に ZIP が何重にも入っています。展開してから入れてください。",
        "holds ZIPs inside ZIPs too deeply.",
    ),
}


def _error(code: str, source: str) -> UnreadableFile:
    japanese, english = _SENTENCES[code]
    return UnreadableFile(code, source, f"ZIP「{source}」は{japanese}", f"The ZIP {english}")
