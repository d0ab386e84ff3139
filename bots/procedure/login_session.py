"""One login of one account: a browser context, its main window, and what is wrong with it right now."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Sequence
from dataclasses import replace
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

from bots.base.crash_points import CrashPoints, go_on
from bots.base.errors import BrowserGone, StepTimeout
from bots.base.text import excerpt
from bots.browser.browser_events import BrowserEvents, DialogExpectation
from bots.browser.dom_query import TICK
from bots.procedure import error_detection
from bots.procedure.conditions import View, page_text
from bots.procedure.error_detection import DetectedErrors
from bots.spec.model.bot import Bot, DialogRule, FrameName, FramePath
from bots.spec.templating import Scope

_NEWS_MS = 100.0
_START_MS = 50.0


def expectations(rules: Sequence[DialogRule], scope: Scope) -> list[DialogExpectation]:
    """Render message-box rules."""
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


class LoginSession:
    """A fresh context each time: cookies and half-filled pages of the last session never come back."""

    def __init__(self, browser: Browser, bot: Bot, scope: Scope, crash_points: CrashPoints = go_on) -> None:
        self.bot = bot
        self.crash_points = crash_points
        self.watch = BrowserEvents(bot.harmless_errors, tuple(expectations(bot.dialogs, scope)))
        self.context: BrowserContext = browser.new_context(
            viewport=ViewportSize(width=bot.browser.window[0], height=bot.browser.window[1]),
            locale="ja-JP",
            accept_downloads=False,
            user_agent=bot.browser.user_agent or None,
            ignore_https_errors=bot.browser.any_certificate,
            http_credentials=_box_login(bot, scope),
        )
        self.context.set_default_timeout(bot.manner.timeout * 1000)
        self.watch.listen(self.context)
        self.page: Page = self.context.new_page()
        self.scope = scope
        self._looked_at: dict[Frame, int] = {}
        self._ready: dict[Frame, int] = {}
        self._devtools: dict[Page, CDPSession] = {}

    def close(self) -> None:
        """Close the context; a browser that is already gone is closed enough."""
        try:
            self.context.close()
        except Error:
            return

    def devtools(self, page: Page) -> CDPSession:
        """The developers' entrance of a window, which Chromium, Chrome and Edge have; one for its whole life."""
        if page not in self._devtools:
            self._devtools[page] = self.context.new_cdp_session(page)
        return self._devtools[page]

    def close_strays(self) -> None:
        """Close windows that an earlier procedure left open."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()

    def view(self, scope: Scope, frames: Sequence[Frame] | None = None) -> View:
        """What a condition of the whole bot looks at: every frame of every window."""
        every = [f for p in self.context.pages for f in p.frames] if frames is None else frames
        return View(every, scope, self.watch.shown, lambda path: self.frame(self.page, path))

    def frame(self, page: Page, path: FramePath) -> Frame | None:
        """Find a frame now; None when it is not there (yet)."""
        current = page.main_frame
        for index, name in enumerate(path):
            below = [current, *_below(current)][1:] if index == 0 else list(current.child_frames)
            following = next((f for f in below if _is(f, name, current)), None)
            if following is None:
                return None
            current = following
        return current

    def wait_frame(self, page: Page, path: FramePath, timeout: float) -> Frame:
        """Find a frame, waiting for it: a frameset's frames appear some time after a login.

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
            page.wait_for_timeout(20)

    def settle(self, page: Page, timeout: float, ticked: bool = False) -> None:
        """Wait until no frame is waiting for a page any more.

        Raises:
            StepTimeout: the system did not answer in time.
        """
        deadline = time.monotonic() + timeout
        if page.is_closed():
            page = self.page
        if not ticked:
            self._tick(page)
        while self.watch.loading:
            if time.monotonic() > deadline:
                raise StepTimeout(
                    f"システムの応答が{timeout:g}秒以内にありませんでした。",
                    f"no answer from the system within {timeout:g} s",
                )
            self._wait_for_news()
        for frame in page.frames:
            # Asking about every frame after every input costs more than typing into it.
            arrived = self.watch.documents[frame]
            if self._ready.get(frame) != arrived and not frame.is_detached() and not page.is_closed():
                self._loaded(frame, max(0.1, deadline - time.monotonic()))
                self._ready[frame] = arrived

    def wait_for_start(self) -> None:
        """A moment, for a page that a click asks for to be on its way."""
        try:
            if not self.watch.loading:
                self.context.wait_for_event("request", timeout=_START_MS)
        except TimeoutError:
            return

    def _wait_for_news(self) -> None:
        """Until a request ends; now and then also without, as it may have failed or its frame may have gone."""
        try:
            self.context.wait_for_event("requestfinished", timeout=_NEWS_MS)
        except TimeoutError:
            return

    @staticmethod
    def _tick(page: Page) -> None:
        try:
            page.evaluate(TICK)
        except Error:
            return  # the page is just being replaced: that is what is waited for next

    @staticmethod
    def _loaded(frame: Frame, timeout: float) -> None:
        try:
            frame.wait_for_load_state("domcontentloaded", timeout=timeout * 1000)
        except Error as error:
            if frame.is_detached():
                return
            raise StepTimeout("ページの読み込みが終わりません。", "a page did not finish loading") from error

    def look(self, scope: Scope, *, guarded: bool, entering: bool) -> None:
        """Raise for whatever went wrong since the last look, see ``bots/procedure/error_detection.py``.

        Args:
            scope: for the templates in the conditions.
            guarded: look for ``session_lost`` (not during login, whose page would look lost).
            entering: look for ``refused`` (only while entering).
        """
        if self.watch.crashed:
            raise BrowserGone("ブラウザーのページが落ちました。", "the browser's page crashed")
        asked = DetectedErrors(self.bot, guarded=guarded, entering=entering)
        error_detection.in_boxes(self.watch, asked, scope)
        error_detection.in_answers(self.watch)
        changed = {
            f: n
            for f, n in self.watch.documents.items()
            if self._looked_at.get(f) != n and not f.is_detached()
        }
        if changed:
            error_detection.on_pages(asked, replace(self.view(scope, list(changed)), dialogs=()))
            self._looked_at |= changed

    def is_lost(self, scope: Scope) -> bool:
        """Whether the pages show a login page."""
        return error_detection.first(self.bot.session_lost, replace(self.view(scope), dialogs=())) is not None

    def words(self) -> str:
        """What all windows show, for a person: the beginning only."""
        texts = (page_text(f) for p in self.context.pages for f in p.frames)
        return excerpt(" / ".join(t for t in texts if t.strip()))


def _box_login(bot: Bot, scope: Scope) -> HttpCredentials | None:
    """What the browser's own login box is answered with, for the system's own address and no other."""
    needs = bot.browser
    if needs.user is None or needs.password is None:
        return None
    user, password = needs.user.render(scope).text, needs.password.render(scope).text
    place = urlsplit(bot.base_url)
    return {"username": user, "password": password, "origin": f"{place.scheme}://{place.netloc}"}


def _below(frame: Frame) -> list[Frame]:
    found: list[Frame] = []
    for child in frame.child_frames:
        found += [child, *_below(child)]
    return found


def _is(frame: Frame, name: FrameName, parent: Frame) -> bool:
    if name.index:
        siblings = parent.child_frames
        return len(siblings) >= name.index and siblings[name.index - 1] == frame
    if name.url:
        pattern = name.url if "*" in name.url else f"*{name.url}*"
        return fnmatch.fnmatchcase(frame.url, pattern)
    return frame.name == name.name
