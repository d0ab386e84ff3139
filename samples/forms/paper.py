"""A PDF page with coordinates in millimetres from its top left corner, as print shops lay out forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from samples.forms.fonts import GOTHIC, MINCHO, register_fonts
from templates_forms.model import Box

# PDF units (1/72 inch) in one millimetre.
MM = 72 / 25.4
_WIDEST_SPREAD = 5.5  # a label is spread by at most this many character widths
# Line widths in mm: dividers, cells, frames.
FINE, THIN, THICK = 0.12, 0.2, 0.5

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Inks:
    """The inks of one form: rules, words, the shade of label cells, and the bands of headings."""

    rule: Colour = BLACK
    word: Colour = BLACK
    shade: Colour = (0.9, 0.9, 0.9)
    band: Colour = (0.25, 0.25, 0.25)
    face: str = MINCHO


@dataclass
class Paper:
    """One PDF being drawn. All lengths in mm, font sizes in points."""

    size_mm: tuple[float, float]
    inks: Inks
    title: str
    _stream: BytesIO = field(default_factory=BytesIO)

    def __post_init__(self) -> None:
        register_fonts()
        size = (self.size_mm[0] * MM, self.size_mm[1] * MM)
        # invariant: no dates and no random ids, so the same drawing produces the same bytes.
        self._canvas = Canvas(self._stream, pagesize=size, invariant=1, pageCompression=1)
        self._canvas.setTitle(self.title)
        self._canvas.setAuthor("若葉市")

    def next_page(self) -> None:
        """End this page and start another."""
        self._canvas.showPage()

    def pdf(self) -> bytes:
        """Finish the PDF and return its bytes. Nothing can be drawn afterwards."""
        self._canvas.showPage()
        self._canvas.save()
        return self._stream.getvalue()

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        width: float = THIN,
        dots: tuple[float, float] | None = None,
    ) -> None:
        """Draw a line; ``dots`` are the lengths of dash and gap in mm."""
        self._canvas.setStrokeColorRGB(*self.inks.rule)
        self._canvas.setLineWidth(width * MM)
        self._canvas.setDash([d * MM for d in dots] if dots else [])
        self._canvas.line(start[0] * MM, self._up(start[1]), end[0] * MM, self._up(end[1]))
        self._canvas.setDash([])

    def frame(self, box: Box, width: float = THIN, fill: Colour | None = None) -> None:
        """Draw a rectangle; with width 0 it is filled without an outline."""
        if fill:
            self._canvas.setFillColorRGB(*fill)
        self._canvas.setStrokeColorRGB(*self.inks.rule)
        self._canvas.setLineWidth(width * MM)
        bottom = self._up(box.bottom)
        size = (box.width * MM, box.height * MM)
        self._canvas.rect(box.x * MM, bottom, *size, stroke=int(width > 0), fill=int(bool(fill)))

    def ring(self, x: float, y: float, radius: float, dots: tuple[float, float] | None = None) -> None:
        """Draw a circle around a point."""
        self._canvas.setStrokeColorRGB(*self.inks.rule)
        self._canvas.setLineWidth(THIN * MM)
        self._canvas.setDash([d * MM for d in dots] if dots else [])
        self._canvas.circle(x * MM, self._up(y), radius * MM)
        # The dash belongs to the canvas: without this the next lines would be dashed as well.
        self._canvas.setDash([])

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 8,
        *,
        align: str = "left",
        face: str | None = None,
        colour: Colour | None = None,
        spacing: float = 0,
    ) -> None:
        """Print one line; ``y`` is the middle of its characters, ``spacing`` the points between them."""
        face = face or self.inks.face
        width = self.width(words, size, face) + spacing * max(0, len(words) - 1) / MM
        left = {"left": x, "centre": x - width / 2, "right": x - width}[align]
        self._canvas.setFillColorRGB(*(colour or self.inks.word))
        self._canvas.setFont(face, size)
        # Japanese glyphs are centred about 0.36 em above the baseline.
        self._canvas.drawString(left * MM, self._up(y) - size * 0.36, words, charSpace=spacing)

    def spread(
        self, left: float, right: float, y: float, words: str, size: float = 8, face: str | None = None
    ) -> None:
        """Print text spread evenly between two edges (均等割付), as label cells are set in Japan."""
        gap = (right - left - self.width(words, size, face)) * MM / max(1, len(words) - 1)
        # Two characters would otherwise stand at the two ends of a wide cell.
        gap = max(0.0, min(gap, size * _WIDEST_SPREAD / max(1, len(words) - 1)))
        self.text((left + right) / 2, y, words, size, align="centre", face=face, spacing=gap)

    def lines(
        self,
        x: float,
        y: float,
        words: Sequence[str],
        size: float = 6.5,
        step: float | None = None,
        face: str | None = None,
    ) -> float:
        """Print several lines of small print from ``y`` down; return the y below the last."""
        step = step or size * 0.5
        for number, line in enumerate(words):
            self.text(x, y + number * step, line, size, face=face)
        return y + len(words) * step

    def heading(self, box: Box, words: str, size: float = 9) -> None:
        """Draw a dark band with the name of a section in white."""
        self.frame(box, 0, self.inks.band)
        self.text(box.x + 2, box.y + box.height / 2, words, size, face=GOTHIC, colour=(1, 1, 1))

    def corner_marks(self, inset: float = 8, side: float = 5) -> None:
        """Draw four black squares, the registration marks for a scanner."""
        right, bottom = self.size_mm[0] - inset - side, self.size_mm[1] - inset - side
        for x, y in ((inset, inset), (right, inset), (inset, bottom), (right, bottom)):
            self.frame(Box(x, y, side, side), 0, BLACK)

    def width(self, words: str, size: float, face: str | None = None) -> float:
        """Return the printed width of one line in mm."""
        return float(pdfmetrics.stringWidth(words, face or self.inks.face, size)) / MM

    def _up(self, y: float) -> float:
        # PDF counts from the bottom.
        return (self.size_mm[1] - y) * MM
