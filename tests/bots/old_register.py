# ruff: noqa: E501 — pages are easier to read on one line
"""A western register of about 2001, quite unlike the Japanese samples; every trap is in the docstring of its page.

Latin-1; behind the browser's own login box; a frameset whose main frame holds an iframe; inputs without names;
money as 1.500,00; dates in three styles; a form token that counts once; pages that vanish with the session.
"""

from __future__ import annotations

import base64
import html
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

LOGIN = "<form method=post action=/in target=_top>User<br><input name=u><br>Password<br><input type=password name=p><br><input type=submit value='Sign on'></form>"
FRAMES = "<frameset cols='20%,*'><frame name=menu src=/menu><frame name=work src=/hello></frameset>"
MENU = "<a href=/ask target=work>Enquiry</a><br><a href=/host target=work>New grant</a>"
KINDS = {"": "", "T": "Travel", "B": "Books"}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FORM = """<form method=post action=/save name=f><input type=hidden name=token value={token}>
<input type=submit name=go value="Update" style="position:absolute;left:-999px">
<table border=1><tr><th rowspan=2>Grant<th>Reference<th>Holder<th>Kind
<tr><td><input name=a1 onkeypress="return event.keyCode != 13"><td><input name=a2 maxlength=12><td><select name=k onchange="this.form.action='/again';this.form.submit()">{kinds}</select>
<tr><th rowspan=2>Money<th>Amount<th>Granted on<th>Note
<tr><td><input name=m onchange="if (this.form.k.value == 'T') this.form.n.value = 'see travel rules'"><td><input name=d size=10><td><input name=n></table>
<input type=submit name=go value="Save" onclick="return prompt('Your initials?') == 'AB'"></form>
<script>var s={state}; for (var i in s) document.f[i].value = s[i];
['a1','a2','m','d','n'].forEach(function (i) {{ document.f[i].removeAttribute('id') }})</script>"""


class OldRegister:
    """Serves in a thread; ``rows`` is what it holds, ``saves`` the references that were sent to be saved."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.sessions: set[str] = set()
        self.tokens: set[str] = set()
        self.count = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # browsers hang up
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

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
        self.count += 1
        return f"{kind}{self.count}"


def _handler(system: OldRegister) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            self._answer(
                {k: v[0] for k, v in parse_qs(body, keep_blank_values=True, encoding="latin-1").items()}
            )

        def _send(self, body: str, status: int = 200, *headers: tuple[str, str]) -> None:
            data = body.encode("latin-1", "xmlcharrefreplace")
            self.send_response(status)
            for name, value in (
                ("Content-Type", "text/html; charset=iso-8859-1"),
                ("Content-Length", str(len(data))),
                *headers,
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, form: dict[str, str]) -> None:
            box = base64.b64encode(b"office:door-key").decode()
            if self.headers.get("Authorization") != f"Basic {box}":
                return self._send("401", 401, ("WWW-Authenticate", 'Basic realm="register"'))
            path = urlsplit(self.path).path
            sid = (self.headers.get("Cookie") or "").removeprefix("id=")
            if path == "/":
                return self._send(LOGIN)
            if path == "/in":
                if form["p"] != "himitsu-no-kotoba":
                    return self._send("Wrong. " + LOGIN)
                system.sessions.add(sid := system.new("s"))
                return self._send(FRAMES, 200, ("Set-Cookie", f"id={sid}; Path=/"))
            if sid not in system.sessions:
                return self._send("", 500)  # the session is gone: a blank page, HTTP 500
            page = getattr(self, "_" + path.strip("/"), None)
            return page(form, sid) if page else self._send("?", 404)

        def _menu(self, form: dict[str, str], sid: str) -> None:
            self._send(MENU)

        def _hello(self, form: dict[str, str], sid: str) -> None:
            self._send("Welcome to the register")

        def _ask(self, form: dict[str, str], sid: str) -> None:
            self._send("<form action=/hits><input><script>document.forms[0][0].name='q'</script></form>")

        def _hits(self, form: dict[str, str], sid: str) -> None:
            """Enter starts the search; a letter outside ASCII breaks its query; a list edited in place."""
            wanted = parse_qs(urlsplit(self.path).query, encoding="latin-1", keep_blank_values=True)["q"][0]
            if not wanted.isascii():
                return self._send("ODBC error '80040e14': Incorrect syntax near '" + html.escape(wanted))
            found = [(i, r) for i, r in enumerate(system.rows) if r["a1"].startswith(wanted)]
            lines = "".join(
                f"<tr><td><input readonly value='{html.escape(r['a1'])}'><td>{_iso(r['d'])}<td><a href=/card?{i}>open</a>"
                for i, r in found
            )
            self._send(
                f"<table><tr><th>Reference<th>Date<th>{lines}</table>{len(found)} hit(s)"
                if found
                else "0 hits"
            )

        def _host(self, form: dict[str, str], sid: str) -> None:
            self._send("<h3>New grant</h3><iframe src=/form width=900 height=400></iframe>")

        def _form(self, form: dict[str, str], sid: str) -> None:
            system.tokens.add(token := system.new("t"))
            kinds = "".join(
                f"<option value='{v}'{' selected' * (v == form.get('k'))}>{w}" for v, w in KINDS.items()
            )
            kept = {k: form.get(k, "") for k in ("a1", "a2", "m", "d", "n")}
            self._send(FORM.format(token=token, kinds=kinds, state=repr(kept)))

        def _again(self, form: dict[str, str], sid: str) -> None:
            """The select sends the page in; what was typed so far comes back, but not the reference."""
            self._form({**form, "a1": ""}, sid)

        def _save(self, form: dict[str, str], sid: str) -> None:
            """``Update`` (what Enter means) stores nothing; a used token stores nothing; success is an empty form."""
            if form.get("go") != "Save":
                return self._form({}, sid)
            if form["token"] not in system.tokens:
                return self._send("CSRF failure", 403)
            system.tokens.discard(form["token"])
            key = form["a1"]
            system.saves.append(key)
            first = system.saves.count(key) == 1
            if not re.fullmatch(r"\d{1,3}(\.\d{3})*,\d\d", form["m"]):
                return self._send("<i>Amount not understood</i>")
            if key == "GONE" and first:
                system.sessions.discard(sid)
                return self._send("", 500)
            system.rows.append(form)
            if key == "STORED" and first:
                system.sessions.discard(sid)
                return self._send("", 500)
            if key == "RETYPE" and first:
                # The session is lost inside the frame after the save; typing the password there saves again.
                system.sessions.discard(sid)
                return self._send(LOGIN.replace("/in target=_top", "/save"))
            return self._form({}, sid)

        def _card(self, form: dict[str, str], sid: str) -> None:
            row = system.rows[int(urlsplit(self.path).query)]
            day, month, year = row["d"].split("/")
            self._send(
                f"<div class=r><div>Reference</div><div><input disabled value='{html.escape(row['a1'])}'></div></div>"
                f"<dl><dt>Holder<dd>{html.escape(row['a2'])}<dt>Kind<dd>{KINDS[row['k']]}<dt>Amount<dd>EUR {row['m']}"
                f"<dt>Granted on<dd>{day}-{MONTHS[int(month) - 1]}-{year}<dt>Note<dd>{html.escape(row['n'])}</dl>"
            )

    return Handler


def _iso(day: str) -> str:
    return "-".join(reversed(day.split("/")))
