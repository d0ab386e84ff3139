"""Connected components of handwriting, and evidence that writing was crossed out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import PX_PER_MM
from extractors.base.opencv import cv2

# Strike lines are drawn by hand and are rarely quite horizontal.
MOST_SLANT_DEG = 12.0
SHORTEST_STRIKE_MM = 5.0
_DUST_MM = 1.3
_DUST_AWAY_MM = 4.0  # a dot that belongs to writing (・ 、 ゛) is closer to it
WRITING_BAND = (0.15, 0.85)
RING_BAND = (0.25, 0.75)  # above and below, the line is part of the ring itself
_LEAST_COVER = 0.4  # share of the columns that a line of 0.45 of the width would cover


Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The connected components of a mask.

    Attributes:
        labels: int32 [h, w], 0 for paper.
        areas: int64 [n], pixels per component; index 0 is paper.
        boxes: int64 [n, 4], left, top, width, height.
    """

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of components, paper included."""
        return len(self.areas)

    def inside(self, area: tuple[slice, slice]) -> NDArray[np.int64]:
        """Pixels of each component in a part of the picture, int64 [n]."""
        return np.bincount(self.labels[area].ravel(), minlength=self.count).astype(np.int64)

    def centres(self) -> NDArray[np.float64]:
        """Centre of each component's bounding box, float64 [n, 2] (x, y) px."""
        return np.asarray(self.boxes[:, :2] + self.boxes[:, 2:] / 2, np.float64)

    def mask(self, chosen: NDArray[np.bool_]) -> Mask:
        """Pixels of the chosen components; ``chosen`` is bool [n]."""
        chosen = chosen.copy()
        chosen[0] = False
        return chosen.take(self.labels)


def components(mask: Mask) -> Components:
    """Returns the connected components, diagonal neighbours included."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return Components(labels, stats[:, 4].astype(np.int64), stats[:, :4].astype(np.int64))


def bounds(mask: Mask) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the ink, or None without ink."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def without_dust(mask: Mask) -> Mask:
    """Removes specks that are far from any writing; specks alone stay, so that a person can check them.

    Args:
        mask: the writing in a field, at ``PX_PER_MM``.
    """
    found = components(mask)
    small = found.boxes[:, 2:].max(axis=1) < _DUST_MM * PX_PER_MM
    writing = found.mask(~small)
    if not writing.any():
        return mask
    side = 2 * round(_DUST_AWAY_MM * PX_PER_MM) + 1
    # Dilation marks everything within the distance in one pass.
    near = cv2.dilate(writing.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    close = np.bincount(found.labels[near], minlength=found.count) > 0
    return found.mask(~small | close)


def struck_out(
    mask: Mask,
    seal: Mask,
    unit_mm: float,
    hidden: Mask | None = None,
    band: tuple[float, float] = WRITING_BAND,
) -> float:
    """Evidence from 0 to 1 that the writing was crossed out.

    A long nearly horizontal line through the middle of the writing is the usual way; a correction seal beside it
    makes it certain. A character's own long stroke (一, ー, 7) is no evidence: the line must be longer than that.

    Args:
        mask: handwriting.
        seal: red ink at the same place.
        unit_mm: width of one character.
        hidden: printed areas, in which parts of a line may be invisible.
        band: where a line may be, from the top (0) to the bottom (1) of the writing.
    """
    found = bounds(mask)
    if found is None:
        return 0.0
    left, top, right, bottom = found
    width, height = right - left, bottom - top
    shortest = max(SHORTEST_STRIKE_MM * PX_PER_MM, 1.6 * unit_mm * PX_PER_MM, 0.45 * width)
    # A cheap check before the Hough transform: there is too little ink for a line of that length.
    if width < shortest or float(mask[:, left:right].any(axis=0).mean()) < _LEAST_COVER:
        return 0.0
    seen = mask[top:bottom, left:right]
    through = seen if hidden is None else seen | hidden[top:bottom, left:right]
    length = _longest_level_line(seen, through, int(shortest), height, band)
    evidence = min(1.0, length / max(width, 1.0))
    if evidence > 0.3 and float(seal.sum()) > 60:
        evidence = min(1.0, evidence + 0.3)
    return evidence


def _longest_level_line(
    seen: Mask, through: Mask, shortest: int, height: int, band: tuple[float, float]
) -> float:
    lines = cv2.HoughLinesP(
        through.astype(np.uint8) * 255,
        1,
        np.pi / 360,
        max(20, shortest // 2),
        minLineLength=shortest,
        maxLineGap=5,
    )
    best = 0.0
    for x0, y0, x1, y1 in [] if lines is None else lines.reshape(-1, 4):
        slant = abs(np.degrees(np.arctan2(float(y1 - y0), float(x1 - x0))))
        middle = (y0 + y1) / 2 / max(height, 1)
        if min(slant, 180 - slant) <= MOST_SLANT_DEG and band[0] <= middle <= band[1]:
            start, end = (x0, y0), (x1, y1)
            if ink_coverage(through, start, end) > 0.85 and ink_coverage(seen, start, end) > 0.4:
                best = max(best, float(np.hypot(x1 - x0, y1 - y0)))
    return best


def ink_coverage(ink: Mask, start: tuple[int, int], end: tuple[int, int]) -> float:
    """Share of a line's pixels that have ink: letters in a row are not a line."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1) + 1
    xs = np.rint(np.linspace(start[0], end[0], count)).astype(int)
    ys = np.rint(np.linspace(start[1], end[1], count)).astype(int)
    return float(ink[ys, xs].mean())
