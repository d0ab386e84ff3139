"""Corrections on paper: a double line, a small red seal, the right value above or beside."""

from __future__ import annotations

from collections.abc import Sequence

from samples.writing import lettering, marks
from samples.writing.handwriting import DIGITS, Writer
from samples.writing.sheet import Sheet
from templates_forms.model import Box, Field

# Diameter of a 訂正印.
_SEAL_MM = 5.6
# Height of a correction written beside the field.
_SMALL_MM = 3.4


def cross_out(sheet: Sheet, writer: Writer, box: Box, name: str) -> None:
    """Draw a double line through a box, and a 訂正印 on its end."""
    marks.strike(sheet, writer, box)
    at = (
        box.right + float(writer.rng.uniform(-1.5, 1.5)),
        box.y + box.height * float(writer.rng.uniform(0.2, 0.8)),
    )
    marks.seal(sheet, name, at, _SEAL_MM, writer.rng)


def rewrite_words(sheet: Sheet, writer: Writer, box: Box, value: str, name: str, tallest: float) -> None:
    """Write a wrong text and strike it out; write the right one after it, or smaller above."""
    wrong = _wrong_words(writer, value)
    high = min(box.height * 0.7, tallest) * writer.style.size
    both = lettering.length(writer, wrong + value) * high + _SEAL_MM + 3
    # Squeezed to three quarters at most; when that is too little, the right value goes above.
    if both * 0.75 < box.width:
        squeeze = min(1.0, (box.width - _SEAL_MM - 3) / (both - _SEAL_MM - 3))
        row = lettering.Row(wrong, box.x + 1, box.y + box.height / 2, high, high * squeeze)
        written = lettering.write_row(sheet, writer, row)
        cross_out(sheet, writer, written, name)
        right = lettering.Row(value, written.right + _SEAL_MM * 0.7, row.middle, high, high * squeeze)
        lettering.write_row(sheet, writer, right)
        return
    low = Box(box.x, box.y + box.height * 0.42, box.width, box.height * 0.58)
    for row in lettering.rows_for(writer, wrong, low, low.height):
        written = lettering.write_row(sheet, writer, row)
        cross_out(sheet, writer, written, name)
    high = box.height * 0.38
    wide = min(high, (box.width - 4) / lettering.length(writer, value))
    lettering.write_row(sheet, writer, lettering.Row(value, box.x + 2, box.y + box.height * 0.2, high, wide))


def _wrong_words(writer: Writer, value: str) -> str:
    """Return the beginning of the value with a mistake in it, as if it was noticed at once."""
    cut = value[: max(2, min(len(value), 5))].rstrip("　 ")
    if cut[-1] in DIGITS:
        return cut[:-1] + str((int(cut[-1]) + 3) % 10)
    return cut[:-1] + ("田" if cut[-1] != "田" else "中")


def rewrite_cells(
    sheet: Sheet,
    writer: Writer,
    field: Field,
    count: int,
    places: dict[int, str],
    name: str,
    others: Sequence[Box],
) -> None:
    """Write cells with a mistake: one digit, or all, are struck out and written again close by."""
    digits = {spot: char for spot, char in places.items() if char in DIGITS}
    if digits and (len(places) <= 4 or writer.rng.random() < 0.6):
        _one_cell(sheet, writer, field, count, places, name)
        return
    wrong = {spot: _slipped(writer, char) for spot, char in places.items()}
    lettering.write_cells(sheet, writer, field.box, count, wrong)
    cell = field.box.width / count
    first, last = min(places), max(places)
    struck = Box(field.box.x + cell * first, field.box.y, cell * (last - first + 1), field.box.height)
    marks.strike(sheet, writer, struck)
    text = "".join(places.get(spot, " ") for spot in range(first, last + 1))
    spot = _correction_row(sheet, writer, field.box, struck, text, others)
    lettering.write_row(sheet, writer, spot)
    marks.seal(sheet, name, (struck.right, struck.y + struck.height * 0.6), _SEAL_MM, writer.rng)


def _one_cell(
    sheet: Sheet, writer: Writer, field: Field, count: int, places: dict[int, str], name: str
) -> None:
    digits = [spot for spot, char in places.items() if char in DIGITS]
    spot = digits[int(writer.rng.integers(len(digits)))]
    right = places[spot]
    # 1 to 9: never the right digit again.
    wrong = {**places, spot: str((int(right) + int(writer.rng.integers(1, 10))) % 10)}
    lettering.write_cells(sheet, writer, field.box, count, wrong)
    cell = field.box.width / count
    struck = Box(field.box.x + cell * spot, field.box.y, cell, field.box.height)
    marks.strike(sheet, writer, struck)
    x, y = struck.x + cell / 2, struck.y - _SMALL_MM * 0.38
    lettering.letter(sheet, writer, right, x, y, _SMALL_MM * 0.72, _SMALL_MM)
    at = (struck.x + cell * float(writer.rng.uniform(-0.4, 1.4)), struck.bottom + 0.6)
    marks.seal(sheet, name, at, _SEAL_MM, writer.rng)


def _slipped(writer: Writer, char: str) -> str:
    if char in DIGITS:
        return str((int(char) + int(writer.rng.integers(0, 3))) % 10)
    if "ァ" <= char <= "ン" and writer.rng.random() < 0.4:
        return "アカサタナハマヤラ"[int(writer.rng.integers(9))]
    return char


def _correction_row(
    sheet: Sheet, writer: Writer, box: Box, struck: Box, text: str, others: Sequence[Box]
) -> lettering.Row:
    """Return the row for the right value: free cells, beside, above or below, wherever there is the least ink."""
    natural = lettering.length(writer, text)
    choices: list[tuple[float, lettering.Row]] = []
    inside = (box.height * 0.68, struck.right + _SEAL_MM * 0.8, box.y + box.height / 2)
    fits = inside[1] + natural * inside[0] < box.right
    for high, left, middle in (
        *((inside,) if fits else ()),
        (_SMALL_MM * 1.15, box.right + _SEAL_MM * 0.8, box.y + box.height / 2),
        (_SMALL_MM, box.x + 1, box.y - _SMALL_MM * 0.45),
        (_SMALL_MM, box.x + 1, box.bottom + _SMALL_MM * 0.5),
    ):
        place = Box(left, middle - high / 2, natural * high, high)
        taken = 1.0 if any(_overlap(place, other) for other in others) else 0.0
        # A place over another field counts as black: its value would be misread.
        choices.append((sheet.darkness(place) + taken, lettering.Row(text, left, middle, high, high)))
    return min(choices, key=lambda choice: choice[0])[1]


def _overlap(one: Box, two: Box) -> bool:
    return one.x < two.right and two.x < one.right and one.y < two.bottom and two.y < one.bottom
