"""The layout of a page: which glyphs, character rows and squares are in which cell, and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from templates_forms.authoring.print.character_rows import CharacterRow, find_rows
from templates_forms.authoring.print.faces import Face, find_faces
from templates_forms.authoring.print.model import Glyph, Print, centre_inside, overlap
from templates_forms.authoring.print.words import Line, lines_of, plain
from templates_forms.model import Box

# Smaller squares are bullets, larger ones are boxes for a character.
_TICK_MM = (2.1, 6.6)
_SQUARE = 0.22  # largest relative difference between the sides of a tick box
# Neighbours may be separated by a double line.
_BESIDE_MM = 1.9
# The squares of different fonts.
_TICK_LETTERS = frozenset("□☐◻▢❏❑⬜")
# A neighbour must touch most of the side, or a corner contact would count.
_MIN_SHARED_SIDE = 0.55


@dataclass(eq=False)
class PrintedPlace:
    """A face of the page with the print directly in it, without the print of faces inside it.

    Attributes:
        box: the face; the whole sheet for print outside all faces.
        glyphs: its characters.
        rows: its character rows.
        squares: its tick boxes.
        rings: its circles.
        boxes: boxes inside it that cannot be written over.
        shaded: it has a tinted background.
        sheet: it is the sheet itself.
    """

    box: Box
    glyphs: list[Glyph] = field(default_factory=list)
    rows: list[CharacterRow] = field(default_factory=list)
    squares: list[Box] = field(default_factory=list)
    rings: list[Box] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    shaded: bool = False
    sheet: bool = False

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Its glyphs as lines; cached, so use it only when all glyphs have been added."""
        return lines_of(self.glyphs)

    @cached_property
    def text(self) -> str:
        """All its text in NFKC without spaces."""
        return plain("".join(line.text for line in self.lines))


class PageLayout:
    """The places of one page, with lookups of their neighbours."""

    def __init__(self, page: Print) -> None:
        self.page = page
        self.faces = find_faces(page.rulings, page.size_mm)
        self.rows = find_rows(self.faces, page.glyphs, page.rulings, page.exact)
        self.squares = _squares(page, self.faces, self.rows)
        self.sheet = PrintedPlace(Box(0, 0, *page.size_mm), sheet=True)
        self.places = self._places()
        self._fill()

    def _places(self) -> list[PrintedPlace]:
        """Return the faces that are neither character boxes nor tick boxes."""
        taken = [row.box for row in self.rows]
        found = []
        for face in self.faces:
            if any(_inside(face.box, box) for box in taken) or any(_same(face.box, s) for s in self.squares):
                continue
            shaded = any(
                overlap(face.box, s) > 0.6 * face.box.width * face.box.height for s in self.page.shades
            )
            found.append(PrintedPlace(face.box, shaded=shaded))
        return found

    def _fill(self) -> None:
        boxes = self.squares
        letters = [
            g
            for g in self.page.glyphs
            if g.text not in _TICK_LETTERS or not any(centre_inside(g.box, box) for box in boxes)
        ]
        for glyph in letters:
            if not any(centre_inside(glyph.box, row.box) for row in self.rows):
                self.place_at(glyph.box).glyphs.append(glyph)
        for row in self.rows:
            self.place_at(row.box).rows.append(row)
        for square in self.squares:
            self.place_at(square).squares.append(square)
        for ring in self.page.rings:
            self.place_at(ring).rings.append(ring)
        for place in self.places:
            outer = self.place_at(place.box, exclude=place)
            if outer is not self.sheet:
                outer.boxes.append(place.box)

    def place_at(self, box: Box, exclude: PrintedPlace | None = None) -> PrintedPlace:
        """Return the smallest place that contains a box's centre and is not much smaller than the box."""
        best, area = self.sheet, float("inf")
        for place in self.places:
            size = place.box.width * place.box.height
            if place is exclude or size >= area or size < 0.8 * box.width * box.height:
                continue
            if exclude is not None and not _inside(box, place.box):
                continue
            if centre_inside(box, place.box):
                best, area = place, size
        return best

    def left_of(self, box: Box) -> PrintedPlace | None:
        """Return the place whose right side is a box's left side, along most of it."""
        return self._beside(box, left=True)

    def above(self, box: Box) -> PrintedPlace | None:
        """Return the place whose bottom is a box's top, along most of it."""
        return self._beside(box, left=False)

    def _beside(self, box: Box, left: bool) -> PrintedPlace | None:
        best, most = None, 0.0
        for place in self.places:
            other = place.box
            if left:
                gap = box.x - other.right
                shared = min(other.bottom, box.bottom) - max(other.y, box.y)
                whole = box.height
            else:
                gap = box.y - other.bottom
                shared = min(other.right, box.right) - max(other.x, box.x)
                whole = box.width
            if -0.6 <= gap <= _BESIDE_MM and shared >= _MIN_SHARED_SIDE * whole and shared > most + 0.2:
                best, most = place, shared
        return best


