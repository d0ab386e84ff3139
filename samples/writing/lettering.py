"""Positions characters as people do: one in each cell, or in a row that has to fit a box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.writing import typefaces
from samples.writing.handwriting import DIGITS, Writer
from samples.writing.sheet import PX_MM, Colour, Sheet
from templates_forms.model import Box

_SPACES = " 　"
_STOPS = "、。"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of writing in a box: the height and width of its characters, and its start, in mm."""

    text: str
    x: float
    middle: float
    high: float
    wide: float


def write_cells(
    sheet: Sheet, writer: Writer, box: Box, count: int, chars: dict[int, str], scale: float = 1.0
) -> None:
    """Write one character into each cell.

    Args:
        sheet: the paper.
        writer: the writer.
        box: all cells together, in mm; cells have equal widths.
        count: number of cells.
        chars: cell number from 0 to its character; other cells stay empty.
        scale: above 1 the characters touch and cross the frames.
    """
    style, rng = writer.style, writer.rng
    cell = box.width / count
    # A row of cells tilts slightly as a whole.
    drift = rng.normal(0, 0.03)
    for place, char in sorted(chars.items()):
        if char in _SPACES:
            continue
        wide, high = cell_letter(writer, cell, box.height, char, scale)
        x = box.x + cell * (place + 0.5 + style.align[0] + rng.normal(0, 0.045 + style.wobble * 0.5))
        y = box.y + box.height * (0.5 + style.align[1] + drift * place / count + rng.normal(0, style.wobble))
        letter(sheet, writer, char, x, y, wide, high)


def cell_letter(writer: Writer, cell: float, height: float, char: str, scale: float) -> tuple[float, float]:
    """Return width and height (mm) of a character that this writer writes into a cell of that size (mm)."""
    style, rng = writer.style, writer.rng
    size = style.size * scale * (1 + rng.normal(0, 0.05))
    high = min(height * 0.88, cell * 1.5) * size
    wide = min(cell * 1.04 * size, high * style.squareness)
    if char in DIGITS:
        return min(wide, high * 0.72), high
    return wide, min(high, wide * 1.3)


def letter(sheet: Sheet, writer: Writer, char: str, x: float, y: float, wide: float, high: float) -> None:
    """Write one character centred at (x, y), in mm."""
    style = writer.style
    mask, pad = writer.glyph(char, (wide * PX_MM, high * PX_MM), PX_MM)
    left, top = (x - wide / 2) * PX_MM - pad, (y - high / 2) * PX_MM - pad
    if style.pen == "pencil":
        # Graphite stays on the tips of the paper's fibres only.
        grain = writer.rng.uniform(0.75, 1.12, mask.shape).astype(np.float32)
        mask = np.clip(mask * grain, 0, 1)
    sheet.ink(mask, left, top, style.colour, style.cover * float(writer.rng.uniform(0.9, 1)))


def advance(writer: Writer, char: str) -> float:
    """Return the advance width of a character in a row, in character heights."""
    if char in _SPACES:
        return 0.6
    if char in "1-.・" or char in _STOPS:
        return 0.42 * writer.style.spacing
    return (0.6 if char.isascii() else 1.0) * writer.style.spacing


def length(writer: Writer, text: str) -> float:
    """Return the length of a row in character heights."""
    return sum(advance(writer, char) for char in text)


def rows_for(writer: Writer, text: str, box: Box, tallest: float) -> list[Row]:
    """Plan free writing that fits its box: smaller, narrower, or in two rows."""
    high = min(box.height * 0.74, tallest) * writer.style.size
    room = box.width - 2.0
    natural = length(writer, text) * high
    if natural * 0.7 > room and box.height >= 8.5:
        return _two_rows(writer, text, box)
    wide = high
    if natural > room:
        # People write narrower at first, and smaller when that is not enough.
        squeeze = max(0.7, room / natural)
        wide = high * squeeze
        high = high * min(1.0, room / (natural * squeeze) * 1.0)
        wide = min(wide, room / length(writer, text))
    start = 1.0 + abs(float(writer.rng.normal(0, 1.0))) * max(0.0, 1 - natural / room)
    middle = box.y + box.height * (0.5 + writer.style.align[1])
    return [Row(text, box.x + start, middle, high, wide)]


def _two_rows(writer: Writer, text: str, box: Box) -> list[Row]:
    cut = _break_at(writer, text)
    high = box.height * 0.43 * min(1.0, 0.1 + writer.style.size)
    rows = []
    for number, part in enumerate((text[:cut], text[cut:])):
        room = box.width - 2.0 - 4.0 * number
        wide = min(high, room / max(length(writer, part), 1))
        middle = box.y + box.height * (0.27 + 0.48 * number)
        rows.append(Row(part, box.x + 1.0 + 4.0 * number, middle, high, wide))
    return rows


def _break_at(writer: Writer, text: str) -> int:
    """Return where a long text is broken into two rows: after the house number if that is near the middle."""
    total, run = length(writer, text), 0.0
    best, cost = len(text), 9e9
    for place, char in enumerate(text[:-1], start=1):
        run += advance(writer, char)
        after_number = (
            text[place - 1].isdigit() and not text[place].isascii() and text[place] not in "丁番号階"
        )
        # More than half in the first row: the second one is indented.
        off = abs(run / total - 0.58) - (0.25 if after_number else 0)
        if off < cost and not (text[place - 1].isascii() and text[place].isascii()):
            best, cost = place, off
    return best


def write_row(sheet: Sheet, writer: Writer, row: Row) -> Box:
    """Write a planned row; return its box."""
    rng, x = writer.rng, row.x
    slope, bow = rng.normal(0, 0.008), rng.normal(0, 0.03)
    for number, char in enumerate(row.text):
        step = advance(writer, char) * row.wide
        if char not in _SPACES:
            share = number / max(1, len(row.text) - 1)
            y = row.middle + slope * (x - row.x) + row.high * (bow * np.sin(np.pi * share))
            y += row.high * rng.normal(0, writer.style.wobble)
            scale = 1 + rng.normal(0, 0.06)
            if char.isascii():
                wide, high = row.wide * 0.62 * scale, row.high * 0.82 * scale
            else:
                wide, high = row.wide * 0.94 * scale, row.high * 0.94 * scale
            # 、 and 。 are at the left of their em square, so the square begins where the last character ended.
            middle = row.wide / 2 if char in _STOPS else step / 2
            letter(sheet, writer, char, x + middle + rng.normal(0, 0.03) * row.wide, float(y), wide, high)
        x += step
    return Box(row.x, row.middle - row.high / 2, max(0.5, x - row.x), row.high)


def stamp_cells(
    sheet: Sheet, box: Box, count: int, chars: dict[int, str], colour: Colour, rng: np.random.Generator
) -> None:
    """Draw the digits of a numbering stamp, one in each cell, all with the same small offset."""
    cell = box.width / count
    dx, dy = rng.normal(0, 0.35), rng.normal(0, 0.35)
    for place, char in chars.items():
        mask = typefaces.render_print(char, round(box.height * 0.72 * PX_MM))
        fade = np.clip(rng.normal(0.9, 0.12, mask.shape), 0.3, 1).astype(np.float32)
        x = (box.x + cell * (place + 0.5) + dx) * PX_MM - mask.shape[1] / 2
        y = (box.y + box.height / 2 + dy) * PX_MM - mask.shape[0] / 2
        sheet.ink(mask * fade, x, y, colour, 0.9)
