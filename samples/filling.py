"""Fills in a form: every field by its type, with the slips that people make, and keeps what was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

import numpy as np

from samples import corrections, lettering, marks
from samples.answers import answers
from samples.handwriting import Writer, writer
from samples.people import NAME_GAP, Person
from samples.sheet import Sheet
from samples.slips import Slip
from templates_forms.model import DIGIT_TYPES, Box, Field, FieldType, Form, Mark, Part
from templates_forms.values import ERAS

_NAME_HEIGHT, _TEXT_HEIGHT = 9.0, 6.2
"""Letters of a name and of other words grow no taller than this, in mm."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form filled in: one sheet a page, and what stands on them."""

    sheets: tuple[Sheet, ...]
    values: dict[str, str]
    slips: tuple[Slip, ...]


@dataclass(slots=True)
class Task:
    """One field about to be written."""

    sheet: Sheet
    writer: Writer
    field: Field
    person: Person
    chance: Random
    others: Sequence[Box]
    slip: str = ""


def fill(
    form: Form, person: Person, hand: Writer, sheets: Sequence[Sheet], slips: Sequence[Slip] = ()
) -> Filled:
    """Writes a person's answers on printed sheets.

    Args:
        form: the template.
        person: who fills it in.
        hand: whose hand it is.
        sheets: one a page, as printed; they are written on.
        slips: deliberate mistakes, by field.

    Returns:
        The sheets and the values as they now stand there: corrected where something was struck out, empty where
        nothing was written.
    """
    values = answers(form, person)
    chance = Random(f"filling-{form.id}-{person.seed}-{hand.seed}")
    by_field = {slip.field: slip.kind for slip in slips}
    clerk = writer(hand.seed + 500_009, hand.sources)
    for page, sheet in zip(form.pages, sheets, strict=True):
        boxes = [field.box for field in page.fields]
        for field in page.fields:
            slip = by_field.get(field.name, "")
            pen = clerk if field.name == "application_no" else hand
            task = Task(sheet, pen, field, person, chance, [b for b in boxes if b != field.box], slip)
            values[field.name] = _write(task, values[field.name])
    return Filled(tuple(sheets), values, tuple(slips))


def _write(task: Task, value: str) -> str:
    if task.slip == "empty_required" or value == "":
        return _empty(task.field)
    write = _BY_TYPE.get(task.field.type, _words)
    value = write(task, value)
    if task.slip == "seal_over":
        box = task.field.box
        at = (box.x + min(box.width * 0.8, 52), box.y + box.height * 0.5)
        marks.seal(task.sheet, family_name(task.person), at, 10.0, task.writer.now)
    return value


def _empty(field: Field) -> str:
    return "false" if field.type in (FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE) else ""


def family_name(person: Person) -> str:
    """What the person's seal says."""
    return person.human.family


def _grow(task: Task) -> float:
    return 1.22 if task.slip == "touching" else 1.0


def _words(task: Task, value: str) -> str:
    field = task.field
    if field.cells:
        return _celled(task, value)
    tallest = _NAME_HEIGHT if field.content == "name" or "name" in field.name else _TEXT_HEIGHT
    if task.slip == "struck_out":
        corrections.rewrite_words(
            task.sheet, task.writer, field.box, value, family_name(task.person), tallest
        )
        return value
    if task.slip == "outside_box":
        lettering.write_row(task.sheet, task.writer, _outside(task, value, tallest))
        return value
    for row in lettering.rows_for(task.writer, value, field.box, tallest * _grow(task)):
        lettering.write_row(task.sheet, task.writer, row)
    return value


def _outside(task: Task, value: str, tallest: float) -> lettering.Row:
    """A row that runs over the right end of its box, or, when it is too short for that, lies across its edge."""
    box = task.field.box
    high = min(box.height * 0.66, tallest) * max(task.writer.style.size, 0.85)
    letters = lettering.length(task.writer, value)
    over = box.width + task.chance.uniform(3, 7)
    if letters * high * 1.4 > over:
        return lettering.Row(value, box.x + 1, box.y + box.height * 0.5, high, over / letters)
    edge = task.chance.choice((box.y + box.height * 0.1, box.y + box.height * 0.95))
    return lettering.Row(value, box.x + task.chance.uniform(2, 10), edge, high, high)


def _celled(task: Task, value: str) -> str:
    field, count = task.field, task.field.cell_count or len(value)
    if field.type is FieldType.KANA and task.chance.random() < 0.1:
        value = value.replace(NAME_GAP, "")
    places = _places(field, value, count, task.chance)
    if task.slip == "struck_out":
        corrections.rewrite_cells(
            task.sheet, task.writer, field, count, places, family_name(task.person), task.others
        )
        return value
    if field.name == "application_no" and task.chance.random() < 0.6:
        lettering.stamp_cells(task.sheet, field.box, count, places, (0.2, 0.16, 0.18), task.writer.now)
        return value
    if field.type is FieldType.AMOUNT and min(places) > 0 and task.chance.random() < 0.25:
        places = {**places, min(places) - 1: "¥"}
    lettering.write_cells(task.sheet, task.writer, field.box, count, places, _grow(task))
    return value


