"""Finds struck-out ink in free writing: a double or single line through it, a correction seal at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import PX_PER_MM
from extractors.base.opencv import cv2
from extractors.cutting.components import (
    MOST_SLANT_DEG,
    SHORTEST_STRIKE_MM,
    Components,
    Mask,
    components,
    ink_coverage,
)

_STROKE_MM = 0.5  # from the middle of a line to where the struck writing is visible again
_GAP_MM = 0.4  # of line alone between two characters
# Ink up to this distance beyond the end of a line still counts as struck out.
_BEYOND_END_MM = 1.0
_SEAL_MM = (3.5, 7.5)  # across a correction seal
_WITHOUT_GAP, _PAIRED = 0.985, 0.975  # share of a line that has ink
_DOUBLE_MM = (0.6, 2.6)  # between the two lines of a double line
_OFF_CIRCLE_MM = 0.22
_LEAST_ARC = 8  # of 36 directions

Line = tuple[int, int, int, int]
"""x and y of the left end, x and y of the right end, px."""


def struck_ink(mask: Mask, unit_mm: float) -> Mask:
    """Returns the writing that a horizontal line strikes out, with the line and a correction seal's ring at its end.

    A 一 or ー has nothing above and below it, and an underline nothing below: only a line through
    characters strikes them out.

    Args:
        mask: handwriting of one field, bool [h, w].
        unit_mm: height of one written line.
    """
    lines = _level_lines(mask, unit_mm)
    spans = [line for line in lines if _is_strike(mask, line, lines, unit_mm)]
    if not spans:
        return np.zeros_like(mask)
    found = components(mask)
    middles = found.centres()
    right = found.boxes[:, 0] + found.boxes[:, 2]
    # Components that the line crosses, and components that lie along it, such as dots.
    touched = np.zeros(found.count, np.bool_)
    along = np.zeros(found.count, np.bool_)
    reach, over, seal = (mm * PX_PER_MM for mm in (0.5 * unit_mm, _BEYOND_END_MM, _SEAL_MM[1]))
    start, end = min(x0 for x0, _, _, _ in spans) - over, max(x1 for _, _, x1, _ in spans) + over
    for x0, y0, x1, y1 in spans:
        steps = np.linspace(0.0, 1.0, x1 - x0 + 1)
        rows, columns = (
            np.rint(y0 + steps * (y1 - y0)).astype(int),
            np.rint(x0 + steps * (x1 - x0)).astype(int),
        )
        touched[np.unique(found.labels[rows, columns])] = True
        level = y0 + (middles[:, 0] - x0) / max(x1 - x0, 1) * (y1 - y0)
        along |= (middles[:, 0] >= start) & (middles[:, 0] <= end) & (np.abs(middles[:, 1] - level) < reach)
    whole = found.mask((touched & (right <= end + seal)) | along | _seal(found, end))
    columns = np.zeros(mask.shape[1], np.bool_)
    columns[max(0, round(start)) : round(end)] = True
    # A component that only touches the end of a line was not struck out: it is cut there.
    return np.asarray(whole | (found.mask(touched) & columns[None, :]), np.bool_)


def _seal(found: Components, end: float) -> NDArray[np.bool_]:
    """Arcs of a correction seal's ring at the end of struck-out writing, bool [n]; red seals were faded before."""
    low, high = (size * PX_PER_MM for size in _SEAL_MM)
    chosen = np.zeros(found.count, np.bool_)
    for piece in range(1, found.count):
        left, top, wide, tall = (int(v) for v in found.boxes[piece])
        near = end - high < left and left + wide < end + high
        if near and tall >= 0.6 * low and max(wide, tall) <= high:
            ys, xs = np.nonzero(found.labels[top : top + tall, left : left + wide] == piece)
            chosen[piece] = _on_a_circle(xs.astype(float), ys.astype(float), low / 2, high / 2)
    return chosen


