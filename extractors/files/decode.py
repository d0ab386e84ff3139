"""Opens files page by page, with bounded memory and time, and states in words why one cannot be opened.

Files come from anywhere, so they are not trusted. Sizes are read from the header and checked before any pixel
is decoded; PDFs are opened by poppler in a separate process with a time limit; nothing is written to disk.
The remaining risk: a picture within the limits is decoded in this process by Pillow's libraries, a HEIC by libheif.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from extractors.base.errors import UnreadableFile
from extractors.base.model import PageImage
from extractors.files.limits import Limits
from extractors.files.pdf import pdf_pages
from extractors.files.picture import picture_pages

__all__ = ["SUFFIXES", "Limits", "kind_of", "open_pages"]

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
# The lengths that a BMP's second header can have; `BM` alone begins many a text.
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
# Acrobat accepts a header anywhere in the first 1,024 bytes (PDF Reference 1.7, appendix H).
_PDF_MARK_WITHIN = 1024
_SUFFIXES = {
    ".pdf": "PDF", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".bmp": "BMP",
    ".gif": "GIF", ".webp": "WebP", ".jp2": "JPEG 2000", ".j2k": "JPEG 2000", ".heic": "HEIC", ".heif": "HEIC",
}  # fmt: skip

SUFFIXES = frozenset({*_SUFFIXES, ".zip"})
"""How the names of files that are taken usually end, in small letters."""


def kind_of(path: Path) -> str | None:
    """Returns the real type of a file by its first bytes, as pdf, tiff, jpeg, zip or heic; None for any other."""
    with path.open("rb") as stream:
        head = stream.read(_PDF_MARK_WITHIN)
    for mark, kind in _KINDS:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heic"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return "pdf" if b"%PDF-" in head else None


def open_pages(path: Path, limits: Limits | None = None) -> Iterator[PageImage]:
    """Yields the pages of a PDF, or of a picture of any kind that ``kind_of`` knows, one at a time.

    Pages yielded before an error belong to a damaged file: the caller should set the whole file aside.

    Args:
        path: the file; the ending of its name is not trusted.
        limits: limits on size, memory and time.

    Yields:
        Upright as the file states (EXIF, PDF rotation), BGR, with the resolution where it is known.

    Raises:
        UnreadableFile: with a code such as ``empty_file``, ``not_a_pdf``, ``cut_off``, ``password``,
            ``too_large``, ``too_small``, ``damaged``, ``timeout`` or ``unsupported_type``.
    """
    limits = limits or Limits()
    kind = _checked_kind(path, limits)
    if kind == "pdf":
        yield from pdf_pages(path, limits)
    else:
        yield from picture_pages(path, limits, heif=kind == "heic")


def _checked_kind(path: Path, limits: Limits) -> str:
    try:
        size = path.stat().st_size
        kind = kind_of(path) if size else None
    except OSError as error:
        raise UnreadableFile(
            "cannot_open",
            path.name,
            f"ファイル「{path.name}」を開けません。置き場所と権限を確認してください。",
            f"The file cannot be opened: {error.strerror}.",
        ) from error
    if size == 0:
        raise UnreadableFile(
            "empty_file",
            path.name,
            f"ファイル「{path.name}」は中身が空です。もう一度スキャンまたはコピーしてください。",
            "The file is empty (0 bytes).",
        )
    if size > limits.file_bytes:
        raise UnreadableFile(
            "too_large",
            path.name,
            f"ファイル「{path.name}」が大きすぎます（{size // 1_000_000} MB）。分けてスキャンしてください。",
            f"The file has {size} bytes; the limit is {limits.file_bytes}.",
        )
    if kind is None or kind == "zip":
        raise _wrong_type(path)
    return kind


def _wrong_type(path: Path) -> UnreadableFile:
    claimed = _SUFFIXES.get(path.suffix.lower())
    if claimed:
        return UnreadableFile(
            f"not_a_{claimed.lower().replace(' ', '')}",
            path.name,
            f"ファイル「{path.name}」は名前は {claimed} ですが、中身が違います。"
            "元のファイルを確認してください。",
            f"The name says {claimed} but the contents are something else.",
        )
    return UnreadableFile(
        "unsupported_type",
        path.name,
        f"ファイル「{path.name}」は読める種類ではありません。"
        "PDF・TIFF・JPEG・PNG・HEIC・WebP・BMP・GIF・JPEG 2000・ZIP で入れてください。",
        "Only PDF, TIFF, JPEG, PNG, HEIC, WebP, BMP, GIF, JPEG 2000 and ZIP files can be read.",
    )
