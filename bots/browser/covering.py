"""Pictures of a window in which passwords and hidden values are covered."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Frame, Locator, Page

_MARK = "data-utsushi-mask"
_MAX_HEIGHT_PX = 4000

_COVER = resources.files("bots.browser").joinpath("page_scripts/mask.js").read_text(encoding="utf-8")
_COVER = _COVER[_COVER.index("([values") :].strip()
_MARK_THESE = "(elements, mark) => elements.forEach((e) => e.setAttribute(mark, ''))"
_UNCOVER = """(mark) => {
  document.getElementById(mark)?.remove();
  const hosts = (root) => [...root.querySelectorAll('*')].filter((e) => e.shadowRoot);
  const roots = (root) => [root, ...hosts(root).flatMap((e) => roots(e.shadowRoot))];
  roots(document).forEach((root) => root.querySelectorAll(`[${mark}]`).forEach((e) => e.removeAttribute(mark)));
}"""


def covered_png(
    page: Page, devtools: CDPSession, hidden: Collection[str], more: Sequence[tuple[Frame, Locator]] = ()
) -> bytes:
    """Take a picture of a window with its passwords and hidden values blacked out.

    The window becomes as tall as its tallest frame and stays so: shrinking it takes as long as a picture.

    Args:
        page: the window.
        devtools: its DevTools session.
        hidden: values that no picture may show.
        more: elements to black out as well, with the frames in which they are.

    Raises:
        Error: the window has closed, or a frame could not be covered, so no picture may be taken.
    """
    frames = page.frames
    touched: set[Frame] = {frame for frame, _ in more}
    try:
        for _, place in more:
            place.evaluate_all(_MARK_THESE, _MARK)
        if _grow_window(page, _cover(frames, hidden, touched)):
            _cover(frames, hidden, touched)
        # Playwright's own screenshot waits for two more animation frames and compresses twice as long.
        taken = devtools.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    finally:
        for frame in touched:
            _uncover(frame)
    return base64.b64decode(taken["data"])


def _cover(frames: Sequence[Frame], hidden: Collection[str], touched: set[Frame]) -> int:
    """Cover every frame; return the pixels by which the tallest exceeds the window.

    Frames that have to be uncovered again are added to ``touched``.

    Raises:
        Error: an attached frame could not be covered.
    """
    tallest = 0
    for frame in frames:
        try:
            more, boxes = frame.evaluate(_COVER, [sorted(hidden), _MARK])
        except Error:
            touched.add(frame)
            if not frame.is_detached():
                raise
            continue
        tallest = max(tallest, int(more))
        if boxes:
            touched.add(frame)
    return tallest


def _grow_window(page: Page, more: int) -> bool:
    """Make the window taller by ``more`` pixels, so that a frameset shows everything; return whether it was."""
    size = page.viewport_size
    if size is None or more <= 0 or size["height"] >= _MAX_HEIGHT_PX:
        return False
    page.set_viewport_size({"width": size["width"], "height": min(size["height"] + more, _MAX_HEIGHT_PX)})
    return True


def _uncover(frame: Frame) -> None:
    try:
        frame.evaluate(_UNCOVER, _MARK)
    except Error:
        return  # the frame went away
