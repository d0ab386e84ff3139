"""The answers of a person to the fields of any form: by well-known field names first, else by type."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import jaconv

from samples.people import names
from samples.people.people import NAME_GAP, TODAY, Person, invent
from templates_forms.model import Field, FieldType, Form
from templates_forms.values import ERAS

_NOTES = ("特になし", "平日午前に連絡を希望", "別紙のとおり", "後日提出します", "よろしくお願いします")
_SKIPPED = 0.08
"""Probability that an optional field is left empty without a reason."""

# Never left empty at random: an empty one would contradict other answers or count as a slip.
_KEPT = frozenset({"spouse_name", "seal"})


def needs_parent(form: Form) -> bool:
    """Whether the form asks about children, so that only a parent fills it in."""
    return any(field.name.startswith("child") for field in form.fields())


def applicant(
    form: Form, seed: int, *, wrong_check_digit: bool = False, wrong_postal_code: bool = False
) -> Person:
    """Return a person who could fill in this form."""
    return invent(
        seed,
        parent=needs_parent(form),
        wrong_check_digit=wrong_check_digit,
        wrong_postal_code=wrong_postal_code,
    )


def answers(form: Form, person: Person) -> dict[str, str]:
    """Return the value of every field, in normal form, within the field's cells and options; empty if left empty."""
    # A text seed gives each purpose its own sequence, so a change in one does not shift the others.
    chance = Random(f"answers-{form.id}-{person.seed}")
    found: dict[str, str] = {}
    for field in form.fields():
        known = person.values.get(field.name)
        value = known if known is not None else _by_type(field, person, chance)
        if known and not field.required and field.name not in _KEPT and chance.random() < _SKIPPED / 2:
            value = ""
        found[field.name] = _fitting(field, value, chance)
    return found


def _by_type(field: Field, person: Person, chance: Random) -> str:
    if not field.required and chance.random() < _SKIPPED:
        return ""
    kind, values = field.type, person.values
    if kind in (FieldType.TEXT, FieldType.KANA):
        return _words(field, person, chance)
    if kind is FieldType.LATIN:
        kana = jaconv.kata2hira(values["applicant_kana"].replace(NAME_GAP, " "))
        return str(jaconv.kana2alphabet(kana)).upper()
    if kind is FieldType.AMOUNT:
        return str(chance.randrange(1, 900) * 10 ** chance.choice((2, 3, 3, 4)))
    if kind in (FieldType.DIGITS, FieldType.BARCODE):
        return _digits(field, chance)
    if kind is FieldType.DATE:
        return (TODAY - timedelta(days=chance.randrange(1, 900))).isoformat()
    if kind in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        return _options(field, chance)
    if kind is FieldType.CHECK:
        return chance.choice(("true", "true", "false"))
    by_kind = {
        FieldType.POSTAL_CODE: "postal_code",
        FieldType.PHONE: "mobile" if "mobile" in field.name else "phone",
        FieldType.MY_NUMBER: "my_number",
        FieldType.ACCOUNT_NUMBER: "account_number",
    }
    return values[by_kind[kind]] if kind in by_kind else "true"


def _words(field: Field, person: Person, chance: Random) -> str:
    """Return free text, chosen by the field's ``content`` or by its name."""
    values, hint = person.values, field.content or field.name
    if field.type is FieldType.KANA:
        return values["applicant_kana"]
    for word, value in (
        ("name", values["applicant_name"]),
        ("address", values["address"]),
        ("bank", values["bank_name"]),
        ("branch", values["branch_name"]),
        ("employer", values["employer"]),
        ("company", values["employer"]),
        ("nursery", chance.choice(names.NURSERIES)),
        ("facility", chance.choice(names.NURSERIES)),
    ):
        if word in hint:
            return value
    return chance.choice(_NOTES)


def _digits(field: Field, chance: Random) -> str:
    count = field.cell_count or (1 if field.box.width < 25 else 6)
    return str(chance.randrange(1, 10)) + "".join(str(chance.randrange(10)) for _ in range(count - 1))


def _options(field: Field, chance: Random) -> str:
    values = [option.value for option in field.options]
    if field.type is FieldType.CHOICE:
        return chance.choice(values)
    chosen = [v for v in values if chance.random() < 0.35] or [chance.choice(values)]
    return "|".join(chosen)


def _fitting(field: Field, value: str, chance: Random) -> str:
    """Return the value as it can be written here: within the cells, the options and the eras of the form."""
    if not value:
        return ""
    if field.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        known = {option.value for option in field.options}
        return value if set(value.split("|")) <= known else _options(field, chance)
    if field.type is FieldType.DATE:
        return _within_eras(field, value)
    count = field.cell_count
    if (
        count
        and len(value) > count
        and field.type not in (FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE)
    ):
        value = value.replace(NAME_GAP, "").replace(" ", "")[:count]
    return value


def _within_eras(field: Field, iso: str) -> str:
    """Return the date, or the same day of the last year that the printed eras can express."""
    if not field.era:
        return iso
    letters = {field.era.fixed} if field.era.fixed else {option.value for option in field.era.options}
    spans = [era for era in ERAS if era.letter in letters]
    day = date.fromisoformat(iso)
    if not spans or any(span.first <= day <= span.last for span in spans):
        return iso
    last = min(spans[-1].last, TODAY)
    # Day 28 exists in every month.
    return last.replace(month=min(last.month, day.month), day=min(last.day, day.day, 28)).isoformat()
