"""From a ``Target`` to a Playwright locator, in the page's own words.

The selector engines of ``page_scripts/locate.js`` do the looking; they are registered once per Playwright
and behave like Playwright's own (waiting, strictness, masks). Words are compared without spaces and with
full-width and half-width forms made equal, whole, never by part.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Literal

from bots.errors import PageUnexpected
from bots.model import Target

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Playwright

    from bots.templating import Scope

ENGINES = (
    "cell",
    "cellcontrol",
    "below",
    "row",
    "column",
    "label",
    "button",
    "link",
    "words",
    "text",
    "option",
    "control",
    "group",
)
CONTROLS = (
    "css=input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea"
)
Purpose = Literal["control", "element"]
_ATTRIBUTES = {"name": "name", "id": "id", "title": "title", "alt": "alt", "placeholder": "placeholder"}


def register_engines(playwright: Playwright) -> None:
    """Teach one Playwright the engines; must happen before its first page."""
    factory = resources.files("bots").joinpath("page_scripts/locate.js").read_text(encoding="utf-8")
    start = factory.index("(kind) =>")
    for kind in ENGINES:
        playwright.selectors.register(
            f"u{kind}", script=f"({factory[start:]})({json.dumps(kind)})", content_script=True
        )


def _engine(kind: str, words: str) -> str:
    return f"u{kind}={json.dumps(words, ensure_ascii=False)}"


def locate(root: Frame | Locator, target: Target, scope: Scope, purpose: Purpose = "element") -> Locator:
    """Build the locator of ``target`` under ``root``.

    Args:
        root: the frame, or an element to look in.
        target: which element; its templates are rendered with ``scope``.
        purpose: ``control`` for something to fill or tick (an input inside the cell found), ``element`` for
            something to click or read.
    """
    if target.within is not None:
        root = locate(root, target.within, scope)
    if target.row is not None:
        root = root.locator(_engine("row", target.row.render(scope).text))
    found = _by(root, target, scope, purpose)
    if target.option is not None:
        found = found.locator(_engine("option", target.option.render(scope).text))
    elif purpose == "control" and target.by in ("cell", "column", "row"):
        found = found.locator(CONTROLS).filter(visible=True)
        if target.part is not None:
            found = found.nth(target.part - 1)
    return found.nth(target.nth - 1) if target.nth is not None else found


def group(root: Frame | Locator, target: Target, option: str, by_value: bool, scope: Scope) -> Locator:
    """Build the locator of one radio button or tick box: by its value, or by the words beside it."""
    place = None
    if target.by in ("cell", "column", "row", "css", "text"):
        place = locate(root, target, scope)
    elif target.by == "label":
        place = root.locator(_engine("group", target.words.render(scope).text))
    if by_value:
        value = f"[value={json.dumps(option, ensure_ascii=False)}]"
        ticks = f"css=input[type=radio]{value}, input[type=checkbox]{value}"
        return place.locator(ticks) if place else locate(root, target, scope).and_(_page_wide(root, ticks))
    words = _engine("option", option)
    return place.locator(words) if place else locate(root, target, scope).and_(_page_wide(root, words))


def _page_wide(root: Frame | Locator, selector: str) -> Locator:
    frame = root if hasattr(root, "page") and hasattr(root, "child_frames") else None
    return (frame or root).locator(selector)


def _by(root: Frame | Locator, target: Target, scope: Scope, purpose: Purpose) -> Locator:
    words = target.words.render(scope).text
    if target.by == "css":
        return root.locator(f"css={words}")
    if target.by in _ATTRIBUTES:
        found = root.locator(f"css=[{_ATTRIBUTES[target.by]}={json.dumps(words, ensure_ascii=False)}]")
        return found
    if target.by == "role":
        named = target.role_name.render(scope).text if target.role_name else None
        return root.get_by_role(words, name=named, exact=True)  # type: ignore[arg-type]
    if target.by == "position":
        return root.locator(_engine("control", target.among)).nth(int(words) - 1)
    if target.by == "cell":
        kind = "below" if target.below else "cellcontrol" if purpose == "control" or target.option else "cell"
        return root.locator(_engine(kind, words))
    if target.by == "row":
        return root.locator(_engine("row", words))
    return root.locator(_engine(target.by, words))


def one(found: Locator, target: Target, where: object, words: str) -> Locator:
    """Refuse a locator that means several elements; none at all is left to Playwright's waiting.

    Raises:
        PageUnexpected: more than one element matches.
    """
    count = found.count()
    if count > 1:
        hint = (
            "part か nth で選んでください"
            if target.by in ("cell", "column", "row")
            else "nth か within で絞ってください"
        )
        raise PageUnexpected(
            f"{where}: {words} に当たる要素が{count}個あります。{hint}。",
            f"{where}: {count} elements match {words}; narrow it down with nth, part or within",
        )
    return found


def describe(target: Target) -> str:
    """Say in words which element is meant, for messages: ``cell 氏名 part 2``."""
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
