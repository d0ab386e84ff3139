"""The login sessions and their expiry."""

import secrets
import time
from collections.abc import Callable

COOKIE = "FKSESSID"


class Sessions:
    """Sessions that expire after a time without a request; tests can pass a clock."""

    def __init__(self, minutes: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = minutes * 60
        self._clock = clock
        self._active: dict[str, tuple[str, float]] = {}

    def start(self, user: str) -> str:
        """Start a session for a user; return the cookie's value."""
        token = secrets.token_hex(12).upper()
        self._active[token] = (user, self._clock())
        return token

    def user(self, token: str | None) -> str | None:
        """Return the user of an active session and extend it; None when it has expired."""
        if token is None or token not in self._active:
            return None
        user, seen = self._active[token]
        # Checked when it is used: an expired session needs no timer.
        if self._clock() - seen > self._seconds:
            del self._active[token]
            return None
        self._active[token] = (user, self._clock())
        return user

    def end(self, token: str | None) -> None:
        """End a session."""
        if token is not None:
            self._active.pop(token, None)
