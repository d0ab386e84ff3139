"""What the small legacy systems of these tests have in common: a server in a thread, pages in an old encoding, cookies.

A system is a class with a method for each address: ``/list`` is answered by ``page_list(visit)``.
"""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


class SmallSystem:
    """Serves in a thread on a free port; ``url`` says where."""

    encoding = "cp932"
    charset = "Shift_JIS"
    cookie = "sid"
    frame = "{body}"

    def __init__(self) -> None:
        self.counted = 0
        self.sessions: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # browsers hang up
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def secure(self, certificate: Path, key: Path) -> Self:
        """Speak HTTPS with a certificate of one's own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http://", "https://")
        return self

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def new(self, kind: str) -> str:
        """A name never used before, for sessions and tokens."""
        self.counted += 1
        return f"{kind}{self.counted}"

    def log_in(self) -> str:
        """Open a session; returns its name, to be sent as a cookie."""
        sid = self.new("s")
        self.sessions.add(sid)
        return sid

    def fields(self, body: bytes, _kind: str) -> dict[str, str]:
        """Return the values in the body of a POST of a content type."""
        return _fields(body.decode("ascii"), self.encoding)

    def answer(self, visit: Visit) -> None:
        """Answer one request: by the method named after its address."""
        page = getattr(self, f"page_{visit.name}", None)
        if page is None:
            visit.send("not found", 404)
        else:
            page(visit)


class Visit:
    """One request and its answer."""

    def __init__(self, system: SmallSystem, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        parts = urlsplit(handler.path)
        self.system = system
        self.handler = handler
        self.path = parts.path
        self.name = parts.path.strip("/").split(".")[0].replace("/", "_")
        self.query = _fields(parts.query, system.encoding)
        self.raw_query = parts.query
        self.form = form
        cookies = (handler.headers.get("Cookie") or "").split("; ")
        self.sid = dict(c.split("=", 1) for c in cookies if "=" in c).get(system.cookie, "")

    @property
    def logged_in(self) -> bool:
        """Whether the request belongs to a session that is alive."""
        return self.sid in self.system.sessions

    def send(self, body: str, status: int = 200, *, sid: str = "", **headers: str) -> None:
        """Answer with a page (an empty body stays empty), opening the session ``sid`` if one is given."""
        system = self.system
        page = system.frame.format(body=body, charset=system.charset) if body else ""
        data = page.encode(system.encoding, "xmlcharrefreplace")
        self.handler.send_response(status)
        given = {"Content-Type": f"text/html; charset={system.charset}", "Content-Length": str(len(data))}
        given |= {"Set-Cookie": f"{system.cookie}={sid}; Path=/"} if sid else {}
        for name, value in {**given, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def cut(self) -> None:
        """Break the connection instead of answering."""
        self.handler.close_connection = True
        self.handler.connection.shutdown(2)


def _fields(text: str, encoding: str) -> dict[str, str]:
    found = parse_qs(text, keep_blank_values=True, encoding=encoding)
    return {k: v[0] for k, v in found.items()}


def _handler(system: SmallSystem) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept open, as IIS does

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            system.answer(Visit(system, self, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            system.answer(Visit(system, self, system.fields(body, self.headers.get("Content-Type", ""))))

    return Handler
