"""Click, tick, select and write in a page, with Playwright's guarantees but faster.

Playwright waits for two animation frames before each click, and injects its library into each new page first. Here a
script in the page checks that an element is visible, enabled, uncovered and that nothing on the page moves; until the
click arrives, the script blocks it for every other element. The mouse event is a real one, and text is inserted as a
paste, so the page receives the same events as from a person. If one of these checks is not possible (several elements,
a frame of another origin, an animation, a date input), Playwright does the work. It also does every irreversible click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error

from bots.base.errors import ReadOnlyInput
from bots.browser.dom_query import BLUR_SCRIPT, TICK, change_input, query, query_last_page

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from bots.browser.locators import Element


# A script may make an input writable when it gets the focus; after this it will not.
_GRACE_MS = 1000
_READ_ONLY = """(e, ms) => new Promise((done) => {
  const latest = Date.now() + ms;
  if (e.readOnly) e.focus();
  const look = () => !e.readOnly || Date.now() > latest ? done(!!e.readOnly) : setTimeout(look, 50);
  look();
})"""


def click(element: Element, timeout: float) -> None:
    """Click the centre of an element.

    Args:
        element: what to click.
        timeout: milliseconds to wait for it, if it is not ready.

    Raises:
        Error: Playwright's own, when it cannot be clicked in time.
    """
    points = query(element.frame, [element.way], "click_point")[0]
    if points and points[0] is not None:
        element.frame.page.mouse.click(*points[0])
        # A page that moved in between gave the click to another element, where the guard stopped it: click again.
        if query_last_page(element.frame, "click_missed") != [True]:
            return
    element.locator.click(timeout=timeout)


def set_checked(element: Element, on: bool, timeout: float) -> None:
    """Set a radio button or tick box on or off, with a click if it is not in that state already.

    Raises:
        Error: Playwright's own, when it cannot be clicked or does not change.
    """
    wanted = [["true" if on else "false"]]
    if element.kind in ("radio", "checkbox"):
        if query(element.frame, [element.way], "values")[0] == wanted:
            return
        click(element, timeout)
        try:
            if query(element.frame, [element.way], "values")[0] in (wanted, []):
                return
        except Error:
            # The state cannot be checked on a page that is gone; the read-back finds a wrong value.
            return  # the click submitted the page
    element.locator.set_checked(on, timeout=timeout)


def write(element: Element, text: str, timeout: float, *, blur_after: bool) -> None:
    """Replace an input's value with a text, as a paste does; with ``blur_after`` then leave the input.

    Raises:
        Error: Playwright's own, when the input cannot be written into in time.
        ReadOnlyInput: the page takes its value from a calendar or a window, and not from the keyboard.
    """
    if change_input(element.frame, element.way, "write", text, BLUR_SCRIPT if blur_after else ""):
        return
    if element.locator.evaluate(_READ_ONLY, _GRACE_MS, timeout=timeout):
        raise ReadOnlyInput(element.words)
    element.locator.fill(text, timeout=timeout)
    if blur_after:
        blur(element.frame)


def options(element: Element, timeout: float) -> list[tuple[str, str]]:
    """Return value and text of each option of a list.

    Raises:
        Error: Playwright's own, when the list does not come in time.
    """
    known = query(element.frame, [element.way], "options")[0]
    if len(known) != 1:
        known = [
            element.locator.evaluate(
                "e => Array.from(e.options).map(o => [o.value, o.text])", timeout=timeout
            )
        ]
    return [(str(value), str(words)) for value, words in known[0]]


def pick(element: Element, index: int, timeout: float) -> None:
    """Choose an option of a list by its number, from 0, and let the page's change handlers run.

    Raises:
        Error: Playwright's own, when it cannot be chosen in time.
    """
    if not change_input(element.frame, element.way, "pick", index, TICK):
        element.locator.select_option(index=index, timeout=timeout)
        _run(element.frame, TICK)


def blur(frame: Frame) -> None:
    """Leave the input that has the focus, so that the page's scripts run; one of them may submit the page."""
    _run(frame, BLUR_SCRIPT)


def _run(frame: Frame, script: str) -> None:
    try:
        frame.evaluate(script)
    except Error:
        return  # the page was submitted
