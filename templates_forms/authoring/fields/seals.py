"""Finds the areas for seals: a printed circle, or a separate 印."""

from __future__ import annotations

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.print.model import Glyph, centre_inside
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.model import Box

# Diameters of printed circles for seals; smaller circles are tick marks.
_RING_MM = (6.5, 32.0)
# A personal seal has about 10.5 mm; the rest is room for careless pressing.
_SIDE_MM = 12.0
_LETTERS = frozenset("印㊞")
# Closer characters form a word such as 押印.
_ALONE_EM = 0.7


def find_seals(layout: PageLayout) -> tuple[list[Draft], set[Glyph]]:
    """Return the areas for seals, and the glyphs 印 that belong to them."""
    drafts: list[Draft] = []
    used: set[Glyph] = set()
    for place in [layout.sheet, *layout.places]:
        for ring in place.rings:
            if not _RING_MM[0] <= ring.width <= _RING_MM[1]:
                continue
            inside = [g for g in place.glyphs if centre_inside(g.box, ring)]
            if all(g.text in _LETTERS for g in inside):
                drafts.append(Draft(Shape.SEAL, ring, place, inner="印"))
                used.update(inside)
        for glyph in place.glyphs:
            if glyph.text in _LETTERS and glyph not in used and _alone(glyph, place):
                drafts.append(Draft(Shape.SEAL, _round(glyph, place), place, inner="印"))
                used.add(glyph)
    return drafts, used


def _alone(glyph: Glyph, place: PrintedPlace) -> bool:
    """Whether 印 is not part of a word and has blank paper around it for a seal."""
    if glyph.text == "㊞":
        return True
    for other in place.glyphs:
        if other is glyph or abs(other.middle - glyph.middle) > 0.8 * glyph.size:
            continue
        gap = max(other.box.x - glyph.box.right, glyph.box.x - other.box.right)
        brackets = other.text in "（）()"
        if gap < _ALONE_EM * glyph.size and not brackets:
            return False
        # 受付印, 領収印 and 確認印 are pressed by the office.
        if not brackets and gap < 6 * glyph.size and other.text in "受付収認":
            return False
    # In a shaded label cell 印 is the label; the seal goes into the cell beside it.
    return place.sheet or len(place.text) > 1 or place.box.height < 2.0 * glyph.size or not place.shaded


def _round(glyph: Glyph, place: PrintedPlace) -> Box:
    x, y = glyph.box.x + glyph.box.width / 2, glyph.middle
    side = _SIDE_MM
    left, top, right, bottom = x - side / 2, y - side / 2, x + side / 2, y + side / 2
    if not place.sheet:
        left, right = max(left, place.box.x), min(right, place.box.right)
        top, bottom = max(top, place.box.y), min(bottom, place.box.bottom)
    return Box(left, top, right - left, bottom - top)
