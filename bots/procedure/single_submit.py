"""Follows the irreversible step: its request leaves at most once, and the step is over when that was answered.

Chromium repeats a request automatically, even a POST, when a reused connection breaks before the first byte of
the response; a save cut off after the commit is then stored twice without any visible error. So from the
irreversible step on Playwright fetches every request of the context that can save, which it never repeats, and passes
the response to the page. This goes on until each of them was answered, however late a script of the page begins it:
interception that ends while a request is under way makes Chromium send that request a second time.

The same request twice while the first is under way (a double click's handler, a form that submits itself and is
submitted) is one submission; the second is answered with the first one's response.

Remaining risk: Playwright cannot read the bytes of an uploaded file or of a Blob, so the browser itself sends the
request; a doubled row is then only found by ``find``'s ``many``. Systems with integrated Windows login need
``send_once: false``, with the same risk. Messages of a WebSocket are never repeated by the browser.
"""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error

from bots.browser.browser_events import mark
from bots.browser.received_files import ReceivedFile, received_file

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, BrowserContext, Page, Request, Response, Route, WebSocket

# The resource types that can save something; scripts, styles and images are left to the browser.
_SAVING = frozenset({"document", "xhr", "fetch", "ping", "other"})
# A status that asks for the same method and body at another address (RFC 9110, 15.4.8 and 15.4.9); Playwright lets the
# browser follow it unseen, which could repeat it.
_SAME_METHOD = frozenset({307, 308})
_MOST_REDIRECTS = 10
# Scripts that submit twice do so within one turn of the page's event loop; a later request of the same kind is meant.
_TWIN_SECONDS = 0.5
_POLL_MS = 20.0


@dataclass(eq=False)
class _Sent:
    """One request, or one WebSocket message, since the irreversible step."""

    changing: bool
    answered: bool = False
    ended: bool = False
    background: bool = False


@dataclass
class _Fetch:
    """One request that Playwright sends; ``response`` is None until it is answered."""

    started: float
    response: APIResponse | None = None
    ended: bool = False


