"""Finds dates to fill in: an era that is printed or chosen, then blanks before 年, 月 and 日.

The search covers the whole page instead of single cells, because dense forms put every part of a date into a
separate cell.
"""

from __future__ import annotations

from collections.abc import Sequence

from templates_forms.authoring.fields.drafts import Choice, Draft, DraftPart, Shape
from templates_forms.authoring.fields.vocabulary import ERAS
from templates_forms.authoring.print.model import Glyph, around, centre_inside
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import plain, words_before
from templates_forms.model import Box, Mark

_PARTS = (("year", "年"), ("month", "月"), ("day", "日"))
# A narrower gap is spacing of the print, not room for digits.
_LEAST_BLANK_MM = 4.2
# From one of 年 月 日 to the next; farther apart they belong to different fields.
_WIDEST_STEP_MM = 48.0
# Blank paper before 年 may reach far to the left; nobody writes a year wider than this.
_WIDEST_YEAR_MM = 17.0
# A tall cell is not filled in its full height, so the area is limited around the line.
_TALLEST_MM = 7.2
# 年 月 日 may be set a little higher or lower than the words around them.
_LEVEL_EM = 0.8
# The words to ring may be in the cell before the year.
_ERA_REACH_MM = 62.0


def find_dates(
    layout: PageLayout, ticked: Sequence[Draft], ringed: Sequence[Draft]
) -> tuple[list[Draft], set[Glyph]]:
    """Return dates written in parts, and the glyphs that belong to them.

    Era words that were classified as answers before are moved to the date: those drafts lose their choices.
    """
    # 年 inside a character row is a place name of the row, not a date.
    glyphs = [g for g in layout.page.glyphs if not _in_row(g, layout)]
    found: list[Draft] = []
    used: set[Glyph] = set()
    for year in (g for g in glyphs if g.text == "年"):
        trio = _year_month_day(year, glyphs, layout)
        if trio is None:
            continue
        draft = _draft(trio, glyphs, layout)
        if draft is None:
            continue
        used.update(trio)
        used.update(_assign_era(draft, trio[0], glyphs, layout, ticked, ringed))
        found.append(_drop_parts_if_free(draft))
    return found, used


def _in_row(glyph: Glyph, layout: PageLayout) -> bool:
    return any(centre_inside(glyph.box, row.box) for row in layout.rows)


def _year_month_day(year: Glyph, glyphs: Sequence[Glyph], layout: PageLayout) -> list[Glyph] | None:
    """Return 年 with the 月 and 日 that follow it on the same level, with nothing else printed between."""
    trio = [year]
    for letter in "月日":
        last = trio[-1]
        after = [g for g in glyphs if _same_level(g, last) and g.box.x > last.box.right - 0.2 * last.size]
        after.sort(key=lambda g: g.box.x)
        if not after or after[0].text != letter or after[0].box.x - last.box.right > _WIDEST_STEP_MM:
            return None
        trio.append(after[0])
    return trio


def _same_level(a: Glyph, b: Glyph) -> bool:
    return a is not b and abs(a.middle - b.middle) <= _LEVEL_EM * max(a.size, b.size)


def _draft(trio: Sequence[Glyph], glyphs: Sequence[Glyph], layout: PageLayout) -> Draft | None:
    parts: dict[str, DraftPart] = {}
    left = _left_edge(trio[0], glyphs, layout)
    for (name, _), glyph in zip(_PARTS, trio, strict=True):
        part = _slot(left, glyph, layout)
        if part is None:
            return None
        parts[name] = part
        left = glyph.box.right
    parts["year"] = _limit_year_width(parts)
    row_parts = sum(part.groups is not None for part in parts.values())
    before = [g for g in glyphs if _same_level(g, trio[0]) and g.box.right <= parts["year"].box.x + 0.5]
    # 生 年 月 日 spread over a label cell looks like a date; the characters before 年 show that it is not.
    spread_label = row_parts == 0 and before and max(before, key=lambda g: g.box.right).text in "生誕出"
    if spread_label:
        return None
    box = around([part.box for part in parts.values()])
    place = layout.place_at(box)
    return Draft(Shape.DATE, box, place, parts=parts)


def _limit_year_width(parts: dict[str, DraftPart]) -> DraftPart:
    """Limit the blank before 年 to 1.25 times those before 月 and 日: a label may be far to its left."""
    year, widest = parts["year"], 1.25 * max(parts["month"].box.width, parts["day"].box.width)
    if year.groups or year.box.width <= widest:
        return year
    return DraftPart(Box(year.box.right - widest, year.box.y, widest, year.box.height))


def _left_edge(year: Glyph, glyphs: Sequence[Glyph], layout: PageLayout) -> float:
    before = [g.box.right for g in glyphs if _same_level(g, year) and g.box.right <= year.box.x + 0.3]
    place = layout.place_at(year.box)
    edge = max([place.box.x, *before])
    # When a cell contains only 年, the year is written into the cell before it.
    if not place.sheet and not has_edge_inside(before, place) and year.box.x - place.box.x < _LEAST_BLANK_MM:
        neighbour = layout.left_of(place.box)
        return neighbour.box.x if neighbour is not None and not neighbour.lines else max(before, default=0.0)
    return edge