def _inside(inner: Box, outer: Box, slack: float = 0.6) -> bool:
    return (
        inner.x >= outer.x - slack
        and inner.y >= outer.y - slack
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )


def _same(a: Box, b: Box) -> bool:
    return abs(a.x - b.x) + abs(a.y - b.y) + abs(a.right - b.right) + abs(a.bottom - b.bottom) < 1.6


def _squares(page: Print, faces: Sequence[Face], rows: Sequence[CharacterRow]) -> list[Box]:
    """Return the tick boxes: small empty squares, drawn as lines, as glyphs (□) or as small circles."""
    found: list[Box] = []
    letters = [g.box for g in page.glyphs if g.text in _TICK_LETTERS]
    faces_as = [face.box for face in faces if not face.holes and face.whole]
    small_rings = [ring for ring in page.rings if ring.width <= _TICK_MM[1]]
    for box in [*page.squares, *faces_as, *letters, *small_rings]:
        low, high = sorted((box.width, box.height))
        if not _TICK_MM[0] <= low <= high <= _TICK_MM[1] or high - low > _SQUARE * high:
            continue
        # The same square may be found as lines and as a glyph.
        if any(overlap(box, other) > 0.3 * low * high for other in found):
            continue
        if any(_inside(box, row.box) for row in rows):
            continue
        # A square with a character in it is a printed mark.
        if any(centre_inside(g.box, box) and g.text not in _TICK_LETTERS for g in page.glyphs):
            continue
        found.append(box)
    return [box for box in _without_table_cells(found, faces_as) if not _is_mentioned(box, page.glyphs)]


def _is_mentioned(square: Box, glyphs: Sequence[Glyph]) -> bool:
    """Whether a sentence only mentions a □ (左の□に✓): it is tightly between the glyphs of a sentence."""
    middle, size = square.y + square.height / 2, 1.15 * square.height
    level = [g for g in glyphs if g.text not in _TICK_LETTERS and abs(g.middle - middle) < 0.6 * size]
    gaps_before = [square.x - g.box.right for g in level if g.box.x < square.x]
    after = [g for g in level if g.box.right > square.right]
    follower = min(after, key=lambda g: g.box.x, default=None)
    close = bool(gaps_before) and min(gaps_before) < 0.5 * size
    tight = follower is not None and follower.box.x - square.right < 0.8 * size
    return close and tight and follower is not None and follower.text in "にへをの内欄は"


def _without_table_cells(squares: list[Box], faces: list[Box]) -> list[Box]:
    """Return the squares that are not cells of a table, whose sides continue in their neighbours' sides."""

    def touches(box: Box) -> int:
        return sum(
            1
            for other in faces
            if not _same(other, box)
            and not _inside(box, other)
            and (
                (
                    min(abs(other.x - box.right), abs(other.right - box.x)) < 0.5
                    and min(other.bottom, box.bottom) - max(other.y, box.y) > 0.5 * box.height
                )
                or (
                    min(abs(other.y - box.bottom), abs(other.bottom - box.y)) < 0.5
                    and min(other.right, box.right) - max(other.x, box.x) > 0.5 * box.width
                )
            )
        )

    return [box for box in squares if touches(box) == 0]
