"""Finds rows of boxes for one character each, with their number and their groups (〒 3-4, 電話 3-4-4)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from templates_forms.authoring.print.faces import Face
from templates_forms.authoring.print.model import Glyph, Ruling, around, centre_inside
from templates_forms.model import Box

_WIDTHS_MM = (2.2, 13.5)
_HEIGHTS_MM = (3.2, 17.0)
_SLIMMEST, _WIDEST = 0.3, 1.7  # width relative to height
# Tolerance of drawing and scanning for boxes on one level.
_SAME_EDGE_MM = 0.5
# Relative; table columns differ by more.
_SAME_WIDTH = 0.16
# More than the width of the line between two boxes.
_TOUCHING_MM = 0.45
_WIDEST_GAP = 1.3  # relative to a box's width, between separate boxes
_HEAVIER = {True: 1.3, False: 1.8}  # width of a group's last line relative to the others, by ``exact``
# Absolute minimum, because thin lines of equal width differ by a pixel.
_HEAVIER_MM = 0.05
# On a scan, a group's line has at least this share of the frame's width.
_LIKE_FRAME = 0.55
# Place values and counters that are printed small in a box without being its content.
_PLACES = set("億千百十万円一二三四五六七八九〇時分年月日") | set("0123456789０１２３４５６７８９")
# Digits and katakana: what people write into boxes.
_WRITTEN = set("0123456789０１２３４５６７８９") | {chr(c) for c in range(0x30A1, 0x30F7)}
# A frame for a row of characters is wider than one box and not higher than a line.
_FRAME_MM, _FRAME_HEIGHT_MM = 9.0, 9.5
_BETWEEN = set("-‐‑–—―－ー−の一ｰ_~〜～・〓")


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """Adjacent boxes: their common outer box, and the number of boxes in each group."""

    box: Box
    groups: tuple[int, ...]
    printed: str = ""

    @property
    def count(self) -> int:
        return sum(self.groups)


def find_rows(
    faces: Sequence[Face], glyphs: Sequence[Glyph], rulings: Sequence[Ruling], exact: bool = True
) -> tuple[CharacterRow, ...]:
    """Return all rows of two boxes or more; the only print allowed in the boxes are place values (百 十 円).

    Args:
        faces, glyphs, rulings: of the page.
        exact: lines come from drawing commands, so their widths are exact.
    """
    boxes = [face.box for face in faces if not face.holes and face.whole and _box_like(face.box)]
    empty = [box for box in boxes if _is_empty(box, glyphs)]
    rows: list[CharacterRow] = []
    for line in _levels(empty):
        for run in _runs(line, glyphs):
            row = _row(run, glyphs, rulings, exact)
            if row is not None:
                rows.append(row)
    return tuple(row for row in rows if not _is_table_line(row, rows, glyphs, faces))


def written_boxes(faces: Sequence[Face], glyphs: Sequence[Glyph]) -> int:
    """Return the largest number of filled-in boxes in a row: boxes with one large digit or kana each."""
    most = 0
    for line in _levels(
        [face.box for face in faces if not face.holes and face.whole and _box_like(face.box)]
    ):
        run: list[Box] = []
        for box in line:
            inside = [g for g in glyphs if centre_inside(g.box, box)]
            written = (
                len(inside) == 1 and inside[0].text in _WRITTEN and inside[0].box.height > 0.3 * box.height
            )
            follows = bool(run) and abs(box.x - run[-1].right) < _TOUCHING_MM
            run = [*run, box] if written and (follows or not run) else ([box] if written else [])
            most = max(most, len(run))
    return most


def written_frames(faces: Sequence[Face], glyphs: Sequence[Glyph]) -> int:
    """Return the number of filled-in frames of character rows: on a scan, writing hides the lines between boxes."""
    holes = {(round(hole.x), round(hole.y)) for face in faces for hole in face.holes}
    count = 0
    for face in faces:
        box = face.box
        framed = (round(box.x), round(box.y)) in holes and box.width >= _FRAME_MM
        if not framed or not _HEIGHTS_MM[0] <= box.height <= _FRAME_HEIGHT_MM:
            continue
        inside = [g for g in glyphs if centre_inside(g.box, box) and g.box.height > 0.3 * box.height]
        written = sum(g.text in _WRITTEN for g in inside)
        count += len(inside) >= 3 and written >= 0.6 * len(inside)
    return count


def _box_like(box: Box) -> bool:
    return (
        _WIDTHS_MM[0] <= box.width <= _WIDTHS_MM[1]
        and _HEIGHTS_MM[0] <= box.height <= _HEIGHTS_MM[1]
        and _SLIMMEST <= box.width / box.height <= _WIDEST
    )


def _is_empty(box: Box, glyphs: Sequence[Glyph]) -> bool:
    """Whether nothing is printed in the box, or only one small place value near an edge."""
    inside = [g for g in glyphs if centre_inside(g.box, box)]
    if not inside:
        return True
    small = all(g.text in _PLACES and g.box.height <= 0.5 * box.height for g in inside)
    near = all(abs(g.middle - (box.y + box.height / 2)) > 0.12 * box.height for g in inside)
    return len(inside) <= 2 and small and near


def _levels(boxes: Sequence[Box]) -> list[list[Box]]:
    """Return the boxes of equal height on the same level, from left to right."""
    levels: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: (b.y, b.x)):
        for level in levels:
            first = level[0]
            if abs(first.y - box.y) <= _SAME_EDGE_MM and abs(first.bottom - box.bottom) <= _SAME_EDGE_MM:
                level.append(box)
                break
        else:
            levels.append([box])
    return [sorted(level, key=lambda b: b.x) for level in levels]


def _runs(level: Sequence[Box], glyphs: Sequence[Glyph]) -> list[list[Box]]:
    runs: list[list[Box]] = []
    for box in level:
        if runs and _follows(runs[-1], box, glyphs):
            runs[-1].append(box)
        else:
            runs.append([box])
    return [part for run in runs for part in _split_separate(run)]


def _follows(run: Sequence[Box], box: Box, glyphs: Sequence[Glyph]) -> bool:
    last = run[-1]
    usual = float(np.median([b.width for b in run]))
    if abs(box.width - usual) > max(0.3, _SAME_WIDTH * usual):
        return False
    gap = box.x - last.right
    if gap <= _TOUCHING_MM:
        return gap > -_TOUCHING_MM
    if gap > _WIDEST_GAP * usual:
        return False
    space = Box(last.right, last.y, gap, last.height)
    return all(g.text in _BETWEEN for g in glyphs if centre_inside(g.box, space))


def _split_separate(run: list[Box]) -> list[list[Box]]:
    """Split a run of separate boxes into single ones, unless they are evenly spaced and close."""
    gaps = [b.x - a.right for a, b in itertools.pairwise(run)]
    wide = [gap for gap in gaps if gap > _TOUCHING_MM]
    if not wide or len(wide) < len(gaps):
        return [run]
    close = max(wide) <= 0.6 * run[0].width and len(run) >= 3
    return [run] if close else [[box] for box in run]


def _row(
    run: Sequence[Box], glyphs: Sequence[Glyph], rulings: Sequence[Ruling], exact: bool
) -> CharacterRow | None:
    if len(run) < 2:
        return None
    printed = "".join(g.text for box in run for g in glyphs if centre_inside(g.box, box))
    return CharacterRow(around(list(run)), _groups(run, rulings, exact), printed)


def _groups(run: Sequence[Box], rulings: Sequence[Ruling], exact: bool) -> tuple[int, ...]:
    """Return the group sizes; a group ends at a gap, at a solid line among dotted ones, or at a heavier line."""
    gaps = np.array([b.x - a.right for a, b in itertools.pairwise(run)])
    usual = float(np.median(gaps))
    wide = gaps > max(usual + 0.35 * run[0].width, 2.2 * usual, _TOUCHING_MM)
    if wide.any():
        return _sizes(wide.tolist())
    lines = [_between(a, b, rulings) for a, b in itertools.pairwise(run)]
    dotted = [line is None or line.dotted for line in lines]
    if exact and any(dotted) and not all(dotted):
        return _sizes([not d for d in dotted])
    widths = np.array([line.width if line else 0.0 for line in lines])
    if not exact:
        edges = [
            _between(Box(run[0].x, *_left_of_run(run[0])), run[0], rulings),
            _between(run[-1], _right_of_run(run[-1]), rulings),
        ]
        frame = max((edge.width for edge in edges if edge), default=0.0)
        # The line that ends a group is printed about as strongly as the frame; scanned dots vary in width.
        if frame and float(widths.max(initial=0.0)) < _LIKE_FRAME * frame:
            return (len(run),)
    return _sizes((widths > _heavy_from(widths, exact)).tolist())


def _left_of_run(box: Box) -> tuple[float, float, float]:
    return box.y, 0.0, box.height


def _right_of_run(box: Box) -> Box:
    return Box(box.right, box.y, 0.0, box.height)


def _heavy_from(widths: NDArray[np.float64], exact: bool) -> float:
    """Return the width above which a line ends a group: in the widest step between sorted widths; inf for none."""
    ordered = np.sort(np.maximum(widths, 0.02))
    if len(ordered) < 2:
        return float("inf")
    ratios = ordered[1:] / ordered[:-1]
    at = int(ratios.argmax())
    clear = ratios[at] >= _HEAVIER[exact] and ordered[at + 1] - ordered[at] >= _HEAVIER_MM
    # Groups are few, so when heavy lines are the majority, they do not end groups.
    return (
        float((ordered[at] + ordered[at + 1]) / 2) if clear and at + 1 >= len(ordered) / 2 else float("inf")
    )


def _sizes(breaks: Sequence[bool]) -> tuple[int, ...]:
    sizes = [1]
    for broken in breaks:
        if broken:
            sizes.append(1)
        else:
            sizes[-1] += 1
    return tuple(sizes)


def _between(left: Box, right: Box, rulings: Sequence[Ruling]) -> Ruling | None:
    """Return the line between two boxes: the one that covers most of their height."""
    x = (left.right + right.x) / 2
    best, most = None, 0.3 * left.height
    for line in rulings:
        if line.level or abs(line.at - x) > 0.6:
            continue
        shared = min(line.high, left.bottom) - max(line.low, left.y)
        if shared > most:
            best, most = line, shared
    return best


def _is_table_line(
    row: CharacterRow, rows: Sequence[CharacterRow], glyphs: Sequence[Glyph], faces: Sequence[Face]
) -> bool:
    """Whether the row is a line of a table with narrow columns: there is a heading above every box."""
    heads = [
        face.box
        for face in faces
        if abs(face.box.bottom - row.box.y) < _SAME_EDGE_MM
        and face.box.x >= row.box.x - _SAME_EDGE_MM
        and face.box.right <= row.box.right + _SAME_EDGE_MM
    ]
    words = ["".join(g.text for g in glyphs if centre_inside(g.box, head)) for head in heads]
    named = [word for word in words if word and not set(word) <= _PLACES]
    # One column may be without a heading.
    return len(named) >= max(2, row.count - 1)
