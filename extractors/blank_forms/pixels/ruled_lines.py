"""Finds ruled lines, tick boxes, circles and tints in the pixels of a straightened blank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.blank_forms.line_joining import join_lines
from extractors.blank_forms.model import PX, StraightenedPage
from templates_forms.authoring.print.model import Ruling, overlap
from templates_forms.model import Box

_FAINT = 42  # darkness from which a pixel may belong to a line
_LETTER_MM = 11.5  # a piece of ink no larger than this is a letter, unless it is a clean rectangle
# Longer than a stroke of a printed letter, so that letters attached to a line are not lines.
_LINE_MM = 3.4
_THICKEST_MM = 1.3
_DASH_MM = (0.15, 3.2)
_DASH_THICK_MM = 0.55
_SIDE_COVERED = 0.9
# Tick boxes; larger rectangles are frames of fields.
_SQUARE_MM = (2.1, 6.6)
_BAND_DARK = 120
_BAND_MM = 12.0

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The lines found, and the position of their ink.

    Attributes:
        rulings: in mm; ``width`` is the ink across the line.
        squares: small closed squares.
        ink: bool [h, w], pixels of lines and squares.
        bands: dark areas, mm.
    """

    rulings: tuple[Ruling, ...]
    squares: tuple[Box, ...]
    ink: Mask
    bands: tuple[Box, ...]


def find_lines(page: StraightenedPage) -> Lines:
    """Finds all ruled lines of a page."""
    dark = darkness(page.clean)
    faint = max(float(_FAINT), 0.22 * float(np.percentile(dark, 99.7)))
    mask = (dark > faint).astype(np.uint8)
    bands = _bands(page.grey)
    for band in bands:
        # A dark band would otherwise join everything it touches into one component.
        mask[_to_slices(band, 0.0 if band.width > _BAND_MM else 0.5)] = 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    side = stats[:, 2:4].max(axis=1)
    large = side > _LETTER_MM * PX
    large[0] = False
    frames, squares, square_ink = _rectangles(mask, labels, stats, ~large)
    network = large[labels]
    level = _pieces(network, dark, level=True)
    upright = _pieces(network, dark, level=False)
    dashes, dash_ink = _dashes(labels, stats)
    found = [*(r for r, _ in (*level, *upright)), *frames]
    for band in bands:
        # The edge of a dark band is often the upper side of the table below it.
        found += _sides(band, 2.0) if band.width > _BAND_MM else []
        squares = [s for s in squares if overlap(s, band) == 0]
    # A dash that is not part of a chain is part of a letter.
    rulings = (*join_lines(found), *(r for r in join_lines(dashes) if r.dotted))
    ink = _ink(network, level, upright) | square_ink
    chains = [r for r in rulings if r.dotted]
    ink |= dash_ink & _chain_mask(chains, ink.shape)
    return Lines(rulings, tuple(squares), ink, bands)


def _to_slices(box: Box, grow: float = 0.0) -> tuple[slice, slice]:
    y0, y1 = round((box.y - grow) * PX), round((box.bottom + grow) * PX)
    x0, x1 = round((box.x - grow) * PX), round((box.right + grow) * PX)
    return slice(max(y0, 0), max(y1, 0)), slice(max(x0, 0), max(x1, 0))


def _pieces(network: Mask, dark: Image, level: bool) -> list[tuple[Ruling, tuple[int, int, int, int]]]:
    """Straight stretches of one direction, with their pixel boxes (x, y, w, h)."""
    mask = network.astype(np.uint8)
    # Opening with a bar as long as the shortest line keeps only straight stretches of one direction.
    across = np.ones((3, 1) if level else (1, 3), np.uint8)
    along = np.ones((1, round(_LINE_MM * PX)) if level else (round(_LINE_MM * PX), 1), np.uint8)
    # Widened across first, so that a line that deviates by a pixel is not interrupted.
    opened = cv2.morphologyEx(cv2.dilate(mask, across), cv2.MORPH_OPEN, along)
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    found = []
    for x, y, w, h, area in stats[1:count].tolist():
        thick = area / max(w if level else h, 1)
        if thick > _THICKEST_MM * PX + 2:
            continue
        found.append((_ruling(dark, (x, y, w, h), level), (x, y, w, h)))
    return found


def _ruling(dark: Image, piece: tuple[int, int, int, int], level: bool) -> Ruling:
    """The position at which a piece's ink is densest, and the amount of ink across it."""
    x, y, w, h = piece
    grow = 2
    part = (
        dark[max(y - grow, 0) : y + h + grow, x : x + w]
        if level
        else dark[y : y + h, max(x - grow, 0) : x + w + grow]
    )
    profile = part.astype(np.float64).mean(axis=1 if level else 0)
    start = max((y if level else x) - grow, 0)
    # Paper grain is subtracted, so that the width is that of the ink alone.
    profile = np.clip(profile - 12, 0, None)
    at = float((np.arange(len(profile)) * profile).sum() / max(profile.sum(), 1e-6)) + start + 0.5
    low, size = (x, w) if level else (y, h)
    width = float(profile.sum()) / 255 / PX
    return Ruling(level, at / PX, low / PX, (low + size) / PX, max(width, 0.03))


def _ink(network: Mask, level: list, upright: list) -> Mask:  # type: ignore[type-arg]
    """Pixels of the network that belong to its straight pieces."""
    on = np.zeros(network.shape, np.bool_)
    for _, (x, y, w, h) in (*level, *upright):
        on[max(y - 1, 0) : y + h + 1, max(x - 1, 0) : x + w + 1] = True
    return on & network