def _on_a_circle(x: NDArray[np.float64], y: NDArray[np.float64], smallest: float, largest: float) -> bool:
    """Whether points lie on a good part of one circle (algebraic fit of Kåsa 1976); radii in px."""
    if len(x) < 12:
        return False
    terms = np.stack([x, y, np.ones_like(x)], axis=1)
    (a, b, c), *_ = np.linalg.lstsq(terms, x**2 + y**2, rcond=None)
    radius = float(np.sqrt(max(c + a**2 / 4 + b**2 / 4, 0.0)))
    if not smallest <= radius <= largest:
        return False
    off = np.hypot(x - a / 2, y - b / 2) - radius
    directions = len(np.unique((np.arctan2(y - b / 2, x - a / 2) * 18 / np.pi).astype(int)))
    return bool(np.abs(off).mean() < _OFF_CIRCLE_MM * PX_PER_MM and directions >= _LEAST_ARC)


def _is_strike(mask: Mask, line: Line, lines: Sequence[Line], unit_mm: float) -> bool:
    """Whether a line was drawn through several characters: as one of two parallel lines, or alone without a gap.

    The horizontal strokes of several characters may lie on one line by chance, and one character may have a long one.
    The line must therefore be visible alone between characters; a single line in more places than a double one.
    """
    whole = ink_coverage(mask, line[:2], line[2:])
    low, high = (mm * PX_PER_MM for mm in _DOUBLE_MM)
    pair = [line]
    for other in lines:
        beside = min(line[2], other[2]) - max(line[0], other[0]) > 0.7 * (line[2] - line[0])
        apart = abs((line[1] + line[3]) - (other[1] + other[3])) / 2
        if beside and low <= apart <= high and whole + ink_coverage(mask, other[:2], other[2:]) > 2 * _PAIRED:
            pair = [line, other]
            break
    gaps = _crossings(mask, pair, unit_mm) - 1
    return gaps >= 1 if len(pair) == 2 else whole > _WITHOUT_GAP and gaps >= 2


def _crossings(mask: Mask, pair: Sequence[Line], unit_mm: float) -> int:
    """Number of separate components along the line(s) that extend both above and below."""
    half, off = round(0.5 * unit_mm * PX_PER_MM), round(_STROKE_MM * PX_PER_MM)
    x0, x1 = max(line[0] for line in pair), min(line[2] for line in pair)
    sides = np.zeros((2, max(x1 - x0, 0)), np.bool_)
    for i, x in enumerate(range(x0, x1)):
        levels = [line[1] + (x - line[0]) / max(line[2] - line[0], 1) * (line[3] - line[1]) for line in pair]
        top, bottom = round(min(levels)), round(max(levels))
        sides[0, i] = mask[max(0, top - half) : max(0, top - off), x].any()
        sides[1, i] = mask[bottom + off + 1 : bottom + half, x].any()
    least = round(_GAP_MM * PX_PER_MM)
    either = np.asarray(sides.any(axis=0), np.uint8)[None]
    closed = cv2.morphologyEx(either, cv2.MORPH_CLOSE, np.ones((1, least), np.uint8))[0]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed, [0]])))
    return sum(bool(sides[:, a:b].any(axis=1).all()) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _level_lines(mask: Mask, unit_mm: float) -> list[Line]:
    """Horizontal lines of ink longer than a character, left end first."""
    shortest = round(max(SHORTEST_STRIKE_MM, 1.25 * unit_mm) * PX_PER_MM)
    lines = cv2.HoughLinesP(
        mask.astype(np.uint8) * 255,
        1,
        np.pi / 360,
        max(20, shortest // 2),
        minLineLength=shortest,
        maxLineGap=5,
    )
    found: list[Line] = []
    for ends in [] if lines is None else lines.reshape(-1, 4).tolist():
        x0, y0, x1, y1 = ends if ends[0] <= ends[2] else (*ends[2:], *ends[:2])
        level = abs(np.degrees(np.arctan2(float(y1 - y0), float(x1 - x0)))) <= MOST_SLANT_DEG
        if level and ink_coverage(mask, (x0, y0), (x1, y1)) > 0.85:
            found.append((x0, y0, x1, y1))
    return found
