"""Finds printed circles, solid or dotted: places for seals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extractors.base.opencv import cv2
from extractors.blank_forms.model import PX
from templates_forms.model import Box

# Circles of 7 mm and more are still 28 px wide at this resolution.
_DPI = 100
_RADII_MM = (3.3, 16.0)
_BINS = 72
_COVERED = 0.86
_INSIDE = 0.34
_NEAR_PX = 1.5


def find_rings(ink: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Returns boxes around circles of 7 to 32 mm.

    Args:
        ink: bool [h, w], the page's ink without ruled lines.
    """
    factor = _DPI / 25.4 / PX
    small = cv2.resize(ink.astype(np.uint8) * 255, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    mask = np.asarray(small > 50, np.uint8)
    scale = _DPI / 25.4
    low, high = (round(r * scale) for r in _RADII_MM)
    found = cv2.HoughCircles(
        cv2.GaussianBlur(mask * 255, (0, 0), 1.0),
        cv2.HOUGH_GRADIENT,
        dp=1,
        minDist=10 * scale / 2,
        param1=120,
        # A low threshold, because dotted circles have few edge pixels; false circles are refused afterwards.
        param2=11,
        minRadius=low,
        maxRadius=high,
    )
    ys, xs = np.nonzero(mask)
    rings: list[tuple[float, Box]] = []
    for x, y, radius in found[0].astype(float) if found is not None else ():
        best = _fit(xs, ys, x, y, radius)
        if best is None:
            continue
        score, (x, y, radius) = best
        box = Box((x - radius) / scale, (y - radius) / scale, 2 * radius / scale, 2 * radius / scale)
        rings.append((score, box))
    return _without_overlaps(rings)


def _fit(
    xs: NDArray[np.intp], ys: NDArray[np.intp], x: float, y: float, radius: float
) -> tuple[float, tuple[float, float, float]] | None:
    near = np.hypot(xs - x, ys - y) < radius + 6
    px, py = xs[near].astype(float), ys[near].astype(float)
    # Least squares on the nearby ink, repeated with the improved circle: Hough is only precise to a pixel.
    for _ in range(3):
        distance = np.hypot(px - x, py - y)
        on = np.abs(distance - radius) <= _NEAR_PX + 0.5
        if on.sum() < 12:
            return None
        system = np.c_[2 * px[on], 2 * py[on], np.ones(int(on.sum()))]
        solved = np.linalg.lstsq(system, px[on] ** 2 + py[on] ** 2, rcond=None)[0]
        x, y = float(solved[0]), float(solved[1])
        radius = float(np.sqrt(max(solved[2] + x * x + y * y, 1.0)))
    distance = np.hypot(px - x, py - y)
    on = np.abs(distance - radius) <= _NEAR_PX
    angles = np.arctan2(py[on] - y, px[on] - x)
    # Dotted circles have gaps, so directions with ink are counted instead of pixels.
    bins = len(np.unique(((angles + np.pi) / (2 * np.pi) * _BINS).astype(int) % _BINS)) / _BINS
    # Ink just inside the circle means a round letter or a logo; a place for a seal is empty there.
    ring = (distance > 0.62 * radius) & (distance < radius - 2.5)
    clutter = float(ring.sum()) / max(np.pi * ((radius - 2.5) ** 2 - (0.62 * radius) ** 2), 1.0)
    if bins < _COVERED or clutter > _INSIDE * 0.5:
        return None
    return bins - clutter, (x, y, radius)


def _without_overlaps(rings: list[tuple[float, Box]]) -> tuple[Box, ...]:
    kept: list[Box] = []
    for _, box in sorted(rings, key=lambda r: -r[0]):
        centre = (box.x + box.width / 2, box.y + box.height / 2)
        if all(np.hypot(centre[0] - k.x - k.width / 2, centre[1] - k.y - k.height / 2) > 5 for k in kept):
            kept.append(box)
    return tuple(kept)
