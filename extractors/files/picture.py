"""Decodes TIFF, JPEG, PNG, HEIC, WebP, BMP, GIF and JPEG 2000 of any colour mode and bit depth into BGR pages."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pi_heif
from PIL import Image as Pil
from PIL import ImageOps

from extractors.base.errors import UnreadableFile
from extractors.base.model import Image, PageImage
from extractors.base.opencv import cv2
from extractors.files.jpeg_head import has_too_few_bytes
from extractors.files.limits import Limits

_FORMATS = ("TIFF", "JPEG", "PNG", "WEBP", "BMP", "GIF", "JPEG2000", "HEIF")
_ORIENTATION = 0x0112  # EXIF
# Rows converted at a time.
_BAND_PX = 1024
_MOST_SCANS = 100  # scans of a progressive JPEG; ordinary ones have about ten
# All exceptions that Pillow's decoders raise on damaged files; each was found by fuzzing.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    MemoryError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def picture_pages(path: Path, limits: Limits, heif: bool = False) -> Iterator[PageImage]:
    """Yields the pages of a picture file; ``heif`` loads the decoder that Pillow has not itself.

    Raises:
        UnreadableFile: it is damaged, too large or too small.
    """
    _refuse_endless_jpeg(path)
    if heif:
        pi_heif.register_heif_opener(thumbnails=False)
    # Opened here: Pillow maps uncompressed files that it opens itself, and then turns their bytes, not their pixels.
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")  # scanners write odd tags; everything that matters is checked below
        try:
            opened = Pil.open(stream, formats=_FORMATS)
        except Pil.DecompressionBombError as error:
            raise _decompression_bomb(path) from error
        except _BROKEN as error:
            raise _damaged(path, 1) from error
        with opened:
            count = _frame_count(opened, path, limits)
            for index in range(count):
                yield _page(opened, path, index, limits)


def _frame_count(opened: Pil.Image, path: Path, limits: Limits) -> int:
    try:
        count = int(getattr(opened, "n_frames", 1))
    except _BROKEN as error:
        raise _damaged(path, 1) from error
    if count > limits.pages:
        raise too_many_pages(path, count, limits)
    return count


def _page(opened: Pil.Image, path: Path, index: int, limits: Limits) -> PageImage:
    try:
        opened.seek(index)
        check_size(path, index + 1, opened.size, limits)
        if opened.format == "JPEG" and has_too_few_bytes(path.read_bytes()):
            raise _damaged(path, index + 1)
        across, down = _resolution(opened)
        original = max(opened.size)
        opened.draft(None, (limits.kept_side, limits.kept_side))
        opened.load()
        turned = opened.getexif().get(_ORIENTATION, 1) != 1
        pixels = _bgr(ImageOps.exif_transpose(opened) if turned else opened)
    except Pil.DecompressionBombError as error:
        raise _decompression_bomb(path) from error
    except _BROKEN as error:
        raise _damaged(path, index + 1) from error
    if max(across, down) > 1.1 * min(across, down) > 0:
        pixels = _square_pixels(pixels, across, down)
        original = max(pixels.shape[:2])
    pixels = limit_side(pixels, limits.kept_side)
    shrink = max(pixels.shape[:2]) / original
    return PageImage(path.name, index + 1, pixels, max(across, down) * shrink or None)


def _square_pixels(pixels: Image, across: float, down: float) -> Image:
    """Gives a fax page square pixels at the finer resolution: a fax has fewer lines than columns per inch."""
    finer = max(across, down)
    size = (round(pixels.shape[1] * finer / across), round(pixels.shape[0] * finer / down))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def check_size(path: Path, page: int, size: tuple[int, int], limits: Limits) -> None:
    """Refuses a page by the size in its header, before it is decoded.

    Raises:
        UnreadableFile: ``too_large`` or ``too_small``.
    """
    width, height = size
    if width > limits.side or height > limits.side or width * height > limits.pixels:
        raise UnreadableFile(
            "too_large",
            path.name,
            f"ファイル「{path.name}」の {page} ページ目が大きすぎます（{width}×{height} 画素）。"
            "解像度を 200〜300 dpi にしてスキャンし直してください。",
            f"Page {page} has {width} by {height} pixels, more than the limit.",
        )
    if min(width, height) < limits.least_side:
        raise UnreadableFile(
            "too_small",
            path.name,
            f"ファイル「{path.name}」の {page} ページ目が小さすぎます（{width}×{height} 画素）。"
            "用紙全体を 200 dpi 以上でスキャンしてください。",
            f"Page {page} has only {width} by {height} pixels.",
        )


def too_many_pages(path: Path, count: int, limits: Limits) -> UnreadableFile:
    """Returns the error for a file with more pages than the limit."""
    return UnreadableFile(
        "too_many_pages",
        path.name,
        f"ファイル「{path.name}」のページ数（{count}）が多すぎます。{limits.pages} ページ以下に分けてください。",
        f"The file has {count} pages; the limit is {limits.pages}.",
    )


def limit_side(pixels: Image, side: int) -> Image:
    """Reduces a page so that no edge is longer than ``side``."""
    longest = max(pixels.shape[:2])
    if longest <= side:
        return pixels
    factor = side / longest
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _bgr(picture: Pil.Image) -> Image:
    """Converts any Pillow mode to uint8 BGR; transparent pixels become paper."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.asarray(cv2.cvtColor(_eight_bits(np.asarray(picture)), cv2.COLOR_GRAY2BGR), np.uint8)
    if picture.mode in ("1", "L") and "transparency" not in picture.info:
        return np.asarray(cv2.cvtColor(np.asarray(picture.convert("L")), cv2.COLOR_GRAY2BGR), np.uint8)
    width, height = picture.size
    out = np.empty((height, width, 3), np.uint8)
    # In bands: several whole copies of the largest allowed picture would take gigabytes.
    for top in range(0, height, _BAND_PX):
        band = picture.crop((0, top, width, min(top + _BAND_PX, height)))
        out[top : top + _BAND_PX] = np.asarray(_on_white(band).convert("RGB"), np.uint8)[:, :, ::-1]
    return out


