"""Keeps the one browser and the one login of a run, and replaces them when they are no good any more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from playwright.sync_api import Browser, Error, Playwright

from bots.base.crash_points import CrashPoints, go_on
from bots.base.errors import BrowserGone, LoginRefused, SystemFailure, UnexpectedDialog
from bots.browser.launch import BrowserSettings, launch
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.dispatch import start
from bots.run.evidence import Trace, TraceMode
from bots.spec.model.bot import Bot
from bots.spec.templating import Scope


@dataclass
class SessionManager:
    """Give me a logged-in session; throw this one away."""

    started: Playwright
    bot: Bot
    scope: Scope
    settings: BrowserSettings
    trace_mode: TraceMode = "repeated"
    crash_points: CrashPoints = go_on
    troubled: bool = False
    refusals: int = 0
    trace: Trace | None = None
    _browser: Browser | None = None
    _session: LoginSession | None = None
    _spent: float = field(default=0.0)

    @property
    def current(self) -> LoginSession | None:
        """The session in use, logged in or not."""
        return self._session

    def system_seconds(self) -> float:
        """Time in which the system was answering page requests, over all sessions so far."""
        return self._spent + (self._session.watch.system_seconds if self._session else 0.0)

    def ensure(self) -> LoginSession:
        """Return a session that is logged in.

        Raises:
            LoginRefused: the page still asks for a login after the login procedure.
            SystemFailure: the system failed during the login.
        """
        if self._session is not None:
            return self._session
        session = self._open()
        self._session = session
        self.trace = Trace(session)
        self._log_in(session)
        self.refusals = 0
        self.trace_again()
        return session

    def _log_in(self, session: LoginSession) -> None:
        try:
            start(session, replace(self.scope, values={}), "login").run(self.bot.login.steps)
        except UnexpectedDialog as error:
            self.refusals += 1
            raise LoginRefused(
                f"ログインできません。「{error.text}」", f"the login is refused: {error.text!r}"
            ) from error
        except SystemFailure:
            # Still on the login page though the system has answered: it did not let us in.
            if session.watch.loading or session.watch.failures or not session.is_lost(self.scope):
                raise
        if session.is_lost(self.scope):
            self.refusals += 1
            raise LoginRefused(
                "ログインの後もログイン画面のままです。利用者IDとパスワードを確かめてください。",
                "the login page is still there after the login; check the user name and password",
            )

    def trace_again(self) -> None:
        """Record what comes, if this run's setting and what happened so far ask for it."""
        wanted = self.trace_mode == "always" or (self.trace_mode == "repeated" and self.troubled)
        if self.trace is not None and wanted:
            self.trace.begin()

    def calm(self) -> None:
        """A Record is settled: what was recorded of it is not needed any more."""
        self.troubled = False
        if self.trace is not None:
            self.trace.drop()
        self.trace_again()

    def _open(self) -> LoginSession:
        if self._browser is None or not self._browser.is_connected():
            self._browser = launch(self.started, self.bot, self.settings)
        try:
            return LoginSession(self._browser, self.bot, self.scope, self.crash_points)
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
