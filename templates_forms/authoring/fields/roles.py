"""Classifies the cells of a table: labels and prose to read, or areas to write into."""

from __future__ import annotations

from collections.abc import Sequence

from templates_forms.authoring.fields.drafts import Draft
from templates_forms.authoring.fields.vocabulary import UNITS
from templates_forms.authoring.print.empty_space import MinimumSize, largest_empty
from templates_forms.authoring.print.model import around, overlap
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import plain
from templates_forms.model import Box

SEPARATORS = frozenset("（）()-－―ー‐−〒:：/／.．~～〜,、")
# A smaller space cannot be written into.
_LEAST_ROOM = MinimumSize(14.0, 4.2)
_FIELD_SHARE = 0.42  # share of a cell that must be free for its words to be a label inside a field
# Labels are centred in their cell; the text of a field's unit or hint is at its edge.
_CENTRED = 0.13
# In characters; shorter texts may be labels.
_PROSE_LETTERS = 34


class CellRoles:
    """Distinguishes labels from areas to write into, for one page with the fields found so far."""

    def __init__(self, layout: PageLayout, drafts: Sequence[Draft]) -> None:
        self._layout = layout
        self._field_places = {id(d.place) for d in drafts}
        self._drafts = drafts
        self._labels: dict[int, bool] = {}

    def is_label(self, place: PrintedPlace) -> bool:
        """Whether a cell only names the value beside or below it."""
        if id(place) not in self._labels:
            self._labels[id(place)] = self._label(place)
        return self._labels[id(place)]

    def is_prose(self, place: PrintedPlace) -> bool:
        """Whether a cell is full of sentences."""
        if len(place.text) < _PROSE_LETTERS:
            return False
        room = largest_empty(place.box, self.obstacles(place), MinimumSize(20.0, 6.0))
        return room is None or room.width * room.height < 0.45 * place.box.width * place.box.height

    def obstacles(self, place: PrintedPlace) -> list[Box]:
        """Return what blocks writing in a cell: words (not lone brackets and hyphens), squares, rings, boxes."""
        words = [
            Box(word.box.x - 0.4, word.box.y - 0.3, word.box.width + 0.8, word.box.height + 0.6)
            for line in place.lines
            if not set(plain(line.text)) <= SEPARATORS
            for word in line.words
        ]
        return [*words, *place.squares, *place.rings, *place.boxes, *(row.box for row in place.rows)]

    def _label(self, place: PrintedPlace) -> bool:
        if place.sheet or not place.lines or id(place) in self._field_places or place.rows or place.squares:
            return False
        words = plain(place.text)
        # Shading marks a label, even when its word is also a unit (日, 人).
        if place.shaded and words in UNITS:
            return True
        if set(words) <= SEPARATORS or words in UNITS or not any(c.isalpha() for c in words):
            # A narrow cell with a number is a row number, which is a label.
            return words.isdigit() and place.box.width < 16
        if any(overlap(d.box, place.box) > 0.5 * d.box.width * d.box.height for d in self._drafts):
            return False
        # Most forms shade the cells that are not to be filled in.
        if place.shaded:
            return True
        return not self._room_to_write(place)

    def _room_to_write(self, place: PrintedPlace) -> bool:
        room = largest_empty(place.box, self.obstacles(place), _LEAST_ROOM)
        share = room.width * room.height / (place.box.width * place.box.height) if room else 0.0
        if room is None or share < _FIELD_SHARE or self._centred(place):
            return False
        return not self._labels_an_empty_cell(place)

    def _centred(self, place: PrintedPlace) -> bool:
        box = around([line.box for line in place.lines])
        across = abs(box.x + box.width / 2 - place.box.x - place.box.width / 2) / place.box.width
        down = abs(box.y + box.height / 2 - place.box.y - place.box.height / 2) / place.box.height
        return across < _CENTRED and down < 0.25

    def _labels_an_empty_cell(self, place: PrintedPlace) -> bool:
        """Whether this cell labels an empty cell to its right, or directly below it with the same width."""
        for other in self._layout.places:
            written = bool(other.lines) and not set(other.text) <= SEPARATORS and other.text not in UNITS
            if written or other is place or other.box.width <= 10:
                continue
            if self._layout.left_of(other.box) is place and other.box.height <= 1.3 * place.box.height:
                return True
            same = abs(other.box.x - place.box.x) < 1 and abs(other.box.width - place.box.width) < 1.5
            if same and self._layout.above(other.box) is place and place.box.height < 9.5:
                return True
        return False
