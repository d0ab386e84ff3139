"""Extracts the scan from a PDF page that is only one JPEG: the page is then decoded once instead of drawn.

Most scanners write such files. Drawing one costs several times as much as decoding its picture. A page qualifies
only when it clearly is one picture over the whole page, in grey or RGB, without text, annotations or a mask,
at a resolution that needs no scaling. All other pages are drawn by poppler.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.files.jpeg_head import baseline_head

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
_ONE_PICTURE = re.compile(
    rb"\s*(?:q\s+)?(" + rb"\s+".join([_NUMBER] * 6) + rb")\s+cm\s*/(\S+)\s+Do\s*(?:Q\s*)?"
)
# Content that draws one picture is far shorter.
_LONGEST_CONTENT = 2000
_OFF_PAGE_PT = 1.0
_UNLIKE = 0.01  # of the resolution
_COMPONENTS = {"/DeviceGray": 1, "/DeviceRGB": 3}
_MOST_PASSES = 4  # a baseline JPEG has one scan, or one for each colour
_DAMAGED = (
    PyPdfError, zlib.error, KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError, OSError,
)  # fmt: skip


class EmbeddedScans:
    """The pages of one PDF that consist of one JPEG.

    Args:
        path: the file; one that does not follow the standard strictly has no such pages.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        self._reader: PdfReader | None = None
        try:
            reader = PdfReader(self._stream, strict=True)
            self._reader = None if reader.is_encrypted else reader
        except _DAMAGED:
            pass  # poppler may still open it, and reports what is wrong in any case

    def __enter__(self) -> EmbeddedScans:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def jpeg(self, number: int, dpi: int) -> bytes | None:
        """Returns the JPEG that page ``number`` (from 1) consists of at ``dpi``; None when it is anything else."""
        if self._reader is None:
            return None
        try:
            return _jpeg(self._reader.pages[number - 1], dpi)
        except _DAMAGED:
            return None
        finally:
            self._reader.resolved_objects.clear()  # otherwise every picture of a long file would stay in memory


def decoded(jpeg: bytes) -> Image | None:
    """Decodes to uint8 BGR [h, w, 3]; None when it cannot be decoded."""
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        return None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR) if pixels.ndim == 2 else pixels, np.uint8)


def _jpeg(page: Any, dpi: int) -> bytes | None:
    box, crop = (tuple(float(v) for v in part) for part in (page.mediabox, page.cropbox))
    if box != crop or page.rotation % 360 or page.get("/Annots") or float(page.get("/UserUnit", 1)) != 1:
        return None
    drawn = _ONE_PICTURE.fullmatch(_content(page))
    if drawn is None or not _fills_page(tuple(float(v) for v in drawn[1].split()), box):
        return None
    resources = page["/Resources"].get_object()
    if set(resources) - {"/XObject", "/ProcSet"}:
        return None
    picture = resources["/XObject"].get_object()["/" + drawn[2].decode("ascii")].get_object()
    return _plain_jpeg(picture, (box[2] - box[0]) / 72 * dpi, (box[3] - box[1]) / 72 * dpi)


def _content(page: Any) -> bytes:
    """The page's drawing commands, if short; a long content stream draws more than one picture."""
    content = page["/Contents"].get_object()
    parts = [part.get_object() for part in content] if isinstance(content, list) else [content]
    out = b""
    for part in parts:
        raw = bytes(part._data)
        if len(raw) > _LONGEST_CONTENT or part.get("/Filter", "/FlateDecode") != "/FlateDecode":
            raise ValueError("long content")
        out += zlib.decompressobj().decompress(raw, _LONGEST_CONTENT) if "/Filter" in part else raw
        out += b"\n"
    return out


def _fills_page(matrix: tuple[float, ...], box: tuple[float, ...]) -> bool:
    """Whether a picture drawn under this matrix covers the whole page upright."""
    wanted = (box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1])
    return all(abs(a - b) <= _OFF_PAGE_PT for a, b in zip(matrix, wanted, strict=True))


def _plain_jpeg(picture: Any, width: float, height: float) -> bytes | None:
    """The picture's own bytes, when they are a plain JPEG of about the wanted size in pixels."""
    if picture.get("/Subtype") != "/Image" or picture.get("/Filter") not in ("/DCTDecode", ["/DCTDecode"]):
        return None
    if any(key in picture for key in ("/SMask", "/Mask", "/ImageMask", "/Decode", "/DecodeParms")):
        return None
    components = _COMPONENTS.get(picture.get("/ColorSpace"))
    size = int(picture["/Width"]), int(picture["/Height"])
    right = all(abs(a / b - 1) < _UNLIKE for a, b in zip(size, (width, height), strict=True))
    data = bytes(picture._data)
    if components is None or picture.get("/BitsPerComponent") != 8 or not right:
        return None
    return data if baseline_head(data) == (*size, components) and _is_complete(data) else None


def _is_complete(data: bytes) -> bool:
    return data.rstrip(b"\r\n\0 ").endswith(b"\xff\xd9") and data.count(b"\xff\xda") <= _MOST_PASSES
