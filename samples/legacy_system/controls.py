"""The inputs of an item on the screen, their numbers and their values."""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from samples.legacy_system.data.masters import BANKS, branches
from samples.legacy_system.data.registers import REGISTERS
from samples.legacy_system.model import Item, Options, Register

Values = dict[str, str]
"""The values of a screen: input name (``T07``) to text, as typed. A tick is ``1`` or absent."""

CODE_INPUT = "JCD"
"""Hidden input for the municipality code; only the address window writes it."""


@dataclass(frozen=True)
class Control:
    """One input as rendered on the page; ``scripts`` are its event attributes."""

    kind: Literal["text", "select", "radio", "checkbox"]
    name: str
    value: str = ""
    size: int = 10
    length: int = 20
    options: Options = ()
    checked: bool = False
    before: str = ""
    after: str = ""
    scripts: tuple[tuple[str, str], ...] = field(default=())


def parts(item: Item) -> tuple[str, ...]:
    """Return the parts of an item, one input each, in order (``""`` when there is only one)."""
    if item.kind == "date":
        return ("era", "year", "month", "day")
    if item.kind == "postal":
        return ("first", "last")
    if item.kind == "flags":
        return tuple(value for value, _ in item.options)
    return ("",)


@cache
def names(register_id: str) -> dict[tuple[str, str], str]:
    """Return (field, part) → input name, numbered T01, T02, … in screen order."""
    keys = [(item.field, part) for item in REGISTERS[register_id].items for part in parts(item)]
    return {key: f"T{number:02d}" for number, key in enumerate(keys, start=1)}


def visible(register: Register, item: Item, values: Values) -> bool:
    """Whether an item is shown on a page with these values."""
    if item.shown_when is None:
        return True
    field_name, wanted = item.shown_when
    return values.get(names(register.id)[field_name, ""], "") == wanted


def controls(register: Register, item: Item, values: Values) -> list[Control]:
    """Return the inputs of one item with their values."""
    name = {part: names(register.id)[item.field, part] for part in parts(item)}
    value = {part: values.get(name[part], "") for part in name}
    if item.kind == "date":
        return _date(register, name, value)
    if item.kind == "postal":
        return [
            Control("text", name["first"], value["first"], 4, 3, before="〒", after="－",
                    scripts=(("onkeyup", f"if(this.value.length==3)kou({_order(name['last'])}).focus()"),)),
            Control("text", name["last"], value["last"], 5, 4),
        ]  # fmt: skip
    if item.kind == "flags":
        return [
            Control("checkbox", name[part], "1", checked=value[part] == "1", after=label)
            for part, label in item.options
        ]
    return _single(register, item, name[""], value[""], values)


def _single(register: Register, item: Item, name: str, value: str, values: Values) -> list[Control]:
    reload = (("onchange", "saihyoji()"),) if item.reload else ()
    if item.kind == "flag":
        return [Control("checkbox", name, "1", checked=value == "1", after=item.note)]
    if item.kind == "radio":
        # Not onchange: the browsers of that time fired it for a radio button only when it lost focus.
        click = (("onclick", "saihyoji()"),) if item.reload else ()
        return [
            Control("radio", name, option, checked=value == option, after=label, scripts=click)
            for option, label in item.options
        ]
    if item.kind in ("select", "bank_select", "branch_select"):
        return [Control("select", name, value, options=_options(register, item, values), scripts=reload)]
    after = BANKS.get(value, "該当なし" if value else "") if item.kind == "bank_text" else item.note
    size = min(item.length + 2, 44)
    return [
        Control(
            "text", name, value, size, item.length, after=after, scripts=(*reload, *_scripts(register, item))
        )
    ]


def _options(register: Register, item: Item, values: Values) -> Options:
    if item.kind == "bank_select":
        return (("", "▼選択"), *((code, f"{code}:{name}") for code, name in BANKS.items()))
    if item.kind == "branch_select":
        bank = values.get(names(register.id)["bank_code", ""], "")
        return (("", "▼選択"), *((code, f"{code}:{name}") for code, name in branches(bank).items()))
    return (("", ""), *item.options)


def _date(register: Register, name: Values, value: Values) -> list[Control]:
    eras = (("", ""), *((option, label) for option, label, _ in register.eras.choices))
    boxes = [
        Control("text", name[part], value[part], 2, 2, after=label)
        for part, label in (("year", "年"), ("month", "月"), ("day", "日"))
    ]
    return [Control("select", name["era"], value["era"], options=eras), *boxes]


def _scripts(register: Register, item: Item) -> tuple[tuple[str, str], ...]:
    if item.kind == "kana" and register.half_kana:
        if item.field == register.kana_field:
            # A realistic convenience: it overwrites the account holder, even when that was typed before.
            holder = _order(names(register.id)["account_holder_kana", ""])
            return (
                ("onblur", "hankaku(this)"),
                ("onchange", f"hankaku(this);kou({holder}).value=this.value"),
            )
        return (("onblur", "hankaku(this)"),)
    if item.kind == "amount":
        return (("onblur", "kanma(this)"), ("onfocus", "kanmanashi(this)"))
    if item.kind == "time":
        return (("onblur", "jikoku(this)"),)
    return ()


def _order(name: str) -> int:
    return int(name[1:])
