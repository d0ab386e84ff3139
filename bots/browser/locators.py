"""Converts a ``Target`` to a Playwright locator, by the text that the page shows.

The functions of ``page_scripts/locate.js`` find the elements; as a selector engine, registered once per Playwright,
they behave like Playwright's own (waiting, strictness, masks). Text is compared as a whole, without spaces and with
full-width and half-width forms made equal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, cast

from bots.spec.model.bot import Target

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Playwright

    from bots.spec.templating import Scope

# Buttons are excluded: a label or cell names a value, never a button.
CONTROLS = (
    "input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea"
)
Purpose = Literal["control", "element"]
_ATTRIBUTES = {"name": "name", "id": "id", "title": "title", "alt": "alt", "placeholder": "placeholder"}
_ENGINE = """(find => ({
  queryAll: (root, body) => { const [way, words] = JSON.parse(body); return find[way](root, words); },
  query: (root, body) => { const [way, words] = JSON.parse(body); return find[way](root, words)[0] || null; },
}))((FIND)())"""


@dataclass(frozen=True)
class Hop:
    """One selector in a chain, applied to all elements found so far.

    ``way`` is a function of ``locate.js``, or ``css``, ``nth`` (from 0), ``visible``, ``role``. ``scripted`` when our
    own scripts can apply it; CSS written by a bot's author and roles need Playwright.
    """

    way: str
    words: str | int = ""
    scripted: bool = True
    named: str | None = None


def find_script() -> str:
    """Return the page script that finds elements by text: a function that returns one function for each way."""
    text = resources.files("bots.browser").joinpath("page_scripts/locate.js").read_text(encoding="utf-8")
    return text[text.index("() => {") :].strip()


def register_engines(playwright: Playwright) -> None:
    """Register the functions of ``locate.js`` with one Playwright; must happen before its first page."""
    # One engine for all functions, because each engine is injected into each new page.
    playwright.selectors.register("words", script=_ENGINE.replace("FIND", find_script()), content_script=True)


def hops(target: Target, scope: Scope, purpose: Purpose = "element") -> list[Hop]:
    """Return the hops to the elements of ``target``, from a frame or from inside another element.

    Args:
        target: which element; its templates are rendered with ``scope``.
        scope: the names that the templates may use.
        purpose: ``control`` for something to fill or tick (an input inside the cell found), ``element`` for
            something to click or read.
    """
    way = hops(target.within, scope) if target.within is not None else []
    if target.row is not None:
        way.append(Hop("row", target.row.render(scope).text))
    way += _locator_hops(target, scope, purpose)
    if target.option is not None:
        way.append(Hop("option", target.option.render(scope).text))
    elif purpose == "control" and target.by in ("cell", "column", "row"):
        way += [Hop("css", CONTROLS), Hop("visible")]
        if target.part is not None:
            way.append(Hop("nth", target.part - 1))
    return [*way, Hop("nth", target.nth - 1)] if target.nth is not None else way


def follow(root: Frame | Locator, way: Sequence[Hop]) -> Locator:
    """Convert hops into a Playwright locator under ``root``."""
    found = root
    for hop in way:
        found = _step(found, hop)
    return cast("Locator", found)


def _step(root: Frame | Locator, hop: Hop) -> Locator:
    match hop:
        case Hop("css", words):
            return root.locator(f"css={words}")
        case Hop("role", words, named=named):
            return root.get_by_role(cast("Any", words), name=named, exact=True)
        case Hop("nth", index):
            return cast("Locator", root).nth(int(index))
        case Hop("visible"):
            return cast("Locator", root).filter(visible=True)
    # JSON, because Playwright would interpret quotes and ">>" in a selector.
    return root.locator(f"words={json.dumps([hop.way, hop.words], ensure_ascii=False)}")


def locate(root: Frame | Locator, target: Target, scope: Scope, purpose: Purpose = "element") -> Locator:
    """Build the locator of ``target`` under ``root``; see ``hops``."""
    return follow(root, hops(target, scope, purpose))


def tick_hops(target: Target, option: str, by_value: bool, scope: Scope) -> list[Hop]:
    """Return the hops to one radio button or tick box of a group: by its value, or by the text beside it."""
    value = f"[value={json.dumps(option, ensure_ascii=False)}]"
    ticks = f"input[type=radio]{value}, input[type=checkbox]{value}"
    tick = Hop("css", ticks) if by_value else Hop("option", option)
    if target.by == "label":
        return [Hop("group", target.words.render(scope).text), tick]
    if target.by in _ATTRIBUTES:
        *place, own = hops(target, scope)
        return [*place, tick, Hop("self", own.words)]
    return [*hops(target, scope), tick]


def _locator_hops(target: Target, scope: Scope, purpose: Purpose) -> list[Hop]:
    words = target.words.render(scope).text
    if target.by == "css":
        return [Hop("css", words, scripted=False)]
    if target.by in _ATTRIBUTES:
        return [Hop("css", f"[{_ATTRIBUTES[target.by]}={json.dumps(words, ensure_ascii=False)}]")]
    if target.by == "role":
        named = target.role_name.render(scope).text if target.role_name else None
        return [Hop("role", words, scripted=False, named=named)]
    if target.by == "position":
        return [Hop("control", target.among), Hop("nth", int(words) - 1)]
    if target.by == "cell":
        inputs = purpose == "control" or target.option is not None
        return [Hop("below" if target.below else "cellcontrol" if inputs else "cell", words)]
    return [Hop(target.by, words)]


@dataclass(frozen=True)
class Element:
    """The element that a step works on; ``kind`` is its type (or tag), empty when it has not appeared yet."""

    words: str
    frame: Frame
    way: tuple[Hop, ...]
    kind: str = ""

    @property
    def locator(self) -> Locator:
        """A locator to act on: it waits for the element and raises when there are several."""
        return follow(self.frame, self.way)


def describe(target: Target) -> str:
    """Name the element for messages: ``cell 氏名 part 2``."""
    words = [f"{target.by} 「{target.words.source}」"]
    if target.row is not None:
        words.insert(0, f"row 「{target.row.source}」")
    if target.option is not None:
        words.append(f"option 「{target.option.source}」")
    for name in ("part", "nth"):
        number = getattr(target, name)
        if number is not None:
            words.append(f"{name} {number}")
    if target.within is not None:
        words.append(f"within {describe(target.within)}")
    return " ".join(words)
