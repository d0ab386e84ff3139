"""Normalises paper to white and separates ink from it, on faint, dark, coloured and unevenly lit pages."""

from __future__ import annotations

import numpy as np

from extractors.base.model import Image
from extractors.base.opencv import cv2

# At 200 dpi a block of 8 px is 1 mm: paper brightness varies more slowly than that.
_SHRINK = 8
_PAPER_REACH_PX = 13  # in shrunken pixels: wider than any stroke, narrower than a shaded column
# Lower bound of the divisor: without it, large black areas would be brightened to paper.
_DARKEST_PAPER = 40
# Grey levels above this in a flattened picture are bare paper.
_PAPER_ABOVE = 215


def grey(pixels: Image) -> Image:
    """Converts a BGR picture to grey [H, W]."""
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def flatten(picture: Image, shrink: int = _SHRINK) -> Image:
    """Divides by the local brightness of the paper, so that bare paper is 255 everywhere.

    Args:
        picture: uint8 grey [H, W].
        shrink: paper is estimated on a picture this many times smaller; 8 suits 200 dpi.

    Returns:
        uint8 grey [H, W]; ink keeps its darkness relative to the surrounding paper.
    """
    height, width = picture.shape
    rows, columns = max(1, height // shrink), max(1, width // shrink)
    # Only whole blocks: averaging those costs a tenth of averaging fractions of pixels.
    blocks = picture[: rows * shrink, : columns * shrink]
    small = cv2.resize(blocks, (columns, rows), interpolation=cv2.INTER_AREA)
    kernel = np.ones((_PAPER_REACH_PX, _PAPER_REACH_PX), np.uint8)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    paper = np.maximum(cv2.GaussianBlur(paper, (0, 0), 4), np.uint8(_DARKEST_PAPER))
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(picture, paper, scale=255), np.uint8)


def paper_noise(clean: Image) -> float:
    """Standard deviation of bare paper in a flattened picture, grey levels."""
    counts = np.bincount(clean[::3, ::3].ravel(), minlength=256)
    counts[: _PAPER_ABOVE + 1] = 0
    total = int(counts.sum())
    if total < 100:
        # Every third pixel is enough for a median, and a ninth of the work.
        return 0.0
    middle = int(np.searchsorted(np.cumsum(counts), total / 2))
    away = np.bincount(np.abs(np.arange(256) - middle), weights=counts, minlength=256)
    # 1.4826 times the median absolute deviation estimates the standard deviation, and ignores specks.
    return float(1.4826 * np.searchsorted(np.cumsum(away), total / 2))


def darkness(clean: Image) -> Image:
    """255 minus the flattened picture: 0 for paper, up to 255 for black."""
    return np.asarray(cv2.bitwise_not(clean), np.uint8)


def ink_level(print_gain: float, noise: float) -> float:
    """Darkness from which a pixel counts as ink, on a page that shows black print as ``print_gain`` × 255.

    Pencil is lighter than print, and show-through is lighter still; the level lies between the two.
    """
    return float(min(max(0.30 * 255 * print_gain, 5.0 * noise, 22.0), 110.0))


def vermilion(color: Image) -> Image:
    """Mask (0 or 255) of red seal ink in a BGR picture."""
    blue, green, red = cv2.split(color)
    redness = cv2.subtract(red, cv2.max(blue, green))
    return np.asarray(cv2.threshold(redness, 34, 255, cv2.THRESH_BINARY)[1], np.uint8)


def without_seal(color: Image, clean: Image) -> Image:
    """The flattened picture with red ink faded: in the red channel, red ink is as bright as paper.

    Args:
        color: uint8 BGR [h, w, 3].
        clean: uint8 grey [h, w], the same part flattened.
    """
    mask = vermilion(color)
    if not mask.any():
        return clean
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    red = np.asarray(color[:, :, 2])
    paper = max(float(np.percentile(red, 80)), 60.0)
    through = np.clip(red.astype(np.float32) * (255.0 / paper), 0, 255).astype(np.uint8)
    return np.where(mask > 0, np.maximum(clean, through), clean)
