"""Compares the printed lines of a page with those of the blank: boxes at other positions mean another edition.

Words are compared only away from fields (`wording.py`), and a new edition may move a row of boxes without
moving such a word. Then lines of the blank are missing on the page, and the page has lines where the blank has none.
Both are required: worn print loses lines, and strikes and long strokes add some, but hardly ever both on one page.
Streaks of a dirty scanner run along the whole page and are removed first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import BlankSheet
from extractors.registration.scan_streaks import without_streaks

TILE_PX = 40
"""Side of a tile in which lines are counted, at ``SHEET_DPI``: 5 mm."""
_SHORTEST_PX = 45  # of the blank's lines: 6 mm
_SHORTEST_STRAY_PX = 70  # strokes of writing are hardly ever horizontal or vertical for 9 mm
_GAP_PX = 9  # worn lines are dotted
_NEAR_PX = 9  # side of the window in which a line of the blank may be found
_APART_PX = 17  # side of the window around a stray line that must be free of the blank's print
_LEAST_PX = 20  # of a line in a tile that counts
_LEAST_STRAY_PX = 30
_GONE = 0.2
_PRINT = 60  # darkness
_BORDER = 2  # tiles: paper edges and shadows of a scanner lid are lines too
# Where lines were missing, no test page with all faults had more than one stray
_MOST_MISSING, _MOST_STRAY = 9, 5

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How the printed lines compare.

    Attributes:
        missing: tiles with a line of the blank that is not on the page.
        stray: tiles with a line on the page where the blank prints nothing; 0 where hardly any line is missing.
    """

    missing: int
    stray: int

    @property
    def moved(self) -> bool:
        """Whether lines are at other positions than the blank's."""
        return self.missing > _MOST_MISSING and self.stray > _MOST_STRAY

    @property
    def lost(self) -> bool:
        """Whether so many lines are missing that a person should check the page."""
        return self.missing > _MOST_MISSING


def compare(blank: BlankSheet, clean: Image, level: float, inside: Mask) -> Ruling:
    """Searches for the blank's lines on the page, and for the page's lines on the blank.

    Args:
        blank: the empty sheet.
        clean: uint8 grey, the flattened page on the sheet.
        level: darkness from which a pixel counts as ink.
        inside: bool of the same size, the part of the sheet that lies in the picture.
    """
    lines = _blank_lines(blank)
    dark = darkness(clean)
    # The dilation allows a line to lie a few pixels from its expected position.
    near = cv2.dilate(dark, np.ones((_NEAR_PX, _NEAR_PX), np.uint8)).ravel()[lines.places] > level
    visible = inside.ravel()[lines.places]
    expected, there = (
        np.bincount(lines.tiles[chosen], minlength=lines.count) for chosen in (visible, visible & near)
    )
    missing = int(((expected >= _LEAST_PX) & (there < _GONE * expected)).sum())
    # Stray lines only matter when lines of the blank are missing too.
    if missing <= _MOST_MISSING:
        return Ruling(missing, 0)
    bare = darkness(without_streaks(clean, blank.picture, blank.cache))
    stray = _tile_sums(_long_runs((bare > level).astype(np.uint8), _SHORTEST_STRAY_PX, _GAP_PX) & lines.apart)
    return Ruling(missing, int((stray[_BORDER:-_BORDER, _BORDER:-_BORDER] >= _LEAST_STRAY_PX).sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The blank's lines: flat indexes of their pixels, the tile of each, and the area far from any print."""

    places: NDArray[np.int64]
    tiles: NDArray[np.int64]
    count: int
    apart: Image


def _blank_lines(blank: BlankSheet) -> _Lines:
    """Computed once per blank."""
    if "ruling" not in blank.cache:
        width = blank.picture.shape[1]
        across = -(-width // TILE_PX)
        places = np.flatnonzero(_long_runs(blank.print_mask.astype(np.uint8), _SHORTEST_PX)).astype(np.int64)
        tiles = places // width // TILE_PX * across + places % width // TILE_PX
        printed = (darkness(blank.picture) > _PRINT).astype(np.uint8)
        apart = 1 - cv2.dilate(printed, np.ones((_APART_PX, _APART_PX), np.uint8))
        count = across * -(-blank.picture.shape[0] // TILE_PX)
        blank.cache["ruling"] = _Lines(places, tiles, count, np.asarray(apart, np.uint8))
    found: _Lines = blank.cache["ruling"]
    return found


def _long_runs(ink: Image, length: int, gap: int = 1) -> Image:
    """Horizontal and vertical runs of ink, 0 or 1, of at least ``length``; gaps shorter than ``gap`` are closed."""
    found = np.zeros_like(ink)
    for across, down in ((1, 0), (0, 1)):
        bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _bar(gap, across, down)) if gap > 1 else ink
        found |= cv2.morphologyEx(bridged, cv2.MORPH_OPEN, _bar(length, across, down))
    return found


def _bar(length: int, across: int, down: int) -> Image:
    return np.ones((length if down else 1, length if across else 1), np.uint8)


def _tile_sums(mask: Image) -> NDArray[np.int64]:
    """Number of set pixels in each whole tile."""
    rows, columns = mask.shape[0] // TILE_PX, mask.shape[1] // TILE_PX
    cut = mask[: rows * TILE_PX, : columns * TILE_PX].reshape(rows, TILE_PX, columns, TILE_PX)
    return np.asarray(cut.sum(axis=(1, 3), dtype=np.int64))
