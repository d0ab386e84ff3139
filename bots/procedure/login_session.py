"""One login of one account: a browser context, its main window, and its error state."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (  # fmt: skip
    Browser,
    BrowserContext,
    CDPSession,
    Error,
    Frame,
    HttpCredentials,
    Page,
    TimeoutError,
    ViewportSize,
)

from bots.base.crash_points import CrashPoints, no_crash
from bots.base.errors import BrowserGone, SecretMissing, StepTimeout
from bots.base.text import excerpt
from bots.browser.browser_events import BrowserEvents, DialogExpectation
from bots.browser.dom_query import TICK
from bots.procedure import error_detection
from bots.procedure.conditions import PageView, page_text
from bots.procedure.error_detection import ErrorConditions
from bots.spec.model.bot import Bot, DialogRule, FrameName, FramePath
from bots.spec.templating import Scope

_POLL_MS = 100.0
# How long an event is trusted to come before the page itself is asked.
_LOAD_ASK_MS = 500.0
_NO_PRINTING = """window.print = () => {
  for (const name of ['beforeprint', 'afterprint']) window.dispatchEvent(new Event(name));
};"""
# How long a click's own page request may take to start; most clicks request nothing, so each one pays this.
_REQUEST_START_MS = 50.0


def render_dialog_rules(rules: Sequence[DialogRule], scope: Scope) -> list[DialogExpectation]:
    """Render message-box rules with the values of a scope."""
    return [
        DialogExpectation(
            r.text.render(scope).text,
            r.kind,
            r.answer == "accept",
            r.write.render(scope).text if r.write is not None else None,
            r.optional,
        )
        for r in rules
    ]


def _has_loaded(frame: Frame) -> bool:
    # Playwright misses it where a script of the page asks for a file, which never becomes a page.
    try:
        return bool(frame.evaluate("document.readyState !== 'loading'"))
    except Error:
        return False  # another page is just coming


class LoginSession:
    """A new browser context for each login: no cookies and no half-filled pages of the previous session."""

    def __init__(
        self, browser: Browser, bot: Bot, scope: Scope, crash_points: CrashPoints = no_crash
    ) -> None:
        self.bot = bot
        self.crash_points = crash_points
        self.events = BrowserEvents(bot.harmless_errors, tuple(render_dialog_rules(bot.dialogs, scope)))
        # The locale decides the language of error pages and the format of date inputs.
        self.context: BrowserContext = browser.new_context(
            viewport=ViewportSize(width=bot.browser.window[0], height=bot.browser.window[1]),
            locale=bot.browser.language,
            # A downloaded file would stay on this machine with people's data in it.
            accept_downloads=False,
            user_agent=bot.browser.user_agent or None,
            ignore_https_errors=bot.browser.any_certificate,
            http_credentials=_http_credentials(bot, scope),
            client_certificates=_client_certificates(bot, scope),
            # A worker would send requests that nobody outside it sees, and repeat them when it likes.
            service_workers="block",
        )
        # The print window of a browser that can be seen waits for a person; pages wait for its end.
        self.context.add_init_script(_NO_PRINTING)
        self.context.set_default_timeout(bot.policy.timeout * 1000)
        self.events.listen(self.context)
        self.page: Page = self.context.new_page()
        self.scope = scope
        self._checked_documents: dict[Frame, int] = {}
        self._ready: dict[Frame, int] = {}
        self._devtools: dict[Page, CDPSession] = {}

    def close(self) -> None:
        """Close the context; does nothing when the browser has already closed."""
        try:
            self.context.close()
        except Error:
            return

    def devtools(self, page: Page) -> CDPSession:
        """Return the window's DevTools protocol session (Chromium, Chrome, Edge); opened once per window."""
        if page not in self._devtools:
            self._devtools[page] = self.context.new_cdp_session(page)
        return self._devtools[page]

    def close_extra_windows(self) -> None:
        """Close windows that an earlier procedure left open."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()

    def view(self, scope: Scope, frames: Sequence[Frame] | None = None) -> PageView:
        """Return the view of a condition of the whole bot: every frame of every window."""
        every = [f for p in self.context.pages for f in p.frames] if frames is None else frames
        return PageView(every, scope, self.events.dialog_texts, lambda path: self.frame(self.page, path))

    def frame(self, page: Page, path: FramePath) -> Frame | None:
        """Return a frame; None when it does not exist (yet)."""
        current = page.main_frame
        for index, name in enumerate(path):
            # The first name may stand at any depth: framesets are nested in frames that no step names.
            below = [current, *_descendants(current)][1:] if index == 0 else list(current.child_frames)
            following = next((f for f in below if _frame_matches(f, name, current)), None)
            if following is None:
                return None
            current = following
        return current

    def wait_frame(self, page: Page, path: FramePath, timeout: float) -> Frame:
        """Return a frame, after waiting for it: a frameset's frames appear some time after a login.

        Raises:
            StepTimeout: it did not appear.
        """
        deadline = time.monotonic() + timeout
        while True:
            frame = self.frame(page, path)
            if frame is not None:
                return frame
            if time.monotonic() > deadline:
                words = " > ".join(map(str, path))
                raise StepTimeout(f"フレーム「{words}」がありません。", f"the frame {words!r} did not appear")
            # Playwright's wait, not time.sleep: events are only delivered while it runs.
            page.wait_for_timeout(20)

    def wait_until_loaded(self, page: Page, timeout: float, ticked: bool = False) -> None:
        """Wait until no frame is waiting for a page.

        Args:
            page: the window to wait for; the main window when it has closed.
            timeout: seconds.
            ticked: the page's event loop has turned since the action, so a submit by a script has started.

        Raises:
            StepTimeout: the system did not answer in time.
        """
        deadline = time.monotonic() + timeout
        if page.is_closed():
            page = self.page
        if not ticked:
            self._tick(page)
        while self.events.loading:
            if time.monotonic() > deadline:
                raise StepTimeout(
                    f"システムの応答が{timeout:g}秒以内にありませんでした。",
                    f"no answer from the system within {timeout:g} s",
                )
            self._wait_for_request_end()
        for frame in page.frames:
            # Checking every frame after every input would cost more time than typing into it.
            arrived = self.events.documents[frame]
            if self._ready.get(frame) != arrived and not frame.is_detached() and not page.is_closed():
                self._loaded(frame, max(0.1, deadline - time.monotonic()))
                self._ready[frame] = arrived

    def wait_for_start(self) -> None:
        """Wait briefly for the page request that a click may cause."""
        try:
            # Without a request already running, the click's own may still be on its way.
            if not self.events.loading:
                self.context.wait_for_event("request", timeout=_REQUEST_START_MS)
        except TimeoutError:
            return

    def _wait_for_request_end(self) -> None:
        """Wait until a request ends, or for ``_POLL_MS``: it may have failed, or its frame may be gone."""
        try:
            self.context.wait_for_event("requestfinished", timeout=_POLL_MS)
        except TimeoutError:
            return

    @staticmethod
    def _tick(page: Page) -> None:
        try:
            page.evaluate(TICK)
        except Error:
            return  # the page is being replaced; the caller waits for that next

    @staticmethod
    def _loaded(frame: Frame, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            rest = deadline - time.monotonic()
            try:
                # 0 would be without a limit.
                return frame.wait_for_load_state(
                    "domcontentloaded", timeout=max(1.0, min(rest * 1000, _LOAD_ASK_MS))
                )
            except Error as error:
                if frame.is_detached() or _has_loaded(frame):
                    return
                if rest < 0:
                    raise StepTimeout(
                        "ページの読み込みが終わりません。", "a page did not finish loading"
                    ) from error

    def check_errors(self, scope: Scope, *, logged_in: bool, entering: bool, in_place: bool = False) -> None:
        """Raise for any error since the last check, see ``bots/procedure/error_detection.py``.

        Args:
            scope: for the templates in the conditions.
            logged_in: check for ``session_lost`` (not during login, whose page satisfies the same condition).
            entering: check for ``refused`` (only while entering).
            in_place: check pages that were checked before, too: a script may have changed them since.
        """
        if self.events.crashed:
            raise BrowserGone("ブラウザーのページが落ちました。", "the browser's page crashed")
        conditions = ErrorConditions(self.bot, logged_in=logged_in, entering=entering)
        error_detection.check_dialogs(self.events, conditions, scope)
        error_detection.check_responses(self.events)
        changed = {
            f: n
            for f, n in self.events.documents.items()
            if (in_place or self._checked_documents.get(f) != n) and not f.is_detached()
        }
        if changed:
            # Without the message boxes, which have just been checked.
            error_detection.check_pages(conditions, replace(self.view(scope, list(changed)), dialogs=()))
            self._checked_documents |= changed

    def is_lost(self, scope: Scope) -> bool:
        """Whether the pages show a login page."""
        return (
            error_detection.first_match(self.bot.session_lost, replace(self.view(scope), dialogs=()))
            is not None
        )

    def visible_text(self, first: Frame | None = None) -> str:
        """Return the beginning of the text that all windows show, for messages; that of one frame before the others."""
        frames = [f for p in self.context.pages for f in p.frames]
        texts = (page_text(f) for f in sorted(frames, key=lambda f: f is not first))
        return excerpt(" / ".join(t for t in texts if t.strip()))


def _http_credentials(bot: Bot, scope: Scope) -> HttpCredentials | None:
    """Return the credentials for HTTP authentication; they are sent to the system's own origin only."""
    needs = bot.browser
    if needs.user is None or needs.password is None:
        return None
    user, password = needs.user.render(scope).text, needs.password.render(scope).text
    place = urlsplit(bot.base_url)
    return {"username": user, "password": password, "origin": f"{place.scheme}://{place.netloc}"}


