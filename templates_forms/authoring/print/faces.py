"""Finds the faces that lines enclose: table cells, boxes, and boxes inside boxes.

All lines are mapped to a grid of their own coordinates; grid squares that no line separates form one face
(connected components). So a cell is found whether its sides are one rectangle, four strokes or parts of its
neighbours' sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from templates_forms.authoring.print.model import Ruling
from templates_forms.model import Box

# Lines closer than this are one line drawn twice.
_SAME_MM = 0.4
_CORNER_MM = 3.6  # round corners up to this radius are treated as square ones
# A grid edge is closed when a line covers this share of it; scans leave gaps.
_COVERED = 0.6
# Thinner faces are the inside of double lines.
_THINNEST_MM = 1.2
# A dotted line may end up to one dot distance before its neighbour.
_DOTTED_REACH_MM = 1.9
_REACH_MM = 0.7  # a line that ends this close to another still meets it

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Face:
    """An area enclosed by lines.

    Attributes:
        box: between the middles of its lines.
        holes: enclosed areas inside it.
        whole: false when it is not a rectangle; then the box is the largest rectangle in it.
    """

    box: Box
    holes: tuple[Box, ...] = ()
    whole: bool = True


def find_faces(rulings: Sequence[Ruling], size_mm: tuple[float, float]) -> tuple[Face, ...]:
    """Return all enclosed areas, top to bottom and left to right."""
    lines = close_corners(rulings)
    xs = _grid_coordinates([r.at for r in lines if not r.level], size_mm[0])
    ys = _grid_coordinates([r.at for r in lines if r.level], size_mm[1])
    labels = _label_squares(lines, xs, ys)
    # Squares connected to the margin are not enclosed.
    outside = {int(v) for v in (*labels[0], *labels[-1], *labels[:, 0], *labels[:, -1])}
    found = [_face(labels, number, xs, ys) for number in np.unique(labels) if int(number) not in outside]
    faces = [_snap_to_lines(face, lines) for face in found if face is not None]
    return tuple(sorted(faces, key=lambda f: (round(f.box.y), f.box.x)))


def _snap_to_lines(face: Face, lines: Sequence[Ruling]) -> Face:
    """Move each side from the grid, where close lines are merged, to the actual line."""
    box = face.box
    left, right = (_side(lines, False, x, box.y, box.bottom) for x in (box.x, box.right))
    top, bottom = (_side(lines, True, y, box.x, box.right) for y in (box.y, box.bottom))
    return replace(face, box=Box(left, top, right - left, bottom - top))


def _side(lines: Sequence[Ruling], level: bool, at: float, low: float, high: float) -> float:
    best, most = at, 0.3 * (high - low)
    for line in lines:
        if line.level != level or abs(line.at - at) > 2 * _SAME_MM:
            continue
        shared = min(line.high, high) - max(line.low, low) - abs(line.at - at)
        if shared > most:
            best, most = line.at, shared
    return best


def close_corners(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Extend two lines that end near each other without meeting: the sides of a box with round corners."""
    lines = _extend_to_neighbours(rulings)
    ends = [
        (i, high) for i in range(len(lines)) for high in (False, True) if _is_open_end(lines[i], high, lines)
    ]
    for a, a_high in ends:
        for b, b_high in ends:
            one, other = lines[a], lines[b]
            if not one.level or other.level:
                continue
            across, down = _end(one, a_high) - other.at, _end(other, b_high) - one.at
            outward = (across < 0) == a_high and (down < 0) == b_high
            # Only lines that would meet when extended are joined, not ones that cross elsewhere.
            if outward and max(abs(across), abs(down)) <= _CORNER_MM:
                lines[a] = _with_end(one, a_high, other.at)
                lines[b] = _with_end(other, b_high, one.at)
    return lines


