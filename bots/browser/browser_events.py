"""Events of a browser context: pages that load or fail, message boxes, new windows.

One ``BrowserEvents`` listens to one browser context. It answers message boxes by the rules given, records
unexpected ones, and counts the documents that each frame has loaded, so that a stale search result can be
distinguished from a fresh one.
"""

from __future__ import annotations

import fnmatch
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import Error

from bots.base.text import without_spaces
from bots.browser.dom_query import forget_page

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Frame, Page, Request, Response

_UNAUTHORIZED = 401
_ABORTED = "net::ERR_ABORTED"
# Resources without which a page cannot be used; images and fonts are not waited for.
_AWAITED = frozenset({"document", "script", "stylesheet", "xhr", "fetch"})


# A page asks by these without being left.
_BY_SCRIPT = frozenset({"xhr", "fetch", "ping"})


def mark(request: Request) -> tuple[str, str, bytes]:
    """Return what tells one request from another: method, address (of a GET with its numbers made equal), and body."""
    # Polling scripts put the time into the address, so that no cache answers. No cache answers a POST, whose numbers
    # may name the step of an application instead.
    url = re.sub(r"\d+", "0", request.url) if request.method == "GET" else request.url
    return request.method, url, request.post_data_buffer or b""


@dataclass(frozen=True)
class DialogExpectation:
    """A rendered ``DialogRule``."""

    text: str
    kind: str = ""
    accept: bool = True
    write: str | None = None
    optional: bool = False

    def matches(self, kind: str, text: str) -> bool:
        """Whether the message box is the expected one."""
        return self.kind in ("", kind) and without_spaces(self.text) in without_spaces(text)


@dataclass(frozen=True)
class PageFailure:
    """A page that arrived with an error status (``status`` > 0) or did not arrive (0).

    ``asks_for`` are the kinds of login that the server itself wants (the challenges of a status 401).
    """

    url: str
    status: int
    words: str
    asks_for: str = ""


