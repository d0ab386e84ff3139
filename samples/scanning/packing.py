"""Writes pictures as the files that scanners and offices produce. The same pictures produce the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pypdf import PdfReader, PdfWriter

from samples.scanning.document import Picture

KINDS = ("pdf", "tiff", "jpeg", "png", "zip")
SUFFIX = {"pdf": ".pdf", "tiff": ".tif", "jpeg": ".jpg", "png": ".png"}
# Sixteen greys keep the committed files small.
_GREYS = 16


def image_of(picture: Picture) -> Image.Image:
    """Return a picture for Pillow: mode 1, L or RGB."""
    pixels = picture.pixels
    if picture.faults.bilevel:
        return Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)
    if pixels.ndim == 3:
        return Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    return Image.fromarray(pixels)


def pdf_bytes(pictures: Sequence[Picture]) -> bytes:
    """Return a PDF like a multifunction scanner's: one image per page, JPEG, or fax (G4) for one-bit pages."""
    writer = PdfWriter()
    for picture in pictures:
        page = io.BytesIO()
        dpi = picture.faults.dpi
        # Pillow accepts a quality for JPEG pages only and fails on one for G4.
        quality = {} if picture.faults.bilevel else {"quality": picture.faults.quality}
        image_of(picture).save(page, "PDF", resolution=dpi, **quality)
        page.seek(0)
        writer.append(PdfReader(page))
    writer.metadata = {"/Producer": "Sample scanner", "/Creator": "Sample scanner"}
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def tiff_bytes(pictures: Sequence[Picture]) -> bytes:
    """Return a multi-page TIFF: G4 when every page has one bit per pixel, else LZW with 16 greys."""
    fax = all(picture.faults.bilevel for picture in pictures)
    images = [image_of(p) if fax else Image.fromarray(_few_greys(p.pixels)) for p in pictures]
    dpi = pictures[0].faults.dpi
    target = io.BytesIO()
    images[0].save(
        target,
        "TIFF",
        save_all=True,
        append_images=images[1:],
        compression="group4" if fax else "tiff_lzw",
        dpi=(dpi, dpi),
    )
    return target.getvalue()


def _few_greys(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels, np.uint8)
    step = 255 / (_GREYS - 1)
    return (np.round(grey / step) * step).astype(np.uint8)


def jpeg_bytes(picture: Picture) -> bytes:
    """Return one page as JPEG; a one-bit page becomes grey."""
    target, dpi = io.BytesIO(), picture.faults.dpi
    image = image_of(picture)
    image = image.convert("L") if image.mode == "1" else image
    image.save(target, "JPEG", quality=picture.faults.quality, dpi=(dpi, dpi))
    return target.getvalue()


def png_bytes(picture: Picture) -> bytes:
    """Return one page as PNG, with 16 greys unless it has colour or one bit."""
    target, dpi = io.BytesIO(), picture.faults.dpi
    image = image_of(picture)
    if image.mode == "L":
        image = Image.fromarray(_few_greys(picture.pixels))
    image.save(target, "PNG", dpi=(dpi, dpi), optimize=True)
    return target.getvalue()


def zip_bytes(members: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a ZIP with fixed dates, so that the same members produce the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            # The time of day at which it is made would change the bytes.
            entry = zipfile.ZipInfo(name, (2026, 6, 15, 9, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def packed(kind: str, pictures: Sequence[Picture]) -> bytes:
    """Return the bytes of one file of that kind (not ZIP).

    Raises:
        ValueError: more than one page for JPEG or PNG.
    """
    if kind == "pdf":
        return pdf_bytes(pictures)
    if kind == "tiff":
        return tiff_bytes(pictures)
    if len(pictures) != 1:
        raise ValueError(f"{kind} holds one page, not {len(pictures)}")
    return jpeg_bytes(pictures[0]) if kind == "jpeg" else png_bytes(pictures[0])


def write(path: Path, data: bytes) -> None:
    """Write a file; create its folder when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