def _on_white(picture: Pil.Image) -> Pil.Image:
    if picture.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in picture.info:
        return picture
    clear = picture.convert("RGBA")
    return Pil.alpha_composite(Pil.new("RGBA", clear.size, (255, 255, 255, 255)), clear)


def _eight_bits(values: np.ndarray) -> Image:
    """Converts deep grey pictures: 16 bits by their own range, floating ones from 0 to 1 or 0 to 255."""
    values = np.nan_to_num(values.astype(np.float32))
    top = float(values.max(initial=0.0))
    full = next((limit for limit in (1.0, 255.0, 65535.0) if top <= limit), max(top, 1.0))
    return np.clip(values * (255.0 / full), 0, 255).astype(np.uint8)


def _resolution(opened: Pil.Image) -> tuple[float, float]:
    """Dots per inch across and down; zeros when the file states nothing plausible."""
    value = opened.info.get("dpi")
    try:
        across, down = (float(v) for v in value) if value else (0.0, 0.0)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    believable = (
        min(across, down) >= 50 and max(across, down) <= 2400 and max(across, down) < 3 * min(across, down)
    )
    return (across, down) if believable else (0.0, 0.0)


def _refuse_endless_jpeg(path: Path) -> None:
    """Refuses a progressive JPEG with thousands of scans over the same pixels: a small file, hours of work."""
    data = path.read_bytes() if path.stat().st_size < 60_000_000 else b""
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise UnreadableFile(
            "damaged",
            path.name,
            f"ファイル「{path.name}」は通常の JPEG ではないため開きません。スキャンし直してください。",
            "The JPEG holds an unreasonable number of scans.",
        )


def _decompression_bomb(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "too_large",
        path.name,
        f"ファイル「{path.name}」の画像が大きすぎます。解像度を 200〜300 dpi にしてスキャンし直してください。",
        "The picture has more pixels than Pillow's safety limit.",
    )


def _damaged(path: Path, page: int) -> UnreadableFile:
    return UnreadableFile(
        "damaged",
        path.name,
        f"ファイル「{path.name}」の {page} ページ目が壊れているか、途中で切れています。スキャンし直してください。",
        f"Page {page} is damaged or cut off.",
    )
