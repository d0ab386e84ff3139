"""Prepares one box of a form for the glyph reader: the same steps in training and in reading.

The paper level and the ink level are taken from the box itself. Specks and a neighbour's ink at the edge
are ignored in measuring (not removed from the picture), and the writing is scaled to one size with its
centre of mass in the middle. The position and size of the writing in its box, which this discards, are kept
as the `place`: they alone distinguish ッ from ツ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Also recorded by the network's input shape: changing it needs a new training.
SIDE = 48
"""Height and width in pixels of the network's input picture."""
WRITING = 40
"""The longer side of the writing inside that picture, in pixels."""
PLACE = 4
"""Numbers in a place: top, bottom, left and right of the writing, as shares of the box."""
UNKNOWN_PLACE = -1.0
"""Value of all four numbers when the crop is not a whole box, so that its position is unknown."""

_FAINTEST = 14.0  # grey levels between paper and ink; pencil is above 30, paper grain below 10
_FAINTEST_FEW = 30.0
_STRIP = 0.08  # ink entirely within this share of the box along one side is a frame or a neighbour's
_SMALLEST = 0.3  # a dot is not enlarged beyond this share of its box, or it would look like a circle


@dataclass(frozen=True)
class Ink:
    """Ink of one box: `strength` float32 [h, w] from 0 (paper) to 1 (ink), and the box of the writing in px."""

    strength: NDArray[np.float32]
    top: int
    bottom: int
    left: int
    right: int


def find_ink(cell: NDArray[np.uint8]) -> Ink | None:
    """Separates ink from paper.

    Args:
        cell: uint8 [h, w], dark ink on light paper, any size from 1 px.

    Returns:
        The ink, or None where nothing differs from the paper.
    """
    if cell.ndim != 2 or cell.size == 0:
        raise ValueError(f"a box is a grey picture [h, w], not one of shape {cell.shape}")
    counts = np.cumsum(np.bincount(cell.ravel(), minlength=256))
    paper = float(np.searchsorted(counts, 0.72 * cell.size))
    dark = float(np.searchsorted(counts, max(0.015 * cell.size, 3.0)))
    if paper - dark < _FAINTEST:
        # A thin 1 or a dot may cover less of a large box than that, so these few pixels must be darker.
        dark = float(np.searchsorted(counts, max(0.002 * cell.size, 3.0)))
        if paper - dark < _FAINTEST_FEW:
            return None
    strength = (paper - cell.astype(np.float32)) / (paper - dark)
    strength = np.clip((strength - 0.2) / 0.65, 0.0, 1.0)
    box = _writing_box(strength)
    return None if box is None else Ink(strength, *box)


def _writing_box(strength: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right of the writing: components that are neither specks nor a neighbour's."""
    height, width = strength.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats((strength > 0.5).astype(np.uint8), connectivity=8)
    parts = stats[1:]
    if not len(parts):
        return None
    left, top = parts[:, 0], parts[:, 1]
    right, bottom = left + parts[:, 2], top + parts[:, 3]
    area = parts[:, 4].astype(np.float32)
    strip_x, strip_y = _STRIP * width, _STRIP * height
    beside = (right <= strip_x) | (left >= width - strip_x) | (bottom <= strip_y) | (top >= height - strip_y)
    largest = float(area.max())
    inside = area[~beside]
    # A piece of the frame may be larger than the writing; a single stroke at the edge is the writing.
    if inside.size and inside.max() >= 0.2 * largest:
        largest = float(inside.max())
    else:
        beside[:] = False
    at_edge = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    speck = np.where(at_edge, 0.25 * largest, max(0.03 * largest, 0.0008 * strength.size))
    keep = (area >= speck) & ~beside
    if not keep.any():
        keep = area == area.max()
    return int(top[keep].min()), int(bottom[keep].max()), int(left[keep].min()), int(right[keep].max())


def _picture(ink: Ink) -> NDArray[np.float32]:
    height, width = ink.strength.shape
    longest = max(ink.bottom - ink.top, ink.right - ink.left, _SMALLEST * min(height, width), 1.0)
    scale = WRITING / longest
    # Only the part that can lie inside the picture is scaled: a long crop costs no more than a short one.
    reach = int(np.ceil(SIDE / scale))
    y0, y1 = max(0, ink.top - reach), min(height, ink.bottom + reach)
    x0, x1 = max(0, ink.left - reach), min(width, ink.right + reach)
    size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(ink.strength[y0:y1, x0:x1], size, interpolation=way)
    top, bottom = (ink.top - y0) * scale, (ink.bottom - y0) * scale
    left, right = (ink.left - x0) * scale, (ink.right - x0) * scale
    body = scaled[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
    mass = float(body.sum()) + 1e-6
    middle_y = int(top) + float(body.sum(axis=1) @ np.arange(body.shape[0])) / mass
    middle_x = int(left) + float(body.sum(axis=0) @ np.arange(body.shape[1])) / mass
    dy = _shift(middle_y, top, bottom)
    dx = _shift(middle_x, left, right)
    out = np.zeros((SIDE, SIDE), np.float32)
    y_from, y_to = max(0, dy), min(SIDE, dy + size[1])
    x_from, x_to = max(0, dx), min(SIDE, dx + size[0])
    if y_to > y_from and x_to > x_from:
        out[y_from:y_to, x_from:x_to] = scaled[y_from - dy : y_to - dy, x_from - dx : x_to - dx]
    return out


def _shift(middle: float, low: float, high: float) -> int:
    """Pixels to add so that the centre of mass falls on the picture's middle while the writing stays inside."""
    wanted = (SIDE - 1) / 2 - middle
    return round(min(max(wanted, 1.0 - low), SIDE - 1.0 - high))


def prepare(cell: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Converts a box into the network's input picture.

    Args:
        cell: uint8 [h, w], dark ink on light paper, any size.

    Returns:
        float32 [1, 48, 48], ink 1 and paper 0, aspect kept, centre of mass in the middle; all 0 without ink.
    """
    ink = find_ink(cell)
    return np.zeros((1, SIDE, SIDE), np.float32) if ink is None else _picture(ink)[None]


def place(cell: NDArray[np.uint8], whole_box: bool = True) -> NDArray[np.float32]:
    """Position of the writing in its box.

    Args:
        cell: uint8 [h, w], the box inside its frame.
        whole_box: False when the crop was cut close to the ink, so that its edges are not those of the box.

    Returns:
        float32 [4]: top, bottom, left, right from 0 to 1, or all -1 when unknown or without ink.
    """
    return _place(find_ink(cell) if whole_box else None)


def _place(ink: Ink | None) -> NDArray[np.float32]:
    if ink is None:
        return np.full(PLACE, UNKNOWN_PLACE, np.float32)
    height, width = ink.strength.shape
    return np.array([ink.top / height, ink.bottom / height, ink.left / width, ink.right / width], np.float32)


def prepare_many(
    cells: Sequence[NDArray[np.uint8]], whole_box: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """`prepare` and `place` for many boxes of any sizes: float32 [N, 1, 48, 48] and float32 [N, 4]."""
    pictures = np.zeros((len(cells), 1, SIDE, SIDE), np.float32)
    places = np.full((len(cells), PLACE), UNKNOWN_PLACE, np.float32)
    for i, cell in enumerate(cells):
        ink = find_ink(cell)
        if ink is not None:
            pictures[i, 0] = _picture(ink)
            if whole_box:
                places[i] = _place(ink)
    return pictures, places
