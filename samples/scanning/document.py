"""Makes one application: a person, a handwriting, slips and faults, from the blank form to the scanned pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samples.people.answers import applicant
from samples.people.people import Person
from samples.scanning import faults as fault_model
from samples.scanning import scanner
from samples.scanning.faults import Faults
from samples.writing import marks
from samples.writing.filling import fill
from samples.writing.handwriting import Sources, Style, writer
from samples.writing.sheet import PX_MM, Sheet, blank_sheet
from samples.writing.slips import Slip, plan
from templates_forms.model import Box, Form

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Order:
    """One application to make.

    Attributes:
        form: its id.
        seed: determines the person, the handwriting, the slips and the faults.
        level: of faults: none, light, all.
        slip_rate: 1 for a realistic rate, 0 for none.
        blank_back: the empty other side was scanned as well.
        wrong_check_digit: the My Number has a wrong check digit.
        wrong_postal_code: it belongs to another town.
        application_no: instead of an invented one.
        faults: values that replace the random ones, by attribute of ``Faults``.
        slips: mistakes instead of the random ones.
    """

    form: str
    seed: int
    level: str = "all"
    slip_rate: float = 1.0
    blank_back: bool = False
    wrong_check_digit: bool = False
    wrong_postal_code: bool = False
    application_no: str = ""
    faults: Mapping[str, Any] = field(default_factory=dict)
    slips: tuple[Slip, ...] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One scanned side; ``form_page`` is 0 for a blank back."""

    pixels: Pixels
    faults: Faults
    form_page: int


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """One scanned application, and its true values."""

    order: Order
    pictures: tuple[Picture, ...]
    values: dict[str, str]
    slips: tuple[Slip, ...]
    style: Style
    person: Person


def make_document(
    form: Form,
    order: Order,
    sources: Sources,
    *,
    bilevel: bool = False,
    dpi: int = 200,
    colour: bool = False,
) -> MadeDocument:
    """Make one application.

    Args:
        form: the template that the order names.
        order: what to make.
        sources: stroke and digit files.
        bilevel: one bit per pixel.
        dpi: 150, 200 or 300.
        colour: keep colour.

    Returns:
        One picture for each page (and each blank back), with the values written on them.
    """
    chance = Random(f"document-{form.id}-{order.seed}")
    # The constant separates this sequence from the writer's, which uses the same seed.
    noise = np.random.default_rng([order.seed, 77])
    person = _person(form, order)
    hand = writer(order.seed, sources)
    drawn = fault_model.draw(chance, order.level, bilevel=bilevel, dpi=dpi, colour=colour)
    drawn = replace(drawn, **order.faults)
    slips = order.slips if order.slips is not None else plan(form, chance, order.slip_rate)
    sheets = [blank_sheet(page.blank, form.size_mm) for page in form.pages]
    # Before the form is filled in: low toner belongs to the print, not to the pen.
    for sheet in sheets:
        scanner.print_faintly(sheet, drawn.toner, noise)
    filled = fill(form, person, hand, sheets, slips)
    # Not every office stamps the form itself.
    if chance.random() < 0.4:
        _receive(form, filled.sheets[0], noise, chance)
    pictures = []
    for number, sheet in enumerate(filled.sheets, start=1):
        mine = drawn if number == 1 else _next_page(drawn, chance, order)
        other = filled.sheets[number % len(filled.sheets)]
        pictures.append(Picture(scanner.scan(sheet, mine, noise, other), mine, number))
        if order.blank_back:
            pictures.append(Picture(_back(sheet, mine, noise), mine, 0))
    return MadeDocument(order, tuple(pictures), filled.values, slips, hand.style, person)


def _person(form: Form, order: Order) -> Person:
    person = applicant(
        form,
        order.seed,
        wrong_check_digit=order.wrong_check_digit,
        wrong_postal_code=order.wrong_postal_code,
    )
    if order.application_no:
        person = replace(person, values={**person.values, "application_no": order.application_no})
    return person


def _next_page(first: Faults, chance: Random, order: Order) -> Faults:
    """Return the faults of the next sheet: the same scanner with a slightly different position."""
    if order.level == "none":
        return first
    # The same limits as in `faults._heavy`.
    skew = max(-3.0, min(3.0, first.skew + chance.gauss(0, 0.4)))
    shift = (first.shift_mm[0] + chance.gauss(0, 0.6), first.shift_mm[1] + chance.gauss(0, 0.6))
    return replace(first, skew=skew, shift_mm=shift)


def _back(front: Sheet, faults: Faults, noise: np.random.Generator) -> Pixels:
    """Return the empty back, on which only the front shows through faintly."""
    empty = Sheet(np.full_like(front.pixels, 252))
    if faults.holes:
        scanner.punch(empty.pixels, left=False)
    faint = replace(faults, show_through=max(0.04, faults.show_through), fold=0.0, holes=False)
    return scanner.scan(empty, faint, noise, front)


def _receive(form: Form, sheet: Sheet, noise: np.random.Generator, chance: Random) -> None:
    """Stamp the office's date on the emptiest area near the bottom."""
    fields = [f.box for f in form.pages[0].fields]
    width, height = form.size_mm
    size, best, at = 24.0, 1.0, None
    for row in range(3):
        for column in range(8):
            x = 20 + column * (width - 40 - size) / 7
            box = Box(x, height - 20 - size - row * 6, size, size)
            if any(
                f.x < box.right and box.x < f.right and f.y < box.bottom and box.y < f.bottom for f in fields
            ):
                continue
            dark = sheet.darkness(box)
            if dark < best:
                best, at = dark, (box.x + size / 2, box.y + size / 2)
    if at is not None and round(at[1] * PX_MM) > 0:
        day = date(2026, chance.randrange(5, 8), chance.randrange(1, 29))
        marks.received_stamp(sheet, day, at, noise)
