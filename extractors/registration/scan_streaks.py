"""Removes the lines that dirt on the scanner's glass draws along the whole page.

Such a streak is one or two pixels wide, straight, and as long as the page. Neither writing nor print has all three
properties: strokes are short, and long printed lines are in the blank. In an empty field a streak would be read as
1 or 一, and it spoils characters that it crosses.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import Image
from extractors.base.opencv import cv2

_WIDEST_PX = 5
_BLACKEST_PAPER = 24  # grey levels: a lighter streak would not be taken for ink either
_PRINT = 50
_PRINT_REACH_PX = 9
_BANDS = 40
_STEEPEST = 0.06  # sideways over down: largest skew of the page on the scanner
_WANDER_PX = 3  # registration bends the page a little
_COARSE = 4
_SEEN = 0.6  # of a band's rows
_OF_BANDS = 0.8
_KNOWN = 0.5  # share of the bands that must not be hidden by print
_MOST_STREAKS = 4

Float = NDArray[np.float32]


def without_streaks(clean: Image, blank: Image, cache: dict[Hashable, Any] | None = None) -> Image:
    """The flattened sheet without the scanner's streaks, vertical and horizontal.

    Args:
        clean: uint8 grey [h, w], paper at 255.
        blank: uint8 grey [h, w], the empty form.
        cache: of the blank; keeps what is computed from the blank alone.
    """
    known = cache if cache is not None else {}
    if "streaks" not in known:
        known["streaks"] = _free_of_print(blank)
    free, down, across = known["streaks"]
    upright = _remove_streaks(clean, free, down)
    # For horizontal streaks, the same is done with rows and columns exchanged.
    return _remove_streaks(upright, free, across, horizontal=True)


def _free_of_print(blank: Image) -> tuple[Image, Float, Float]:
    """The area where the form prints nothing (255, else 0), and its share in each vertical and horizontal band."""
    reach = np.ones((_PRINT_REACH_PX, _PRINT_REACH_PX), np.uint8)
    _, free = cv2.threshold(cv2.erode(blank, reach), 255 - _PRINT, 255, cv2.THRESH_BINARY)
    return np.asarray(free, np.uint8), _bands(free, horizontal=False), _bands(free, horizontal=True)


def _remove_streaks(clean: Image, free: Image, known: Float, horizontal: bool = False) -> Image:
    """The same picture without vertical streaks, or without horizontal ones."""
    along = (1, _WIDEST_PX + 2) if not horizontal else (_WIDEST_PX + 2, 1)
    # Closing across the streak fills anything narrow and dark with the paper beside it.
    closed = cv2.morphologyEx(clean, cv2.MORPH_CLOSE, np.ones(along, np.uint8))
    _, narrow = cv2.threshold(cv2.subtract(closed, clean), _BLACKEST_PAPER, 255, cv2.THRESH_BINARY)
    lines = _lines(_bands(cv2.bitwise_and(narrow, free), horizontal), known)
    if not lines:
        return clean
    picture = clean.copy()
    turned, thin, filled = (part.T if horizontal else part for part in (picture, narrow, closed))
    for centres in lines:
        rows = np.arange(turned.shape[0])
        middle = (np.arange(_BANDS) + 0.5) * max(turned.shape[0] // _BANDS, 1)
        xs = np.rint(np.interp(rows, middle, centres)).astype(int)
        for shift in range(-_WIDEST_PX, _WIDEST_PX + 1):
            at = np.clip(xs + shift, 0, turned.shape[1] - 1)
            turned[rows, at] = np.where(thin[rows, at] > 0, filled[rows, at], turned[rows, at])
    return picture


def _bands(mask: Image, horizontal: bool) -> Float:
    """Per band of rows the share of each column that is set, 0 to 1; rows and columns exchanged when ``horizontal``."""
    height, width = mask.shape
    # Bands of whole pixels: averaging those costs a fraction of averaging fractions of pixels.
    if horizontal:
        mask, size = mask[:, : max(width // _BANDS, 1) * _BANDS], (_BANDS, height)
    else:
        mask, size = mask[: max(height // _BANDS, 1) * _BANDS], (width, _BANDS)
    shares = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(np.ascontiguousarray(shares.T) if horizontal else shares, np.float32)


def _lines(seen: Float, known: Float) -> list[NDArray[np.float64]]:
    """Streaks, each as its column in the middle of each band."""
    count, width = seen.shape
    # A streak that wanders between two columns is one streak.
    wide = seen.copy()
    wide[:, 1:] += seen[:, :-1]
    there = known > 0.25
    spots = there & (wide >= _SEEN * known)
    # Most pages end here: too few bands have any hit for a streak.
    if int(spots.any(axis=1).sum()) < _OF_BANDS * _KNOWN * count:
        return []
    hit = _widened(spots, _WANDER_PX)
    found: list[NDArray[np.float64]] = []
    rows = np.arange(count)
    lean = _STEEPEST * width * 1.4 / count
    slopes = np.linspace(-lean, lean, 2 * round(lean * count / _WANDER_PX) + 1)
    candidates = _candidate_columns(spots, there, slopes)
    best: list[tuple[float, int, float]] = []
    for slope, tops in zip(slopes, candidates, strict=True):
        if not len(tops):
            continue
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
        if (
            all(np.abs(line - other).mean() > 4 * _WANDER_PX for other in found)
            and len(found) < _MOST_STREAKS
        ):
            found.append(_fit_line(line, spots))
    return found


def _candidate_columns(
    spots: NDArray[np.bool_], there: NDArray[np.bool_], slopes: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    """Per slope the columns where a line may be: a coarse search that misses none, because most pages have none."""
    count, width = spots.shape
    rows = np.arange(count)
    tops = np.arange(0, width, _WANDER_PX, np.int64)  # the hits are widened by as much to either side
    near = _widened(spots, _WANDER_PX + 2 * _COARSE * _WANDER_PX).astype(np.uint8)
    sure = ~_widened(~there, 2 * _COARSE * _WANDER_PX)
    candidates: list[NDArray[np.int64]] = []
    for group in np.array_split(slopes, max(1, len(slopes) // _COARSE)):
        xs = np.rint(tops[::_COARSE] + group.mean() * (rows - count / 2)[:, None]).astype(int)
        at = np.clip(xs, 0, width - 1)
        inside = (xs >= 2 * _COARSE * _WANDER_PX) & (xs < width - 2 * _COARSE * _WANDER_PX)
        number = (inside & sure[rows[:, None], at]).sum(axis=0)
        hits = near[rows[:, None], at].sum(axis=0, dtype=np.int64)
        passes = hits >= _OF_BANDS * np.maximum(number, _KNOWN * count)
        wide = cv2.dilate(passes.astype(np.uint8)[None], np.ones((1, 3), np.uint8))[0] > 0
        candidates += [tops[np.repeat(wide, _COARSE)[: len(tops)]]] * len(group)
    return candidates


def _widened(hit: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    kernel = np.ones((1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(hit.astype(np.uint8), kernel) > 0, np.bool_)


def _fit_line(line: NDArray[np.float64], hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The line moved onto the hits in each band."""
    fitted = line.copy()
    for band, x in enumerate(line):
        columns = np.flatnonzero(hit[band])
        near = columns[np.abs(columns - x) <= _WANDER_PX]
        if len(near):
            fitted[band] = float(near.mean())
    return fitted
