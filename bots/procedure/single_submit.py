"""Sends the irreversible request at most once.

Chromium repeats a request automatically, even a POST, when a reused connection breaks before the first byte of
the response; a save cut off after the commit is then stored twice without any visible error. So during the
irreversible step Playwright fetches every document and script request of the context, which it never repeats,
and passes the response to the page.

Remaining risk: Playwright cannot read the bytes of an uploaded file, so the browser itself sends the request of
a step that uploads one; a doubled row is then only found by ``find``'s ``many``. Systems with integrated Windows
login need ``send_once: false``, with the same risk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

# The resource types that can save something; scripts, styles and images are left to the browser.
_SENT = frozenset({"document", "xhr", "fetch", "other"})


@contextmanager
def at_most_once(context: BrowserContext, timeout: float, wanted: bool) -> Iterator[None]:
    """Prevent the browser from sending a request twice within the block.

    Args:
        context: the browser context whose requests are intercepted.
        timeout: seconds for one response.
        wanted: False leaves everything to the browser.
    """
    if not wanted:
        yield
        return

    def once(route: Route) -> None:
        if route.request.resource_type not in _SENT:
            route.continue_()
            return
        try:
            # Redirects go back to the browser, which follows them with its own cookies.
            route.fulfill(response=route.fetch(max_retries=0, max_redirects=0, timeout=timeout * 1000))
        except Error:
            _abort(route)

    context.route("**/*", once)
    try:
        yield
    finally:
        _release(context)


def _abort(route: Route) -> None:
    try:
        route.abort("connectionaborted")
    except Error:
        return  # the page was replaced while the response was awaited


def _release(context: BrowserContext) -> None:
    try:
        context.unroute_all(behavior="ignoreErrors")
    except Error:
        return
