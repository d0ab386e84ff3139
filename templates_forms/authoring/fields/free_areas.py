"""Finds areas for free writing: empty cells, blank paper beside print, lines to write on, space between brackets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.fields.meanings import is_label_word, is_open_label
from templates_forms.authoring.fields.roles import SEPARATORS, CellRoles
from templates_forms.authoring.fields.vocabulary import UNITS
from templates_forms.authoring.print.empty_space import MinimumSize, largest_empty
from templates_forms.authoring.print.model import Glyph, Ruling, centre_inside, overlap
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import Line, Word, lines_of, plain
from templates_forms.model import Box

# The printed frame must not be inside the area, or it would be read as ink.
_INSET_MM = 0.8
# Smaller empty cells are spacing, not fields.
_SMALLEST = MinimumSize(6.0, 4.0)
_BESIDE_OTHERS = ((0.82, 4.8), (0.58, 6.0))
"""Share of a cell's width, and height in mm, that blank paper beside other fields must have to be another field."""
# Left of words to ring there must be room for at least a short text.
_BEFORE_WORDS_MM = 28.0
# Line spacing of one text over several printed lines.
_STEP_MM = 11.0
# A label may be this far above its area.
_LABEL_ABOVE_MM = 6.0
# Shorter lines are dashes or underlined words.
_UNDERLINE_MM = 16.0
# Height of handwriting on a printed line.
_LINE_HEIGHT_MM = 8.0
# Minimum and maximum width of an area after a label without any line.
_OPEN_MM = (24.0, 95.0)
# People stop writing before the edge of the sheet.
_MARGIN_MM = 14.0
# Narrower brackets contain a mark, not a text.
_BRACKET_MM = 8.0


