"""Draws blank forms in other styles than the sample forms, and records their fields as the truth."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from benchmarks.rigs.designs.truth import Truth
from samples.forms.fonts import GOTHIC, MINCHO, register_fonts
from templates_forms.model import Box

MM = 72 / 25.4


class FormCanvas:
    """A PDF that is being drawn; mm from the top left, font sizes in points."""

    def __init__(self, size: tuple[float, float] = (210, 297), face: str = MINCHO) -> None:
        register_fonts()
        self.size = size
        self.face = face
        self.page = 1
        self.truths: list[Truth] = []
        self._stream = BytesIO()
        self.canvas = Canvas(self._stream, pagesize=(size[0] * MM, size[1] * MM), invariant=1)

    def pdf(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._stream.getvalue()

    def next_page(self) -> None:
        self.canvas.showPage()
        self.page += 1

    def y(self, y: float) -> float:
        return (self.size[1] - y) * MM

    def width(self, words: str, size: float) -> float:
        return float(pdfmetrics.stringWidth(words, self.face, size)) / MM

    def text(
        self, x: float, y: float, words: str, size: float = 9, align: str = "left", face: str | None = None
    ) -> None:
        """One line; y is its middle."""
        self.canvas.setFont(face or self.face, size)
        left = {"left": x, "centre": x - self.width(words, size) / 2, "right": x - self.width(words, size)}[
            align
        ]
        self.canvas.drawString(left * MM, self.y(y) - size * 0.36, words)

    def spread(self, box: Box, words: str, size: float = 9) -> None:
        """Letters spread over a box."""
        step = (box.width - 4) / max(len(words), 1)
        for i, letter in enumerate(words):
            self.text(box.x + 2 + step * (i + 0.5), box.y + box.height / 2, letter, size, "centre")

    def downwards(self, box: Box, words: str, size: float = 8) -> None:
        step = min(size * 0.5, (box.height - 2) / len(words))
        top = box.y + (box.height - step * len(words)) / 2
        for i, letter in enumerate(words):
            self.text(box.x + box.width / 2, top + step * (i + 0.5), letter, size, "centre")

    def line(
        self, x0: float, y0: float, x1: float, y1: float, width: float = 0.2, dash: Sequence[float] = ()
    ) -> None:
        self.canvas.setLineWidth(width * MM)
        self.canvas.setDash([d * MM for d in dash])
        self.canvas.line(x0 * MM, self.y(y0), x1 * MM, self.y(y1))
        self.canvas.setDash([])

    def rect(
        self,
        box: Box,
        width: float = 0.2,
        shade: float | None = None,
        radius: float = 0.0,
        dash: Sequence[float] = (),
    ) -> None:
        self.canvas.setLineWidth(width * MM)
        self.canvas.setDash([d * MM for d in dash])
        if shade is not None:
            self.canvas.setFillGray(shade)
        place = (box.x * MM, self.y(box.bottom), box.width * MM, box.height * MM)
        if radius:
            self.canvas.roundRect(*place, radius * MM, stroke=int(width > 0), fill=int(shade is not None))
        else:
            self.canvas.rect(*place, stroke=int(width > 0), fill=int(shade is not None))
        self.canvas.setFillGray(0)
        self.canvas.setDash([])

    def bar(self, x0: float, y0: float, x1: float, y1: float, thick: float = 0.2) -> None:
        """A line as word processors write it: a thin filled rectangle."""
        half = thick / 2
        self.rect(Box(x0 - half, y0 - half, x1 - x0 + thick, y1 - y0 + thick), 0, 0.0)

    def note(self, name: str, kind: str, box: Box, groups: Sequence[int] = (), options: int = 0) -> None:
        self.truths.append(Truth(name, self.page, kind, box, tuple(groups), options))

    def cells(
        self,
        name: str,
        kind: str,
        box: Box,
        groups: Sequence[int],
        *,
        outer: float = 0.3,
        inner: float = 0.12,
        heavy: float = 0.3,
        dash: Sequence[float] = (),
        note: bool = True,
    ) -> Box:
        """A row of boxes in one frame; groups are parted by heavier lines."""
        count = sum(groups)
        ends = {sum(groups[: i + 1]) for i in range(len(groups))}
        for i in range(1, count):
            x = box.x + box.width * i / count
            if i in ends:
                self.line(x, box.y, x, box.bottom, heavy)
            else:
                self.line(x, box.y, x, box.bottom, inner, dash)
        self.rect(box, outer)
        if note:
            self.note(name, kind, box, groups)
        return box

    def apart(
        self,
        name: str,
        kind: str,
        x: float,
        y: float,
        side: tuple[float, float],
        groups: Sequence[int],
        gap: float = 0.0,
        between: float = 3.0,
        hyphen: str = "－",
        radius: float = 0.0,
    ) -> Box:
        """Boxes drawn one by one, groups apart with a hyphen between."""
        start = x
        for g, size in enumerate(groups):
            if g:
                self.text(x - gap + between / 2, y + side[1] / 2, hyphen, 9, "centre")
                x += between - gap
            for _ in range(size):
                self.rect(Box(x, y, *side), 0.25, radius=radius)
                x += side[0] + gap
        box = Box(start, y, x - gap - start, side[1])
        self.note(name, kind, box, groups)
        return box

    def ring(
        self,
        name: str,
        kind: str,
        x: float,
        y: float,
        words: Sequence[str],
        size: float = 9,
        dot: str = "・",
        gap: float = 2.0,
        note: bool = True,
    ) -> Box:
        """Words in a line with dots between; returns the extent with room for a ring (2 mm beside, 1.6 above)."""
        start = x
        for i, word in enumerate(words):
            if i:
                if dot:
                    self.text(x + gap / 2 + self.width(dot, size) / 2, y, dot, size, "centre")
                    x += gap + self.width(dot, size)
                else:
                    x += gap
            self.text(x, y, word, size)
            x += self.width(word, size)
        half = size * 0.3528 / 2 + 1.6
        box = Box(start - 2, y - half, x - start + 4, 2 * half)
        if note:
            self.note(name, kind, box, (), len(words))
        return box

    def ticks(
        self,
        name: str,
        kind: str,
        at: Sequence[tuple[float, float]],
        words: Sequence[str],
        size: float = 9,
        side: float = 0.0,
    ) -> None:
        """Tick boxes: the letter □, or a drawn square when ``side`` is given."""
        boxes = []
        for (x, y), word in zip(at, words, strict=True):
            if side:
                box = Box(x, y - side / 2, side, side)
                self.rect(box, 0.2)
                self.text(box.right + 1, y, word, size)
            else:
                em = size * 0.3528
                self.text(x, y, "□" + word, size)
                box = Box(x + 0.06 * em, y - 0.44 * em, 0.88 * em, 0.88 * em)
            boxes.append(box)
        whole = boxes[0]
        for box in boxes:
            whole = whole.union(box)
        self.note(name, kind, whole, (), len(boxes) if kind != "check" else 0)

    def date(
        self,
        name: str,
        x: float,
        y: float,
        era: Sequence[str] | str,
        cell: tuple[float, float] | None,
        *,
        size: float = 9,
        blank: float = 9.0,
        counts: Sequence[int] = (2, 2, 2),
        dash: Sequence[float] = (),
        height: float = 6.0,
        dot: str = "・",
        start: float | None = None,
    ) -> float:
        """Era words, then places before 年 月 日: boxes for characters, or blank paper. Returns its right end."""
        boxes: list[Box] = []
        if isinstance(era, str):
            if era:
                self.text(x, y, era, size)
                x += self.width(era, size) + 1
        else:
            ring = self.ring(name, "", x, y, era, size, dot, note=False)
            boxes.append(ring)
            x = ring.right + 1
        first = x
        for letter, count in zip("年月日", counts, strict=True):
            if cell:
                box = Box(x, y - cell[1] / 2, cell[0] * count, cell[1])
                self.cells(name, "", box, (count,), dash=dash, note=False)
            else:
                box = Box(x, y - height / 2, blank, height)
            boxes.append(box)
            self.text(box.right + 0.6, y, letter, size)
            x = box.right + 1.2 + self.width(letter, size)
        whole = boxes[0]
        for box in boxes:
            whole = whole.union(box)
        if not cell and isinstance(era, str) and not era:
            whole = Box(
                first if start is None else start,
                whole.y,
                whole.right - (first if start is None else start),
                whole.height,
            )
        self.note(name, "date", whole, tuple(counts) if cell else ())
        return x

    def seal(
        self, name: str, x: float, y: float, letter: str = "印", ring: float = 0.0, dash: Sequence[float] = ()
    ) -> None:
        if ring:
            self.canvas.setLineWidth(0.2 * MM)
            self.canvas.setDash([d * MM for d in dash])
            self.canvas.circle(x * MM, self.y(y), ring * MM)
            self.canvas.setDash([])
        self.text(x, y, letter, 9, "centre")
        side = 2 * ring if ring else 12.0
        self.note(name, "seal", Box(x - side / 2, y - side / 2, side, side))

    def free(self, name: str, kind: str, box: Box) -> None:
        self.note(name, kind, box)


def inset(box: Box, by: float = 0.8) -> Box:
    """A box made smaller on all sides: the writing area of a cell."""
    return Box(box.x + by, box.y + by, box.width - 2 * by, box.height - 2 * by)


__all__ = ["GOTHIC", "MINCHO", "FormCanvas", "inset"]
