"""Reads a born-digital PDF page from its drawing commands: exact lines, circles, tints and letters, in millimetres.

A person chose the file as a blank form; it is still opened with PDFium, which runs no scripts here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from extractors.blank_forms.line_joining import join_lines
from templates_forms.authoring.print.model import Glyph, Print, Ruling, around
from templates_forms.model import Box

# PDF user space has 72 units to an inch, with y upwards.
MM = 25.4 / 72
_STRAIGHT_MM = 0.25  # largest deviation of a line that still counts as parallel to an axis
_THINNEST_FILL_MM = 0.9  # a filled bar no thicker than this is a line
_PALE = 236  # lines of this grey level and lighter are not visible
_PAPER = 252  # tints of this grey level and lighter are paper
_RINGS_MM = (2.5, 45.0)
# A form XObject can contain itself; the limit ends such a recursion.
_DEEPEST = 12

Affine = tuple[float, float, float, float, float, float]


@dataclass
class _PageContent:
    """The content found so far on a page; y runs downwards."""

    rulings: list[Ruling] = field(default_factory=list)
    rings: list[Box] = field(default_factory=list)
    shades: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Path:
    """One path in mm: its points and the kinds of segments between them."""

    points: list[tuple[float, float]]
    kinds: list[int]
    closes: list[bool]


def read_drawing(path: Path) -> list[Print]:
    """Returns every page of a PDF as drawn; a page that is only a picture has no glyphs and no lines.

    Raises:
        pypdfium2.PdfiumError: the file cannot be opened; ``extractors.files.decode`` reports the reason.
    """
    document = pypdfium2.PdfDocument(str(path))
    try:
        return [_page(document[number]) for number in range(len(document))]
    finally:
        document.close()


def _page(page: Any) -> Print:
    width, height = page.get_size()
    view = _upright(page)
    found = _PageContent()
    for raw, matrix in _objects(page.raw, view, 0):
        _add_object(raw, matrix, found)
    return Print(
        size_mm=(round(width * MM, 2), round(height * MM, 2)),
        rulings=join_lines(found.rulings),
        glyphs=tuple(_glyphs(page, view)),
        rings=tuple(found.rings),
        shades=tuple(found.shades),
        exact=True,
    )


def _upright(page: Any) -> Affine:
    """Matrix from the page's own points to mm from the top left of the page as displayed."""
    left, bottom, right, top = page.get_cropbox()
    # Paths are in unrotated coordinates, while the page size is that of the displayed page.
    turn = page.get_rotation() % 360
    return {
        0: (MM, 0.0, 0.0, -MM, -left * MM, top * MM),
        90: (0.0, MM, MM, 0.0, -bottom * MM, -left * MM),
        180: (-MM, 0.0, 0.0, MM, right * MM, -bottom * MM),
        270: (0.0, -MM, -MM, 0.0, top * MM, right * MM),
    }[turn]


