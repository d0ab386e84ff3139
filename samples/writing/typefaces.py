"""Characters from the machine's handwriting-like fonts, slightly warped each time."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Mask = NDArray[np.float32]

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
"""The font folders of Linux."""

HANDWRITTEN = (
    "KleeOne-Regular.ttf",
    "kiloji.ttf",
    "kiloji_p.ttf",
    "setofont.ttf",
    "YOzRE_.ttf",
    "YOzRNX.ttf",
    "YOzRCF.ttf",
    "YOzRSP.ttf",
)
"""File names of fonts that look handwritten; the installed ones are used."""

# Brush fonts look like engraved seals; the Mincho fonts are the fallback.
SEAL = ("kouzan-mouhitsu-gyosho.ttf", "kouzan-mouhitsu.ttf", "ipaexm.ttf", "ipam.ttf")
PRINTED = ("ipaexg.ttf", "ipag.ttf", "NotoSansCJK-Regular.ttc", "ipaexm.ttf")
# px of the em square; characters on paper are smaller than this at 300 dpi.
_EM = 96


@cache
def _installed() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.tt[fc]")) if folder.is_dir() else ():
            found.setdefault(path.name, path)
    return found


def available(wanted: tuple[str, ...]) -> list[Path]:
    """Return the font files that this machine has, in the order of ``wanted``."""
    installed = _installed()
    return [installed[name] for name in wanted if name in installed]


@cache
def _characters(path: Path) -> frozenset[int]:
    # A collection (`.ttc`) holds several fonts; Pillow draws with the first one as well.
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap())


def has_glyph(path: Path, char: str) -> bool:
    """Whether the font has a glyph for this character."""
    return ord(char) in _characters(path)


@cache
def _face(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@cache
def _plain(path: Path, char: str) -> Mask:
    """Return the character in its em square with a margin of a quarter em on every side."""
    side = _EM + _EM // 2
    picture = Image.new("L", (side, side), 0)
    ImageDraw.Draw(picture).text((side / 2, side / 2), char, 255, font=_face(path, _EM), anchor="mm")
    return np.asarray(picture, np.float32) / np.float32(255)


def render(
    path: Path,
    char: str,
    size: tuple[float, float],
    pen: float,
    pad: int,
    slant: float,
    sloppiness: float,
    rng: np.random.Generator,
) -> Mask:
    """Return a font's character, slanted, warped and with the line width of this pen.

    Args:
        path: the font file.
        char: one character that the font has.
        size: width and height of the em square in px.
        pen: width of the lines in px.
        pad: margin around the square in px.
        slant: shear, to the right when positive.
        sloppiness: 0 to 1, strength of the warp.
        rng: different each time.

    Returns:
        float32 [height + 2 pad, width + 2 pad], ink from 0 to 1.
    """
    width, height = round(size[0]) + 2 * pad, round(size[1]) + 2 * pad
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (xs - pad) / np.float32(size[0]), (ys - pad) / np.float32(size[1])
    u = u - np.float32(slant) * (np.float32(0.5) - v)
    field = rng.normal(0, 0.03 * sloppiness, (2, 4, 4)).astype(np.float32)
    warp = [cv2.resize(layer, (width, height), interpolation=cv2.INTER_CUBIC) for layer in field]
    side = _EM + _EM // 2
    map_x = np.asarray((u + warp[0]) * _EM + (side - _EM) / 2, np.float32)
    map_y = np.asarray((v + warp[1]) * _EM + (side - _EM) / 2, np.float32)
    ink = cv2.remap(_plain(path, char), map_x, map_y, cv2.INTER_LINEAR, borderValue=(0,))
    return with_pen_width(np.asarray(ink, np.float32), pen)


def with_pen_width(ink: Mask, pen: float) -> Mask:
    """Return the same shape with lines about ``pen`` px wide, by moving its outline out or in."""
    inside = (ink > 0.5).astype(np.uint8)
    if not inside.any():
        return ink
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    reach = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    # Over a line of width w the distance to its edge averages w / 4, and half a pixel more on a grid.
    present_width = max(1.0, 4 * (float(depth[inside > 0].mean()) - 0.5))
    signed = depth - reach + np.clip(ink - 0.5, -0.5, 0.5)
    grown = signed + np.clip((pen - present_width) / 2, -0.65 * present_width / 2, pen)
    return np.asarray(np.clip(grown + 0.5, 0, 1), np.float32)


def render_print(text: str, height: int, fonts: tuple[str, ...] = PRINTED) -> Mask:
    """Return a printed word, ``height`` px high; for numbering stamps and seals.

    Raises:
        FileNotFoundError: no font of the list is installed.
    """
    found = available(fonts)
    if not found:
        raise FileNotFoundError(f"日本語フォントがありません (no Japanese font found): {', '.join(fonts)}")
    face = _face(found[0], height)
    left, top, right, bottom = face.getbbox(text)
    picture = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(picture).text((2 - left, 2 - top), text, 255, font=face)
    return np.asarray(picture, np.float32) / np.float32(255)
