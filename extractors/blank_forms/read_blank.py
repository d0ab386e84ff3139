"""Reads a blank form from any supported file: the print of each page, and the page's picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pypdfium2 import PdfiumError

from extractors.base.engines import LineRecogniser
from extractors.base.errors import AuthoringError
from extractors.base.ink import darkness
from extractors.base.model import SHEET_DPI, Image, PageImage
from extractors.base.opencv import cv2
from extractors.blank_forms.model import PX, BlankPage, StraightenedPage
from extractors.blank_forms.pdf_drawing import read_drawing
from extractors.blank_forms.pixels.dividers import find_dividers
from extractors.blank_forms.pixels.letters import find_lines_of_print
from extractors.blank_forms.pixels.rings import find_rings
from extractors.blank_forms.pixels.ruled_lines import Lines, find_lines
from extractors.blank_forms.read_letters import read_lines
from extractors.blank_forms.straighten import straighten
from extractors.files.decode import kind_of, open_pages
from extractors.files.limits import Limits
from templates_forms.authoring.print.faces import Face, find_faces
from templates_forms.authoring.print.model import Glyph, Print, Ruling, centre_inside
from templates_forms.model import Box

_DRAWN_LINES, _DRAWN_LETTERS = 4, 12  # a page with fewer of these is a picture in a PDF
_FINER = 3
_LEAST_PRINTABLE = 0.75
_PRINTABLE = re.compile(r"[\u0020-\u007e\u2010-\u2642\u3000-\u30ff\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_INK = 0.42  # of the darkest print: pixels of letters
_LEGIBLE = 0.62
_MOST_PAGES = 20
_MARK_MM = 12.0  # dark areas up to this width are scanner marks
_TINT = 0.972  # of the paper: a darker background is a tint


def read_blank(path: Path, recogniser: LineRecogniser) -> Iterator[BlankPage]:
    """Yields the pages of an empty form.

    Args:
        path: PDF, TIFF, JPEG or PNG.
        recogniser: reads the letters of pages that are pictures.

    Raises:
        UnreadableFile: the file cannot be opened.
        AuthoringError: it is a photograph, has no lines, or cannot be read.
    """
    drawn = _drawn_pages(path)
    fine = Limits(dpi=SHEET_DPI * _FINER, most_dpi=400, pages=_MOST_PAGES)
    for number, page in enumerate(open_pages(path, fine)):
        sheet = drawn[number] if number < len(drawn) else None
        if sheet is not None and _is_drawn(sheet):
            yield BlankPage(sheet, _draw_averaged(page), SHEET_DPI)
        else:
            yield read_scan(page, recogniser)


def _drawn_pages(path: Path) -> list[Print]:
    """The drawn pages of a PDF; none when PDFium cannot open it (drawing it as a picture then reports the reason)."""
    if not path.is_file() or kind_of(path) != "pdf":
        return []
    try:
        return read_drawing(path)
    except PdfiumError:
        return []


def _is_drawn(sheet: Print) -> bool:
    """Whether the file contains lines and letters; fonts without a character map yield unreadable letters."""
    if len(sheet.rulings) < _DRAWN_LINES or len(sheet.glyphs) < _DRAWN_LETTERS:
        return False
    usual = sum(_PRINTABLE.match(glyph.text) is not None for glyph in sheet.glyphs)
    return usual >= _LEAST_PRINTABLE * len(sheet.glyphs)


def _draw_averaged(page: PageImage) -> Image:
    """A page drawn at ``SHEET_DPI``, first finer and then averaged, so that lines are not snapped to whole pixels."""
    grey = cv2.cvtColor(page.pixels, cv2.COLOR_BGR2GRAY)
    size = (round(page.pixels.shape[1] / _FINER), round(page.pixels.shape[0] / _FINER))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def read_scan(page: PageImage, recogniser: LineRecogniser) -> BlankPage:
    """Reads a scanned blank: straightens it, finds its lines, reads its letters; rotates it if it is upside down.

    Raises:
        AuthoringError: a photograph, no lines, or letters that cannot be read in any orientation.
    """
    best: BlankPage | None = None
    # Most scans are upright; the search ends with the first legible orientation.
    for turns in (0, 2, 1, 3):
        turned = replace(page, pixels=np.ascontiguousarray(np.rot90(page.pixels, turns)))
        found = _read(straighten(turned), recogniser)
        if best is None or (found.mean_probability or 0.0) > (best.mean_probability or 0.0):
            best = found
        if (best.mean_probability or 0.0) >= _LEGIBLE:
            return best
    raise AuthoringError(
        "illegible",
        "印刷された文字を読み取れません。向きと濃さを確かめ、300 dpi 程度でスキャンし直してください。",
        "The printed words cannot be read; check direction and darkness, and scan again at about 300 dpi.",
    )


def _read(page: StraightenedPage, recogniser: LineRecogniser) -> BlankPage:
    lines = find_lines(page)
    # Dividers are searched inside faces, and then divide these faces further.
    rough = find_faces(lines.rulings, page.size_mm)
    dividers = find_dividers(page.clean, rough)
    rulings = (*lines.rulings, *dividers)
    faces = find_faces(rulings, page.size_mm)
    ink, letters = _letters(page, lines, dividers_box=[_divider_box(d) for d in dividers])
    rings = find_rings(ink)
    for ring in rings:
        _erase_ring(ink, ring)
    read = read_lines(find_lines_of_print(ink, letters, faces), recogniser)
    # The remaining ink of a square's own lines is not a letter.
    glyphs = tuple(
        g for g in read.glyphs if not any(centre_inside(g.box, square) for square in lines.squares)
    )
    squares, letters_too = _letters_among_squares(lines.squares, glyphs)
    shades = (*lines.bands, *_tinted(page.grey, faces))
    found = Print(page.size_mm, rulings, (*glyphs, *letters_too), rings, squares, shades)
    return BlankPage(found, _picture(page), SHEET_DPI, read.mean_probability, page.colour)


# Words such as 人口, 窓口, 入口 and 口座, 口径, 口数 contain the letter 口, which looks like a tick box.
_BEFORE_MOUTH, _AFTER_MOUTH = frozenset("人窓入出蛇火河"), frozenset("座径数頭述")


def _letters_among_squares(
    squares: Sequence[Box], glyphs: Sequence[Glyph]
) -> tuple[tuple[Box, ...], list[Glyph]]:
    """Separates tick boxes from squares that are the letter 口 (口座, 窓口), recognised by their neighbours."""
    kept: list[Box] = []
    letters: list[Glyph] = []
    for box in squares:
        middle, size = box.y + box.height / 2, box.height
        level = [g for g in glyphs if abs(g.middle - middle) < 0.5 * size and 0.6 < g.box.height / size < 1.8]
        after = min((g for g in level if g.box.x > box.x + 0.5 * size), key=lambda g: g.box.x, default=None)
        before = max(
            (g for g in level if g.box.right < box.right - 0.5 * size),
            key=lambda g: g.box.right,
            default=None,
        )
        follows = after is not None and after.text in _AFTER_MOUTH and after.box.x - box.right < 4 * size
        precedes = (
            before is not None and before.text in _BEFORE_MOUTH and box.x - before.box.right < 1.2 * size
        )
        if size < 5.0 and (follows or precedes):
            letters.append(Glyph("口", box, 1.12 * size))
        else:
            kept.append(box)
    return tuple(kept), letters


def _tinted(grey: Image, faces: Sequence[Face]) -> list[Box]:
    """Faces whose background is darker than the paper."""
    paper = float(np.percentile(grey[::4, ::4], 75))
    found = []
    for face in faces:
        box = face.box
        rows = slice(round((box.y + 0.6) * PX), round((box.bottom - 0.6) * PX), 2)
        columns = slice(round((box.x + 0.6) * PX), round((box.right - 0.6) * PX), 2)
        part = grey[rows, columns]
        if part.size and float(np.percentile(part, 65)) < _TINT * paper:
            found.append(box)
    return found


def _divider_box(divider: Ruling) -> Box:
    return Box(divider.at - 0.35, divider.low, 0.7, divider.length)


def _letters(page: StraightenedPage, lines: Lines, dividers_box: list[Box]) -> tuple[np.ndarray, Image]:
    """Ink that is not a line, and the picture to read it from; white letters on dark bands are inverted."""
    clean = page.clean.copy()
    for band in lines.bands:
        rows = slice(max(round(band.y * PX), 0), round(band.bottom * PX))
        columns = slice(max(round(band.x * PX), 0), round(band.right * PX))
        part = page.grey[rows, columns]
        if band.width > _MARK_MM and part.size and float(np.percentile(part, 97)) > 150:
            clean[rows, columns] = 255 - cv2.normalize(part, None, 0, 255, cv2.NORM_MINMAX)
        else:
            clean[max(rows.start - 6, 0) : rows.stop + 6, max(columns.start - 6, 0) : columns.stop + 6] = 255
    dark = darkness(clean)
    level = max(60.0, _INK * float(np.percentile(dark[dark > 40], 80))) if (dark > 40).any() else 60.0
    ink = dark > level
    grown = cv2.dilate(lines.ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink &= ~grown
    for box in dividers_box:
        ink[round(box.y * PX) : round(box.bottom * PX), round(box.x * PX) : round(box.right * PX)] = False
    clean[grown & ~ink] = 255
    return ink, clean


def _erase_ring(ink: np.ndarray, ring: Box) -> None:
    centre = (round((ring.x + ring.width / 2) * PX), round((ring.y + ring.height / 2) * PX))
    mask = np.zeros(ink.shape, np.uint8)
    cv2.circle(mask, centre, round(ring.width / 2 * PX), 1, round(1.2 * PX))
    ink[mask > 0] = False


def _picture(page: StraightenedPage) -> Image:
    """The straightened scan at ``SHEET_DPI`` with clean white paper."""
    size = (round(page.size_mm[0] * SHEET_DPI / 25.4), round(page.size_mm[1] * SHEET_DPI / 25.4))
    paper = max(float(np.percentile(page.grey, 75)), 1.0)
    white = np.clip(page.grey.astype(np.float32) * (255 / paper), 0, 255)
    white[white > 238] = 255
    small = cv2.resize(white.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