def _multiply(inner: Affine, outer: Affine) -> Affine:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _apply(m: Affine, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _matrix(raw: Any) -> Affine:
    m = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(raw, m)
    return m.a, m.b, m.c, m.d, m.e, m.f


def _objects(page: Any, view: Affine, depth: int) -> Iterator[tuple[Any, Affine]]:
    """Yields path objects with the matrix that maps them to mm, including those inside form XObjects."""
    count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    for number in range(count(page)):
        raw = get(page, number)
        kind = pdfium.FPDFPageObj_GetType(raw)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield raw, _multiply(_matrix(raw), view)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            yield from _objects(raw, _multiply(_matrix(raw), view), depth + 1)


def _add_object(raw: Any, matrix: Affine, found: _PageContent) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(raw, fill, stroke)
    line = _lightness(raw, pdfium.FPDFPageObj_GetStrokeColor) if stroke.value else 255
    tint = _lightness(raw, pdfium.FPDFPageObj_GetFillColor) if fill.value else 255
    for path in _paths(raw, matrix) if min(line, tint) < _PAPER else ():
        if line < _PALE:
            _add_stroke(path, raw, matrix, found)
        if tint < _PAPER:
            _add_fill(path, tint, found)


def _lightness(raw: Any, get_colour: Any) -> int:
    """0 for ink, 255 for paper; black where PDFium returns no colour, e.g. for a pattern."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not get_colour(raw, red, green, blue, alpha):
        return 0
    # The darkest channel, so that a line in any colour counts; almost transparent paint is not visible.
    return min(red.value, green.value, blue.value) if alpha.value > 20 else 255


def _paths(raw: Any, matrix: Affine) -> Iterator[_Path]:
    """Yields the separate figures of a path object."""
    now = _Path([], [], [])
    for number in range(pdfium.FPDFPath_CountSegments(raw)):
        segment = pdfium.FPDFPath_GetPathSegment(raw, number)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        # One path object may contain many separate figures, for example all cells of a table.
        if kind == pdfium.FPDF_SEGMENT_MOVETO and now.points:
            yield now
            now = _Path([], [], [])
        now.points.append(_apply(matrix, x.value, y.value))
        now.kinds.append(kind)
        now.closes.append(bool(pdfium.FPDFPathSegment_GetClose(segment)))
    if now.points:
        yield now


def _add_stroke(path: _Path, raw: Any, matrix: Affine, found: _PageContent) -> None:
    width = ctypes.c_float()
    pdfium.FPDFPageObj_GetStrokeWidth(raw, width)
    # The width is stated in the object's own units; the root of the determinant is the mean scale.
    scale = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
    thick = max(width.value * scale, 0.05)
    dotted = pdfium.FPDFPageObj_GetDashCount(raw) > 0
    curved = path.kinds.count(pdfium.FPDF_SEGMENT_BEZIERTO)
    if curved:
        _add_curved(path, thick, dotted, found)
        return
    found.rulings += [
        line for start, end in _sides(path) if (line := _straight(start, end, thick, dotted)) is not None
    ]


def _add_curved(path: _Path, thick: float, dotted: bool, found: _PageContent) -> None:
    """Adds a circle, or a box with round corners, which is treated as if its corners were square."""
    box = _bounds(path)
    # Only curves: a circle or an ellipse. Curves with lines are a box with round corners.
    if pdfium.FPDF_SEGMENT_LINETO not in path.kinds:
        if _RINGS_MM[0] <= box.width <= _RINGS_MM[1] and 0.6 < box.width / max(box.height, 0.1) < 1.7:
            found.rings.append(box)
        return
    found.rulings += _frame(box, thick, dotted)


def _frame(box: Box, thick: float, dotted: bool) -> list[Ruling]:
    return [
        Ruling(True, box.y, box.x, box.right, thick, dotted),
        Ruling(True, box.bottom, box.x, box.right, thick, dotted),
        Ruling(False, box.x, box.y, box.bottom, thick, dotted),
        Ruling(False, box.right, box.y, box.bottom, thick, dotted),
    ]


def _sides(path: _Path) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    for number in range(1, len(path.points)):
        yield path.points[number - 1], path.points[number]
    if any(path.closes) and len(path.points) > 2:
        yield path.points[-1], path.points[0]


def _straight(
    start: tuple[float, float], end: tuple[float, float], thick: float, dotted: bool
) -> Ruling | None:
    dx, dy = abs(end[0] - start[0]), abs(end[1] - start[1])
    # Points, and lines that are not parallel to an axis, are no rulings.
    if max(dx, dy) < 0.02 or min(dx, dy) > max(_STRAIGHT_MM, 0.01 * max(dx, dy)):
        return None
    if dx >= dy:
        low, high = sorted((start[0], end[0]))
        return Ruling(True, (start[1] + end[1]) / 2, low, high, thick, dotted)
    low, high = sorted((start[1], end[1]))
    return Ruling(False, (start[0] + end[0]) / 2, low, high, thick, dotted)


def _add_fill(path: _Path, tint: int, found: _PageContent) -> None:
    """Adds a filled path: a bar is a line; a larger figure is a tint."""
    box = _bounds(path)
    thin = min(box.width, box.height)
    if thin <= _THINNEST_FILL_MM:
        if max(box.width, box.height) < 0.05 or tint >= _PALE:
            return
        if box.width >= box.height:
            found.rulings.append(Ruling(True, box.y + box.height / 2, box.x, box.right, max(thin, 0.05)))
        else:
            found.rulings.append(Ruling(False, box.x + box.width / 2, box.y, box.bottom, max(thin, 0.05)))
    # Filled curves are letters drawn as outlines or logos, not tints.
    elif thin > 2 and pdfium.FPDF_SEGMENT_BEZIERTO not in path.kinds:
        found.shades.append(box)


def _bounds(path: _Path) -> Box:
    xs, ys = [p[0] for p in path.points], [p[1] for p in path.points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _glyphs(page: Any, view: Affine) -> Iterator[Glyph]:
    text = page.get_textpage()
    for number in range(text.count_chars()):
        letter = chr(pdfium.FPDFText_GetUnicode(text.raw, number))
        # PDFium returns these codes for characters without a mapping.
        if not letter.strip() or letter in "\ufffe\uffff\x00\u3000":
            continue
        box = _corners(text.get_charbox(number), view)
        # The tight box surrounds the ink, the loose one the whole line height, which is the font size.
        loose = _corners(text.get_charbox(number, loose=True), view)
        if box.width <= 0.01 and box.height <= 0.01:
            continue
        size = max(loose.height, loose.width, box.height) if loose.height > 0 else box.height
        yield Glyph(letter, box, min(size, 3 * max(box.height, box.width, 1.0)))
    text.close()


def _corners(edges: tuple[float, float, float, float], view: Affine) -> Box:
    left, bottom, right, top = edges
    (x0, y0), (x1, y1) = _apply(view, left, bottom), _apply(view, right, top)
    return around([Box(x0, y0, 0, 0), Box(x1, y1, 0, 0)])
