"""Keeps the one browser and the one login of a run, and replaces them when they are no good any more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from playwright.sync_api import Browser, Error, Playwright

from bots.browser import BrowserSettings, launch
from bots.errors import BrowserGone, LoginRefused, UnexpectedDialog
from bots.evidence import Trace
from bots.model import Bot
from bots.session import Session
from bots.steps import start
from bots.templating import Scope


@dataclass
class Keeper:
    """Give me a logged-in session; throw this one away."""

    started: Playwright
    bot: Bot
    scope: Scope
    settings: BrowserSettings
    traced: bool = True
    refusals: int = 0
    logins: int = 0
    trace: Trace | None = None
    _browser: Browser | None = None
    _session: Session | None = None
    _spent: float = field(default=0.0)

    @property
    def current(self) -> Session | None:
        """The session in use, logged in or not."""
        return self._session

    def system_seconds(self) -> float:
        """Time in which the system was answering page requests, over all sessions so far."""
        return self._spent + (self._session.watch.system_seconds if self._session else 0.0)

    def ensure(self) -> Session:
        """Return a session that is logged in.

        Raises:
            LoginRefused: the page still asks for a login after the login procedure.
            SystemFailure: the system failed during the login.
        """
        if self._session is not None:
            return self._session
        session = self._open()
        self._session = session
        self.trace = Trace(session, self.traced)
        try:
            start(session, replace(self.scope, values={}), "login").run(self.bot.login.steps)
        except UnexpectedDialog as error:
            self.refusals += 1
            raise LoginRefused(
                f"ログインできません。「{error.text}」", f"the login is refused: {error.text!r}"
            ) from error
        if session.is_lost(self.scope):
            self.refusals += 1
            raise LoginRefused(
                "ログインの後もログイン画面のままです。利用者IDとパスワードを確かめてください。",
                "the login page is still there after the login; check the user name and password",
            )
        self.refusals = 0
        self.logins += 1
        self.trace.begin()
        return session

    def _open(self) -> Session:
        if self._browser is None or not self._browser.is_connected():
            self._browser = launch(self.started, self.bot, self.settings)
        try:
            return Session(self._browser, self.bot, self.scope)
        except Error as error:
            self.close()
            raise BrowserGone(
                "ブラウザーが落ちました。", f"the browser is gone: {str(error).splitlines()[0]}"
            ) from error

    def reset(self) -> None:
        """Forget the login: the next ``ensure`` starts with a fresh context and a fresh login."""
        if self._session is not None:
            self._spent += self._session.watch.system_seconds
            self._session.close()
        self._session = None
        self.trace = None

    def close(self) -> None:
        """Close everything."""
        self.reset()
        if self._browser is not None:
            try:
                self._browser.close()
            except Error:
                self._browser = None
        self._browser = None
