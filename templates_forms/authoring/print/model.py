"""What is printed on an empty sheet, as plain data: rules, letters, rings, squares. Millimetres throughout.

It is the same whether it was read out of a PDF's drawing commands or out of a scan's pixels, so everything
that follows (cells, fields, labels) is worked out once, without looking at a picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from templates_forms.model import Box


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight printed line along one axis.

    Attributes:
        level: true for a line from left to right, false for one from top to bottom.
        at: y of a level line, x of an upright one, mm.
        low, high: where it begins and ends along its own axis, mm.
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
        """Height of its middle on the sheet; small marks such as ・ sit in the middle of a line, too."""
        return self.box.y + self.box.height / 2


@dataclass(frozen=True, slots=True)
class Print:
    """Everything printed on one page.

    Attributes:
        size_mm: width and height of the sheet.
        rulings: straight lines; collinear pieces are joined.
        glyphs: characters in no particular order.
        rings: boxes round printed circles, e.g. for a seal.
        squares: small closed squares that may be tick boxes, where the reader saw them as shapes.
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
    """Whether the middle of one box lies in another."""
    x, y = inner.x + inner.width / 2, inner.y + inner.height / 2
    return outer.x - slack <= x <= outer.right + slack and outer.y - slack <= y <= outer.bottom + slack


def overlap(a: Box, b: Box) -> float:
    """Area that two boxes share, mm²."""
    width = min(a.right, b.right) - max(a.x, b.x)
    height = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(width, 0.0) * max(height, 0.0)


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds all; there must be one."""
    found = boxes[0]
    for box in boxes[1:]:
        found = found.union(box)
    return found
