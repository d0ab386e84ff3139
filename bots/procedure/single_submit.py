"""The one irreversible request leaves this machine at most once.

Chromium sends a request again by itself, POST or not, when a connection that was already open breaks before
the first byte of the answer; a save cut off after the commit is then stored twice and looks fine. So for the
duration of the irreversible step every document and script request of the context is fetched by Playwright,
which never repeats one, and handed to the page.

Risk that remains: Playwright cannot see the bytes of an uploaded file, so a step that sends one goes the
browser's own way; a doubled row is then only found by ``find``'s ``many``. Systems with integrated Windows
login need ``send_once: false`` for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

_SENT = frozenset({"document", "xhr", "fetch", "other"})


@contextmanager
def at_most_once(context: BrowserContext, timeout: float, wanted: bool) -> Iterator[None]:
    """Within the block no request is sent twice by the browser.

    Args:
        context: whose requests.
        timeout: seconds for one answer.
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
        return  # the page went away while the answer was awaited


def _release(context: BrowserContext) -> None:
    try:
        context.unroute_all(behavior="ignoreErrors")
    except Error:
        return
