"""The outermost middleware: times every request, closes connections as HTTP/1.0 did, and injects faults."""

import asyncio
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from samples.legacy_system.faults import FaultPlan
from samples.legacy_system.render import page
from samples.legacy_system.screens import database_error
from samples.legacy_system.sessions import COOKIE, Sessions
from samples.legacy_system.settings import Settings

# The pages that query the database.
_QUERIES = ("ichiran.asp", "shokai.asp", "touroku.asp")


@dataclass
class Stats:
    """The system's own response time: requests answered or cut, their seconds, and both for each page."""

    requests: int = 0
    seconds: float = 0.0
    pages: dict[str, list[float]] = field(default_factory=dict)

    def add(self, path: str, seconds: float) -> None:
        """Count one request."""
        self.requests += 1
        self.seconds += seconds
        self.pages.setdefault(path, []).append(seconds)

    def summary(self) -> dict[str, object]:
        """Return the totals as plain data."""
        pages = {
            path: {"requests": len(all_), "seconds": round(sum(all_), 6)} for path, all_ in self.pages.items()
        }
        return {"requests": self.requests, "seconds": round(self.seconds, 6), "pages": pages}

    def clear(self) -> None:
        """Reset the counters."""
        self.requests, self.seconds, self.pages = 0, 0.0, {}


# ASGI cannot drop a connection without a response, so the transports are kept here.
class OpenConnections:
    """The open connections by client address, so that a request can cut its own connection."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Return a uvicorn protocol class that registers its connections here."""
        connections = self._open

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    connections[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    connections.pop(self.client, None)
                super().connection_lost(exc)

        return Protocol

    async def cut(self, scope: Scope) -> None:
        """Drop the connection of a request without a response."""
        transport = self._open.get(tuple(scope["client"]))
        if transport is not None:
            # abort: nothing that is still in the buffer may be sent.
            transport.abort()
        await asyncio.sleep(0.01)  # the event loop must notify the protocol before the request ends


class FaultMiddleware:
    """ASGI middleware around the whole system; the control endpoints (``/__…``) pass unchanged."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        sessions: Sessions,
        faults: FaultPlan,
        stats: Stats,
        connections: OpenConnections,
    ) -> None:
        self._app = app
        self._settings = settings
        self._sessions = sessions
        self._faults = faults
        self._stats = stats
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith("/__"):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answer = await self._answer(scope, receive)
        # The time already spent counts towards the minimum.
        wait = self._settings.response_ms / 1000 - (time.perf_counter() - started)
        if scope["path"].endswith(".asp") and self._faults.happens("slow", scope["path"]):
            wait = max(wait, self._faults.wait_seconds())
        if wait > 0:
            await asyncio.sleep(wait)
        spent = time.perf_counter() - started
        self._stats.add(scope["path"], spent)
        if answer is None:
            await self._connections.cut(scope)
            return
        await _send(answer, spent, self._settings.keep_alive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> list[Message] | None:
        """Return the messages to send; None when the connection is to be cut."""
        path: str = scope["path"]
        saving = path.endswith("touroku.asp")
        if not path.endswith(".asp"):
            return await self._call_app(scope, receive)
        if saving and self._faults.happens("cut_before_save", path):
            return None
        if saving and self._faults.happens("cut_after_save", path):
            await self._call_app(scope, receive)
            return None
        if self._faults.happens("error500", path):
            return await _messages(_server_error(), scope, receive)
        if self._faults.happens("blank500", path):
            # Half of the times: after a blank page nobody can tell whether the row was stored.
            if saving and self._faults.coin("blank500"):
                await self._call_app(scope, receive)
            return await _messages(Response(b"", 500), scope, receive)
        if path.endswith(_QUERIES) and self._faults.happens("db_error_page", path):
            lost = database_error("ORA-03113: 通信チャネルでファイルの終わりが検出されました。")
            return await _messages(lost, scope, receive)
        if not path.endswith("login.asp") and self._faults.happens("lost_session", path):
            self._sessions.end(_token(Request(scope)))
        return await self._call_app(scope, receive)

    async def _call_app(self, scope: Scope, receive: Receive) -> list[Message]:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        return kept


def _token(request: Request) -> str | None:
    morsel = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    return morsel.value if morsel else None


def _server_error() -> Response:
    return page(
        "failure.html",
        500,
        title="HTTP 500 - 内部サーバー エラー",
        lines=("Active Server Pages エラー 'ASP 0113'",),
    )


async def _messages(response: Response, scope: Scope, receive: Receive) -> list[Message]:
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await response(scope, receive, keep)
    return kept


async def _send(messages: list[Message], spent: float, keep_alive: bool, send: Send) -> None:
    for message in messages:
        if message["type"] == "http.response.start":
            extra = [
                (b"server-timing", f"app;dur={spent * 1000:.1f}".encode()),
                (b"server", b"Microsoft-IIS/4.0"),
            ]
            if not keep_alive:
                extra.append((b"connection", b"close"))
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)
