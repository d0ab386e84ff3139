"""Who is logged in, and for how much longer."""

import secrets
import time
from collections.abc import Callable

COOKIE = "FKSESSID"


class Sessions:
    """Sessions end after a time without a request. The clock can be given, for tests."""

    def __init__(self, minutes: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = minutes * 60
        self._clock = clock
        self._alive: dict[str, tuple[str, float]] = {}

    def start(self, user: str) -> str:
        """A new session for a user; returns the cookie's value."""
        token = secrets.token_hex(12).upper()
        self._alive[token] = (user, self._clock())
        return token

    def user(self, token: str | None) -> str | None:
        """The user of a session that is still alive; each call keeps it alive for longer."""
        if token is None or token not in self._alive:
            return None
        user, seen = self._alive[token]
        if self._clock() - seen > self._seconds:
            del self._alive[token]
            return None
        self._alive[token] = (user, self._clock())
        return user

    def end(self, token: str | None) -> None:
        """Forget a session."""
        if token is not None:
            self._alive.pop(token, None)
