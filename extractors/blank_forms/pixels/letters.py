"""Finds printed letters in the ink that remains without lines, and typesets them into lines for the recogniser.

Labels are often printed with wide gaps between letters, or vertically. A line is therefore typeset
again from its letters with small gaps before it is read, and the result is mapped back to the letters' positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.blank_forms.model import PX
from templates_forms.authoring.print.faces import Face
from templates_forms.model import Box

_LEAST_MM = 0.18  # anything smaller is a speck
_LARGEST_MM = 16.0
_JOIN_MM = 1.5  # letters with a smaller horizontal gap form one piece of a line
_SAME_LEVEL = 0.5
_LARGEST_RATIO = 1.9
_GAP_EM = 0.42
_WIDEST_GAP_EM = 11.0
# Outside all boxes a wide gap separates two texts; inside a box it is one spread label.
_SHEET_GAP_EM = 5.0
_MARGIN_PX = 5

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """Ink of one or more adjacent letters, px."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True, eq=False)
class TypesetLine:
    """A line typeset for the recogniser.

    Attributes:
        picture: uint8 grey, dark letters on white.
        pieces: the pieces that it consists of, in order.
        starts: x in ``picture`` at which each piece begins, px.
        em: height of its letters, px.
        downwards: whether the pieces were printed vertically.
    """

    picture: Image
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    em: int
    downwards: bool = False


def find_lines_of_print(ink: Mask, clean: Image, faces: Sequence[Face]) -> list[TypesetLine]:
    """All lines of letters of a page.

    Args:
        ink: bool [h, w], ink without ruled lines.
        clean: uint8 grey, paper 255; inverted where letters are white on dark.
        faces: enclosed areas; letters of two areas never form one line.
    """
    owner = _owners(faces, ink.shape)
    pieces = _pieces(ink, owner)
    lines: list[TypesetLine] = []
    for place, group in pieces.items():
        for row, downwards in _rows(group, on_sheet=place < 0):
            lines.append(_typeset(row, ink, clean, downwards))
    return lines


def _owners(faces: Sequence[Face], shape: tuple[int, ...]) -> NDArray[np.int32]:
    """int32 [h, w]: index of the smallest face at every pixel, -1 outside all."""
    owner = np.full(shape, -1, np.int32)
    for number in sorted(range(len(faces)), key=lambda i: -faces[i].box.width * faces[i].box.height):
        box = faces[number].box
        owner[round(box.y * PX) : round(box.bottom * PX), round(box.x * PX) : round(box.right * PX)] = number
    return owner


