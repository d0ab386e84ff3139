"""Slips: the mistakes that people make on paper, chosen for a form at random."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from templates_forms.model import DIGIT_TYPES, Field, FieldType, Form

KINDS = ("struck_out", "empty_required", "outside_box", "seal_over", "touching")


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake: ``struck_out`` (double line, seal, right value beside), ``empty_required``, ``outside_box``,
    ``seal_over`` (a seal pressed over the writing) or ``touching`` (letters larger than their cells)."""

    field: str
    kind: str


def possible(field: Field, kind: str) -> bool:
    """Whether this kind of mistake is possible in this field."""
    cells = bool(field.cells)
    if kind == "struck_out":
        plain = field.type in DIGIT_TYPES | {FieldType.KANA, FieldType.TEXT, FieldType.CHOICE}
        dated = field.type is FieldType.DATE and field.year is not None and bool(field.year.cells)
        return (plain or dated) and field.name != "application_no"
    if kind == "empty_required":
        return field.required and field.name != "application_no"
    if kind == "outside_box":
        return field.type is FieldType.TEXT and not cells
    if kind == "seal_over":
        return field.type is FieldType.TEXT and "name" in field.name
    return cells or field.type is FieldType.TEXT


def plan(form: Form, chance: Random, rate: float = 1.0) -> tuple[Slip, ...]:
    """Choose mistakes for one filled form, at most one for each field.

    Args:
        form: the template.
        chance: the random source.
        rate: 1 is about one mistake in two forms (and characters that touch frames more often); 0 is none.
    """
    shares = {
        "struck_out": 0.2,
        "empty_required": 0.1,
        "outside_box": 0.12,
        "seal_over": 0.08,
        "touching": 0.45,
    }
    taken: dict[str, Slip] = {}
    for kind in KINDS:
        if chance.random() >= shares[kind] * rate:
            continue
        fields = [f for f in form.fields() if f.name not in taken and possible(f, kind)]
        count = 1 if kind != "touching" else chance.randrange(1, 5)
        for field in chance.sample(fields, min(count, len(fields))):
            taken[field.name] = Slip(field.name, kind)
    return tuple(taken.values())
