"""Lines that dirt on the scanner's glass draws along the whole page: found once a page, and wiped out.

Such a streak is one or two pixels wide, straight, and as long as the page. Nothing that is written or printed is all of
that: strokes are short, and long rules are in the blank. In an empty field it would be read as 1 or 一, and across
a character it spoils that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extractors.model import Image
from extractors.opencv import cv2

_WIDEST_PX = 5
_BLACKEST_PAPER = 24  # grey levels: below it a streak would not be taken for ink either
_PRINT = 50
_PRINT_REACH_PX = 9
_BANDS = 40
_STEEPEST = 0.06  # sideways over down: how much a page may have lain askew
_SWAY_PX = 3  # registration bends the page a little
_SEEN = 0.6  # of a band's rows
_OF_BANDS = 0.8
_KNOWN = 0.5  # share of the bands that must not be hidden by print
_MOST = 4

Float = NDArray[np.float32]


def without_streaks(clean: Image, blank: Image) -> Image:
    """The flattened sheet with the scanner's streaks wiped out, those down and those across it.

    Args:
        clean: uint8 grey [h, w], paper at 255.
        blank: uint8 grey [h, w], the empty form.
    """
    upright = _wiped(clean, blank)
    lying = _wiped(np.ascontiguousarray(upright.T), np.ascontiguousarray(blank.T))
    return np.ascontiguousarray(lying.T)


def _wiped(clean: Image, blank: Image) -> Image:
    """The same picture without streaks that run down it."""
    closed = cv2.morphologyEx(clean, cv2.MORPH_CLOSE, np.ones((1, _WIDEST_PX + 2), np.uint8))
    narrow = cv2.subtract(closed, clean) > _BLACKEST_PAPER
    reach = np.ones((_PRINT_REACH_PX, _PRINT_REACH_PX), np.uint8)
    free = cv2.erode(blank, reach) > 255 - _PRINT
    seen, known = _bands(narrow & free), _bands(free)
    picture = clean
    for centres in _lines(seen, known):
        if picture is clean:
            picture = clean.copy()
        rows = np.arange(clean.shape[0])
        middle = (np.arange(_BANDS) + 0.5) * clean.shape[0] / _BANDS
        xs = np.rint(np.interp(rows, middle, centres)).astype(int)
        for shift in range(-_WIDEST_PX, _WIDEST_PX + 1):
            at = np.clip(xs + shift, 0, clean.shape[1] - 1)
            picture[rows, at] = np.where(narrow[rows, at], closed[rows, at], picture[rows, at])
    return picture


def _bands(mask: NDArray[np.bool_]) -> Float:
    """Per band of rows the share of each column that is set."""
    shares = cv2.resize(mask.astype(np.float32), (mask.shape[1], _BANDS), interpolation=cv2.INTER_AREA)
    return np.asarray(shares, np.float32)


def _lines(seen: Float, known: Float) -> list[NDArray[np.float64]]:
    """Streaks as the column in the middle of each band."""
    count, width = seen.shape
    # A streak that wavers over two columns is one streak.
    wide = seen.copy()
    wide[:, 1:] += seen[:, :-1]
    there = known > 0.25
    spots = there & (wide >= _SEEN * known)
    if int(spots.any(axis=1).sum()) < _OF_BANDS * _KNOWN * count:
        return []
    hit = _swayed(spots)
    found: list[NDArray[np.float64]] = []
    rows = np.arange(count)
    lean = _STEEPEST * width * 1.4 / count
    tops = np.arange(0, width, _SWAY_PX)  # what was seen is widened by as much to either side
    best: list[tuple[float, int, float]] = []
    for slope in np.linspace(-lean, lean, 2 * round(lean * count / _SWAY_PX) + 1):
        xs = np.rint(tops[None, :] + slope * (rows - count / 2)[:, None]).astype(int)
        inside = (xs >= 0) & (xs < width)
        at = np.clip(xs, 0, width - 1)
        usable = inside & there[rows[:, None], at]
        number = usable.sum(axis=0)
        hits = (usable & hit[rows[:, None], at]).sum(axis=0)
        rate = np.where(number >= _KNOWN * count, hits / np.maximum(number, 1), 0.0)
        best += [(float(rate[i]), int(tops[i]), float(slope)) for i in np.flatnonzero(rate >= _OF_BANDS)]
    for _, x, slope in sorted(best, reverse=True):
        line = x + slope * (rows - count / 2)
        if all(np.abs(line - other).mean() > 4 * _SWAY_PX for other in found) and len(found) < _MOST:
            found.append(_settled(line, spots))
    return found


def _swayed(hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    kernel = np.ones((1, 2 * _SWAY_PX + 1), np.uint8)
    return np.asarray(cv2.dilate(hit.astype(np.uint8), kernel) > 0, np.bool_)


def _settled(line: NDArray[np.float64], hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The line drawn onto what was seen in each band."""
    settled = line.copy()
    for band, x in enumerate(line):
        columns = np.flatnonzero(hit[band])
        near = columns[np.abs(columns - x) <= _SWAY_PX]
        if len(near):
            settled[band] = float(near.mean())
    return settled