def _pieces(ink: Mask, owner: NDArray[np.int32]) -> dict[int, list[Piece]]:
    """Groups of letters that are close together, by the face that contains them."""
    reach = round(_JOIN_MM * PX)
    # Joined horizontally only, and never across the border of a face.
    border = np.zeros(ink.shape, np.bool_)
    border[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    closed = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    closed = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, np.ones((round(0.28 * PX), 1), np.uint8))
    closed[border & ~ink] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    found: dict[int, list[Piece]] = {}
    least, most = _LEAST_MM * PX, _LARGEST_MM * PX
    for number in range(1, count):
        x, y, w, h, _ = stats[number].tolist()
        if max(w, h) < least or h > most:
            continue
        part = ink[y : y + h, x : x + w] & (labels[y : y + h, x : x + w] == number)
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not len(rows) or part.sum() < (0.25 * PX) ** 2:
            continue
        piece = Piece(x + int(columns[0]), y + int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        middle = owner[
            min(int(piece.middle), ink.shape[0] - 1), min(piece.x + piece.width // 2, ink.shape[1] - 1)
        ]
        found.setdefault(int(middle), []).append(piece)
    return {place: _whole_letters(group) for place, group in found.items()}


def _whole_letters(pieces: list[Piece]) -> list[Piece]:
    """Joins parts of one letter that lie above each other (二, い, 三)."""
    if len(pieces) < 2:
        return pieces
    # The upper quartile, because flat letters such as 一 would lower a mean.
    tall = float(np.percentile([p.height for p in pieces], 75))
    merged = sorted(pieces, key=lambda p: (p.x, p.y))
    changed = True
    while changed:
        changed = False
        for i, a in enumerate(merged):
            for j in range(i + 1, len(merged)):
                b = merged[j]
                if b.x > a.right:
                    break
                shared = min(a.right, b.right) - max(a.x, b.x)
                both = max(a.bottom, b.bottom) - min(a.y, b.y)
                flat = min(a.height, b.height) < 0.6 * tall
                if shared > 0.5 * min(a.width, b.width) and both <= 1.12 * tall and flat:
                    merged[i] = _union(a, b)
                    del merged[j]
                    changed = True
                    break
            if changed:
                break
    return merged


def _union(a: Piece, b: Piece) -> Piece:
    x, y = min(a.x, b.x), min(a.y, b.y)
    return Piece(x, y, max(a.right, b.right) - x, max(a.bottom, b.bottom) - y)


def _rows(pieces: list[Piece], on_sheet: bool) -> list[tuple[list[Piece], bool]]:
    """Pieces at one height, left to right; or a column of single letters, top to bottom."""
    if _is_vertical(pieces):
        return [(sorted(pieces, key=lambda p: p.y), True)]
    rows: list[list[Piece]] = []
    # Tall pieces first: they define the rows to which small marks are then added.
    for piece in sorted(pieces, key=lambda p: (-p.height, p.x)):
        for row in rows:
            tallest = max(p.height for p in row)
            level = abs(np.median([p.middle for p in row]) - piece.middle) <= _SAME_LEVEL * tallest
            if level and (tallest <= _LARGEST_RATIO * piece.height or piece.height < 0.45 * tallest):
                row.append(piece)
                break
        else:
            rows.append([piece])
    found = []
    for row in rows:
        ordered = sorted(row, key=lambda p: p.x)
        em = max(p.height for p in ordered)
        limit = (_SHEET_GAP_EM if on_sheet else _WIDEST_GAP_EM) * em
        run = [ordered[0]]
        for piece in ordered[1:]:
            if piece.x - max(p.right for p in run) > limit:
                found.append((run, False))
                run = []
            run.append(piece)
        found.append((run, False))
    return found


def _is_vertical(pieces: list[Piece]) -> bool:
    if len(pieces) < 2:
        return False
    left, right = min(p.x for p in pieces), max(p.right for p in pieces)
    top, bottom = min(p.y for p in pieces), max(p.bottom for p in pieces)
    widest = max(p.width for p in pieces)
    steps = np.diff(sorted(p.middle for p in pieces))
    return (
        right - left <= 1.3 * widest
        and bottom - top > 1.7 * (right - left)
        and bool(steps.min() > 0.35 * widest)
    )


def _typeset(row: list[Piece], ink: Mask, clean: Image, downwards: bool) -> TypesetLine:
    """Places pieces side by side and shortens wide gaps."""
    em = max(max(p.height for p in row), round(0.8 * PX))
    if downwards:
        em = max(em, max(p.width for p in row))
    top = min(p.y for p in row)
    height = em if downwards else max(p.bottom for p in row) - top
    gap_limit = round(_GAP_EM * em)
    starts, x = [], _MARGIN_PX
    for number, piece in enumerate(row):
        if number:
            before = row[number - 1]
            gap = round(0.12 * em) if downwards else min(piece.x - before.right, gap_limit)
            x += max(gap, 1)
        starts.append(x)
        x += piece.width
    # Small marks alone are not enlarged to the height of a letter.
    height = max(height, round(2.0 * PX) if em < 1.3 * PX else height)
    picture = np.full((height + 2 * _MARGIN_PX, x + _MARGIN_PX), 255, np.uint8)
    for piece, start in zip(row, starts, strict=True):
        y = _MARGIN_PX + ((height - piece.height) // 2 if downwards or height > em else piece.y - top)
        # Only pixels near the piece's own ink are copied, not lines that cross its box.
        soft = (
            cv2.dilate(
                ink[piece.y : piece.bottom, piece.x : piece.right].astype(np.uint8), np.ones((5, 5), np.uint8)
            )
            > 0
        )
        part = np.where(soft, clean[piece.y : piece.bottom, piece.x : piece.right], 255)
        picture[y : y + piece.height, start : start + piece.width] = part
    return TypesetLine(picture, tuple(row), tuple(starts), em, downwards)


def box_mm(x: float, y: float, right: float, bottom: float) -> Box:
    """Converts pixel edges to a box in mm."""
    return Box(x / PX, y / PX, (right - x) / PX, (bottom - y) / PX)