@dataclass
class BrowserEvents:
    """Mutable record of one context's events; read it between steps."""

    harmless: Sequence[str] = ()
    default_rules: tuple[DialogExpectation, ...] = ()
    expected_dialogs: list[DialogExpectation] = field(default_factory=list)
    unexpected: list[tuple[str, str]] = field(default_factory=list)
    dialog_texts: list[str] = field(default_factory=list)
    failures: list[PageFailure] = field(default_factory=list)
    documents: Counter[Frame] = field(default_factory=Counter)
    total_documents: int = 0
    crashed: bool = False
    system_seconds: float = 0.0
    # Requests for pages, and requests for all awaited resources, with their monotonic start.
    _asked: Counter[tuple[str, str, bytes]] = field(default_factory=Counter)
    _in_flight: set[Request] = field(default_factory=set)
    _awaited: dict[Request, float] = field(default_factory=dict)
    _responded_frames: set[Frame] = field(default_factory=set)
    _busy_until: float = 0.0

    def listen(self, context: BrowserContext) -> None:
        """Subscribe to everything."""
        context.on("request", self._requested)
        context.on("response", self._responded)
        context.on("requestfinished", self._finished)
        context.on("requestfailed", self._failed)
        context.on("dialog", self._dialog)
        context.on("page", self._page)

    @property
    def loading(self) -> bool:
        """Whether a frame is waiting for a page."""
        return bool(self._in_flight)

    def clear(self) -> None:
        """Drop the events of the last Record; the counters continue."""
        self.expected_dialogs.clear()
        self.unexpected.clear()
        self.dialog_texts.clear()
        self.failures.clear()
        self._asked.clear()

    def repeated(self) -> frozenset[tuple[str, str, bytes]]:
        """Return, by ``mark``, what scripts have asked for more than once since ``clear``: a ping, a fresh list."""
        return frozenset(one for one, times in self._asked.items() if times > 1)

    def under_way(self) -> frozenset[tuple[str, str, bytes]]:
        """Return, by ``mark``, what scripts are waiting for now and no step has been waiting for: a long poll."""
        return frozenset(mark(r) for r in self._awaited if r.resource_type in _BY_SCRIPT)

    def _page(self, page: Page) -> None:
        page.on("framenavigated", self._navigated)
        page.on("crash", self._crash)
        page.on("framedetached", self._detached)

    def _crash(self, _: Page) -> None:
        self.crashed = True

    def _detached(self, frame: Frame) -> None:
        for request in [r for r in self._in_flight if _frame_of(r) == frame]:
            self._in_flight.discard(request)

    def _requested(self, request: Request) -> None:
        if request.resource_type in _AWAITED:
            self._awaited[request] = time.monotonic()
        if request.resource_type in _BY_SCRIPT:
            self._asked[mark(request)] += 1
        if request.is_navigation_request():
            self._in_flight.add(request)

    def _responded(self, response: Response) -> None:
        request = response.request
        if not request.is_navigation_request():
            return
        # 400 and above are the error classes of HTTP (RFC 9110, 15.5 and 15.6).
        if response.status >= 400 and not self._is_harmless(request.url):
            asks_for = (
                response.headers.get("www-authenticate", "") if response.status == _UNAUTHORIZED else ""
            )
            self.failures.append(
                PageFailure(request.url, response.status, response.status_text, asks_for.replace("\n", ", "))
            )
        frame = _frame_of(request)
        # A redirect is followed by another response for the same navigation; only the last one is a document.
        if frame is not None and not 300 <= response.status < 400:
            self._responded_frames.add(frame)

    def _navigated(self, frame: Frame) -> None:
        forget_page(frame)
        # A jump to #anchor navigates without a request: not a new document.
        if frame in self._responded_frames:
            self._responded_frames.discard(frame)
            self.documents[frame] += 1
            self.total_documents += 1

    def _finished(self, request: Request) -> None:
        self._request_ended(request)

    def _failed(self, request: Request) -> None:
        if request in self._in_flight:
            words = request.failure or ""
            # A page that submits itself again aborts the navigation before it; that is not a failure.
            if words != _ABORTED and not self._is_harmless(request.url):
                self.failures.append(PageFailure(request.url, 0, words))
        self._request_ended(request)

    def _request_ended(self, request: Request) -> None:
        self._in_flight.discard(request)
        started = self._awaited.pop(request, None)
        if started is None:
            return
        # Requests that overlap are counted once: a frameset's pages come side by side.
        now = time.monotonic()
        # The end event is delivered late when the bot was busy, so the browser's own timing limits the start.
        took = request.timing.get("responseEnd", -1) / 1000
        if took > 0:
            started = max(started, now - took)
        self.system_seconds += max(0.0, now - max(started, self._busy_until))
        self._busy_until = max(self._busy_until, now)

    def _is_harmless(self, url: str) -> bool:
        return any(fnmatch.fnmatch(url, pattern) for pattern in self.harmless)

    def _dialog(self, dialog: Dialog) -> None:
        # "Leave this page?" is asked by the browser, not by the system; the bot has decided to leave already.
        if dialog.type == "beforeunload":
            _answer(dialog, DialogExpectation(""))
            return
        self.dialog_texts.append(dialog.message)
        rule = next((r for r in self.expected_dialogs if r.matches(dialog.type, dialog.message)), None)
        if rule is not None:
            self.expected_dialogs.remove(rule)
        else:
            rule = next((r for r in self.default_rules if r.matches(dialog.type, dialog.message)), None)
        if rule is None:
            self.unexpected.append((dialog.type, dialog.message))
        _answer(dialog, rule)


def _frame_of(request: Request) -> Frame | None:
    """Return the frame that a page request is for; None for the first page of a window that is just opening."""
    try:
        return request.frame
    except Error:
        return None


def _answer(dialog: Dialog, rule: DialogExpectation | None) -> None:
    """Answer a message box; an unexpected one is dismissed, the answer that changes nothing."""
    try:
        if rule is None or not rule.accept:
            dialog.dismiss()
        elif rule.write is not None:
            dialog.accept(rule.write)
        else:
            dialog.accept()
    except Error:
        return  # its page closed first