def _places(field: Field, value: str, count: int, chance: Random) -> dict[int, str]:
    """Which cell each character goes into."""
    groups = field.cells or (count,)
    if field.type is FieldType.PHONE and len(groups) == 3 and len(value) == count - 1:
        first = 2 if value[:2] in ("03", "06") else groups[0]
        gap = chance.choice((0, groups[0] - first))
        spots = [gap + i if i < first else i + groups[0] - first for i in range(len(value))]
        return dict(zip(spots, value, strict=True))
    right = field.type is FieldType.AMOUNT
    if field.type in DIGIT_TYPES and count <= 3 and len(value) < count:
        right = chance.random() < 0.75
    start = count - len(value) if right else 0
    return {start + i: char for i, char in enumerate(value)}


def _number_row(task: Task, value: str) -> str:
    """A number without cells: written as people do, with hyphens or commas."""
    if task.field.cells:
        return _celled(task, value)
    kind, shown = task.field.type, value
    if kind is FieldType.AMOUNT:
        shown = (
            task.chance.choice((value, f"{int(value):,}", f"¥{int(value):,}")) if value.isdigit() else value
        )
    elif kind is FieldType.POSTAL_CODE and len(value) == 7:
        shown = f"{value[:3]}-{value[3:]}"
    elif kind is FieldType.PHONE and len(value) in (10, 11):
        cut = 2 if value[:2] in ("03", "06") else 3
        shown = f"{value[:cut]}-{value[cut:-4]}-{value[-4:]}"
    _words(replace(task), shown)
    return value


def _date(task: Task, value: str) -> str:
    field, day = task.field, date.fromisoformat(value)
    era = _era_of(field, day)
    if field.year is None or field.month is None:
        return _plain_date(task, value, day)
    if field.era and field.era.options and era:
        chosen = next((o for o in field.era.options if o.value == era), None)
        if chosen is not None:
            _mark(task, chosen.box, field.era.mark or Mark.CIRCLE)
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
    start = count - len(text) if task.writer.seed % 4 else 0
    places = {start + i: char for i, char in enumerate(text)}
    if wrong:
        small = replace(task.field, box=part.box, cells=part.cells)
        corrections.rewrite_cells(
            task.sheet, task.writer, small, count, places, family_name(task.person), task.others
        )
        return
    lettering.write_cells(task.sheet, task.writer, part.box, count, places, _grow(task))


def _plain_date(task: Task, value: str, day: date) -> str:
    """A date in one box: eight cells, or words."""
    if task.field.cell_count:
        count = task.field.cell_count
        digits = f"{day:%Y%m%d}"[-count:]
        lettering.write_cells(task.sheet, task.writer, task.field.box, count, dict(enumerate(digits)))
        return value
    era = next((e for e in reversed(ERAS) if e.first <= day), ERAS[-1])
    shown = f"{era.name}{day.year - era.first.year + 1}年{day.month}月{day.day}日"
    for row in lettering.rows_for(task.writer, shown, task.field.box, _TEXT_HEIGHT):
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


def _mark(task: Task, box: Box, mark: Mark) -> None:
    if mark is Mark.CIRCLE:
        marks.ring(task.sheet, task.writer, box)
    elif mark is Mark.FILL:
        marks.scribble(task.sheet, task.writer, box)
    else:
        kinds = marks.TICKS
        marks.tick(
            task.sheet, task.writer, box, kinds[int(np.searchsorted((0.45, 0.85, 0.95), _habit(task)))]
        )


def _habit(task: Task) -> float:
    """One hand ticks in one way."""
    return Random(f"tick-{task.writer.seed}").random()


def _choice(task: Task, value: str) -> str:
    chosen = value.split("|")
    mark = task.field.mark or Mark.TICK
    if task.slip == "struck_out":
        others = [option for option in task.field.options if option.value not in chosen]
        if others:
            wrong = task.chance.choice(others)
            _mark(task, wrong.box, mark)
            corrections.cross_out(task.sheet, task.writer, wrong.box, family_name(task.person))
    for option in task.field.options:
        if option.value in chosen:
            _mark(task, option.box, mark)
    return value


def _check(task: Task, value: str) -> str:
    if value == "true":
        _mark(task, task.field.box, task.field.mark or Mark.TICK)
    return value


def _seal(task: Task, value: str) -> str:
    if value == "true":
        box, now = task.field.box, task.writer.now
        at = (box.x + box.width / 2 + now.normal(0, 0.8), box.y + box.height / 2 + now.normal(0, 0.8))
        size = float(np.clip(min(box.width, box.height) * 0.95, 6, 13))
        marks.seal(task.sheet, family_name(task.person), (float(at[0]), float(at[1])), size, now)
    return value


def _signature(task: Task, value: str) -> str:
    if value == "true":
        _words(task, task.person.human.name)
    return value


def _barcode(task: Task, value: str) -> str:
    marks.barcode(task.sheet, value, task.field.box)
    return value


_BY_TYPE: dict[FieldType, Callable[[Task, str], str]] = {
    FieldType.TEXT: _words,
    FieldType.KANA: _words,
    FieldType.LATIN: _words,
    FieldType.DATE: _date,
    FieldType.CHECK: _check,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _choice,
    FieldType.SEAL: _seal,
    FieldType.SIGNATURE: _signature,
    FieldType.BARCODE: _barcode,
    **dict.fromkeys(DIGIT_TYPES, _number_row),
}
