"""A4 pages as PDF: one embedded Japanese font, plain tables, page numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

from reports.errors import NoPrintFont

FONT = "UtsushiGothic"
FAMILIES = ("IPAexGothic", "IPAGothic", "TakaoGothic", "BIZ UDGothic", "MS Gothic")
MISSING = "〓"
"""Printed for a character that the font lacks: the geta mark of Japanese typesetting."""
BLUE, LINE, SHADE = colors.HexColor("#0017c1"), colors.HexColor("#b4b4b4"), colors.HexColor("#f1f1f4")
MARGIN = 15 * mm

BODY = ParagraphStyle("body", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK", bulletFontName=FONT)
SMALL = ParagraphStyle("small", BODY, fontSize=7.2, leading=9.6)
NUMBER = ParagraphStyle("number", SMALL, alignment=2)
TITLE = ParagraphStyle("title", BODY, fontSize=17, leading=24, spaceAfter=6)
HEADING = ParagraphStyle(
    "heading", BODY, fontSize=11.5, leading=16, spaceBefore=10, spaceAfter=4, textColor=BLUE, keepWithNext=1
)


@cache
def use_font() -> TTFont:
    """Registers the first installed font whose outlines reportlab can embed. Raises NoPrintFont."""
    # matplotlib keeps a list of installed fonts, which is read here without drawing anything.
    from matplotlib import font_manager

    files = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    for name in FAMILIES:
        # reportlab cannot embed CFF outlines, which .otf files and the collections (.ttc) of Noto Sans CJK contain.
        if name in files and Path(files[name]).suffix == ".ttf":
            try:
                font = TTFont(FONT, files[name])
            except TTFError:
                continue
            pdfmetrics.registerFont(font)
            pdfmetrics.registerFontFamily(FONT, FONT, FONT, FONT, FONT)
            return font
    raise NoPrintFont


def printable(value: object) -> str:
    """Text that the font can print: without control characters, characters that it lacks as `MISSING`."""
    known = use_font().face.charToGlyph
    shown = (" " if c in "\t\r\n" else c for c in str(value) if c >= " " or c in "\t\r\n")
    return "".join(c if ord(c) in known else MISSING for c in shown)


def para(value: object, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain text."""
    # reportlab parses the text of a paragraph as XML, and this text can be an applicant's.
    return Paragraph(escape(printable(value)), style)


def grid(head: Sequence[str], rows: Sequence[Sequence[object]], widths_mm: Sequence[float]) -> Table:
    """A table whose head repeats on every page, numbers aligned right. Widths in mm."""
    cells = [[para(word, SMALL) for word in head]]
    cells += [[para(v, NUMBER if isinstance(v, int | float) else SMALL) for v in row] for row in rows]
    table = Table(cells, [width * mm for width in widths_mm], repeatRows=1)
    table.setStyle(
        [
            ("FONTNAME", (0, 0), (-1, -1), FONT),
            ("BACKGROUND", (0, 0), (-1, 0), SHADE),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return table


def build(story: Sequence[Flowable], title: str, footer: str) -> bytes:
    """A4 pages as PDF 1.7 with every font embedded; `footer` and the page number are below each."""
    use_font()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=printable(title),
        author="Utsushi",
        pdfVersion=(1, 7),
        lang="ja",
        initialFontName=FONT,
    )
    frame = Frame(MARGIN, MARGIN, A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 4 * mm, 0, 0, 0, 0)
    below = _footer(printable(footer))
    document.addPageTemplates([PageTemplate("page", [frame], onPage=below)])
    document.build(list(story))
    return out.getvalue()


def _footer(words: str) -> Callable[[Canvas, Any], None]:
    def draw(canvas: Canvas, document: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColor(colors.HexColor("#5c5c60"))
        canvas.drawString(MARGIN, 9 * mm, words)
        canvas.drawRightString(A4[0] - MARGIN, 9 * mm, str(document.page))

    return draw
