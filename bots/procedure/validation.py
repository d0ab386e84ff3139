"""Checks values against their inputs, and expands a ``for_each``; needs no browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bots.base import characters
from bots.base.errors import ValueUnfit
from bots.browser.locators import describe
from bots.spec.model.bot import Fill, ForEach
from bots.spec.templating import Rendered, Scope


def loop_items(step: ForEach, scope: Scope) -> list[dict[str, Rendered]]:
    """Return the items of a ``for_each``: the parts of each item by name; a plain value has the empty name."""
    if step.over == "fields":
        return list(_numbered(step, scope))
    rendered = step.source.render(scope)
    if not rendered.text:
        return []
    if step.over == "split":
        return [{"": Rendered(p, rendered.hidden)} for p in rendered.text.split(step.by) if p]
    try:
        data = json.loads(rendered.text)
    except ValueError:
        data = None
    if not isinstance(data, list):
        raise ValueUnfit(
            f"{step.where}: JSONの一覧ではありません。", f"{step.where}: the value is no JSON list"
        )
    return [
        {k: Rendered(str(v), rendered.hidden) for k, v in d.items()}
        if isinstance(d, dict)
        else {"": Rendered(str(d), rendered.hidden)}
        for d in data
    ]


def _numbered(step: ForEach, scope: Scope) -> Iterator[dict[str, Rendered]]:
    for number in range(1, step.up_to + 1):
        stem = step.source.source.replace("{n}", str(number))
        item = {k.removeprefix(stem): scope.look_up(k) for k in scope.values if k.startswith(stem)}
        if not step.present or (step.present in item and item[step.present].text):
            yield item


def check_value(encoding: str, step: Fill, value: Rendered) -> None:
    """Refuse a value that the input or the system's character set cannot store.

    Raises:
        ValueUnfit: names the characters, or the length and the limit.
    """
    words = describe(step.target)
    bad = characters.unencodable(value.text, encoding)
    if bad:
        shown = "" if value.hidden else characters.describe(bad)
        raise ValueUnfit(
            f"{words}: システムで使えない文字があります: {shown}",
            f"{words}: characters outside {encoding}: {shown}",
        )
    if step.max_length is not None and len(value.text) > step.max_length:
        raise ValueUnfit(
            f"{words}: {len(value.text)}文字は長すぎます (最大{step.max_length}文字)。",
            f"{words}: {len(value.text)} characters, at most {step.max_length}",
        )
    length = characters.byte_length(value.text, encoding)
    if step.max_bytes is not None and length > step.max_bytes:
        raise ValueUnfit(
            f"{words}: {length}バイトは長すぎます (最大{step.max_bytes}バイト)。",
            f"{words}: {length} bytes, at most {step.max_bytes}",
        )
