"""Finds the label of a field: in its cell, in the cell to the left, above its column, on its line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.fields.meanings import meaning_of
from templates_forms.authoring.fields.roles import CellRoles
from templates_forms.authoring.print.model import centre_inside
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import Line, Word, plain
from templates_forms.model import Box

# Enough for the widest table; a guard against a cycle of neighbours.
_STEPS = 24
# Drawn tables differ by less, merged columns by more.
_SAME_WIDTH_MM = 1.6
_MAIN = 0.78  # of the largest letters: smaller ones are remarks
# A label farther to the left on the same line belongs to another field.
_ON_LINE_MM = 75.0
# A label farther above belongs to another field.
_ABOVE_MM = 9.0
# As _ABOVE_MM, for a separate box.
_OVER_BOX_MM = 6.5
_INNER_BOX_MM = 110.0  # a box this narrow may be a separate box inside a cell
# Separators in headings of two cells (フリガナ・氏名).
_SPLIT = re.compile(r"[・/／、,]")
_KANA_AND_NAME = re.compile(r"(フリガナ|ふりがな|カナ)[^ぁ-んァ-ヶ一-龥]?ノ?((?:お)?(?:氏名|名前).*)$")
_HEADING = 26  # letters; longer lines are sentences


def assign_labels(layout: PageLayout, roles: CellRoles, drafts: Sequence[Draft]) -> None:
    """Set ``labels`` and ``sides`` of every draft."""
    pairing = _LabelFinder(layout, roles)
    for draft in drafts:
        found, sides = pairing.labels(draft)
        draft.labels = tuple(dict.fromkeys(text for text in found if text))
        draft.sides = tuple(dict.fromkeys(text for text in sides if text))
    _inherit_labels(drafts)


def main_words(place: PrintedPlace, notes: bool = True) -> str:
    """Return the text of a label cell; of its small print only a short remark (カタカナ), which describes the value."""
    largest = max((line.size for line in place.lines), default=0.0)
    main = "".join(line.text for line in place.lines if line.size >= _MAIN * largest)
    remark = "".join(line.text for line in place.lines if line.size < _MAIN * largest) if notes else ""
    return plain(main) + (f"({plain(remark).strip('()')})" if 0 < len(remark) <= 14 else "")


class _LabelFinder:
    def __init__(self, layout: PageLayout, roles: CellRoles) -> None:
        self._layout = layout
        self._roles = roles

    def labels(self, draft: Draft) -> tuple[list[str], list[str]]:
        """Return the labels, the nearest first, and the text shared with neighbours."""
        place = draft.place
        if place.sheet:
            return self._on_sheet(draft)
        if place.box.width < _INNER_BOX_MM and self._inside_another(place) is not None:
            draft.place = place = self._inside_another(place) or place
            draft.inner = draft.inner or self._words_before(draft.box, place)
            if place.sheet:
                return self._on_sheet(draft)
        left, left_steps = self._nearest_label(place.box, left=True)
        above, above_steps = self._nearest_label(place.box, left=False)
        outer: list[str] = []
        sides: list[str] = []
        head = above is not None and above_steps == 0 and self._is_head(above, place)
        column = above is not None and self._column(above, place.box)
        if left is not None and left_steps == 0 and not head:
            outer.append(main_words(left))
            if above is not None and column and above_steps > 0 and self._is_head(above, place):
                sides.append(main_words(above))
        elif above is not None and (column or above_steps == 0):
            outer.append(self._matching_part(above, place, draft))
            if left is not None:
                outer.append(main_words(left))
        elif left is not None:
            outer.append(main_words(left))
        else:
            outer += self._over_a_box(place.box)
        sides += self._side_labels(left, place) + self._heading(place.box)
        inner = self._inner(draft, bool(outer))
        return [*inner, *outer], sides

    def _inside_another(self, place: PrintedPlace) -> PrintedPlace | None:
        """Return the cell around a separate box; the sheet when the box touches nothing."""
        outer = self._layout.place_at(place.box, exclude=place)
        alone = self._layout.left_of(place.box) is None and self._layout.above(place.box) is None
        return outer if alone else None

    def _words_before(self, box: Box, place: PrintedPlace) -> str:
        level = [
            g
            for g in place.glyphs
            if box.y - 0.5 <= g.middle <= box.bottom + 0.5 and g.box.right <= box.x + 0.5
        ]
        return plain(
            "".join(g.text for g in sorted(level, key=lambda g: g.box.x) if box.x - g.box.right < 25)
        )

    def _nearest_label(self, box: Box, left: bool) -> tuple[PrintedPlace | None, int]:
        """Return the first label to the left (or above), and how many cells were crossed."""
        for step in range(_STEPS):
            place = self._layout.left_of(box) if left else self._layout.above(box)
            if place is None:
                return None, step
            # A number of one or two digits only counts rows.
            if self._roles.is_label(place) and not (place.text.isdigit() and len(place.text) < 3):
                return place, step
            box = place.box
        return None, _STEPS

    def _is_head(self, above: PrintedPlace, place: PrintedPlace) -> bool:
        """Whether a label above a cell is a column heading: as wide as the cell, with another heading beside it."""
        if not self._column(above, place.box):
            return False
        left = self._layout.left_of(above.box)
        beside = left is not None and self._roles.is_label(left) and left.box.height < 2.5 * above.box.height
        right = any(
            self._layout.left_of(p.box) is above and self._roles.is_label(p) for p in self._layout.places
        )
        return beside or right

    def _column(self, above: PrintedPlace, box: Box) -> bool:
        same = abs(above.box.x - box.x) < _SAME_WIDTH_MM and abs(above.box.right - box.right) < _SAME_WIDTH_MM
        inside = above.box.x - 0.6 <= box.x and box.right <= above.box.right + 0.6 and above.box.width < 90
        return same or inside

    def _matching_part(self, above: PrintedPlace, place: PrintedPlace, draft: Draft) -> str:
        """Return the part of a heading for two cells one above the other (フリガナ・氏名) that names this cell."""
        words = main_words(above)
        # フリガナ氏名 without a separator is common, too.
        both = _KANA_AND_NAME.search(words)
        parts = [both[1], both[2]] if both else [part for part in _SPLIT.split(words) if part]
        if len(parts) != 2 or not all(meaning_of(part) for part in parts):
            return words
        kana = [i for i, part in enumerate(parts) if (m := meaning_of(part)) and m.name == "kana"]
        if kana:
            return (
                parts[kana[0]] if draft.shape is Shape.ROW or place.box.height < 7.6 else parts[1 - kana[0]]
            )
        return words

    def _over_a_box(self, box: Box) -> list[str]:
        """Return the line of text directly above a separate box."""
        lines = [
            line
            for line in self._layout.sheet.lines
            if 0 <= box.y - line.box.bottom < _OVER_BOX_MM and line.box.x < box.x + 0.5 * box.width
        ]
        near = max(lines, key=lambda line: line.box.bottom, default=None)
        return [plain(near.text)] if near is not None and _is_heading(near.text) else []

    def _side_labels(self, left: PrintedPlace | None, place: PrintedPlace) -> list[str]:
        """Return the vertical labels beside a group of rows."""
        found: list[str] = []
        box = left.box if left is not None else place.box
        for _ in range(6):
            other = self._layout.left_of(box)
            if other is None:
                break
            if self._roles.is_label(other):
                found.append(main_words(other))
            elif other.text.isdigit():
                found.append(other.text)
            box = other.box
        return found

    def _heading(self, box: Box) -> list[str]:
        """Return the nearest line of text outside any cell, or full-width label, above."""
        lines = [
            line for line in self._layout.sheet.lines if line.box.bottom <= box.y + 0.5 and _over(line, box)
        ]
        wide = [
            p
            for p in self._layout.places
            if self._roles.is_label(p)
            and p.box.bottom <= box.y + 1
            and p.box.width > 100
            and p.box.height < 12
        ]
        candidates = [(line.box.bottom, plain(line.text)) for line in lines if _is_heading(line.text)]
        candidates += [(p.box.bottom, main_words(p)) for p in wide]
        return [max(candidates)[1]] if candidates else []

    def _inner(self, draft: Draft, outer: bool) -> list[str]:
        """Return the text before a field in its own cell, if it names the field."""
        text = draft.inner.strip("・:：()（）")
        if not text or text == "印":
            return [text] if text else []
        if draft.shape is Shape.FREE and not outer:
            return [text]
        known = meaning_of(text)
        return [text] if known is not None or not outer else []

    def _on_sheet(self, draft: Draft) -> tuple[list[str], list[str]]:
        """Return the labels of a field outside the tables: the text before it on its line, then directly above it."""
        box = draft.box
        found = [draft.inner] if draft.inner else []
        words = [w for line in self._layout.sheet.lines for w in line.words if not _within(w, draft)]
        middle = box.y + box.height / 2
        before = [
            w for w in words if abs(w.box.y + w.box.height / 2 - middle) < 3.2 and w.box.right <= box.x + 1
        ]
        near = [w for w in before if box.x - w.box.right < _ON_LINE_MM]
        if near:
            last = max(near, key=lambda w: w.box.right)
            run = [last]
            for word in sorted(near, key=lambda w: -w.box.right)[1:]:
                if run[-1].box.x - word.box.right > 4 * word.size:
                    break
                run.append(word)
            found.append(plain("".join(w.text for w in reversed(run))))
        above = [
            w
            for w in words
            if 0 <= box.y - w.box.bottom < _ABOVE_MM and w.box.right > box.x and w.box.x < box.right
        ]
        if above:
            found.append(plain(max(above, key=lambda w: w.box.bottom).text))
        label = self._label_place_before(box)
        if label is not None:
            found.insert(0 if not found else 1, main_words(label))
        return found, self._heading(Box(box.x, box.y - 2, box.width, box.height))

    def _label_place_before(self, box: Box) -> PrintedPlace | None:
        """Return a label cell that ends shortly before a field outside it (boxes in separate frames)."""
        middle = box.y + box.height / 2
        near = [
            p
            for p in self._layout.places
            if p.lines
            and not p.sheet
            and -0.5 <= box.x - p.box.right < 12
            and p.box.y <= middle <= p.box.bottom
        ]
        return max(near, key=lambda p: p.box.right) if near else None


def _is_heading(text: str) -> bool:
    return len(text) <= _HEADING and not text.endswith(("。", "."))


def _over(line: Line, box: Box) -> bool:
    return line.box.x < box.right and line.box.right > box.x - 40


def _within(word: Word, draft: Draft) -> bool:
    return centre_inside(word.box, draft.box)


def _inherit_labels(drafts: Sequence[Draft]) -> None:
    """Give a field without a label the labels of the field before it in the same cell."""
    last: dict[int, Draft] = {}
    for draft in drafts:
        key = id(draft.place)
        before = last.get(key)
        if before is not None and not draft.labels and before.labels and not draft.place.sheet:
            draft.labels = before.labels
        last[key] = draft
