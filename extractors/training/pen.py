"""Draws strokes and glyph pictures on a canvas that represents one box of a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.training.strokes import Points

Canvas = NDArray[np.uint8]
# Fractional bits of OpenCV's fixed-point coordinates: 1/16 px.
_SUBPIXEL = 4


def line(canvas: Canvas, path: NDArray[np.float64] | Points, width: float, ink: float = 255) -> None:
    """Draws one line through the points [n, 2] (x, y in canvas px), `width` px wide, at least one."""
    fixed = np.rint(np.asarray(path) * (1 << _SUBPIXEL)).astype(np.int32)
    cv2.polylines(canvas, [fixed], False, (int(ink),), max(1, round(width)), cv2.LINE_AA, _SUBPIXEL)


@dataclass(frozen=True)
class Placement:
    """Position of writing on a canvas: centre x, y and the length of its longer side, in canvas px."""

    x: float
    y: float
    size: float


def draw_strokes(
    rng: np.random.Generator, canvas: Canvas, strokes: Sequence[Points], placement: Placement, width: float
) -> None:
    """Draws strokes on the canvas (255 is ink) with a pen `width` px wide; pressure differs by stroke."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    # Scaled by the longer side, so that the aspect of the character is kept.
    scale = placement.size / max(float((high - low).max()), 1e-3)
    middle = np.array([placement.x, placement.y], np.float32)
    pressure = rng.random() < 0.35
    for stroke in strokes:
        path = (stroke - (low + high) / 2) * scale + middle
        thick = max(1.0, width * (rng.uniform(0.7, 1.25) if pressure else 1.0))
        ink = rng.uniform(150, 255) if pressure else 255
        if pressure and len(path) > 8 and rng.random() < 0.5:
            cut = int(rng.integers(len(path) // 2, len(path) - 2))
            line(canvas, path[cut:], round(thick) * rng.uniform(0.45, 0.8), ink)
            path = path[: cut + 1]
        line(canvas, path, thick, ink)


def draw_glyph(
    rng: np.random.Generator, canvas: Canvas, glyph: NDArray[np.uint8], placement: Placement, bend: float
) -> None:
    """Warps a glyph picture (ink 255) into the canvas: slant, proportions, rotation and a slow elastic wave."""
    height, width = canvas.shape
    scale = max(glyph.shape) / placement.size
    slant, turn = rng.normal(0, 0.12 * bend), rng.normal(0, 0.07 * bend)
    wide = np.exp(rng.normal(0, 0.13 * bend))
    matrix = np.array([[wide, slant], [0, 1 / wide]]) @ np.array(
        [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    )
    matrix = (matrix * scale).astype(np.float32)
    x = np.arange(width, dtype=np.float32)[None] - placement.x
    y = np.arange(height, dtype=np.float32)[:, None] - placement.y
    wave = rng.normal(0, 0.028 * bend * max(glyph.shape), (2, 4, 4)).astype(np.float32)
    # Four by four random shifts, interpolated: a slow elastic deformation.
    wave_x, wave_y = (cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in wave)
    map_x = x * matrix[0, 0] + y * matrix[0, 1] + (glyph.shape[1] - 1) / 2 + wave_x
    map_y = x * matrix[1, 0] + y * matrix[1, 1] + (glyph.shape[0] - 1) / 2 + wave_y
    drawn: Canvas = np.asarray(cv2.remap(glyph, map_x, map_y, cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.5 * bend:
        side = int(rng.integers(2, 4 + round(placement.size / 40)))
        kernel = np.ones((side, side), np.uint8)
        drawn = _thicker(drawn, kernel) if rng.random() < 0.6 else _thinner(drawn, kernel)
    # Ink on ink stays ink.
    np.maximum(canvas, drawn, out=canvas)


def _thicker(drawn: Canvas, kernel: NDArray[np.uint8]) -> Canvas:
    return np.asarray(cv2.dilate(drawn, kernel), np.uint8)


def _thinner(drawn: Canvas, kernel: NDArray[np.uint8]) -> Canvas:
    """Erodes, unless that would remove most of the ink."""
    thin = np.asarray(cv2.erode(drawn, kernel), np.uint8)
    return thin if int(thin.sum()) > 0.45 * int(drawn.sum()) else drawn