def _extend_to_neighbours(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Extend lines that end just short of another line; a dotted line ends at its last dot."""
    lines = list(rulings)
    for i, line in enumerate(lines):
        reach = _DOTTED_REACH_MM if line.dotted else _REACH_MM
        for high in (False, True):
            if not _is_open_end(line, high, lines):
                continue
            end = _end(line, high)
            ahead = [
                other.at
                for other in lines
                if other.level != line.level
                and other.low - _REACH_MM <= line.at <= other.high + _REACH_MM
                and 0 < (other.at - end if high else end - other.at) <= reach
            ]
            if ahead:
                line = lines[i] = _with_end(line, high, min(ahead) if high else max(ahead))
    return lines


def _end(line: Ruling, high: bool) -> float:
    return line.high if high else line.low


def _with_end(line: Ruling, high: bool, place: float) -> Ruling:
    return replace(line, high=place) if high else replace(line, low=place)


def _is_open_end(line: Ruling, high: bool, lines: Sequence[Ruling]) -> bool:
    """Whether a line has a free end: no perpendicular line is near its end."""
    place = _end(line, high)
    return not any(
        other.level != line.level
        and abs(other.at - place) <= _REACH_MM
        and other.low - _REACH_MM <= line.at <= other.high + _REACH_MM
        for other in lines
    )


def _grid_coordinates(values: Sequence[float], size: float) -> NDArray[np.float64]:
    """Return the coordinates with close ones merged, and the sheet's edges outside them."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= _SAME_MM and value - groups[-1][0] <= 2 * _SAME_MM:
            groups[-1].append(value)
        else:
            groups.append([value])
    # A margin around the sheet, so that the outside is one connected face.
    return np.array([-5.0, *(float(np.mean(g)) for g in groups), size + 5.0])


def _label_squares(
    lines: Sequence[Ruling], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return int32 [rows, columns] of the grid: the number of the face that contains each square."""
    rows, columns = len(ys) - 1, len(xs) - 1
    level = _blocked([r for r in lines if r.level], ys, xs)  # [line y, column]
    upright = _blocked([r for r in lines if not r.level], xs, ys)  # [line x, row]
    number = np.arange(rows * columns).reshape(rows, columns)
    open_down = ~level[1:-1]
    open_right = ~upright[1:-1].T
    a = np.concatenate([number[:-1][open_down], number[:, :-1][open_right]])
    b = np.concatenate([number[1:][open_down], number[:, 1:][open_right]])
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(rows * columns, rows * columns))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32).reshape(rows, columns)


def _blocked(lines: Sequence[Ruling], across: NDArray[np.float64], along: NDArray[np.float64]) -> Flags:
    """Return bool [len(across), len(along) - 1]: whether a line runs there."""
    covered = np.zeros((len(across), len(along) - 1))
    steps = np.diff(along)
    for line in lines:
        index = int(np.abs(across - line.at).argmin())
        low, high = line.low - _SAME_MM, line.high + _SAME_MM
        shared = np.minimum(along[1:], high) - np.maximum(along[:-1], low)
        covered[index] += np.clip(shared, 0, steps)
    return np.asarray(covered >= _COVERED * steps, np.bool_)


def _face(
    labels: NDArray[np.int32], number: int, xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> Face | None:
    rows, columns = np.nonzero(labels == number)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    part = labels[top:bottom, left:right]
    others = set(np.unique(part).tolist()) - {number}
    inner = {o for o in others if _within(labels, o, (top, bottom, left, right))}
    mine = np.isin(part, [number, *inner])
    if mine.all():
        box = _box(xs, ys, top, bottom, left, right)
        holes = tuple(_hole(labels, o, xs, ys) for o in sorted(inner))
        return Face(box, holes) if min(box.width, box.height) >= _THINNEST_MM else None
    t, b, s, e = _largest(mine, np.diff(ys[top : bottom + 1]), np.diff(xs[left : right + 1]))
    box = _box(xs, ys, top + t, top + b, left + s, left + e)
    return Face(box, (), False) if min(box.width, box.height) >= _THINNEST_MM else None


def _within(labels: NDArray[np.int32], number: int, bounds: tuple[int, int, int, int]) -> bool:
    rows, columns = np.nonzero(labels == number)
    top, bottom, left, right = bounds
    inside = rows.min() >= top and rows.max() < bottom and columns.min() >= left and columns.max() < right
    return bool(inside)


def _hole(labels: NDArray[np.int32], number: int, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Box:
    rows, columns = np.nonzero(labels == number)
    return _box(xs, ys, rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)


def _box(
    xs: NDArray[np.float64], ys: NDArray[np.float64], top: int, bottom: int, left: int, right: int
) -> Box:
    return Box(float(xs[left]), float(ys[top]), float(xs[right] - xs[left]), float(ys[bottom] - ys[top]))


def _largest(
    mask: Flags, heights: NDArray[np.float64], widths: NDArray[np.float64]
) -> tuple[int, int, int, int]:
    """Return rows and columns (top, bottom, left, right) of the largest rectangle that is all true."""
    best, found = -1.0, (0, 1, 0, 1)
    for top in range(mask.shape[0]):
        all_true = np.ones(mask.shape[1], np.bool_)
        for bottom in range(top + 1, mask.shape[0] + 1):
            all_true &= mask[bottom - 1]
            start, width = _widest(all_true, widths)
            area = width * float(heights[top:bottom].sum())
            if area > best:
                end = start
                while end < len(all_true) and all_true[end]:
                    end += 1
                best, found = area, (top, bottom, start, end)
    return found


def _widest(flags: Flags, widths: NDArray[np.float64]) -> tuple[int, float]:
    best, start, now, begin = 0.0, 0, 0.0, 0
    for i, flag in enumerate(flags):
        if not flag:
            now, begin = 0.0, i + 1
            continue
        now += float(widths[i])
        if now > best:
            best, start = now, begin
    return start, best
