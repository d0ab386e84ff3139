"""Reading the filled form back: what each input really holds, just before the page is left.

A value may have been cut by ``maxlength``, rewritten by the page's script, or overwritten by another input's
script; all of it shows here, while nothing is saved yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import Error, Frame, Locator

from bots.errors import Difference
from bots.templating import Rendered
from bots.words import tight

_HELD = """els => els.map(e => e.tagName === 'SELECT' ? [e.value, ...Array.from(e.selectedOptions).map(o => o.text)]
  : e.type === 'checkbox' || e.type === 'radio' ? [String(e.checked)]
  : e.type === 'file' ? [Array.from(e.files).map(f => f.name).join('|')] : [e.value])"""


@dataclass(frozen=True)
class Filled:
    """One input that a step has set, and what it should hold now."""

    words: str
    locator: Locator
    frame: Frame
    wanted: Rendered
    typed: str = ""
    exact: bool = True


def differences(filled: Iterable[Filled]) -> list[Difference]:
    """Compare every input that is still on a page with what was put into it; hidden values are not told."""
    found: list[Difference] = []
    for one in filled:
        held = _held(one)
        if held is None or _agrees(one, held):
            continue
        if one.wanted.hidden:
            found.append(Difference(one.words, "(masked)", "(masked)"))
        else:
            found.append(Difference(one.words, one.wanted.text, held[-1] if held else ""))
    return found


def _agrees(one: Filled, held: list[str]) -> bool:
    if one.exact:
        return any(w.replace("\r\n", "\n") in held for w in {one.wanted.text, one.typed or one.wanted.text})
    return any(tight(h) == tight(one.wanted.text) for h in held)


def _held(one: Filled) -> list[str] | None:
    """What the input holds; None when it has gone with its page."""
    try:
        if one.frame.is_detached():
            return None
        held = one.locator.evaluate_all(_HELD)
        return [str(v) for v in held[0]] if len(held) == 1 else None
    except Error:
        return None
