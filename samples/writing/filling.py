"""Fills in a form: every field by its type, with the slips that people make, and records the written values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from samples.people.answers import answers
from samples.people.people import NAME_GAP, Person
from samples.writing import corrections, lettering, marks
from samples.writing.dates import write_date
from samples.writing.handwriting import Writer, writer
from samples.writing.sheet import Sheet
from samples.writing.slips import Slip
from samples.writing.task import TEXT_HEIGHT, Task, family_name, letter_scale, mark_option
from templates_forms.model import DIGIT_TYPES, Field, FieldType, Form, Mark

_NAME_HEIGHT = 9.0
"""Maximum height of the characters of a name, in mm."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form: one sheet for each page, and the values written on them."""

    sheets: tuple[Sheet, ...]
    values: dict[str, str]
    slips: tuple[Slip, ...]


def fill(
    form: Form, person: Person, hand: Writer, sheets: Sequence[Sheet], slips: Sequence[Slip] = ()
) -> Filled:
    """Write a person's answers on printed sheets.

    Args:
        form: the template.
        person: the applicant.
        hand: the writer.
        sheets: one for each page, as printed; they are changed.
        slips: deliberate mistakes, by field.

    Returns:
        The sheets and the values on them: corrected where something was struck out, empty where nothing was written.
    """
    values = answers(form, person)
    chance = Random(f"filling-{form.id}-{person.seed}-{hand.seed}")
    by_field = {slip.field: slip.kind for slip in slips}
    # Another handwriting: the application number is written by the office.
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
        long = lettering.length(task.writer, value) * min(box.height * 0.74, _NAME_HEIGHT)
        end = box.x + min(long * task.writer.style.size, box.width - 6)
        at = (end + task.chance.uniform(-3, 2), box.y + box.height * task.chance.uniform(0.4, 0.65))
        marks.seal(task.sheet, family_name(task.person), at, 10.0, task.writer.rng)
    return value


def _empty(field: Field) -> str:
    return "false" if field.type in (FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE) else ""


def _words(task: Task, value: str) -> str:
    field = task.field
    if field.cells:
        return _celled(task, value)
    tallest = _NAME_HEIGHT if field.content == "name" or "name" in field.name else TEXT_HEIGHT
    if task.slip == "struck_out":
        corrections.rewrite_words(
            task.sheet, task.writer, field.box, value, family_name(task.person), tallest
        )
        return value
    if task.slip == "outside_box":
        lettering.write_row(task.sheet, task.writer, _outside(task, value, tallest))
        return value
    for row in lettering.rows_for(task.writer, value, field.box, tallest * letter_scale(task)):
        lettering.write_row(task.sheet, task.writer, row)
    return value


def _outside(task: Task, value: str, tallest: float) -> lettering.Row:
    """Return a row that exceeds the right end of its box or, when it is too short, crosses its upper or lower edge."""
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
    # Some people leave no cell between family and given name.
    if field.type is FieldType.KANA and task.chance.random() < 0.1:
        value = value.replace(NAME_GAP, "")
    places = _places(field, value, count, task.chance)
    if task.slip == "struck_out":
        corrections.rewrite_cells(
            task.sheet, task.writer, field, count, places, family_name(task.person), task.others
        )
        return value
    if field.name == "application_no" and task.chance.random() < 0.6:
        lettering.stamp_cells(task.sheet, field.box, count, places, (0.2, 0.16, 0.18), task.writer.rng)
        return value
    # Some people write ¥ into the free cell before the amount.
    if field.type is FieldType.AMOUNT and min(places) > 0 and task.chance.random() < 0.25:
        places = {**places, min(places) - 1: "¥"}
    lettering.write_cells(task.sheet, task.writer, field.box, count, places, letter_scale(task))
    return value


def _places(field: Field, value: str, count: int, chance: Random) -> dict[int, str]:
    """Return the cell of each character."""
    groups = field.cells or (count,)
    if field.type is FieldType.PHONE and len(groups) == 3 and len(value) == count - 1:
        # Area codes of Tokyo and Osaka have two digits.
        first = 2 if value[:2] in ("03", "06") else groups[0]
        gap = chance.choice((0, groups[0] - first))
        spots = [gap + i if i < first else i + groups[0] - first for i in range(len(value))]
        return dict(zip(spots, value, strict=True))
    # Amounts are right-aligned, as the forms ask.
    right = field.type is FieldType.AMOUNT
    if field.type in DIGIT_TYPES and count <= 3 and len(value) < count:
        # In one to three cells most people write to the right, whatever the form asks for.
        right = chance.random() < 0.75
    start = count - len(value) if right else 0
    return {start + i: char for i, char in enumerate(value)}


def _number_row(task: Task, value: str) -> str:
    """Write a number without cells as people do, with hyphens or commas."""
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
    # The true value is the normal form; hyphens and commas are only how it is written.
    _words(replace(task), shown)
    return value


def _choice(task: Task, value: str) -> str:
    chosen = value.split("|")
    mark = task.field.mark or Mark.TICK
    if task.slip == "struck_out":
        others = [option for option in task.field.options if option.value not in chosen]
        if others:
            wrong = task.chance.choice(others)
            mark_option(task, wrong.box, mark)
            corrections.cross_out(task.sheet, task.writer, wrong.box, family_name(task.person))
    for option in task.field.options:
        if option.value in chosen:
            mark_option(task, option.box, mark)
    return value


def _check(task: Task, value: str) -> str:
    if value == "true":
        mark_option(task, task.field.box, task.field.mark or Mark.TICK)
    return value


def _seal(task: Task, value: str) -> str:
    if value == "true":
        box, rng = task.field.box, task.writer.rng
        at = (box.x + box.width / 2 + rng.normal(0, 0.8), box.y + box.height / 2 + rng.normal(0, 0.8))
        size = float(np.clip(min(box.width, box.height) * 0.95, 6, 13))
        marks.seal(task.sheet, family_name(task.person), (float(at[0]), float(at[1])), size, rng)
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
    FieldType.DATE: write_date,
    FieldType.CHECK: _check,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _choice,
    FieldType.SEAL: _seal,
    FieldType.SIGNATURE: _signature,
    FieldType.BARCODE: _barcode,
    **dict.fromkeys(DIGIT_TYPES, _number_row),
}