def find_free(layout: PageLayout, roles: CellRoles, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the areas for free writing that do not belong to another field."""
    found: list[Draft] = []
    for place in layout.places:
        mine = [
            d
            for d in drafts
            if d.place is place or overlap(d.box, place.box) > 0.5 * d.box.width * d.box.height
        ]
        if roles.is_label(place) or roles.is_prose(place):
            continue
        letters = [g for g in layout.page.glyphs if centre_inside(g.box, place.box)]
        found += _in_place(place, mine, roles, letters)
    # Printed cells first: what they contain is not an open line of the sheet.
    found += _open_lines(layout.sheet, [*drafts, *found], layout)
    found += _underlines(layout, [*drafts, *found])
    return found


def _in_place(
    place: PrintedPlace, mine: Sequence[Draft], roles: CellRoles, letters: Sequence[Glyph]
) -> list[Draft]:
    named = _open_lines(place, mine, None) if len(place.lines) > 1 else []
    if len(named) > 1 or (named and mine):
        return named
    obstacles = roles.obstacles(place) + [d.box for d in mine]
    brackets = _brackets(place, mine, letters)
    room = _room(place, mine, obstacles)
    if brackets or room is None:
        return brackets
    draft = Draft(Shape.FREE, room, place)
    draft.after = _unit(place, room)
    before = _before(place, room)
    if mine:
        above = [
            w for w in before if w.box.bottom <= room.y + 1.0 and room.y - w.box.bottom < _LABEL_ABOVE_MM
        ]
        above = [w for w in above if w.box.x < room.x + 0.5 * room.width and any(c.isalpha() for c in w.text)]
        beside = [w for w in _left_of(place, room) if is_label_word(w.text)]
        before = (beside or above)[-1:]
    draft.inner = plain("".join(w.text for w in before))
    return [draft]


def _room(place: PrintedPlace, mine: Sequence[Draft], obstacles: list[Box]) -> Box | None:
    """Return the part of a cell that is free to write in; beside other fields it must be large."""
    inner = _inner(place.box)
    if not mine and not place.boxes:
        return _below_small_label(place, inner) or largest_empty(inner, obstacles, _SMALLEST)
    for share, height in _BESIDE_OTHERS:
        room = largest_empty(inner, obstacles, MinimumSize(max(share * place.box.width, 30), height))
        beside_boxes = room is not None and any(
            d.shape in (Shape.ROW, Shape.DATE) and d.box.y < room.bottom and room.y < d.box.bottom
            for d in mine
        )
        if room is not None and not beside_boxes:
            return room
    first = min((d.box.x for d in mine if d.shape is Shape.WORDS), default=0.0)
    if first - inner.x < _BEFORE_WORDS_MM:
        return None
    left = Box(inner.x, inner.y, first - 0.5 - inner.x, inner.height)
    room = largest_empty(left, obstacles, MinimumSize(_BEFORE_WORDS_MM, 0.75 * inner.height))
    return room


def _below_small_label(place: PrintedPlace, inner: Box) -> Box | None:
    """Return the area under a small label in the upper left corner, from the label's middle, as people write there."""
    if len(place.lines) != 1 or len(place.lines[0].words) > 3:
        return None
    label = place.lines[0].box
    corner = label.x - place.box.x < 6 and label.y - place.box.y < 0.22 * place.box.height
    middle = label.y + label.height / 2
    below = place.box.bottom - label.bottom
    small = label.height < 0.42 * place.box.height and label.width < 0.5 * place.box.width
    if not corner or not small or below < 5.0:
        return None
    return Box(inner.x, middle, inner.width, inner.bottom - middle)


def _inner(box: Box) -> Box:
    # In a low cell the full inset would leave too little height.
    inset = min(_INSET_MM, 0.1 * box.height)
    return Box(box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset)


def _unit(place: PrintedPlace, room: Box) -> str:
    """Return the word directly after the area, when it is a unit."""
    for line in place.lines:
        box = line.box
        if room.y - 1 <= box.y + box.height / 2 <= room.bottom + 1 and box.x >= room.right - 0.5:
            return plain(line.words[0].text)
    words = [w for line in place.lines for w in line.words if w.box.x >= room.right - 0.5]
    return plain(words[0].text) if words and plain(words[0].text) in UNITS else ""


def _before(place: PrintedPlace, room: Box) -> list[Word]:
    """Return the words to the left of the area or above it."""
    words = [w for line in place.lines for w in line.words]
    return [w for w in words if w.box.right <= room.x + 1 or w.box.y + 0.5 * w.box.height <= room.y + 0.6]


def _left_of(place: PrintedPlace, room: Box) -> list[Word]:
    """Return the words before the area on the same level."""
    words = [w for line in place.lines for w in _label_words(line)]
    return [
        w
        for w in words
        if w.box.right <= room.x + 1 and room.y <= w.box.y + 0.5 * w.box.height <= room.bottom
    ]


def _brackets(place: PrintedPlace, mine: Sequence[Draft], print_here: Sequence[Glyph]) -> list[Draft]:
    """Return the areas between brackets （　　　）, named by the word before; （　）－ alone is a telephone number."""
    found: list[Draft] = []
    if set(plain("".join(g.text for g in print_here))) <= SEPARATORS:
        return []
    for line in lines_of(print_here):
        letters = line.glyphs
        for left, right in itertools.pairwise(letters):
            gap = right.box.x - left.box.right
            if left.text not in "（(［[" or right.text not in "）)］]" or gap < _BRACKET_MM:
                continue
            half = max(2.5, 0.8 * left.size)
            top, bottom = (
                max(left.middle - half, place.box.y + 0.2),
                min(left.middle + half, place.box.bottom - 0.2),
            )
            box = Box(left.box.right + 0.4, top, gap - 0.8, bottom - top)
            if any(overlap(box, d.box) > 1 for d in mine):
                continue
            before = plain(
                "".join(
                    g.text
                    for g in letters
                    if g.box.right <= left.box.x + 0.2 and left.box.x - g.box.right < 30
                )
            )
            found.append(Draft(Shape.FREE, box, place, inner=before[-12:]))
    return found


def _open_lines(place: PrintedPlace, taken: Sequence[Draft], layout: PageLayout | None) -> list[Draft]:
    """Return the areas after a known label on its line: 「氏名　　　　」."""
    found: list[Draft] = []
    for line in place.lines:
        for word in _label_words(line):
            if not is_open_label(word.text):
                continue
            room = _room_behind(word, line, place, taken, layout)
            if room is not None:
                after = plain(_next_text(word, line))
                found.append(Draft(Shape.FREE, room, place, inner=plain(word.text), after=after))
    return found


def _label_words(line: Line) -> list[Word]:
    """Return the words of a line; the characters of a spread label (氏　　名) are joined into one word."""
    merged: list[Word] = []
    for word in line.words:
        last = merged[-1] if merged else None
        joined = Word((*last.glyphs, *word.glyphs)) if last else word
        single = last is not None and (len(last.glyphs) == 1 or len(word.glyphs) == 1)
        # Only single characters are joined, so two real words on a line stay separate.
        if last and single and is_label_word(joined.text) and word.box.x - last.box.right < 9 * word.size:
            merged[-1] = joined
        else:
            merged.append(word)
    return merged


def _next_text(word: Word, line: Line) -> str:
    behind = [g for g in line.glyphs if g.box.x > word.box.right + 0.5]
    return behind[0].text if behind else ""


def _room_behind(
    word: Word, line: Line, place: PrintedPlace, taken: Sequence[Draft], layout: PageLayout | None
) -> Box | None:
    middle = word.box.y + word.box.height / 2
    edge = place.box.right - (_MARGIN_MM if place.sheet else 0.8)
    stops = [g.box.x for g in line.glyphs if g.box.x > word.box.right + 0.2 and g.text not in "：:（）()-－"]
    for draft in taken:
        if draft.box.y - 0.5 <= middle <= draft.box.bottom + 0.5 and draft.box.right > word.box.right:
            stops.append(draft.box.x)
    if layout is not None:
        stops += [
            p.box.x for p in layout.places if p.box.y <= middle <= p.box.bottom and p.box.x > word.box.right
        ]
    start = word.box.right + 1.0
    right = min([edge, *(s - 0.8 for s in stops)])
    width = min(right - start, _OPEN_MM[1])
    if width < _OPEN_MM[0]:
        return None
    others = [other.box for other in place.lines if other is not line]
    above = max([b.bottom for b in others if b.bottom <= middle and b.right > start], default=middle - 9)
    below = min([b.y for b in others if b.y >= middle and b.right > start], default=middle + 9)
    half = min(_LINE_HEIGHT_MM / 2, (middle - above) * 0.9, (below - middle) * 0.9)
    return Box(start, middle - half, width, 2 * half) if half >= 1.8 else None


def _underlines(layout: PageLayout, taken: Sequence[Draft]) -> list[Draft]:
    """Return the areas above lines that belong to no box and have a label before them."""
    found: list[Draft] = []
    for line in layout.page.rulings:
        if not line.level or line.length < _UNDERLINE_MM or not _loose(line, layout):
            continue
        box = Box(line.low, line.at - _LINE_HEIGHT_MM, line.length, _LINE_HEIGHT_MM)
        place = layout.place_at(Box(line.low, line.at - 2, line.length, 1.5))
        own = [g for g in place.glyphs if overlap(g.box, box) > 0 and g.middle > line.at - 5.2]
        start = max([line.low, *(g.box.right + 0.8 for g in own if g.box.x < line.low + 0.4 * line.length)])
        end = min([line.high, *(g.box.x - 0.8 for g in own if g.box.x > start)])
        if end - start < _UNDERLINE_MM * 0.75:
            continue
        top = max([box.y, *(g.box.bottom + 0.3 for g in place.glyphs if _over(g, start, end, line))])
        room = Box(start, top, end - start, line.at - top)
        if room.height < 3.5 or any(
            overlap(room, d.box) > 0.2 * room.width * room.height for d in [*taken, *found]
        ):
            continue
        before = [
            g for g in place.glyphs if line.at - 7 <= g.middle <= line.at + 2 and g.box.right <= start + 0.5
        ]
        close = sorted((g for g in before if start - g.box.right < 70), key=lambda g: g.box.x)
        behind = [
            g for g in place.glyphs if line.at - 7 <= g.middle <= line.at + 2 and 0 <= g.box.x - end < 5
        ]
        after = plain(min(behind, key=lambda g: g.box.x).text) if behind else ""
        found.append(Draft(Shape.FREE, room, place, inner=_last_words(close), after=after))
    return _paragraphs(found)


def _paragraphs(drafts: Sequence[Draft]) -> list[Draft]:
    """Merge lines of equal length directly under each other: they are for one text."""
    merged: list[Draft] = []
    for draft in sorted(drafts, key=lambda d: d.box.bottom):
        host = next((m for m in merged if _next_line(m, draft)), None)
        if host is None:
            merged.append(draft)
        else:
            host.box = host.box.union(draft.box)
    return merged


def _next_line(host: Draft, draft: Draft) -> bool:
    same = abs(host.box.x - draft.box.x) < 3 and abs(host.box.right - draft.box.right) < 3
    return same and not draft.inner and 0 < draft.box.bottom - host.box.bottom < _STEP_MM


def _over(glyph: Glyph, start: float, end: float, line: Ruling) -> bool:
    inside = glyph.box.right > start and glyph.box.x < end
    return inside and line.at - _LINE_HEIGHT_MM <= glyph.middle <= line.at - 3.0


def _last_words(glyphs: Sequence[Glyph]) -> str:
    return plain("".join(g.text for g in glyphs))[-14:]


def _loose(line: Ruling, layout: PageLayout) -> bool:
    """Whether a line is not a side of any face."""
    for face in layout.faces:
        box = face.box
        for y in (box.y, box.bottom):
            shared = min(line.high, box.right) - max(line.low, box.x)
            if abs(line.at - y) < 0.6 and shared > 0.4 * min(line.length, box.width):
                return False
    return True
