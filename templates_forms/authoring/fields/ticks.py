"""Finds tick boxes with the text beside them, and groups them into questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from templates_forms.authoring.fields.drafts import Choice, Draft, Shape
from templates_forms.authoring.fields.vocabulary import SEVERAL
from templates_forms.authoring.print.model import Glyph, around
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import Word, plain
from templates_forms.model import Box, Mark

# From a tick box to its first word.
_FIRST_GAP_MM = 7.0
# A wider gap in the text ends the words of a tick box.
_NEXT_GAP_EM = 1.6
# Outside tables, tick boxes farther below start another question.
_SHEET_STEP_MM = 13.0
# Answers to one question are aligned at their left edges.
_ALIGNED_MM = 2.0
_SENTENCE = 17  # from this many characters, the text of a tick box is a complete sentence
# A statement to agree to is a question by itself, even beside other ticks.
_OWN_WORDS = ("同意", "誓約", "確認しました", "相違")


@dataclass(slots=True)
class _Tick:
    box: Box
    words: list[Word]
    before: str = ""

    @property
    def text(self) -> str:
        return plain("".join(word.text for word in self.words))


def find_ticks(layout: PageLayout) -> tuple[list[Draft], set[Glyph]]:
    """Return the questions answered by ticks, and the glyphs that belong to them."""
    drafts: list[Draft] = []
    used: set[Glyph] = set()
    for place in [layout.sheet, *layout.places]:
        if not place.squares:
            continue
        ticks = _with_words(place)
        for tick in ticks:
            used.update(g for word in tick.words for g in word.glyphs)
            if not tick.words:
                tick.words = _beside(layout, tick.box)
        for group in _questions(ticks, place):
            drafts.append(_draft(group, place))
    return _across_cells(drafts, layout), used


def _with_words(place: PrintedPlace) -> list[_Tick]:
    """Return each square with the words to its right; words left over before a square go into ``before``."""
    ticks: list[_Tick] = []
    for row in _levels(place.squares):
        words = [w for line in place.lines for w in _split(line.words, row) if _level(w.box, row[0])]
        words.sort(key=lambda w: w.box.x)
        limits = [box.x for box in row[1:]] + [float("inf")]
        free = [w for w in words if w.box.right <= row[0].x + 0.5]
        for box, limit in zip(row, limits, strict=True):
            # Words before the first square of a row are the label of the question.
            tick = _Tick(box, [], plain("".join(w.text for w in free)))
            free = []
            last = box.right
            for word in (w for w in words if box.right - 0.6 <= w.box.x < limit):
                reach = _FIRST_GAP_MM if not tick.words else _NEXT_GAP_EM * word.size
                if not free and word.box.x - last <= reach:
                    tick.words.append(word)
                    last = word.box.right
                else:
                    free.append(word)
            if free and _hint(free[0], tick):
                free = []
            ticks.append(tick)
    return ticks


def _hint(word: Word, tick: _Tick) -> bool:
    small = bool(tick.words) and word.size < 0.85 * tick.words[0].size
    return small or word.text[0] in "（(※[「"


def _split(words: Sequence[Word], row: Sequence[Box]) -> list[Word]:
    """Split words where a square is between their characters."""
    out: list[Word] = []
    for word in words:
        part: list[Glyph] = []
        for glyph in word.glyphs:
            crossing = part and any(
                part[-1].box.right - 0.5 <= b.x and b.right <= glyph.box.x + 0.5 for b in row
            )
            if crossing:
                out.append(Word(tuple(part)))
                part = []
            part.append(glyph)
        out.append(Word(tuple(part)))
    return out


def _level(box: Box, square: Box) -> bool:
    middle = box.y + box.height / 2
    return square.y - 0.8 <= middle <= square.bottom + 0.8


def _levels(squares: Sequence[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    for box in sorted(squares, key=lambda b: b.y):
        if rows and abs(rows[-1][0].y - box.y) <= 0.45 * box.height:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda b: b.x) for row in rows]


def _beside(layout: PageLayout, box: Box) -> list[Word]:
    """Return the words in the cell to the right of a tick box's own cell."""
    place = layout.place_at(box)
    if place.sheet:
        return []
    for other in layout.places:
        if layout.left_of(other.box) is place and other.lines and not other.squares and not other.rows:
            return [w for line in other.lines for w in line.words][:6]
    return []


def _questions(ticks: Sequence[_Tick], place: PrintedPlace) -> list[list[_Tick]]:
    groups: list[list[_Tick]] = []
    for tick in ticks:
        if _alone(tick):
            groups.append([tick])
        elif groups and not _alone(groups[-1][-1]) and _together(groups[-1], tick, place):
            groups[-1].append(tick)
        else:
            groups.append([tick])
    return groups


def _alone(tick: _Tick) -> bool:
    return (
        len(tick.text) >= 4
        and any(word in tick.text for word in _OWN_WORDS)
        and not tick.text.endswith(("同意する", "同意しない"))
    )


def _together(group: Sequence[_Tick], tick: _Tick, place: PrintedPlace) -> bool:
    if tick.before:
        return False
    if not place.sheet:
        return True
    last, first = group[-1].box, group[0].box
    if abs(last.y - tick.box.y) <= 0.45 * last.height:
        return True
    near = tick.box.y - last.bottom <= _SHEET_STEP_MM
    return (near and any(abs(t.box.x - tick.box.x) <= _ALIGNED_MM for t in group)) or (
        near and abs(first.x - tick.box.x) <= _ALIGNED_MM
    )


def _draft(group: Sequence[_Tick], place: PrintedPlace) -> Draft:
    choices = tuple(Choice(tick.text, tick.box) for tick in group)
    several = any(word in place.text for word in SEVERAL)
    return Draft(
        Shape.TICKS,
        around([tick.box for tick in group]),
        place,
        choices=choices,
        mark=Mark.TICK,
        inner=group[0].before,
        several=several,
    )


def _across_cells(drafts: list[Draft], layout: PageLayout) -> list[Draft]:
    """Merge single ticks in adjacent cells: they are answers to one question."""
    merged: list[Draft] = []
    last_cell: dict[int, PrintedPlace] = {}
    for draft in sorted(drafts, key=lambda d: (round(d.box.y), d.box.x)):
        before = None if draft.place.sheet or not _short(draft) else layout.left_of(draft.place.box)
        hosts = [m for m in merged if before is not None and last_cell[id(m)] is before and _short(m)]
        if hosts and len(draft.choices) == 1 and not draft.inner:
            hosts[0].choices = (*hosts[0].choices, *draft.choices)
            hosts[0].box = hosts[0].box.union(draft.box)
            last_cell[id(hosts[0])] = draft.place
        else:
            merged.append(draft)
            last_cell[id(draft)] = draft.place
    return merged


def _short(draft: Draft) -> bool:
    return all(0 < len(choice.label) < _SENTENCE for choice in draft.choices)
