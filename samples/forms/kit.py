"""Draws the fields of a form, and records each one for ``form.yaml`` in the same call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from samples.forms.fonts import GOTHIC
from samples.forms.paper import FINE, THICK, THIN, Inks, Paper
from templates_forms.model import Box

Entry = dict[str, Any]
ERA_WORDS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
# Dash and gap of the dividers between character boxes, mm.
_DOTS = (0.35, 0.45)
_RING_ROOM = 4.6  # mm that a ring drawn by hand needs beside its word


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header of a ``form.yaml``."""

    id: str
    title: str
    title_en: str
    edition: str
    hand_minutes: float
    rules: tuple[Entry, ...]
    size_mm: tuple[float, float] = (210, 297)
    record_key: tuple[str, ...] = ("application_no",)
    hand_minutes_source: str = "assumed for the samples; measure with `utsushi baseline`"


@dataclass(frozen=True, slots=True)
class Spec:
    """A field without its position: its names, its type, and the other keys of its entry."""

    name: str
    type: str
    label: str
    label_en: str
    more: tuple[tuple[str, Any], ...] = ()

    def entry(self, **position: Any) -> Entry:
        """Return the entry of ``form.yaml`` for this field at a position."""
        head = {"name": self.name, "label": self.label, "label_en": self.label_en, "type": self.type}
        return {**head, **position, **dict(self.more)}


def spec(name: str, kind: str, label: str, label_en: str, **more: Any) -> Spec:
    """Return a ``Spec``; other keys, such as ``required=True`` or ``handling="double"``, are keyword arguments."""
    return Spec(name, kind, label, label_en, tuple(more.items()))


def box_list(box: Box) -> list[float]:
    """Return a box for the YAML: [x, y, width, height] in mm, rounded to a hundredth."""
    return [_short(v) for v in (box.x, box.y, box.width, box.height)]


def _short(value: float) -> float:
    # 0.1 + 0.2 must not become 0.30000000000000004 in the YAML.
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