def _rectangles(
    mask: Image, labels: NDArray[np.int32], stats: NDArray[np.int32], small: Mask
) -> tuple[list[Ruling], list[Box], Mask]:
    """Finds small pieces of ink that are clean rectangles: tick boxes, and frames of two or three characters."""
    rulings: list[Ruling] = []
    squares: list[Box] = []
    ink = np.zeros(mask.shape, np.bool_)
    least = 2.1 * PX
    for number in np.flatnonzero(small & (stats[:, 2] >= least) & (stats[:, 3] >= least)):
        x, y, w, h, _ = stats[number].tolist()
        piece = labels[y : y + h, x : x + w] == number
        thick = _outline(piece)
        if thick is None:
            continue
        middle = Box((x + thick / 2) / PX, (y + thick / 2) / PX, (w - thick) / PX, (h - thick) / PX)
        low, high = sorted((middle.width, middle.height))
        inside = piece[round(0.25 * h) : round(0.75 * h), round(0.25 * w) : round(0.75 * w)]
        empty = not inside.any()
        if _SQUARE_MM[0] <= low <= high <= _SQUARE_MM[1] and high - low < 0.2 * high and empty:
            squares.append(
                Box(
                    (x + 0.2 * thick) / PX,
                    (y + 0.2 * thick) / PX,
                    (w - 0.4 * thick) / PX,
                    (h - 0.4 * thick) / PX,
                )
            )
        elif low >= 3.0 and (high >= 4.3 or empty):
            rulings += _sides(middle, thick / PX)
        else:
            continue
        ink[y : y + h, x : x + w] |= piece
    return rulings, squares, ink


def _outline(piece: Mask) -> float | None:
    """Thickness of a rectangle's lines in px; None when the piece of ink is no clean rectangle."""
    height, width = piece.shape
    band = max(2, round(0.34 * PX))
    sides = (
        piece[:band].any(axis=0),
        piece[-band:].any(axis=0),
        piece[:, :band].any(axis=1),
        piece[:, -band:].any(axis=1),
    )
    if min(float(side.mean()) for side in sides) < _SIDE_COVERED:
        return None
    # All four corners must be filled: 口 has feet, 日 and ロ do not reach the edge on all sides at once.
    corners = (piece[:band, :band], piece[:band, -band:], piece[-band:, :band], piece[-band:, -band:])
    if not all(corner.any() for corner in corners):
        return None
    runs = []
    for line in (piece[height // 3], piece[2 * height // 3], piece[:, width // 3], piece[:, 2 * width // 3]):
        first = int(np.argmax(line))  # a side may be jagged by a pixel or two
        gaps = np.flatnonzero(~line[first:])
        runs.append(first + int(gaps[0]) if len(gaps) else len(line))
    # Measured in four places, because one of them may cross a letter inside the frame.
    thick = float(np.median(runs))
    return thick if 0.5 <= thick <= 0.9 * PX else None


def _sides(box: Box, thick: float) -> list[Ruling]:
    return [
        Ruling(True, box.y, box.x, box.right, thick),
        Ruling(True, box.bottom, box.x, box.right, thick),
        Ruling(False, box.x, box.y, box.bottom, thick),
        Ruling(False, box.right, box.y, box.bottom, thick),
    ]


def _dashes(labels: NDArray[np.int32], stats: NDArray[np.int32]) -> tuple[list[Ruling], Mask]:
    """Dots and dashes that may form a line, and their pixels."""
    low, high = (v * PX for v in _DASH_MM)
    thick = _DASH_THICK_MM * PX
    w, h = stats[:, 2], stats[:, 3]
    level = (h <= thick) & (w >= low) & (w <= high) & (w >= 0.8 * h)
    upright = (w <= thick) & (h >= low) & (h <= high) & (h >= 0.8 * w)
    level[0] = upright[0] = False
    found = []
    for number in np.flatnonzero(level | upright):
        x, y, width, height, area = stats[number].tolist()
        if level[number]:
            found.append(Ruling(True, (y + height / 2) / PX, x / PX, (x + width) / PX, area / width / PX))
        if upright[number]:
            found.append(Ruling(False, (x + width / 2) / PX, y / PX, (y + height) / PX, area / height / PX))
    return found, (level | upright)[labels]


def _chain_mask(chains: list[Ruling], shape: tuple[int, ...]) -> Mask:
    near = np.zeros(shape, np.bool_)
    for line in chains:
        a, b = round((line.at - 0.4) * PX), round((line.at + 0.4) * PX) + 1
        low, high = round(line.low * PX) - 2, round(line.high * PX) + 2
        if line.level:
            near[max(a, 0) : b, max(low, 0) : high] = True
        else:
            near[max(low, 0) : high, max(a, 0) : b] = True
    return near


def _bands(grey: Image) -> tuple[Box, ...]:
    """Finds dark bands on a picture of 50 dpi in which letters and lines are smoothed away."""
    factor = 50 / 300
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # The median removes everything thinner than half of its window, which are letters and lines at 50 dpi.
    smooth = cv2.medianBlur(np.asarray(small, np.uint8), 5)
    paper = max(float(np.percentile(smooth, 70)), 1.0)
    level = smooth.astype(np.float32) * 255 / paper
    return _boxes(level <= _BAND_DARK, factor, 14.0)


def _boxes(mask: Mask, factor: float, least_mm2: float) -> tuple[Box, ...]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    mm = 1 / (factor * PX)
    found = []
    for x, y, w, h, area in stats[1:count].tolist():
        if area * mm * mm >= least_mm2 and area >= 0.6 * w * h and min(w, h) * mm >= 2.2:
            found.append(Box(x * mm, y * mm, w * mm, h * mm))
    return tuple(found)
