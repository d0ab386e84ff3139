"""Reads the filled form back just before the page is left, and compares each input with its intended value.

A value may have been cut by ``maxlength``, rewritten by the page's script, or overwritten by another input's
script; this check finds all three before anything is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Error, Frame

from bots.base.errors import Difference
from bots.base.text import without_spaces
from bots.browser.dom_query import query
from bots.browser.locators import Hop
from bots.spec.templating import Rendered


@dataclass(frozen=True)
class Filled:
    """One input that a step has set, and the value that it should have now."""

    words: str
    way: tuple[Hop, ...]
    frame: Frame
    wanted: Rendered
    typed: str = ""
    exact: bool = True


def differences(filled: Sequence[Filled]) -> list[Difference]:
    """Compare every input that is still on a page with its intended value; hidden values are masked."""
    found: list[Difference] = []
    for one, held in zip(filled, _all_held(filled), strict=True):
        # An input that went with its page was compared before that page was left.
        if held is None or _agrees(one, held):
            continue
        if one.wanted.hidden:
            found.append(Difference(one.words, "(masked)", "(masked)"))
        else:
            found.append(Difference(one.words, one.wanted.text, held[-1] if held else ""))
    return found


def _agrees(one: Filled, held: list[str]) -> bool:
    if one.exact:
        # A textarea's value has LF line breaks whatever was typed (HTML, API value of textarea).
        return any(w.replace("\r\n", "\n") in held for w in {one.wanted.text, one.typed or one.wanted.text})
    return any(without_spaces(h) == without_spaces(one.wanted.text) for h in held)


def _all_held(filled: Sequence[Filled]) -> list[list[str] | None]:
    """Return the values of each input, queried frame by frame; None when the input's page was replaced."""
    held: list[list[str] | None] = [None] * len(filled)
    for frame in dict.fromkeys(one.frame for one in filled):
        mine = [index for index, one in enumerate(filled) if one.frame is frame]
        try:
            answers = [] if frame.is_detached() else query(frame, [filled[i].way for i in mine], "values")
        except Error:
            continue
        for index, answer in zip(mine, answers, strict=False):
            held[index] = [str(v) for v in answer[0]] if len(answer) == 1 else None
    return held
