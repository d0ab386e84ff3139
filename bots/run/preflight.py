"""Computes the values that ``enter`` will key for one Record, without a browser.

Used to refuse invalid values before a page is opened, and to export the columns for keying by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bots.base import characters
from bots.base.errors import ValueUnfit
from bots.browser.locators import describe
from bots.procedure.conditions import PageView, holds
from bots.procedure.validation import check_value, loop_items
from bots.spec.model.bot import (  # fmt: skip
    Bot,
    BotRecord,
    Check,
    Choose,
    Condition,
    Fill,
    ForEach,
    If,
    InFrame,
    Popup,
    Select,
    Step,
    Target,
    Upload,
    Use,
    While,
)
from bots.spec.templating import Rendered, Scope


@dataclass(frozen=True)
class PlannedInput:
    """One value that goes into one input."""

    words: str
    value: Rendered
    step: Step
    names: frozenset[str]


def preflight(steps: tuple[Step, ...], scope: Scope) -> Iterator[PlannedInput]:
    """Yield every value in the order of the screens, with both branches of a condition on the page.

    Raises:
        ValueUnfit: a formatter rejects a value.
    """
    for step in steps:
        if isinstance(step, Fill) and step.shows is not None:
            step.shows.render(scope)  # its formatters may reject the value too
        match step:
            case Fill(target=target, value=template) | Check(target=target, on=template):
                yield PlannedInput(input_label(target, scope), template.render(scope), step, template.names)
            case Choose(option=None):
                continue
            case Select(target=target, option=template) | Choose(target=target, option=template) if template:
                yield PlannedInput(input_label(target, scope), template.render(scope), step, template.names)
            case Upload(target=target, path=template):
                yield PlannedInput(input_label(target, scope), template.render(scope), step, template.names)
            case InFrame() | Popup() | While():
                yield from preflight(step.steps, scope)
            case If():
                yield from _branches(step, scope)
            case ForEach():
                for number, item in enumerate(loop_items(step, scope), start=1):
                    given = {f"item.{k}" if k else "item": v for k, v in item.items()}
                    inner = {**scope.locals, **given, "n": Rendered(str(number))}
                    yield from preflight(step.steps, replace(scope, locals=inner))
            case Use():
                given = {k: t.render(scope) for k, t in step.given.items()}
                yield from preflight(step.steps, replace(scope, locals={**scope.locals, **given}))


def _branches(step: If, scope: Scope) -> Iterator[PlannedInput]:
    # Only conditions on the Record can be evaluated without a page.
    if _by_value(step.condition):
        yield from preflight(
            step.then if holds(step.condition, PageView((), scope)) else step.otherwise, scope
        )
    else:
        yield from preflight((*step.then, *step.otherwise), scope)


def _by_value(condition: Condition) -> bool:
    return condition.kind == "value" or (bool(condition.parts) and all(map(_by_value, condition.parts)))


def input_label(target: Target, scope: Scope) -> str:
    """Return the label by which a person knows the input."""
    words = target.words.render(scope).text if target.by != "css" else describe(target)
    if target.by == "position":
        words = f"#{words}"
    if target.option is not None:
        words = f"{words} {target.option.render(scope).text}"
    return f"{words} {target.part}" if target.part is not None else words


def check_record(bot: Bot, record: BotRecord, scope: Scope) -> None:
    """Refuse a Record that cannot be entered, before any page is opened.

    Raises:
        ValueUnfit: names the field and what is wrong with it.
    """
    if not record.key:
        raise ValueUnfit("キーが空です。", "the record's key is empty")
    for rule in bot.fields.values():
        value = record.values.get(rule.name, "")
        if rule.required and not value:
            raise ValueUnfit(
                f"必須項目「{rule.name}」が空です。", f"the required field {rule.name!r} is empty"
            )
        _check_field(bot, rule.name, value)
    for one in preflight(bot.enter.steps, scope):
        if isinstance(one.step, Fill):
            check_value(bot.encoding, one.step, one.value)


def _check_field(bot: Bot, name: str, value: str) -> None:
    rule = bot.fields[name]
    length = characters.byte_length(value, bot.encoding)
    if rule.max_length is not None and len(value) > rule.max_length:
        raise ValueUnfit(
            f"項目「{name}」: {len(value)}文字は長すぎます (最大{rule.max_length}文字)。",
            f"field {name!r}: {len(value)} characters, at most {rule.max_length}",
        )
    if rule.max_bytes is not None and length > rule.max_bytes:
        raise ValueUnfit(
            f"項目「{name}」: {length}バイトは長すぎます (最大{rule.max_bytes}バイト)。",
            f"field {name!r}: {length} bytes, at most {rule.max_bytes}",
        )
    if rule.pattern and value and not re.fullmatch(rule.pattern, value):
        shown = "" if rule.masked else f"「{value}」"
        raise ValueUnfit(
            f"項目「{name}」{shown}が決まった形ではありません ({rule.pattern})。",
            f"field {name!r} does not match {rule.pattern!r}",
        )
