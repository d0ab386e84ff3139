"""Clicking, ticking, choosing and writing as Playwright does, at a fraction of its time.

Playwright waits for two frames of animation before each click, and puts its library into each new page first. Here the
page itself says that an element is visible, enabled, uncovered and that nothing on the page moves; until the click has
come it lets no other element have it. The mouse is the browser's own, and text goes in as the browser pastes it, so the
page sees a person. Where any of that cannot be said (several elements, a frame of another origin, an animation, a
date input) the work is Playwright's, and so is every irreversible click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error

from bots.browser.dom_query import LEAVE, TICK, ask, ask_last_page, do_plainly

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from bots.browser.locators import Element


def click(element: Element, timeout: float) -> None:
    """Click in the middle of an element.

    Args:
        element: what to click.
        timeout: milliseconds to wait for it, if it is not ready.

    Raises:
        Error: Playwright's own, when it cannot be clicked in time.
    """
    aimed = ask(element.frame, [element.way], "aim")[0]
    if aimed and aimed[0] is not None:
        element.frame.page.mouse.click(*aimed[0])
        if ask_last_page(element.frame, "missed") != [True]:
            return
    element.locator.click(timeout=timeout)


def set_checked(element: Element, on: bool, timeout: float) -> None:
    """Make a radio button or tick box on or off, by a click if it is not so already.

    Raises:
        Error: Playwright's own, when it cannot be clicked or does not change.
    """
    wanted = [["true" if on else "false"]]
    if element.kind in ("radio", "checkbox"):
        if ask(element.frame, [element.way], "held")[0] == wanted:
            return
        click(element, timeout)
        try:
            if ask(element.frame, [element.way], "held")[0] in (wanted, []):
                return
        except Error:
            return  # the click has sent the page in
    element.locator.set_checked(on, timeout=timeout)


def write(element: Element, text: str, timeout: float, *, leaving: bool) -> None:
    """Put a text into an input in place of what it holds, as one would paste it, and leave the input if asked to.

    Raises:
        Error: Playwright's own, when the input cannot be written into in time.
    """
    if do_plainly(element.frame, element.way, "write", text, LEAVE if leaving else ""):
        return
    element.locator.fill(text, timeout=timeout)
    if leaving:
        blur(element.frame)


def options(element: Element, timeout: float) -> list[tuple[str, str]]:
    """Value and words of each option of a list.

    Raises:
        Error: Playwright's own, when the list does not come in time.
    """
    known = ask(element.frame, [element.way], "options")[0]
    if len(known) != 1:
        known = [
            element.locator.evaluate(
                "e => Array.from(e.options).map(o => [o.value, o.text])", timeout=timeout
            )
        ]
    return [(str(value), str(words)) for value, words in known[0]]


def pick(element: Element, index: int, timeout: float) -> None:
    """Choose an option of a list by its number, from 0, and let the page do what it does upon that.

    Raises:
        Error: Playwright's own, when it cannot be chosen in time.
    """
    if not do_plainly(element.frame, element.way, "pick", index, TICK):
        element.locator.select_option(index=index, timeout=timeout)
        _run(element.frame, TICK)


def blur(frame: Frame) -> None:
    """Leave the input that has the focus, so that its page's scripts run; one may send the page in."""
    _run(frame, LEAVE)


def _run(frame: Frame, script: str) -> None:
    try:
        frame.evaluate(script)
    except Error:
        return  # the page was sent in
