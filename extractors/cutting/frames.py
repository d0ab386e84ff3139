"""Removes the printed form from a part of the sheet and leaves the handwriting.

The blank, shifted by a few tenths of a millimetre onto the page's own print, shows where print lies. Ink there is
removed, except where a stroke crosses: ink on both sides of a printed line, in one direction, is joined
again through the line; and ink clearly darker than the print can be is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness, ink_level, vermilion, without_seal
from extractors.base.model import PX_PER_MM, Image, RegisteredPage
from extractors.base.opencv import cv2
from templates_forms.model import Box

_PRINT = 50  # darkness in the blank from which a pixel is print
_CORE = 100  # darkness of the middle of a printed line
_SEARCH_PX = 3
_LEAST_SHIFT_PX = 0.5  # a smaller shift blurs the blank's lines more than it helps
# Of more printed pixels than this, only a sample is compared: it is enough for an offset.
_SAMPLED_PIXELS = 1500
_MOST_SPREAD_PX = 4
_DARKER_THAN_PRINT = 55
_LEAST_SPECK_PX = 4
_HUGGING_PX = 2.6
_LONGEST_SLIVER_PX = 20
# Print just outside the crop also has edges inside it, so the crop is computed this much larger.
_EXTRA_MARGIN_MM = 1.0
_ANGLES = 8
_STEPS = np.arange(-_SEARCH_PX, _SEARCH_PX + 1)
# A penalty on larger shifts: along a single line every shift parallel to it matches equally well.
_SHIFT_PENALTY = 0.6 * np.hypot(*np.meshgrid(_STEPS, _STEPS))

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Handwriting:
    """The handwriting on a part of the sheet.

    Attributes:
        grey: uint8 [h, w], handwriting on 255, with soft edges.
        mask: bool [h, w], handwritten ink.
        printed: bool [h, w], where print was removed.
        seal: bool [h, w], red ink.
        left, top: of the crop on the sheet, px.
        level: darkness from which a pixel counted as ink.
    """

    grey: Image
    mask: Mask
    printed: Mask
    seal: Mask
    left: int
    top: int
    level: float

    @property
    def contrast(self) -> float:
        """Typical darkness of the handwriting, 0 to 1; 1 without any handwriting, which then is not faint."""
        ink = self.grey[self.mask]
        return float(255 - np.median(ink)) / 255 if ink.size else 1.0

    def area(self, box: Box, grow_mm: float = 0.0) -> tuple[slice, slice]:
        """Rows and columns of a box on the sheet, inside this crop."""
        height, width = self.mask.shape
        x0 = round((box.x - grow_mm) * PX_PER_MM) - self.left
        y0 = round((box.y - grow_mm) * PX_PER_MM) - self.top
        x1 = round((box.right + grow_mm) * PX_PER_MM) - self.left
        y1 = round((box.bottom + grow_mm) * PX_PER_MM) - self.top
        rows = slice(min(max(y0, 0), height), min(max(y1, 0), height))
        return rows, slice(min(max(x0, 0), width), min(max(x1, 0), width))


def handwriting(located: RegisteredPage, box: Box, margin_mm: float = 3.0) -> Handwriting:
    """Returns the writing in and around a box, with the printed form removed.

    Args:
        located: the registered page.
        box: the part of the sheet, mm.
        margin_mm: margin around it.
    """
    # Computed a little larger and trimmed: print just outside the crop also has edges inside it.
    rows, columns = _crop(located, box, margin_mm + _EXTRA_MARGIN_MM)
    color = located.sheet_color[rows, columns]
    page = darkness(without_seal(color, located.clean[rows, columns]))
    level = ink_level(located.print_gain, located.noise)
    blank = darkness(located.blank[rows, columns])
    blank = _shifted(blank, *_offset(blank, page))
    printed = (blank > _PRINT).astype(np.uint8)
    spread = _print_spread(page, printed, level)
    zone = cv2.dilate(printed, _disc(spread)) > 0
    # Grey levels stay integers throughout, which is faster; nothing here needs finer ones.
    expected = cv2.convertScaleAbs(cv2.dilate(blank, _disc(spread)), alpha=min(located.print_gain, 1.0))
    left = np.asarray(cv2.subtract(page, expected), np.uint8)
    far = _away_from_print(zone)
    mask, strokes = _without_edges((left > level) & ~zone, far)
    crossing = zone & (page > level) & _crossings(mask, strokes, zone, 2 * spread + 8)
    darker = zone & (page > _darkest_print(page, blank) + _DARKER_THAN_PRINT)
    mask = _real_ink(mask | crossing | darker, far)
    soft = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    # A stroke is invisible inside a black line; there it is given its darkness beside the line.
    beside = left[mask & ~zone]
    usual = _quantile(beside, 0.75) if beside.size else 255
    hidden = np.where(mask, np.minimum(page, np.uint8(usual)), 0)
    strength = np.where(zone, hidden, np.where(soft & (left > 0.4 * level), left, 0))
    inner_rows, inner_columns = _crop(located, box, margin_mm)
    trim = (
        slice(inner_rows.start - rows.start, inner_rows.stop - rows.start),
        slice(inner_columns.start - columns.start, inner_columns.stop - columns.start),
    )
    return Handwriting(
        grey=darkness(strength[trim]),
        mask=mask[trim],
        printed=zone[trim],
        seal=vermilion(color[trim]) > 0,
        left=inner_columns.start,
        top=inner_rows.start,
        level=level,
    )


def _crop(located: RegisteredPage, box: Box, margin_mm: float) -> tuple[slice, slice]:
    height, width = located.clean.shape
    x0 = min(max(round((box.x - margin_mm) * PX_PER_MM), 0), width - 1)
    y0 = min(max(round((box.y - margin_mm) * PX_PER_MM), 0), height - 1)
    x1 = min(max(round((box.right + margin_mm) * PX_PER_MM), x0 + 1), width)
    y1 = min(max(round((box.bottom + margin_mm) * PX_PER_MM), y0 + 1), height)
    return slice(y0, y1), slice(x0, x1)


@cache
def _disc(radius: int) -> Image:
    return np.asarray(
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8
    )


def _offset(blank: Image, page: Image) -> tuple[float, float]:
    """Offset of the page's print from the blank's here, px (x, y); uses printed pixels only."""
    ys, xs = np.nonzero(blank > _CORE)
    # With so little print no offset can be estimated.
    if len(ys) < 40:
        return 0.0, 0.0
    step = max(1, len(ys) // _SAMPLED_PIXELS)
    ys, xs = ys[::step] + _SEARCH_PX, xs[::step] + _SEARCH_PX
    padded = cv2.copyMakeBorder(page, *(_SEARCH_PX,) * 4, cv2.BORDER_CONSTANT)
    side, steps = len(_STEPS), _STEPS
    across = padded.shape[1]
    moves = (steps[:, None] * across + steps).ravel()
    seen = padded.ravel()[(ys * across + xs)[None] + moves[:, None]]
    sums = seen.sum(axis=1, dtype=np.uint32).reshape(side, side) / len(ys)
    # In a tie the smaller shift wins.
    sums -= _SHIFT_PENALTY
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    x, y = float(column - _SEARCH_PX), float(row - _SEARCH_PX)
    if 0 < column < side - 1:
        x += _vertex(*sums[row, column - 1 : column + 2])
    if 0 < row < side - 1:
        y += _vertex(*sums[row - 1 : row + 2, column])
    return x, y


def _vertex(before: float, middle: float, after: float) -> float:
    curve = before - 2 * middle + after
    return 0.0 if curve >= -1e-9 else float(np.clip(0.5 * (before - after) / curve, -0.5, 0.5))


def _shifted(blank: Image, x: float, y: float) -> Image:
    if abs(x) < _LEAST_SHIFT_PX and abs(y) < _LEAST_SHIFT_PX:
        return blank
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    size = (blank.shape[1], blank.shape[0])
    return np.asarray(
        cv2.warpAffine(blank, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _print_spread(page: Image, printed: Image, level: float) -> int:
    """By how many pixels this page shows print wider than the blank does: dark copies have thick lines."""
    inner = printed
    for radius in range(1, _MOST_SPREAD_PX):
        outer = cv2.dilate(printed, _disc(radius))
        ring = page[outer > inner]
        if ring.size < 20 or np.count_nonzero(ring < level) > 0.75 * ring.size:
            return max(1, radius - 1)
        inner = outer
    return _MOST_SPREAD_PX - 1


def _darkest_print(page: Image, blank: Image) -> float:
    """Darkness of the darkest print here; thick lines are darker than thin ones on a page."""
    # Only the middle of lines: their edges are lighter on every scan.
    core = page[blank > _CORE]
    return float(_quantile(core, 0.95)) if core.size > 40 else 255.0


def _quantile(values: Image, share: float) -> int:
    """The grey level that ``share`` of the values do not exceed."""
    return int(np.searchsorted(np.cumsum(np.bincount(values, minlength=256)), share * values.size))


def _away_from_print(zone: Mask) -> Mask:
    """Pixels at more than the hugging distance from the print."""
    away = cv2.distanceTransform((~zone).view(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away > _HUGGING_PX, np.bool_)


def _reaching_away(mask: Mask, far: Mask) -> tuple[NDArray[np.int32], NDArray[np.int32], Mask]:
    """Components of ink, their boxes and areas, and whether each one extends away from the print."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    stands = np.bincount(labels[mask & far], minlength=count) > 0
    return labels, stats, np.asarray(stands, np.bool_)


