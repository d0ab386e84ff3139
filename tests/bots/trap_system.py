# ruff: noqa: E501 — pages and cases are easier to read on one line
"""A small legacy system with one trap for each key: what a page or a network can do to a bot.

Connections are kept open, as IIS does, so that the browser would send a cut-off save again by itself.
"""

from __future__ import annotations

import html
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

PAGE = """<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"><title>許可台帳</title></head>
<body>{body}</body></html>"""
LOGIN = """<form method=post action=/login>利用者 <input name=u><br>パスワード <input type=password name=p>
<input type=submit value="ログイン"></form>"""
MENU = "<h1>メニュー</h1><a href=/search>検索</a> <a href=/new>新規</a>"
SEARCH = '<form method=post action=/list>番号 <input name=no> <input type=submit value="検 索"></form>'
NEW = """<form method=post action=/save onsubmit="return this.no.value != 'ALERT' || !!alert('この番号は使えません')">
<table><tr><td>番号</td><td><input name=no></td></tr>
<tr><td>氏　名（必須）：</td><td><input name=name maxlength=10 onchange="if (this.value == '上書き') document.forms[0].memo.value = '勝手に'"></td></tr>
<tr><td>個人番号</td><td><input name=secret_no></td></tr>
<tr><td>備考</td><td><textarea name=memo></textarea></td></tr></table>
<input type=submit value="登 録"></form>"""


class TrapSystem:
    """Serves in a thread; ``rows`` is what it holds, ``saves`` how often each key was sent to be saved."""

    def __init__(self, encoding: str = "cp932", charset: str = "Shift_JIS") -> None:
        self.encoding = encoding
        self.charset = charset
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.logins = 0
        self.sessions: set[str] = set()
        self.late_seconds = 0.4
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def count(self, key: str) -> int:
        return sum(1 for r in self.rows if r["no"] == key)

    def first_save(self, key: str) -> bool:
        return self.saves.count(key) == 1


def _handler(system: TrapSystem) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).path, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            fields = parse_qs(body, keep_blank_values=True, encoding=system.encoding)
            self._answer(urlsplit(self.path).path, {k: v[0] for k, v in fields.items()})

        def _page(self, body: str, status: int = 200, cookie: str = "") -> None:
            data = PAGE.format(body=body, charset=system.charset).encode(system.encoding, "xmlcharrefreplace")
            self._send(data if body else b"", status, cookie)

        def _send(self, data: bytes, status: int, cookie: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"text/html; charset={system.charset}")
            self.send_header("Content-Length", str(len(data)))
            if cookie:
                self.send_header("Set-Cookie", f"sid={cookie}; Path=/")
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, path: str, form: dict[str, str]) -> None:
            sid = (self.headers.get("Cookie") or "").removeprefix("sid=")
            if path == "/login":
                if not form:
                    return self._page(LOGIN)
                if (form["u"], form["p"]) != ("bot", "himitsu-no-kotoba"):
                    return self._page("違います。" + LOGIN)
                system.logins += 1
                sid = f"s{system.logins}"
                system.sessions.add(sid)
                return self._page(MENU, cookie=sid)
            if sid not in system.sessions:
                return self._page("時間切れです。" + LOGIN)
            handler = getattr(self, "_" + path.strip("/"), None)
            return handler(form, sid) if handler else self._page("", 404)

        def _menu(self, form: dict[str, str], sid: str) -> None:
            self._page(MENU)

        def _search(self, form: dict[str, str], sid: str) -> None:
            self._page(SEARCH)

        def _new(self, form: dict[str, str], sid: str) -> None:
            self._page(NEW)

        def _list(self, form: dict[str, str], sid: str) -> None:
            if form["no"] == "ERRFIND":
                return self._page("<p>SQLSTATE[HY000] 内部エラーが発生しました</p>")
            found = [(i, r) for i, r in enumerate(system.rows) if r["no"].startswith(form["no"])]
            lines = "".join(
                f"<tr><td>{html.escape(r['no'])}</td><td>{html.escape(r['name'])}</td><td><a href=/detail?{i}>詳細</a></td></tr>"
                for i, r in found
            )
            self._page(
                f"<table><tr><td>番号</td><td>氏名</td></tr>{lines}</table>"
                if found
                else "該当する行はありません"
            )

        def _detail(self, form: dict[str, str], sid: str) -> None:
            row = system.rows[int(urlsplit(self.path).query)]
            shown = dict(row, no="OTHER") if row["no"] == "WRONGROW" else row
            cells = "".join(
                f"<tr><td>{label}</td><td>{html.escape(shown[name])}</td></tr>"
                for label, name in (
                    ("番号", "no"),
                    ("氏名", "name"),
                    ("個人番号", "secret_no"),
                    ("備考", "memo"),
                )
            )
            self._page(f"<table>{cells}</table>受付番号 R-{row['receipt']}")

        def _store(self, form: dict[str, str]) -> None:
            system.rows.append({**form, "receipt": str(100 + len(system.rows))})

        def _save(self, form: dict[str, str], sid: str) -> None:
            key = form["no"]
            system.saves.append(key)
            first = system.first_save(key)
            if key == "CUTAFTER" and first:
                self._store(form)
                return self._cut()
            if key == "LATE" and first:
                threading.Timer(system.late_seconds, self._store, [form]).start()
                return self._cut()
            if key == "CUTBEFORE" and first:
                return self._cut()
            if key == "BLANK500" and first:
                return self._send(b"", 500)
            if key == "LOST" and first:
                system.sessions.discard(sid)
                return self._page("時間切れです。" + LOGIN)
            if key == "REFUSE":
                return self._page("<font color=red>エラー E77: 対象外の申請です。</font>" + NEW)
            if key != "SILENT":
                self._store(dict(form, name=form["name"].lower()) if key == "ALTERS" else form)
            if key == "SLOW":
                time.sleep(0.3)
            return self._page(f"登録しました。受付番号 R-{99 + len(system.rows)}")

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.shutdown(2)

    return Handler
