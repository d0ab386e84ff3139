"""The actual positions of a field's printed boxes, found in the blank's own print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import PX_PER_MM, Image, RegisteredPage
from templates_forms.model import Box

_SNAP_MM = 0.7
_CLEAR = 0.15  # share of a box's height that a divider must be printed for, dots included
_SOLID = 0.5
# Gaps between groups, in box widths, that are tried in turn.
_GAPS = np.arange(0.15, 2.05, 0.05)
_GAP_HANDICAP = 0.06  # in favour of evenly spaced boxes when both agree about equally

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of a row, mm on the sheet.

    Attributes:
        boxes: one per character, left to right, between the middles of the printed lines.
        found: share of the dividers that are printed.
    """

    boxes: tuple[Box, ...]
    found: float


def cell_layout(located: RegisteredPage, box: Box, groups: tuple[int, ...]) -> Layout:
    """Finds the character boxes inside a field's box; computed once per blank page.

    Args:
        located: the registered page, for its blank and its cache.
        box: the field's or part's box.
        groups: cells per group; there may be gaps between groups.
    """
    key = ("layout", box, groups)
    if key not in located.cache:
        located.cache[key] = find_layout(located.blank, box, groups)
    return located.cache[key]  # type: ignore[no-any-return]


def find_layout(blank: Image, box: Box, groups: tuple[int, ...]) -> Layout:
    """Finds the character boxes in an empty sheet (uint8 grey at ``SHEET_DPI``)."""
    top, bottom = _rows(blank, box)
    profile, origin = _columns(blank, box, top, bottom)
    edges = _best_edges(profile, origin, box, groups)
    found = np.array([_peak(profile, origin, x, _snap_reach(box, groups)) for x in edges.ravel()])
    places = np.where(found[:, 1] > _CLEAR, found[:, 0], edges.ravel()).reshape(edges.shape)
    boxes = tuple(Box(float(a), top, float(b - a), bottom - top) for a, b in places)
    return Layout(boxes, float((found[:, 1] > _CLEAR).mean()))


def _snap_reach(box: Box, groups: tuple[int, ...]) -> float:
    return min(_SNAP_MM, 0.22 * box.width / sum(groups))


def _rows(blank: Image, box: Box) -> tuple[float, float]:
    """Top and bottom of the frame, mm: where a solid line runs near the box's own edge."""
    x0, x1 = (round(x * PX_PER_MM) for x in (box.x, box.right))
    y0 = max(0, round((box.y - 1.5) * PX_PER_MM))
    y1 = round((box.bottom + 1.5) * PX_PER_MM)
    # Darkness of 150 counts as fully printed, so that thin grey lines count in full too.
    strip = np.clip(darkness(blank[y0:y1, x0:x1]).astype(np.float64) / 150, 0, 1)
    profile = strip.mean(axis=1) if strip.size else np.zeros(1)
    reach = min(1.0, 0.2 * box.height)
    edges = []
    for wanted in (box.y, box.bottom):
        place, strength = _peak(profile, y0 / PX_PER_MM, wanted, reach)
        edges.append(place if strength > _SOLID else wanted)
    return edges[0], edges[1]


def _columns(blank: Image, box: Box, top: float, bottom: float) -> tuple[Floats, float]:
    """Share of print in each column, and the first column's position in mm."""
    # The frame's own horizontal lines would add the same amount to every column.
    inset = 0.12 * (bottom - top)
    y0, y1 = round((top + inset) * PX_PER_MM), round((bottom - inset) * PX_PER_MM)
    x0 = max(0, round((box.x - 1.5) * PX_PER_MM))
    x1 = round((box.right + 1.5) * PX_PER_MM)
    strip = np.clip(darkness(blank[y0:y1, x0:x1]).astype(np.float64) / 150, 0, 1)
    profile = strip.mean(axis=0) if strip.size else np.zeros(1)
    return np.asarray(profile, np.float64), x0 / PX_PER_MM


def _peak(profile: Floats, origin_mm: float, wanted_mm: float, reach_mm: float) -> tuple[float, float]:
    """Position (mm) and strength of the strongest line near an expected position; the middle of a thick line."""
    at = (wanted_mm - origin_mm) * PX_PER_MM - 0.5
    low, high = max(0, round(at - reach_mm * PX_PER_MM)), round(at + reach_mm * PX_PER_MM) + 1
    part = profile[low:high]
    if not part.size:
        return wanted_mm, 0.0
    top = float(part.max())
    near = np.flatnonzero(part >= 0.6 * top)
    nearest = near[np.abs(near + low - at).argmin()]
    run = near[np.abs(near - nearest) <= 4]
    middle = float((run * part[run]).sum() / max(part[run].sum(), 1e-9)) + low
    return origin_mm + (middle + 0.5) / PX_PER_MM, top


def _best_edges(profile: Floats, origin: float, box: Box, groups: tuple[int, ...]) -> Floats:
    """Left and right edge of every box in mm, float64 [n, 2]: the spacing that matches most printed lines."""
    plain = _edges(box, groups, 0.0)
    if len(groups) == 1:
        return plain
    best, best_score = plain, _agreement(profile, origin, plain)
    for gap in _GAPS:
        edges = _edges(box, groups, float(gap))
        score = _agreement(profile, origin, edges) - _GAP_HANDICAP
        if score > best_score:
            best, best_score = edges, score
    return best


def _edges(box: Box, groups: tuple[int, ...], gap: float) -> Floats:
    """Evenly spaced boxes whose groups are ``gap`` box widths apart."""
    pitch = box.width / (sum(groups) + gap * (len(groups) - 1))
    edges = []
    x = box.x
    for size in groups:
        for _ in range(size):
            edges.append((x, x + pitch))
            x += pitch
        x += gap * pitch
    return np.array(edges, np.float64)


def _agreement(profile: Floats, origin: float, edges: Floats) -> float:
    reach = 0.3
    return float(np.mean([min(_peak(profile, origin, x, reach)[1], 0.6) for x in np.unique(edges.round(3))]))
