"""Converts a row for the screens: to text in the system's own style, or to filled inputs."""

import datetime as dt

import jaconv

from samples.legacy_system.checks import Row
from samples.legacy_system.controls import Values, names, parts
from samples.legacy_system.data.masters import BANKS, branches, facilities
from samples.legacy_system.model import Item, Register
from samples.legacy_system.wareki import from_date


def shown(register: Register, item: Item, value: str) -> str:
    """Return a stored value as text for the confirm, list and detail screens; empty stays empty."""
    if item.kind == "flag":
        return "○" if value == "true" else "－"
    if not value:
        return ""
    if item.kind == "date":
        return _date(register, value)
    if item.kind == "kana" and register.half_kana:
        return jaconv.z2h(value, kana=True, ascii=True, digit=True).replace("\u3000", " ")
    if item.kind == "amount":
        return f"{int(value):,}円"
    if item.kind == "time":
        return f"{value[:2]}:{value[2:]}"
    if item.kind in ("postal", "postal_popup"):
        return f"{value[:3]}-{value[3:]}"
    if item.kind == "flags":
        return "、".join(label for option, label in item.options if option in value.split("|"))
    return dict(item.options).get(value, value)


def master_name(item: Item, row: Row) -> str:
    """Return a master table's name for a code, shown in the cell after it; empty for other items."""
    value = row[item.field]
    if item.field == "bank_code":
        return BANKS.get(value, "")
    if item.field == "branch_code":
        return branches(row["bank_code"]).get(value, "")
    if item.field.startswith("preference"):
        return facilities().get(value, "")
    return ""


def filled(register: Register, row: Row) -> Values:
    """Return the inputs of a screen as if this row had been typed in."""
    values: Values = {}
    for item in register.items:
        for part, text in _parts(register, item, row[item.field]).items():
            values[names(register.id)[item.field, part]] = text
    return values


def _parts(register: Register, item: Item, value: str) -> Values:
    if item.kind == "flags":
        return {part: "1" for part in parts(item) if part in value.split("|")}
    if item.kind == "flag":
        return {"": "1"} if value == "true" else {}
    if not value:
        return {}
    if item.kind == "date":
        when = from_date(dt.date.fromisoformat(value))
        era = next(option for option, _, letter in register.eras.choices if letter == when.era.letter)
        return {"era": era, "year": f"{when.year}", "month": f"{when.month}", "day": f"{when.day}"}
    if item.kind == "postal":
        return {"first": value[:3], "last": value[3:]}
    return {"": shown(register, item, value) if item.kind in ("time", "kana") else value}


def _date(register: Register, value: str) -> str:
    when = from_date(dt.date.fromisoformat(value))
    return register.eras.shown.format(
        era=when.era.name, letter=when.era.letter, year=when.year, month=when.month, day=when.day
    )
