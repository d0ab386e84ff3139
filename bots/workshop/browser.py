"""The supervised browser: a person sees its pictures and says what to do; message boxes stay open until answered.

Playwright's click does not return while a message box is open. Each act therefore runs in a greenlet of its own, as
Playwright's event handlers do, and the caller goes on as soon as the act is done or a box is open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from greenlet import greenlet
from playwright.sync_api import Error, TimeoutError, ViewportSize

from bots.browser.browser_events import BrowserEvents
from bots.browser.covering import covered_png
from bots.browser.launch import BrowserSettings, launch_for
from bots.run.grants import Grants
from bots.workshop.errors import WorkshopError

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        CDPSession,
        Dialog,
        Download,
        Frame,
        Page,
        Playwright,
        Request,
        Response,
    )

ACT_MS = 10_000
# A page that polls its server is never quiet; the person sees it anyway.
_SETTLE_SECONDS = 12.0
# Scripts draw what an answer brought a moment after it came.
_QUIET_SECONDS = 0.2
_OLD = (
    "() => (document.documentElement.outerHTML.match(/showModalDialog|ActiveXObject|vbscript/i) || [''])[0]"
)
Hint = dict[str, str]


class _HeldEvents(BrowserEvents):
    """Events of the context; a message box is held open instead of being answered by rules."""

    held: Dialog | None = None

    def _dialog(self, dialog: Dialog) -> None:
        # The browser itself asks whether to leave a page; a run of the bot always leaves.
        if dialog.type == "beforeunload":
            dialog.accept()
        else:
            self.held = dialog

    @property
    def busy(self) -> bool:
        """Whether something is being loaded."""
        return bool(self._in_flight or self._awaited)


@dataclass
class _Act:
    """One act in a greenlet of its own, so that it may wait while the caller does not."""

    action: Callable[[], object]
    done: bool = False
    error: Exception | None = None

    def start(self) -> None:
        greenlet(self._run).switch()

    def _run(self) -> None:
        try:
            self.action()
        except Exception as error:
            self.error = error
        finally:
            self.done = True


@dataclass
class SupervisedBrowser:
    """One browser with its windows; ``page`` is the one that the person sees."""

    started: Playwright
    grants: Grants
    needs: Mapping[str, Any] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    origin: str = ""
    hints: list[Hint] = field(default_factory=list)
    methods: dict[Frame, str] = field(default_factory=dict)
    _devtools: dict[Page, CDPSession] = field(default_factory=dict)
    _act: _Act | None = None

    def __post_init__(self) -> None:
        settings = BrowserSettings(executable=self.grants.browser)
        self._browser: Browser = launch_for(self.started, self.grants.hosts, settings)
        width, height = self.needs.get("window", (1280, 960))
        credentials: Any = None
        if self.login is not None:
            # To the system's own origin only, as in a run.
            credentials = {"username": self.login[0], "password": self.login[1], "origin": self.origin}
        self.context = self._browser.new_context(
            viewport=ViewportSize(width=width, height=height),
            locale=self.needs.get("language", "ja-JP"),
            # A downloaded file would stay on this machine with people's data in it.
            accept_downloads=False,
            user_agent=self.needs.get("user_agent") or None,
            ignore_https_errors=self.needs.get("any_certificate", False),
            http_credentials=credentials,
            service_workers="block",
        )
        self.context.set_default_timeout(ACT_MS)
        self.events = _HeldEvents()
        self.events.listen(self.context)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._responded)
        self.context.on("page", self._opened)
        self.page: Page = self.context.new_page()

    def close(self) -> None:
        """Close the browser; does nothing when it has gone already."""
        try:
            self._browser.close()
        except Error:
            return

    @property
    def alive(self) -> bool:
        """Whether the browser can be used."""
        return self._browser.is_connected() and any(not p.is_closed() for p in self.context.pages)

    @property
    def dialog(self) -> Dialog | None:
        """The message box that waits for an answer."""
        return self.events.held

    def windows(self) -> list[Page]:
        """Return the open windows in the order in which they were opened."""
        return [page for page in self.context.pages if not page.is_closed()]

    # -- acting ----------------------------------------------------------------------------------------

    def do(self, action: Callable[[], object]) -> None:
        """Act, and wait until the pages are still or a message box is open.

        Raises:
            WorkshopError: the act was not possible.
        """
        act = self._act = _Act(action)
        # The loop is Playwright's own, in whose context its event handlers run as well.
        asyncio.get_running_loop().call_soon(act.start)
        self._wait(act)

    def answer(self, accept: bool, text: str | None) -> None:
        """Answer the open message box, and wait for the rest of the act that raised it."""
        dialog, self.events.held = self.events.held, None
        if dialog is None:
            raise WorkshopError("メッセージは開いていません。", "no message box is open")
        try:
            if not accept:
                dialog.dismiss()
            elif text is not None and dialog.type == "prompt":
                dialog.accept(text)
            else:
                dialog.accept()
        except Error as error:
            # Its page may have closed by itself.
            self.hints.append(_said("メッセージは自動的に閉じました。", str(error).splitlines()[0]))
        self._wait(self._act or _Act(lambda: None, done=True))

    def _wait(self, act: _Act) -> None:
        deadline, quiet_since = time.monotonic() + _SETTLE_SECONDS, time.monotonic()
        while self.events.held is None and time.monotonic() < deadline:
            self._pump(30)
            if self.events.busy or not act.done:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > _QUIET_SECONDS:
                break
        self._leave_closed_windows()
        if act.error is not None:
            error, act.error = act.error, None
            raise error if not isinstance(error, Error) else _as_workshop_error(error)

    def _pump(self, milliseconds: float) -> None:
        """Let the browser's events come in."""
        try:
            self.context.wait_for_event("close", timeout=milliseconds)
        except TimeoutError:
            return
        except Error as error:
            raise WorkshopError(
                "ブラウザーが閉じました。もう一度開いてください。", "the browser is gone"
            ) from error

    def _leave_closed_windows(self) -> None:
        if self.page.is_closed() and self.windows():
            self.page = self.windows()[-1]

    # -- showing ---------------------------------------------------------------------------------------

    def png(self, hidden: frozenset[str]) -> bytes:
        """Take a picture of the window, with passwords and hidden values covered.

        Raises:
            WorkshopError: it has closed, or cannot be covered.
        """
        page = self.page
        if page not in self._devtools:
            self._devtools[page] = self.context.new_cdp_session(page)
        try:
            return covered_png(page, self._devtools[page], hidden)
        except Error as error:
            raise _as_workshop_error(error) from error

    def old_techniques(self) -> list[Hint]:
        """Return a hint when the pages use what only Internet Explorer had."""
        for frame in self.page.frames:
            try:
                found = frame.evaluate(_OLD)
            except Error:
                continue
            if found:
                return [
                    _said(
                        f"この画面は Internet Explorer の機能 ({found}) を使っています。ボットでは動きません。"
                        "ファイル取込を検討してください。",
                        f"this page uses {found}, which only Internet Explorer has; consider a file import",
                    )
                ]
        return []

    # -- events ----------------------------------------------------------------------------------------

    def _opened(self, page: Page) -> None:
        page.on("download", self._downloaded)

    def _downloaded(self, download: Download) -> None:
        name = download.suggested_filename
        self.hints.append(
            _said(f"ダウンロード「{name}」は保存しません。", f"the download {name!r} is not kept")
        )

    def _responded(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request():
            try:
                self.methods[request.frame] = request.method
            except Error:
                return  # the first page of a window that is just opening: fetched by GET

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if host and host not in self.grants.hosts:
            hint = _said(
                f"「{host}」への接続は許可されていません。", f"{host} is not granted and was not reached"
            )
            if hint not in self.hints:
                self.hints.append(hint)


def _said(ja: str, en: str) -> Hint:
    return {"ja": ja, "en": en}


def _as_workshop_error(error: Error) -> WorkshopError:
    line = str(error).splitlines()[0]
    if "net::" in line:
        return WorkshopError(
            "この画面を開けません。アドレスと接続先のシステムを確かめてください。",
            f"the page cannot be opened: {line}",
        )
    if isinstance(error, TimeoutError):
        return WorkshopError(
            "この要素は操作できませんでした。隠れているか、使えない状態です。",
            f"the element cannot be used now: {line}",
        )
    return WorkshopError("操作できませんでした。画面を読み直してください。", f"that did not work: {line}")