def _client_certificates(bot: Bot, scope: Scope) -> list[Any] | None:
    """Return the certificate that the machine shows to the system's own origin.

    Raises:
        SecretMissing: the file is not there.
    """
    needs = bot.browser
    if needs.certificate is None:
        return None
    file = Path(needs.certificate.render(scope).text)
    if not file.is_file():
        raise SecretMissing(
            f"クライアント証明書のファイル {file.name} がありません ({needs.certificate.source})。",
            f"there is no client certificate {file.name}, which {needs.certificate.source} names",
        )
    place = urlsplit(bot.base_url)
    shown: dict[str, Any] = {"origin": f"{place.scheme}://{place.netloc}"}
    if file.suffix.lower() in (".pfx", ".p12"):
        shown["pfxPath"] = file
    else:
        shown["certPath"] = shown["keyPath"] = file
    if needs.passphrase is not None:
        shown["passphrase"] = needs.passphrase.render(scope).text
    return [shown]


def _descendants(frame: Frame) -> list[Frame]:
    found: list[Frame] = []
    for child in frame.child_frames:
        found += [child, *_descendants(child)]
    return found


def _frame_matches(frame: Frame, name: FrameName, parent: Frame) -> bool:
    if name.index:
        siblings = parent.child_frames
        return len(siblings) >= name.index and siblings[name.index - 1] == frame
    if name.url:
        pattern = name.url if "*" in name.url else f"*{name.url}*"
        return fnmatch.fnmatchcase(frame.url, pattern)
    return frame.name == name.name
