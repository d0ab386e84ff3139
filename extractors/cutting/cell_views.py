"""A second picture of each box: its interior directly from the page, without removing the print.

The cut-out ink keeps strokes that cross a frame but loses thin strokes on pale copies; the interior keeps every
stroke but loses what crosses the frame. The two lead to different mistakes, so reading both is better than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.base.ink import without_seal
from extractors.base.model import PX_PER_MM, CellCut, Image, RegisteredPage
from extractors.base.opencv import cv2
from extractors.cutting.glyph_input import Ink, find_ink
from templates_forms.model import Box

HEIGHT = 56
_INSET = 0.07  # of the box, on each side: excludes the frame and its shadow
_LINE_HEIGHT = 48
_PRINT_INSIDE = 60.0  # grey levels
_LEAST_DARKNESS = 0.65  # of the surrounding writing: show-through and dirt are lighter
_LEAST_HEIGHT = 0.25
_SPECK = 0.35
_SPECK_INK = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class CellInteriors:
    """The boxes of a row as they appear on the page.

    Attributes:
        cells: one uint8 grey picture per box, about 48 px high, without the frame.
        darkness: per box the difference between its paper and its darkest hundredth, grey levels.
        height: per box the height of its ink as a share of the box.
        width: per box the width of its ink as a share of the box.
        usable: per box, false when the form prints something inside it.
        inks: per box its ink, None without ink.
    """

    cells: tuple[Image, ...]
    darkness: tuple[float, ...]
    height: tuple[float, ...]
    width: tuple[float, ...]
    usable: tuple[bool, ...]
    inks: tuple[Ink | None, ...]


def cell_interiors(located: RegisteredPage, cut: CellCut) -> CellInteriors:
    """Crops each box of a row from the flattened page, with red seal ink faded."""
    whole = cut.boxes[0]
    for box in cut.boxes[1:]:
        whole = whole.union(box)
    left, top = max(0, int(whole.x * PX_PER_MM)), max(0, int(whole.y * PX_PER_MM))
    rows = slice(top, int(whole.bottom * PX_PER_MM) + 2)
    columns = slice(left, int(whole.right * PX_PER_MM) + 2)
    plain = without_seal(located.sheet_color[rows, columns], located.clean[rows, columns])
    cells = tuple(_inside(plain, box, left, top) for box in cut.boxes)
    inks = tuple(find_ink(cell) for cell in cells)
    measured = np.array([_measure(cell, ink) for cell, ink in zip(cells, inks, strict=True)])
    darkness, height, width = (tuple(float(v) for v in column) for column in measured.T)
    known = ("usable", cut.boxes)
    if known not in located.cache:
        blanks = [_inside(located.blank[rows, columns], box, left, top) for box in cut.boxes]
        located.cache[known] = tuple(_darkness(blank) < _PRINT_INSIDE for blank in blanks)
    usable: tuple[bool, ...] = located.cache[known]
    return CellInteriors(cells, darkness, height, width, usable, inks)


def _inside(plain: Image, box: Box, left: int, top: int) -> Image:
    dx, dy = _INSET * box.width, _INSET * box.height
    x0 = max(0, round((box.x + dx) * PX_PER_MM) - left)
    x1 = round((box.right - dx) * PX_PER_MM) - left
    y0 = max(0, round((box.y + dy) * PX_PER_MM) - top)
    y1 = round((box.bottom - dy) * PX_PER_MM) - top
    crop = plain[y0:y1, x0:x1]
    if crop.size == 0:
        return np.full((HEIGHT, HEIGHT), 255, np.uint8)
    scale = HEIGHT * (1 - 2 * _INSET) / crop.shape[0]
    size = (max(4, round(crop.shape[1] * scale)), max(4, round(crop.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, size, interpolation=way), np.uint8)


def _measure(cell: Image, ink: Ink | None) -> tuple[float, float, float]:
    """Darkness against the paper, height and width of the ink."""
    if ink is None:
        return _darkness(cell), 0.0, 0.0
    return _darkness(cell), (ink.bottom - ink.top) / cell.shape[0], (ink.right - ink.left) / cell.shape[1]


def _darkness(cell: Image) -> float:
    """Grey levels between the paper and the darkest hundredth of a box."""
    counts = np.cumsum(np.bincount(cell.ravel(), minlength=256))
    paper, dark = np.searchsorted(counts, [int(0.72 * cell.size), int(0.015 * cell.size)], side="right")
    return float(paper - dark)


def line(inside: CellInteriors, written: Sequence[int], pitch: float, width: int) -> Image:
    """Recomposes the row from its interiors: ink at full strength on white, each box at its own position.

    Args:
        inside: the boxes.
        written: indexes of the boxes that contain writing; the others stay white.
        pitch: width of a box in the line, px.
        width: width of the line, px.
    """
    picture = np.full((_LINE_HEIGHT, width), 255, np.uint8)
    for place in written:
        ink = inside.inks[place]
        if ink is None:
            continue
        scale = _LINE_HEIGHT / HEIGHT
        strength = cv2.resize(ink.strength, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, wide = strength.shape
        y = (_LINE_HEIGHT - height) // 2
        x = round((place + 0.5) * pitch - wide / 2)
        x0, x1 = max(0, x), min(width, x + wide)
        part = 255 * (1 - strength[:, x0 - x : x1 - x])
        picture[y : y + height, x0:x1] = np.minimum(picture[y : y + height, x0:x1], part)
    return picture


def written(
    cut: CellCut, inside: CellInteriors, reference: float, *, marks_spill: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the boxes that contain a character, and those with only a speck or the end of a neighbour's stroke.

    Args:
        cut: the boxes with their amount of ink.
        inside: the same boxes as they appear on the page.
        reference: typical darkness of writing here, grey levels.
        marks_spill: true for kana, whose dakuten may extend into the next box.

    Returns:
        Indexes of the written boxes, and indexes of the boxes with specks.
    """
    full, specks = [], []
    for place, empty in enumerate(cut.empty):
        small = inside.height[place] < _SPECK and inside.width[place] < _SPECK
        dark = inside.usable[place] and inside.darkness[place] >= _LEAST_DARKNESS * reference
        if not empty and small and cut.ink[place] < _SPECK_INK and (place - 1 in full or not marks_spill):
            specks.append(place)
        # Where the cut found nothing, ink over the full height is a piece of the frame or a streak.
        elif not empty or (dark and _LEAST_HEIGHT <= inside.height[place] < 0.99):
            full.append(place)
    return tuple(full), tuple(specks)


def typical_darkness(cuts: Sequence[tuple[CellCut, CellInteriors]]) -> float | None:
    """Median darkness of the boxes that certainly contain writing; None when there are none."""
    found = [
        inside.darkness[place]
        for cut, inside in cuts
        for place, empty in enumerate(cut.empty)
        if not empty and inside.height[place] >= _LEAST_HEIGHT
    ]
    return float(np.median(found)) if found else None
