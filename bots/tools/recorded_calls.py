"""Reads the calls of a recorded Playwright session: which element each one is about, in the words of a bot.yaml."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_BY = {
    "get_by_label": "label",
    "get_by_text": "text",
    "get_by_placeholder": "placeholder",
    "get_by_title": "title",
    "get_by_alt_text": "alt",
}
_ROLES = {"button": "button", "link": "link"}
_ROW_SELECTORS = ("tr", "tbody tr", "table tr")
# Frames are recorded as CSS selectors on their name.
_FRAME = re.compile(r"""^(?:i?frame)?\[name=["']?([^"'\]]+)["']?\]$""")
Calls = list[tuple[str, ast.Call]]


@dataclass
class RecordedTarget:
    """Where a recorded call acts: the keys of a target, and the name of the frame (empty: the whole window)."""

    target: dict[str, object] = field(default_factory=dict)
    frame: str = ""
    comment: str = ""

    @property
    def words(self) -> str:
        """The target as the inside of a flow mapping of YAML."""
        return _flow(self.target or {"css": "body"})


def _flow(target: Mapping[str, object]) -> str:
    return ", ".join(
        f"{key}: {{{_flow(value)}}}" if isinstance(value, dict) else f"{key}: {quoted(value)}"
        for key, value in target.items()
    )


def quoted(value: object) -> str:
    """Return a value as a scalar of YAML; a JSON string is a double-quoted one, line breaks included."""
    return json.dumps(value, ensure_ascii=False)


def calls_of(node: ast.expr) -> Calls:
    """Return [("a", call), ("b", call)] for page.a(x).b(y), outermost last; empty when it is not about a page."""
    found: Calls = []
    current = node
    while isinstance(current, ast.Call | ast.Attribute):
        if isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
            found.append((current.func.attr, current))
            current = current.func.value
        elif isinstance(current, ast.Attribute):
            # `.first` is a property, and counts as nth(0).
            if current.attr in ("first", "last"):
                found.append((current.attr, ast.Call(current, [], [])))
            current = current.value
        else:
            return []
    return found[::-1] if isinstance(current, ast.Name) and current.id.startswith("page") else []


def checked_place(node: ast.Call) -> ast.expr | None:
    """Return what ``expect(…).to_…()`` is about; None for any other call."""
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="expect"), args=[asserted, *_])):
            return asserted
    return None


def root_variable(node: ast.expr) -> str:
    """Return the variable that a recorded call begins with: ``page``, or ``page1`` for a window."""
    asserted = checked_place(node) if isinstance(node, ast.Call) else None
    current = node if asserted is None else asserted
    while isinstance(current, ast.Call | ast.Attribute):
        current = current.func if isinstance(current, ast.Call) else current.value
    return current.id if isinstance(current, ast.Name) else ""


def text_of(node: ast.expr) -> str:
    """Return a recorded text; of a regular expression the words that it matches, without anchors and escapes."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.Call(func=ast.Attribute(attr="compile"), args=[ast.Constant(value=str(pattern)), *_]):
            return re.sub(r"\\(.)", r"\1", pattern.removeprefix("^").removesuffix("$"))
    return ""


def field_or_words(text: str, typed: Mapping[str, str]) -> str:
    """Return ``{{ field_1 }}`` for a text that was typed before: it belongs to the sample record, not to the system."""
    return f"{{{{ {typed[text]} }}}}" if text in typed else text


def place_of(calls: Calls, typed: Mapping[str, str]) -> RecordedTarget:
    """Return the element that the calls lead to; ``typed`` maps the texts typed so far to their fields."""
    place = RecordedTarget()
    for name, call in calls:
        _follow(place, name, call, typed)
    return place


def _follow(place: RecordedTarget, name: str, call: ast.Call, typed: Mapping[str, str]) -> None:
    first = text_of(call.args[0]) if call.args else ""
    given = {k.arg: text_of(k.value) for k in call.keywords if k.arg}
    frame = _FRAME.match(first)
    if name == "frame_locator" or (name == "locator" and frame):
        place.frame = frame.group(1) if frame else first
    elif name == "get_by_role" and first == "row" and given.get("name"):
        _row(place, given["name"], typed)
    elif name == "get_by_role" and first in _ROLES and given.get("name"):
        _narrow(place, {_ROLES[first]: field_or_words(given["name"], typed)})
    elif name == "get_by_role":
        named = given.get("name", "")
        _narrow(place, {"role": first, **({"named": field_or_words(named, typed)} if named else {})})
    elif name in _BY:
        _narrow(place, {_BY[name]: field_or_words(first, typed)})
    elif name == "locator":
        _narrow(place, _by_selector(first))
        if given.get("has_text"):
            _filtered(place, given["has_text"], typed)
    elif name == "filter":
        _filtered(place, given.get("has_text") or _inner_words(call), typed)
    elif name in ("nth", "first") and (call.args or name == "first"):
        # Playwright counts from 0, a bot.yaml from 1.
        place.target["nth"] = int(first or 0) + 1
    elif name == "last":
        place.comment += "  # the last of several: say which with nth or row"


def _narrow(place: RecordedTarget, target: dict[str, object]) -> None:
    """Go from the element found so far to one inside it."""
    outer = place.target
    row = {"row": outer["row"]} if set(outer) == {"row"} else {"within": outer} if outer else {}
    place.target = {**row, **target}


def _row(place: RecordedTarget, shown: str, typed: Mapping[str, str]) -> None:
    """Name a row by one cell: by a value typed before if it has one, else by its first word."""
    values = sorted((v for v in typed if v in shown.split() or v == shown), key=len)
    words = field_or_words(values[-1], typed) if values else (shown.split() or [""])[0]
    place.target = {**({"within": place.target} if place.target else {}), "row": words}
    # A recorded row is named by all its cells, one of a bot.yaml by the cell that tells it from the others.
    place.comment = f"  # the row: {' '.join(shown.split())}"


def _filtered(place: RecordedTarget, words: str, typed: Mapping[str, str]) -> None:
    if not words:
        place.comment += "  # recorded with a filter: narrow it down"
    elif place.target == {"role": "row"} or place.target.get("css") in _ROW_SELECTORS:
        outer = place.target.get("within")
        place.target = {"within": outer} if outer else {}
        _row(place, words, typed)
    elif "css" in place.target:
        text = field_or_words(words, typed)
        place.target["css"] = f"{place.target['css']}:has-text({quoted(text)})"
    else:
        place.comment += f"  # recorded with a filter: {' '.join(words.split())}"


def _inner_words(call: ast.Call) -> str:
    """Return the words of ``filter(has=page.get_by_text("…"))``."""
    for keyword in call.keywords:
        inner = calls_of(keyword.value) if keyword.arg == "has" else []
        if inner:
            last = inner[-1][1]
            named = [text_of(k.value) for k in last.keywords if k.arg == "name"]
            return (named or [text_of(a) for a in last.args[:1]] or [""])[0]
    return ""


def _by_selector(selector: str) -> dict[str, object]:
    named = re.match(r"""^\w*\[name=["']?([^"'\]]+)["']?\]$""", selector)
    return {"name": named.group(1)} if named else {"css": selector}
