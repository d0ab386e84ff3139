"""Owns the browser and the login of a run, and replaces them when they cannot be used any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from playwright.sync_api import Browser, BrowserContext, Error, Playwright

from bots.base.crash_points import CrashPoints, no_crash
from bots.base.errors import BrowserGone, LoginRefused, SystemFailure, UnexpectedDialog
from bots.browser.launch import BrowserSettings, launch
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.dispatch import start
from bots.run.evidence import Trace, TraceMode
from bots.spec.model.bot import Bot
from bots.spec.templating import Scope


@dataclass
class SessionManager:
    """Provides a logged-in session (``ensure``) and discards it (``reset``).

    ``refusals`` counts refused logins in a row; ``had_failure`` is true after a failed attempt at the present Record.
    """

    started: Playwright
    bot: Bot
    scope: Scope
    settings: BrowserSettings
    trace_mode: TraceMode = "repeated"
    crash_points: CrashPoints = no_crash
    on_browser: Callable[[BrowserContext], None] | None = None
    had_failure: bool = False
    refusals: int = 0
    trace: Trace | None = None
    _browser: Browser | None = None
    _session: LoginSession | None = None
    _past_system_seconds: float = field(default=0.0)

    @property
    def current(self) -> LoginSession | None:
        """The session in use, logged in or not."""
        return self._session

    def system_seconds(self) -> float:
        """Return the time in which the system was answering page requests, over all sessions so far."""
        return self._past_system_seconds + (self._session.events.system_seconds if self._session else 0.0)

    def ensure(self) -> LoginSession:
        """Return a session that is logged in.

        Raises:
            LoginRefused: the page is still a login page after the login procedure.
            SystemFailure: the system failed during the login.
        """
        if self._session is not None:
            return self._session
        session = self._open()
        self._session = session
        if self.on_browser is not None:
            self.on_browser(session.context)
        self.trace = Trace(session)
        self._log_in(session)
        self.refusals = 0
        self.start_trace_if_wanted()
        return session

    def _log_in(self, session: LoginSession) -> None:
        try:
            start(session, replace(self.scope, values={}), "login").run(self.bot.login.steps)
        except UnexpectedDialog as error:
            self.refusals += 1
            raise LoginRefused(
                f"ログインできません。「{error.text}」", f"the login is refused: {error.text!r}"
            ) from error
        except LoginRefused:
            # By the server itself, or because the password has expired.
            self.refusals += 1
            raise
        except SystemFailure:
            # Still on the login page although the system has answered: it refused the login.
            if session.events.loading or session.events.failures or not session.is_lost(self.scope):
                raise
        if session.is_lost(self.scope):
            self.refusals += 1
            raise LoginRefused(
                "ログインの後もログイン画面のままです。利用者IDとパスワードを確かめてください。",
                "the login page is still there after the login; check the user name and password",
            )

    def start_trace_if_wanted(self) -> None:
        """Start recording if the run's trace setting, and for ``repeated`` an earlier failure, require it."""
        wanted = self.trace_mode == "always" or (self.trace_mode == "repeated" and self.had_failure)
        if self.trace is not None and wanted:
            self.trace.start_recording()

    def end_record(self) -> None:
        """Discard the recording of a settled Record and prepare for the next one."""
        self.had_failure = False
        if self.trace is not None:
            self.trace.discard()
        self.start_trace_if_wanted()

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
        """Drop the login: the next ``ensure`` starts with a new context and a new login."""
        if self._session is not None:
            self._past_system_seconds += self._session.events.system_seconds
            self._session.close()
        self._session = None
        self.trace = None

    def close(self) -> None:
        """Close the session and the browser."""
        self.reset()
        if self._browser is not None:
            try:
                self._browser.close()
            except Error:
                self._browser = None
        self._browser = None
