"""A sheet of paper as a colour picture of known scale, with methods to draw ink on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.writing import strokes
from templates_forms.model import Box

Mask = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Colour = tuple[float, float, float]

DPI = 300
"""Sheets are drawn at this resolution; the scanner lowers it."""

PX_MM = DPI / 25.4


@dataclass(slots=True)
class Sheet:
    """One side of paper, uint8 [H, W, 3] BGR at ``DPI``."""

    pixels: Pixels

    def ink(self, mask: Mask, x: float, y: float, colour: Colour, cover: float = 1.0) -> None:
        """Draw ink over the paper by multiplication, so that print below stays visible as through real ink.

        Args:
            mask: float32 [h, w], 0 to 1.
            x: left edge of the mask in px; it may be off the sheet.
            y: top edge in px.
            colour: BGR, 0 to 1, of the ink on white paper.
            cover: opacity, 0 to 1.
        """
        height, width = self.pixels.shape[:2]
        left, top = round(x), round(y)
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(width, left + mask.shape[1]), min(height, top + mask.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        part = mask[y0 - top : y1 - top, x0 - left : x1 - left, None] * np.float32(cover)
        under = self.pixels[y0:y1, x0:x1].astype(np.float32)
        # Ink absorbs light: the paper's brightness is multiplied, not replaced.
        passed = 1 - part * (1 - np.array(colour, np.float32))
        self.pixels[y0:y1, x0:x1] = (under * passed).astype(np.uint8)

    def line(
        self,
        points_mm: NDArray[np.float32],
        width_mm: float,
        colour: Colour,
        chance: np.random.Generator,
        cover: float = 1.0,
        taper: float = 0.2,
    ) -> None:
        """Draw one pen line through points [n, 2] in mm."""
        points = _dense(points_mm) * PX_MM
        low, high = points.min(0), points.max(0)
        size = np.maximum(high - low, 1.0)
        pad = round(width_mm * PX_MM) + 3
        unit = ((points - low) / size).astype(np.float32)
        mask = strokes.render([unit], (float(size[0]), float(size[1])), width_mm * PX_MM, pad, taper, chance)
        self.ink(mask, float(low[0]) - pad, float(low[1]) - pad, colour, cover)

    def darkness(self, box: Box) -> float:
        """Return the share of a box (mm) that is printed, shaded or written on, 0 to 1; 1 when off the sheet."""
        x0, y0 = round(box.x * PX_MM), round(box.y * PX_MM)
        x1, y1 = round(box.right * PX_MM), round(box.bottom * PX_MM)
        height, width = self.pixels.shape[:2]
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height or x0 >= x1 or y0 >= y1:
            return 1.0
        # The darkest channel: print in one colour and pale shades count too.
        return float((self.pixels[y0:y1, x0:x1].min(axis=2) < 240).mean())


def _dense(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Resample a line to about four points per millimetre, so that its pressure can vary along it."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, steps[-1], max(6, int(steps[-1] * 4)))
    return np.stack([np.interp(at, steps, points[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)


def blank_sheet(picture: Path, size_mm: tuple[float, float]) -> Sheet:
    """Return the printed, empty form at ``DPI``.

    Raises:
        OSError: the picture cannot be read.
    """
    # `cv2.imread` cannot open paths with Japanese characters on Windows.
    pixels = cv2.imdecode(np.fromfile(picture, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise OSError(f"画像として開けません (not a picture): {picture}")
    width, height = round(size_mm[0] * PX_MM), round(size_mm[1] * PX_MM)
    # INTER_AREA averages, which is right for shrinking and coarse for enlarging.
    way = cv2.INTER_AREA if pixels.shape[1] > width else cv2.INTER_CUBIC
    return Sheet(np.asarray(cv2.resize(pixels, (width, height), interpolation=way), np.uint8))
