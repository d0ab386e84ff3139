"""Proposes the fields of a page from its print, in reading order."""

from __future__ import annotations

from collections.abc import Sequence

from templates_forms.authoring.fields.dates import find_dates
from templates_forms.authoring.fields.drafts import Draft, DraftPart, Shape
from templates_forms.authoring.fields.free_areas import find_free
from templates_forms.authoring.fields.kinds import Kind, kind_of
from templates_forms.authoring.fields.labels import assign_labels
from templates_forms.authoring.fields.office_use import OfficeUseAreas
from templates_forms.authoring.fields.rings import find_ringed_words
from templates_forms.authoring.fields.roles import CellRoles
from templates_forms.authoring.fields.seals import find_seals
from templates_forms.authoring.fields.ticks import find_ticks
from templates_forms.authoring.print.model import Glyph, Print, overlap
from templates_forms.authoring.print.places import PageLayout
from templates_forms.authoring.print.words import plain, words_before
from templates_forms.model import Box, FieldType

# Place values may be printed above their boxes.
_HEAD_MM = 4.6
_MOST_SHARED = 0.25  # of the smaller of two boxes, as the template checker allows
# A column this narrow with a label such as No. only numbers the rows.
_NUMBER_COLUMN_MM = 15.0
_NUMBERS = frozenset({"No", "No.", "NO", "NO.", "№", "番号", "項番", "Nº"})


def propose(page: Print) -> list[tuple[Draft, Kind]]:
    """Return the fields of one page, top to bottom, each with its type."""
    layout = PageLayout(page)
    drafts = without_overlaps(find_drafts(layout))
    return sorted(((d, kind_of(d)) for d in drafts), key=lambda pair: _reading_order(pair[0]))


def without_overlaps(drafts: Sequence[Draft]) -> list[Draft]:
    """Return drafts without overlaps: printed shapes take precedence over free paper, then earlier ones over later."""
    kept: list[Draft] = []
    for draft in sorted(drafts, key=lambda one: one.shape is Shape.FREE):
        if draft.shape is Shape.SEAL or not any(_share_ink(draft, other) for other in kept):
            kept.append(draft)
    return kept


def _share_ink(one: Draft, other: Draft) -> bool:
    if other.shape is Shape.SEAL:
        return False
    return any(
        overlap(a, b) > _MOST_SHARED * min(a.width * a.height, b.width * b.height)
        for a in _ink_boxes(one)
        for b in _ink_boxes(other)
    )


def _ink_boxes(draft: Draft) -> list[Box]:
    parts = [part.box for part in draft.parts.values()]
    return [*(choice.box for choice in (*draft.choices, *draft.eras)), *parts] or [draft.box]


def find_drafts(layout: PageLayout) -> list[Draft]:
    """Return all fields of a page with their labels."""
    # The order matters: dates take over era words that were found as ticks or rings,
    # and free areas are what all printed shapes have left over.
    ticks, used = find_ticks(layout)
    words, ringed = find_ringed_words(layout, used)
    dates, dated = find_dates(layout, ticks, words)
    seals, sealed = find_seals(layout)
    marks = [d for d in (*ticks, *words) if d.choices]
    rows = [_row(row_box, groups, printed, layout) for row_box, groups, printed in _free_rows(layout, dates)]
    found = [*marks, *dates, *seals, *rows]
    _remove_used_glyphs(layout, used | ringed | dated | sealed)
    roles = CellRoles(layout, found)
    found += find_free(layout, roles, found)
    assign_labels(layout, roles, found)
    office = OfficeUseAreas(layout, roles)
    found = [d for d in found if not office.contains(d) and _has_label(d)]
    return [_as_date(d) for d in found]


def _free_rows(layout: PageLayout, dates: Sequence[Draft]) -> list[tuple[Box, tuple[int, ...], str]]:
    parts = [part.box for date in dates for part in date.parts.values()]
    return [
        (row.box, row.groups, row.printed)
        for row in layout.rows
        if not any(overlap(row.box, box) > 0.5 * row.box.width * row.box.height for box in parts)
    ]


def _row(box: Box, groups: tuple[int, ...], printed: str, layout: PageLayout) -> Draft:
    place = layout.place_at(box)
    level = [g for g in place.glyphs if box.y - 0.5 <= g.middle <= box.bottom + 0.5]
    before = sorted(
        (g for g in level if g.box.right <= box.x + 0.5 and box.x - g.box.right < 40), key=lambda g: g.box.x
    )
    behind = sorted((g for g in level if 0 <= g.box.x - box.right < 6), key=lambda g: g.box.x)
    heads = [g for g in place.glyphs if 0 <= box.y - g.middle < _HEAD_MM and box.x <= g.box.x <= box.right]
    return Draft(
        Shape.ROW,
        box,
        place,
        groups=groups,
        inner=words_before(before),
        after=plain("".join(g.text for g in behind))[:3],
        printed=printed + "".join(g.text for g in heads),
    )


def _remove_used_glyphs(layout: PageLayout, used: set[Glyph]) -> None:
    """Replace the glyphs of marks and dates in their places by boxes: they block writing, but are not labels.

    They stay among the glyphs of the page.
    """
    for place in [layout.sheet, *layout.places]:
        gone = [g for g in place.glyphs if g in used]
        if not gone:
            continue
        place.glyphs = [g for g in place.glyphs if g not in used]
        place.boxes += [g.box for g in gone]
        # Both are cached properties of the glyphs that were just changed.
        place.__dict__.pop("lines", None)
        place.__dict__.pop("text", None)


def _has_label(draft: Draft) -> bool:
    """Whether a draft has a label; free paper without one is not a field."""
    if draft.shape is not Shape.FREE:
        return True
    counted = draft.box.width < _NUMBER_COLUMN_MM and any(text in _NUMBERS for text in draft.labels)
    return not counted and any(not _bare_number(text) for text in draft.labels)


def _bare_number(text: str) -> bool:
    return not any(c.isalpha() for c in plain(text)) and "〒" not in text


def _as_date(draft: Draft) -> Draft:
    """Convert a character row that is labelled as a date into year, month and day."""
    groups = draft.groups or ()
    if draft.shape is not Shape.ROW or len(groups) < 3 or kind_of(draft).type is not FieldType.DATE:
        return draft
    cells = draft.box.columns(sum(groups))
    parts: dict[str, DraftPart] = {}
    # A leading group is the era; year, month and day are the last three.
    start = len(cells) - sum(groups[-3:])
    for name, size in zip(("year", "month", "day"), groups[-3:], strict=True):
        run = cells[start : start + size]
        parts[name] = DraftPart(run[0].union(run[-1]), (size,))
        start += size
    draft.shape, draft.parts, draft.groups = Shape.DATE, parts, None
    return draft


def _reading_order(draft: Draft) -> tuple[float, float]:
    # Fields on one line differ by a few millimetres in y.
    return round(draft.box.y / 4), draft.box.x