@dataclass
class Submission:
    """The requests of one irreversible step.

    Attributes:
        context: the browser context whose requests are followed.
        wanted: False leaves the sending to the browser.
        timeout: seconds for one response.
        repeated: what the page has asked for more than once before (``BrowserEvents.repeated``); it neither begins nor
            delays the end of the submission, but is not sent twice either: it could still be what saves.
        under_way: what the page waits for as the step begins (``BrowserEvents.under_way``); left to the browser, since
            nobody knows when it will be answered.
        ignored: patterns of addresses that the bot's author declares as background.
        files: what the system sent instead of a page since the step, oldest first.
    """

    context: BrowserContext
    wanted: bool
    timeout: float
    repeated: frozenset[tuple[str, str, bytes]] = frozenset()
    under_way: frozenset[tuple[str, str, bytes]] = frozenset()
    ignored: tuple[str, ...] = ()
    files: list[ReceivedFile] = field(default_factory=list)
    _latest: float = 0.0
    _sent: dict[object, _Sent] = field(default_factory=dict)
    _fetches: dict[tuple[str, str, bytes], _Fetch] = field(default_factory=dict)
    _under_way: int = 0
    _released: bool = False
    _followed: list[Page] = field(default_factory=list)

    def begin(self) -> None:
        """Follow every request from now on."""
        self._latest = time.monotonic() + self.timeout
        for event, listener in self._listeners():
            self.context.on(event, listener)  # type: ignore[call-overload]
        for page in self.context.pages:
            self._follow(page)
        if self.wanted:
            self.context.route("**/*", self._send_once)

    def end(self) -> None:
        """Leave the requests to the browser again; call it only when nothing is ``pending``."""
        self._released = True
        for event, listener in self._listeners():
            self.context.remove_listener(event, listener)
        for page in self._followed:
            page.remove_listener("websocket", self._websocket)
        if self.wanted:
            try:
                self.context.unroute_all(behavior="ignoreErrors")
            except Error:
                return

    @property
    def sent(self) -> bool:
        """Whether anything was sent since the step began."""
        return any(not one.background for one in self._sent.values())

    @property
    def pending(self) -> bool:
        """Whether something that can save is still without an answer."""
        return self._under_way > 0 or any(not one.ended for one in self._deciding() if not one.background)

    @property
    def overdue(self) -> bool:
        """Whether nobody needs to wait for an answer any longer."""
        return time.monotonic() > self._latest

    @property
    def answered(self) -> bool:
        """Whether the system answered what was sent without an error status."""
        return any(one.answered for one in self._deciding())

    def _deciding(self) -> list[_Sent]:
        """Return what decides the outcome: a page that also fetches news in the background does not save by that."""
        # With nothing else sent the background decides: it could be the save after all, so nothing is entered again.
        own = [one for one in self._sent.values() if not one.background] or list(self._sent.values())
        return [one for one in own if one.changing] or own

    def _listeners(self) -> list[tuple[str, Callable[..., None]]]:
        return [
            ("request", self._requested), ("response", self._responded), ("requestfinished", self._finished),
            ("requestfailed", self._finished), ("page", self._follow),
        ]  # fmt: skip

    # -- what is sent, by whomever ---------------------------------------------------------------------

    def _requested(self, request: Request) -> None:
        if request.resource_type in _SAVING and not self._is_ignored(request.url):
            changing = request.resource_type == "document" or request.method != "GET"
            self._sent[request] = _Sent(changing, background=self._is_background(request))

    def _is_ignored(self, url: str) -> bool:
        return any(fnmatch.fnmatch(url, pattern) for pattern in self.ignored)

    def _is_background(self, request: Request) -> bool:
        """Whether the page asks by itself: the same as before the step, or a frame that loads its own page again."""
        if request.resource_type != "document":
            return mark(request) in self.repeated | self.under_way
        return self._loads_again(request)

    @staticmethod
    def _loads_again(request: Request) -> bool:
        try:
            return request.method == "GET" and request.url == request.frame.url
        except Error:
            return False  # the first page of a window that is just opening

    def _responded(self, response: Response) -> None:
        one = self._sent.get(response.request)
        # 400 and above are the error classes of HTTP (RFC 9110, 15.5 and 15.6).
        if one is not None and response.status < 400:
            one.answered = True

    def _finished(self, request: Request) -> None:
        one = self._sent.get(request)
        if one is not None:
            one.ended = True

    def _follow(self, page: Page) -> None:
        self._followed.append(page)
        page.on("websocket", self._websocket)

    def _websocket(self, socket: WebSocket) -> None:
        def framesent(_: object) -> None:
            self._sent[socket] = _Sent(changing=True)

        def framereceived(_: object) -> None:
            if socket in self._sent:
                self._sent[socket] = _Sent(changing=True, answered=True, ended=True)

        def closed(_: object) -> None:
            if socket in self._sent:
                self._sent[socket].ended = True

        socket.on("framesent", framesent)
        socket.on("framereceived", framereceived)
        socket.on("close", closed)

    # -- sending once ----------------------------------------------------------------------------------

    def _send_once(self, route: Route) -> None:
        request = route.request
        if self._released or self._is_left_alone(request) or _body_is_unreadable(request):
            route.continue_()
            return
        waited_for = not self._is_background(request)
        self._under_way += waited_for
        try:
            response = self._response(route)
            # Redirects go back to the browser, which follows them with its own cookies.
            if response is None:
                _abort(route)
            else:
                file = received_file(response, by_page=request.resource_type == "document")
                self.files += [file] if file is not None else []
                route.fulfill(response=response)
                # A beacon's response is not reported to anybody.
                if request in self._sent and response.status < 400:
                    self._sent[request].answered = True
        except Error:
            _abort(route)
        finally:
            self._under_way -= waited_for

    def _is_left_alone(self, request: Request) -> bool:
        if request.resource_type not in _SAVING or self._is_ignored(request.url):
            return True
        by_page = request.resource_type == "document"
        return self._loads_again(request) if by_page else mark(request) in self.under_way

    def _response(self, route: Route) -> APIResponse | None:
        request = route.request
        same = (request.method, request.url, request.post_data_buffer or b"")
        first = self._fetches.get(same)
        if first is not None and self._is_twin(request, first):
            while not first.ended:
                request.frame.page.wait_for_timeout(_POLL_MS)
            return first.response
        self._fetches[same] = mine = _Fetch(time.monotonic())
        try:
            mine.response = self._fetch(route)
        finally:
            mine.ended = True
        return mine.response

    @staticmethod
    def _is_twin(request: Request, first: _Fetch) -> bool:
        close = time.monotonic() - first.started < _TWIN_SECONDS
        # GET may be repeated at will, except as a page: then it is a form that is sent twice.
        return (request.method != "GET" or request.resource_type == "document") and (not first.ended or close)

    def _fetch(self, route: Route) -> APIResponse:
        url, origin = route.request.url, _origin(route.request.url)
        for _ in range(_MOST_REDIRECTS):
            response = route.fetch(url=url, max_retries=0, max_redirects=0, timeout=self.timeout * 1000)
            following = urljoin(url, response.headers.get("location", ""))
            changing = route.request.method != "GET" and response.status in _SAME_METHOD
            # An address elsewhere is the browser's to refuse or to follow.
            if not changing or _origin(following) != origin:
                return response
            url = following
        return response


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _body_is_unreadable(request: Request) -> bool:
    """Whether Playwright would send the request without the body that the browser has for it."""
    return (
        request.post_data_buffer is None
        and request.method in ("POST", "PUT", "PATCH")
        and bool(request.headers.get("content-type"))
    )


def _abort(route: Route) -> None:
    try:
        route.abort("connectionaborted")
    except Error:
        return  # the page was replaced while the response was awaited
