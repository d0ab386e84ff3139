"""The print of an empty sheet as plain data: rulings, glyphs, rings, squares. All lengths are in mm.

The data is the same whether it was read from a PDF's drawing commands or from a scan's pixels, so the later
steps (cells, fields, labels) exist once and need no picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from templates_forms.model import Box


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight printed line along one axis.

    Attributes:
        level: true for a horizontal line, false for a vertical one.
        at: y of a horizontal line, x of a vertical one, mm.
        low, high: its start and end along its own axis, mm.
        width: of the stroke, mm.
        dotted: dots or dashes rather than one stroke.
    """

    level: bool
    at: float
    low: float
    high: float
    width: float = 0.2
    dotted: bool = False

    @property
    def length(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Glyph:
    """One printed character: the box of its ink and the height of its em square, mm."""

    text: str
    box: Box
    size: float

    @property
    def middle(self) -> float:
        """The y of its middle; small marks such as ・ are in the middle of a line, too."""
        return self.box.y + self.box.height / 2


@dataclass(frozen=True, slots=True)
class Print:
    """Everything printed on one page.

    Attributes:
        size_mm: width and height of the sheet.
        rulings: straight lines; collinear pieces are joined.
        glyphs: characters in no particular order.
        rings: boxes round printed circles, e.g. for a seal.
        squares: small closed squares that may be tick boxes, where they were read as shapes.
        shades: tinted areas.
        exact: read from drawing commands rather than from pixels.
    """

    size_mm: tuple[float, float]
    rulings: tuple[Ruling, ...]
    glyphs: tuple[Glyph, ...]
    rings: tuple[Box, ...] = ()
    squares: tuple[Box, ...] = ()
    shades: tuple[Box, ...] = field(default=())
    exact: bool = False


def centre_inside(inner: Box, outer: Box, slack: float = 0.0) -> bool:
    """Whether the centre of one box is inside another, extended by ``slack`` mm."""
    x, y = inner.x + inner.width / 2, inner.y + inner.height / 2
    return outer.x - slack <= x <= outer.right + slack and outer.y - slack <= y <= outer.bottom + slack


def overlap(a: Box, b: Box) -> float:
    """Return the common area of two boxes, mm²."""
    width = min(a.right, b.right) - max(a.x, b.x)
    height = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(width, 0.0) * max(height, 0.0)


def around(boxes: list[Box]) -> Box:
    """Return the bounding box of all boxes; there must be at least one."""
    found = boxes[0]
    for box in boxes[1:]:
        found = found.union(box)
    return found