def has_edge_inside(edges: Sequence[float], place: PrintedPlace) -> bool:
    """Whether any of these right edges lies inside a place."""
    return any(place.box.x < edge < place.box.right for edge in edges)


def _slot(left: float, glyph: Glyph, layout: PageLayout) -> DraftPart | None:
    """Return the blank between an edge and a glyph: character boxes, one box, or wide enough blank paper."""
    right, middle = glyph.box.x, glyph.middle
    for row in layout.rows:
        if (
            left - 1.5 <= row.box.x
            and row.box.right <= right + 1.0
            and row.box.y - 1 <= middle <= row.box.bottom + 1
        ):
            return DraftPart(row.box, row.groups)
    here = layout.place_at(glyph.box)
    for place in layout.places:
        box = place.box
        inside = left - 1.2 <= box.x and box.right <= right + 1.0 and box.y < middle < box.bottom
        if inside and place is not here and not place.lines and 4 <= box.width <= 40 and box.height <= 18:
            return DraftPart(_inset(box))
    blank = right - left
    if blank < _LEAST_BLANK_MM or (not here.sheet and left < here.box.x - 0.5):
        return None
    half = _half_height(here, glyph)
    start = max(left + 0.5, right - _WIDEST_YEAR_MM)
    return DraftPart(Box(start, middle - half, right - 0.3 - start, 2 * half))


def _inset(box: Box) -> Box:
    return Box(box.x + 0.3, box.y + 0.3, box.width - 0.6, box.height - 0.6)


def _half_height(place: PrintedPlace, glyph: Glyph) -> float:
    if place.sheet:
        return max(3.0, 0.9 * glyph.size)
    room = min(glyph.middle - place.box.y, place.box.bottom - glyph.middle)
    return max(min(room - 0.5, _TALLEST_MM / 2), 1.5)


def _assign_era(
    draft: Draft,
    year: Glyph,
    glyphs: Sequence[Glyph],
    layout: PageLayout,
    ticked: Sequence[Draft],
    ringed: Sequence[Draft],
) -> set[Glyph]:
    """Set the era of a date; return the glyphs of a printed era."""
    part = draft.parts["year"].box
    for other in [*ticked, *ringed]:
        if _era_question(other, part, year, layout):
            draft.eras, draft.era_mark = other.choices, other.mark
            draft.inner = other.inner
            draft.place = other.place
            draft.box = draft.box.union(other.box)
            other.choices = ()
            return set()
    printed = _printed_era(part, year, glyphs)
    if printed:
        word = plain("".join(g.text for g in printed))
        draft.era_fixed = ERAS.get(word)
        before = [
            g
            for g in layout.place_at(printed[0].box).glyphs
            if _same_level(g, year) and g.box.right <= printed[0].box.x + 0.3
        ]
        draft.inner = words_before(before)
        draft.place = layout.place_at(printed[0].box)
        return set(printed)
    own = [g for g in draft.place.glyphs if _same_level(g, year) and g.box.right <= part.x + 0.6]
    draft.inner = words_before(own)
    return set()


def _era_question(other: Draft, part: Box, year: Glyph, layout: PageLayout) -> bool:
    labels = [choice.label for choice in other.choices]
    if len(labels) < 2 or not all(label in ERAS or label == "西暦" for label in labels):
        return False
    gap = part.x - other.box.right
    level = other.box.y - 3 <= year.middle <= other.box.bottom + 3
    return -6.0 <= gap <= _ERA_REACH_MM and level


def _printed_era(part: Box, year: Glyph, glyphs: Sequence[Glyph]) -> list[Glyph]:
    before = [
        g for g in glyphs if _same_level(g, year) and part.x - 25 <= g.box.x and g.box.right <= part.x + 0.8
    ]
    before.sort(key=lambda g: g.box.x)
    # The long name (昭和) before the short one (昭); a lone letter such as S must not be part of a word.
    for count in (2, 1):
        word = plain("".join(g.text for g in before[-count:]))
        if len(before) >= count and word in ERAS and (count == 2 or len(before) == 1 or word not in "MTSHR"):
            return before[-count:]
    return []


def _drop_parts_if_free(draft: Draft) -> Draft:
    """Treat a date without boxes and without an era as one area for free writing."""
    free = all(part.groups is None for part in draft.parts.values())
    if free and draft.era_fixed is None and not draft.eras:
        draft.parts = {}
    return draft


def era_choices(draft: Draft) -> tuple[Choice, ...]:
    """Return the eras to choose from, without 西暦, which is not an era."""
    return tuple(choice for choice in draft.eras if choice.label in ERAS)


def era_mark_of(draft: Draft) -> Mark:
    """Return how the era is marked; a ring when nothing else is known."""
    return draft.era_mark or Mark.CIRCLE
