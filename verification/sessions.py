"""Signed session cookies: who is signed in, since when, and the session's CSRF token. Nothing is stored on the server.

A session ends after a time without requests, after a maximum time in any case, and at once when the account's
`session_epoch` grows (password or roles changed, account switched off).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

COOKIE: Final = "utsushi_session"
_REFRESH_SECONDS: Final = 30.0  # polling pages would otherwise get a new cookie with each answer


@dataclass(frozen=True, slots=True)
class SignedSession:
    """One browser's session; `user` is None before signing in."""

    csrf: str
    user: str | None = None
    epoch: int = 0
    begun: float = 0.0  # both in seconds of `time.time`, since a cookie outlives the process
    seen: float = 0.0


class SessionSigner:
    """Makes and checks session cookies."""

    def __init__(self, secret: str, minutes: float, hours: float) -> None:
        """`secret`: at least 32 characters. Raises ValueError for less."""
        if len(secret) < 32:
            raise ValueError("session_secret needs 32 characters or more")
        self._signer = URLSafeSerializer(secret, salt="utsushi.session")
        # Another salt, so that a pending form cannot be used as a session cookie or the reverse.
        self._pending_signer = URLSafeSerializer(secret, salt="utsushi.kept")
        self._idle = minutes * 60
        self._longest = hours * 3600

    def fresh(self, user: str | None = None, epoch: int = 0) -> SignedSession:
        """A new session with a new CSRF token, so that a token from before signing in is useless (session fixation)."""
        at = time.time()
        return SignedSession(secrets.token_urlsafe(24), user, epoch, at, at)

    def load(self, cookie: str | None) -> SignedSession:
        """The session of a cookie; a fresh, signed-out one when it is missing, forged or too old."""
        if not cookie:
            return self.fresh()
        try:
            csrf, user, epoch, begun, seen = self._signer.loads(cookie)
            session = SignedSession(str(csrf), user, int(epoch), float(begun), float(seen))
        except (BadSignature, ValueError, TypeError):
            return self.fresh()
        at = time.time()
        if at - session.seen > self._idle or at - session.begun > self._longest:
            # The token stays, so that a form sent from an expired session is still known to be ours.
            return replace(session, user=None, epoch=0, begun=at, seen=at)
        return session

    def dump(self, session: SignedSession) -> str:
        """The cookie's text."""
        parts = [session.csrf, session.user, session.epoch, round(session.begun), round(session.seen, 1)]
        return str(self._signer.dumps(parts))

    def touched(self, session: SignedSession) -> SignedSession | None:
        """The session with a new time, or None while the old cookie is recent enough."""
        at = time.time()
        return replace(session, seen=at) if at - session.seen > _REFRESH_SECONDS else None

    def sign_pending(self, address: str, fields: dict[str, str]) -> str:
        """A form that was sent after the session ended, signed, to be carried through the sign-in page."""
        return str(self._pending_signer.dumps([address, fields]))

    def load_pending(self, token: str) -> tuple[str, dict[str, str]] | None:
        """The reverse of `sign_pending`; None when it is not ours."""
        try:
            address, fields = self._pending_signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(address), {str(name): str(value) for name, value in dict(fields).items()}
