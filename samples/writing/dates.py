"""Writes dates: a ring around the era, year, month and day into their cells, or the whole date as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from samples.writing import corrections, lettering
from samples.writing.task import TEXT_HEIGHT, Task, family_name, letter_scale, mark_option
from templates_forms.model import Field, Mark, Part
from templates_forms.values import ERAS


def write_date(task: Task, value: str) -> str:
    """Write an ISO date in the layout of the field; return it unchanged."""
    field, day = task.field, date.fromisoformat(value)
    era = _era_of(field, day)
    if field.year is None or field.month is None:
        return _plain_date(task, value, day)
    if field.era and field.era.options and era:
        # An era that is not printed cannot be ringed; `answers` has chosen a date within the printed ones.
        chosen = next((o for o in field.era.options if o.value == era), None)
        if chosen is not None:
            mark_option(task, chosen.box, field.era.mark or Mark.CIRCLE)
    year = day.year - _first_year(era) + 1 if era else day.year
    parts: list[tuple[Part | None, int]] = [
        (field.year, year),
        (field.month, day.month),
        (field.day, day.day),
    ]
    padded = task.chance.random() < 0.35
    wrong = task.chance.randrange(3) if task.slip == "struck_out" else -1
    for number, (part, amount) in enumerate(parts):
        if part is not None:
            _part(task, part, amount, padded, number == wrong)
    return value


def _part(task: Task, part: Part, amount: int, padded: bool, wrong: bool) -> None:
    count = sum(part.cells) if part.cells else 0
    text = f"{amount:0{count}d}" if padded and count == 2 else str(amount)
    if not count:
        rows = lettering.rows_for(task.writer, text, part.box, part.box.height * 0.8)
        for row in rows:
            lettering.write_row(task.sheet, task.writer, row)
        return
    # One writer in four begins in the left cell: a habit, so it does not change from date to date.
    start = count - len(text) if task.writer.seed % 4 else 0
    places = {start + i: char for i, char in enumerate(text)}
    if wrong:
        small = replace(task.field, box=part.box, cells=part.cells)
        corrections.rewrite_cells(
            task.sheet, task.writer, small, count, places, family_name(task.person), task.others
        )
        return
    lettering.write_cells(task.sheet, task.writer, part.box, count, places, letter_scale(task))


def _plain_date(task: Task, value: str, day: date) -> str:
    """Write a date in one box: as eight cells, or as text."""
    if task.field.cell_count:
        count = task.field.cell_count
        digits = f"{day:%Y%m%d}"[-count:]
        lettering.write_cells(task.sheet, task.writer, task.field.box, count, dict(enumerate(digits)))
        return value
    era = next((e for e in reversed(ERAS) if e.first <= day), ERAS[-1])
    shown = f"{era.name}{day.year - era.first.year + 1}年{day.month}月{day.day}日"
    for row in lettering.rows_for(task.writer, shown, task.field.box, TEXT_HEIGHT):
        lettering.write_row(task.sheet, task.writer, row)
    return value


def _era_of(field: Field, day: date) -> str:
    if field.era is None:
        return ""
    if field.era.fixed:
        return field.era.fixed
    return next((e.letter for e in ERAS if e.first <= day <= e.last), "")


def _first_year(letter: str) -> int:
    return next(era.first.year for era in ERAS if era.letter == letter)