@dataclass
class Kit:
    """A form being drawn: the paper, and the fields drawn so far, page by page."""

    sheet: Sheet
    inks: Inks
    pages: list[list[Entry]] = attribute(default_factory=lambda: [[]])

    def __post_init__(self) -> None:
        self.paper = Paper(self.sheet.size_mm, self.inks, self.sheet.title)

    def next_page(self) -> None:
        """Start the next page of the form."""
        self.paper.next_page()
        self.pages.append([])

    def add_field(self, entry: Entry) -> None:
        """Record a field of this page; call it in reading order."""
        self.pages[-1].append(entry)

    def label(self, box: Box, words: str, size: float = 8, note: str = "") -> None:
        """Draw a shaded cell with its text spread evenly, and a small note below."""
        self.paper.frame(box, THIN, self.inks.shade)
        pad, middle = min(3.0, box.width * 0.12), box.y + box.height / 2
        rows = words.split("\n")
        step = size * 0.46
        # A note below needs 3 mm: the words move up by half of that.
        top = middle - step * (len(rows) - 1) / 2 - (1.5 if note else 0)
        for number, row in enumerate(rows):
            self.paper.spread(box.x + pad, box.right - pad, top + number * step, row, size)
        if note:
            y = top + step * (len(rows) - 1) + 3.2
            self.paper.text(box.x + box.width / 2, y, note, 5.5, align="centre")

    def side(self, box: Box, words: str, size: float = 7, face: str | None = None) -> None:
        """Draw a shaded cell beside several rows, with vertical text."""
        self.paper.frame(box, THIN, self.inks.shade)
        step = min((box.height - 3) / len(words), size * 0.9)
        top = box.y + (box.height - step * len(words)) / 2
        for number, letter in enumerate(words):
            y = top + step * (number + 0.5)
            self.paper.text(box.x + box.width / 2, y, letter, size, align="centre", face=face)

    def row(self, box: Box, words: str, label_width: float, note: str = "", size: float = 8) -> Box:
        """Draw a table row with a shaded label; return the white remainder."""
        self.label(Box(box.x, box.y, label_width, box.height), words, size, note)
        rest = Box(box.x + label_width, box.y, box.width - label_width, box.height)
        self.paper.frame(rest)
        return rest

    def cells(self, field: Spec, box: Box, cells: int | Sequence[int]) -> None:
        """Draw character boxes; a sequence contains group sizes, separated by solid lines."""
        groups = [cells] if isinstance(cells, int) else list(cells)
        self.draw_cells(box, groups)
        # One group is written as a number, as a person would write it.
        plain = groups[0] if len(groups) == 1 else groups
        self.add_field(field.entry(box=box_list(box), cells=plain))

    def draw_cells(self, box: Box, groups: Sequence[int]) -> None:
        """Draw a frame with dotted dividers inside a group and solid ones between groups."""
        # Cell numbers after which a group ends.
        ends, count = set(), 0
        for size in groups:
            count += size
            ends.add(count)
        for number, cell in enumerate(box.columns(count), start=1):
            if number == count:
                continue
            top, bottom = (cell.right, box.y), (cell.right, box.bottom)
            if number in ends:
                self.paper.line(top, bottom, 0.3)
            else:
                self.paper.line(top, bottom, FINE, _DOTS)
        self.paper.frame(box, 0.28)

    def free(self, field: Spec, box: Box, *, frame: bool = False) -> None:
        """Add an area for free writing."""
        if frame:
            self.paper.frame(box)
        self.add_field(field.entry(box=box_list(box)))

    def check(self, field: Spec, x: float, y: float, side: float = 4.0) -> None:
        """Draw a square to tick."""
        box = Box(x, y, side, side)
        self.paper.frame(box, 0.3)
        self.add_field(field.entry(box=box_list(box)))

    def words(
        self,
        field: Spec,
        area: Box,
        options: Sequence[tuple[str, str]],
        size: float = 9,
        *,
        dots: bool = True,
    ) -> None:
        """Print words side by side over ``area``; a person draws a ring around one or several."""
        entries = self._draw_words(area, options, size, dots)
        self.add_field(field.entry(mark="circle", options=entries))

    def _draw_words(
        self, area: Box, options: Sequence[tuple[str, str]], size: float, dots: bool
    ) -> list[Entry]:
        middle = area.y + area.height / 2
        widths = [self.paper.width(word, size) + _RING_ROOM for _, word in options]
        gap = (area.width - sum(widths)) / len(options)
        entries, x = [], area.x + gap / 2
        for number, ((value, word), width) in enumerate(zip(options, widths, strict=True)):
            self.paper.text(x + width / 2, middle, word, size, align="centre")
            if number and dots:
                self.paper.text(x - gap / 2, middle, "・", size, align="centre")
            entries.append(
                {"value": value, "label": word, "box": box_list(Box(x, area.y, width, area.height))}
            )
            x += width + gap
        return entries

    def ticks(
        self,
        field: Spec,
        options: Sequence[tuple[str, str, float, float]],
        size: float = 8,
        side: float = 3.6,
    ) -> None:
        """Draw squares to tick with their text to the right: (value, text, x, y of the square)."""
        entries = []
        for value, words, x, y in options:
            box = Box(x, y, side, side)
            self.paper.frame(box, 0.25)
            self.paper.text(box.right + 1.2, y + side / 2, words, size)
            entries.append({"value": value, "label": words, "box": box_list(box)})
        self.add_field(field.entry(mark="tick", options=entries))

    def date(
        self,
        field: Spec,
        at: Box,
        eras: str,
        cell: tuple[float, float],
        *,
        word: float = 10.5,
        size: float = 8.5,
        unit: float = 5.0,
    ) -> None:
        """Draw a Japanese date in ``at``: era words to ring (a single one is fixed), then year, month, day.

        Args:
            field: the date field.
            at: its area; drawn from the left edge, centred vertically.
            eras: letters of the eras, e.g. ``"SH"``; one letter means a printed era.
            cell: width and height of one character box.
            word: width of each era word, mm.
            size: font size of the printed words, points.
            unit: width of 年, 月 and 日 each, mm.
        """
        middle = at.y + at.height / 2
        words = Box(at.x, middle - 3.2, word * len(eras), 6.4)
        if len(eras) == 1:
            self.paper.text(words.x + words.width / 2, middle, ERA_WORDS[eras], size, align="centre")
            era: Entry = {"fixed": eras}
        else:
            named = [(letter, ERA_WORDS[letter]) for letter in eras]
            era = {"mark": "circle", "options": self._draw_words(words, named, size, True)}
        parts, x = {}, words.right + 1
        for key, after in (("year", "年"), ("month", "月"), ("day", "日")):
            box = Box(x, middle - cell[1] / 2, cell[0] * 2, cell[1])
            self.draw_cells(box, [2])
            self.paper.text(box.right + unit / 2, middle, after, size, align="centre")
            parts[key] = {"box": box_list(box), "cells": 2}
            x = box.right + unit
        self.add_field(field.entry(era=era, **parts))

    def seal(self, field: Spec, x: float, y: float, radius: float = 6) -> None:
        """Draw the dotted circle with 印 for a seal; the box is the square around it."""
        self.paper.ring(x, y, radius, (0.7, 0.6))
        self.paper.text(x, y, "印", 8, align="centre")
        self.add_field(field.entry(box=box_list(Box(x - radius, y - radius, radius * 2, radius * 2))))

    def office_table(self, box: Box, columns: Sequence[str], title: str = "事務処理欄") -> None:
        """Draw the office-use table: heavy frame, a title, columns with headings."""
        side, head = 7.0, 5.0
        self.paper.frame(box, THICK)
        self.side(Box(box.x, box.y, side, box.height), title, face=GOTHIC)
        body = Box(box.x + side, box.y, box.width - side, box.height)
        for column, words in zip(body.columns(len(columns)), columns, strict=True):
            self.paper.frame(column)
            top = Box(column.x, column.y, column.width, head)
            self.paper.frame(top, THIN, self.inks.shade)
            self.paper.text(top.x + top.width / 2, top.y + head / 2, words, 6.5, align="centre")