def _without_edges(mask: Mask, far: Mask) -> tuple[Mask, Mask]:
    """Removes long thin remains along the print: edges of lines that are printed a little wider here.

    Returns:
        The remaining ink, and of that the components that extend away from the print.
    """
    if not mask.any():
        return mask, mask
    labels, stats, stands = _reaching_away(mask, far)
    keep = stands | (stats[:, 2:4].max(axis=1) <= _LONGEST_SLIVER_PX)
    keep[0] = False
    return keep.take(labels), stands.take(labels)


def _real_ink(mask: Mask, far: Mask) -> Mask:
    """Removes specks, and slivers beside the print that are not connected to any stroke."""
    if not mask.any():
        return mask
    labels, stats, stands = _reaching_away(mask, far)
    keep = stands & (stats[:, 4] >= _LEAST_SPECK_PX)
    keep[0] = False
    return keep.take(labels)


def _crossings(mask: Mask, strokes: Mask, zone: Mask, length: int) -> Mask:
    """Pixels where strokes cross the print: ink reaches it on both sides, and on one side it is a real stroke."""
    near = mask & (cv2.dilate(zone.view(np.uint8), _disc(2)) > 0)
    if not near.any():
        return np.asarray(near, np.bool_)
    # Remains of the printed line itself.
    slivers = near & ~strokes
    through = _bridges(near, length)
    # Two edges of the same printed line also face each other; bridges between edges alone are no strokes.
    if slivers.any():
        through &= ~_bridges(slivers, length)
    both = (mask | through).view(np.uint8)
    solid = cv2.morphologyEx(both, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    return np.asarray(through & solid, np.bool_)


def _bridges(mask: Mask, length: int) -> Mask:
    """Pixels with ink on both sides in some direction, no farther apart than ``length`` px."""
    whole = mask.view(np.uint8)
    x, y, width, height = cv2.boundingRect(whole)  # closing adds nothing beyond the outermost ink
    part = whole[y : y + height, x : x + width]
    ink = cv2.copyMakeBorder(part, length, length, length, length, cv2.BORDER_CONSTANT)
    joined = np.zeros_like(ink)
    for index in range(_ANGLES):
        joined |= cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _line(length, np.pi * index / _ANGLES))
    out = np.zeros(mask.shape, np.bool_)
    out[y : y + height, x : x + width] = joined[length:-length, length:-length] > 0
    return np.asarray(out, np.bool_)


@cache
def _line(length: int, angle: float) -> Image:
    half = length // 2
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    dx, dy = half * np.cos(angle), half * np.sin(angle)
    cv2.line(kernel, (round(half - dx), round(half - dy)), (round(half + dx), round(half + dy)), 1)
    return kernel
