"""The outermost layer of the web app: size limit, session, language, and the security headers.

The Content-Security-Policy allows only files of this app: no inline script or style, no other host, no frame.
`data:` pictures are allowed for crops that are revealed once and must not be cached.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from verification.errors import TooLarge, UploadTooLarge, WebError
from verification.sessions import COOKIE, SessionSigner, SignedSession

LANGUAGE_COOKIE: Final = "utsushi_language"
MAX_BODY: Final = 1 << 20  # a form of this app sends some kilobytes
MAX_UPLOAD: Final = 64 << 20
"""Limit for signed-in people below `_UPLOADS`, where blank forms, sample scans and packages are sent."""
_UPLOADS: Final = ("/templates", "/api/templates")
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    # Not "no-referrer": a refused form is answered with a link back to its page.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class _BodyTooLarge(Exception):
    """The body grew past the limit while it was being received."""


class SecurityMiddleware:
    """ASGI middleware; puts `session` and `language` into the request's state."""

    def __init__(self, app: ASGIApp, sessions: SessionSigner, language: str, secure: bool) -> None:
        self._app = app
        self._sessions = sessions
        self._language = language
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = _cookies(headers)
        session = self._sessions.load(cookies.get(COOKIE))
        language, switched = self._language_of(scope, cookies)
        state = scope.setdefault("state", {})
        state.update(session=session, language=language, new_session=None)
        # The first visit gets a cookie at once, because the sign-in form needs the token of a session.
        if cookies.get(COOKIE) is None:
            state["new_session"] = session

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(message, scope, session, language if switched else None)
            await send(message)

        # Nobody can send 64 MB without signing in first.
        uploads = session.user is not None and str(scope["path"]).startswith(_UPLOADS)
        limit = MAX_UPLOAD if uploads else MAX_BODY
        error = UploadTooLarge() if uploads else TooLarge()
        # Refused before the body is received; `_limited` counts bodies without a length.
        if int(headers.get("content-length") or 0) > limit:
            await _too_large(scope, language, error)(scope, receive, answer)
            return
        try:
            await self._app(scope, _limited(receive, limit), answer)
        except _BodyTooLarge:
            await _too_large(scope, language, error)(scope, receive, answer)

    def _language_of(self, scope: Scope, cookies: dict[str, str]) -> tuple[str, bool]:
        requested = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
        if requested in {"ja", "en"}:
            return requested, True
        stored = cookies.get(LANGUAGE_COOKIE, "")
        return (stored if stored in {"ja", "en"} else self._language), False

    def _add_headers(
        self, message: Message, scope: Scope, session: SignedSession, language: str | None
    ) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers[name] = value
        # Nothing with personal data may stay in the cache of a shared computer.
        if "cache-control" not in headers:
            headers["Cache-Control"] = "no-store"
        # Static files are the same for everybody and no sign that a person is active: they set no cookie.
        static = scope["path"].startswith("/static/")
        new = scope["state"]["new_session"] or (
            self._sessions.touched(session) if session.user and not static else None
        )
        # Secure only behind HTTPS: over plain HTTP a browser would not store the cookie.
        flags = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if self._secure else "")
        if new is not None and not static:
            headers.append("Set-Cookie", f"{COOKIE}={self._sessions.dump(new)}{flags}")
        if language is not None:
            headers.append("Set-Cookie", f"{LANGUAGE_COOKIE}={language}; Max-Age=31536000{flags}")


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return {}  # a cookie of another program on this host must not lock people out
    return {name: morsel.value for name, morsel in jar.items()}


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0  # counted as well: a chunked request has no Content-Length

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _BodyTooLarge
        return message

    return counted


def _too_large(scope: Scope, language: str, error: WebError) -> Response:
    message = error.in_language(language)
    if str(scope["path"]).startswith("/api/"):
        return JSONResponse({"error": {"code": error.code, "message": message}}, status_code=error.status)
    hint = (
        "Go back with the browser’s button."
        if language == "en"
        else "ブラウザーの「戻る」で前の画面に戻れます。"
    )
    # Written without the templates: the middleware answers before the app is reached.
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{message}</title>'
        f'<link rel="stylesheet" href="/static/app.css"></head><body><main><h1>{message}</h1><p>{hint}</p>'
        f'<p><a href="/">写し</a></p></main></body></html>'
    )
    return HTMLResponse(page, status_code=error.status)
