# ruff: noqa: E501 — pages are easier to read on one line
"""A register that can be saved in every way that a page has, with slow answers and faults.

``arrived`` counts the saving requests at the socket and ``rows`` what was stored, so that a request sent twice shows
even where the register would have stored it once.
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import html
import json
import struct
import threading
import time
from urllib.parse import parse_qs

from tests.bots.small_system import SmallSystem, Visit

FORM = """<table><tr><th>番号</th><td><input name=no></td></tr><tr><th>氏名</th><td><input name=name></td></tr></table>"""
_DATA = "new URLSearchParams(new FormData(document.forms[0]))"
_SHOW = "t=>{document.getElementById('b').innerHTML=t}"
_FETCH = "fetch('/save',{method:'POST',body:%s%s}).then(r=>r.text()).then(%s)"
_LATE_MS = 800


def _fetch(body: str = _DATA, more: str = "") -> str:
    return _FETCH % (body, more, _SHOW)


_XHR = (
    "var x=new XMLHttpRequest();x.onload=function(){document.getElementById('b').innerHTML=x.responseText};"
    "x.open('%s','/save%s');%sx.send(%s)"
)
_SOCKET = (
    f"var w=new WebSocket(location.origin.replace('http','ws')+'/socket');w.onopen=function(){{w.send({_DATA}.toString())}};"
    "w.onmessage=function(m){document.getElementById('b').innerHTML=m.data}"
)
_WORKER = "navigator.serviceWorker?.register('/worker.js').catch(()=>{});"

SCRIPTS = {
    "xhr": _XHR % ("POST", "", "x.setRequestHeader('Content-Type','application/x-www-form-urlencoded');", f"{_DATA}.toString()"),
    "xhr_get": _XHR % ("GET", f"?'+{_DATA}+'", "", ""),
    "xhr_multipart": _XHR % ("POST", "", "", "new FormData(document.forms[0])"),
    "fetch": _fetch(),
    "fetch_json": _fetch("JSON.stringify(Object.fromEntries(new FormData(document.forms[0])))"),
    "fetch_blob": _fetch(f"new Blob([{_DATA}.toString()],{{type:'application/x-www-form-urlencoded'}})"),
    "fetch_keepalive": _fetch(more=",keepalive:true"),
    "fetch_twice": _fetch() + ";" + _fetch(),
    "beacon": f"navigator.sendBeacon('/save',{_DATA});document.getElementById('b').innerHTML='送信しました'",
    "beacon_leaving": f"navigator.sendBeacon('/save',{_DATA});location='/sent'",
    "websocket": _SOCKET,
    "script": f"location='/save?'+{_DATA}",
    "submit_twice": "document.forms[0].submit();document.forms[0].submit()",
    "worker": _fetch(),
    "late_form": f"setTimeout(function(){{document.forms[0].submit()}},{_LATE_MS})",
    "late_xhr": f"setTimeout(function(){{{_fetch()}}},{_LATE_MS})",
}  # fmt: skip
FORMS = {
    "form_get": "method=get", "form_post": "method=post", "multipart": "method=post enctype=multipart/form-data",
    "iframe": "method=post target=fr", "popup": "method=post target=_blank",
}  # fmt: skip
REDIRECTS = {f"{how}_{status}": status for how in ("form", "xhr") for status in (302, 303, 307, 308)}
WAYS = (*FORMS, *SCRIPTS, *REDIRECTS)


class SavingSystem(SmallSystem):
    """One way of saving, one time to answer, one fault at the first save."""

    frame = "<html><head><meta charset=utf-8></head><body>{body}</body></html>"

    def __init__(self, way: str, delay: float = 0.0, fault: str = "") -> None:
        super().__init__()
        self.encoding, self.charset = "utf-8", "utf-8"
        self.way, self.delay, self.fault = way, delay, fault
        self.rows: list[dict[str, str]] = []
        self.arrived: list[str] = []
        self.hidden: set[str] = set()
        self.refuses: set[str] = set()
        self._lock = threading.Lock()

    def fields(self, body: bytes, kind: str) -> dict[str, str]:
        if kind.startswith("multipart/"):
            message = email.message_from_bytes(
                f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP
            )
            parts = {str(p.get_param("name", header="content-disposition")): p for p in message.iter_parts()}  # type: ignore[attr-defined]
            return {
                name: part.get_payload(decode=True).decode().rstrip("\r\n") for name, part in parts.items()
            }
        if body.startswith(b"{"):
            return dict(json.loads(body))
        return {k: v[0] for k, v in parse_qs(body.decode(), keep_blank_values=True).items()}

    def answer(self, visit: Visit) -> None:
        if visit.name in ("login", "worker") or visit.logged_in:
            super().answer(visit)
        else:
            visit.send("時間切れです。<a href=/login>再接続</a> <input type=button value=ログイン>")

    def page_login(self, visit: Visit) -> None:
        visit.send("<h1>メニュー</h1>", sid=self.log_in())

    def page_new(self, visit: Visit) -> None:
        way = self.way
        if way in SCRIPTS:
            button = f'<input type=button value=登録 onclick="{html.escape(SCRIPTS[way])}">'
            worker = f"<script>{_WORKER}</script>" if way == "worker" else ""
            visit.send(f"{worker}<form method=post action=/save>{FORM}{button}</form><div id=b></div>")
        elif way.startswith("xhr_"):
            visit.send(
                f'<form>{FORM}<input type=button value=登録 onclick="{html.escape(SCRIPTS["xhr"])}"></form><div id=b></div>'
            )
        else:
            kind = FORMS.get(way, "method=post")
            visit.send(
                f"<form action=/save {kind}>{FORM}<input type=submit value=登録></form><iframe name=fr></iframe>"
            )

    def page_worker(self, visit: Visit) -> None:
        body = b"self.addEventListener('install',e=>self.skipWaiting());self.addEventListener('activate',e=>e.waitUntil(clients.claim()));self.addEventListener('fetch',e=>e.respondWith(fetch(e.request)));"
        visit.handler.send_response(200)
        visit.handler.send_header("Content-Type", "text/javascript")
        visit.handler.send_header("Content-Length", str(len(body)))
        visit.handler.end_headers()
        visit.handler.wfile.write(body)

    def page_sent(self, visit: Visit) -> None:
        visit.send("送信しました")

    def page_save(self, visit: Visit) -> None:
        status = REDIRECTS.get(self.way)
        if status in (307, 308):
            return visit.send("", status, Location="/store")
        self._save(visit, {**visit.query, **visit.form}, status)

    def page_store(self, visit: Visit) -> None:
        self._save(visit, visit.form, None)

    def page_saved(self, visit: Visit) -> None:
        visit.send(f"登録しました。受付番号 {len(self.rows)}")

    def page_search(self, visit: Visit) -> None:
        found = [r for r in self.rows if r["no"] == visit.query.get("no") and r["no"] not in self.hidden]
        lines = "".join(
            f'<tr><td>{html.escape(r["no"])}</td><td><a href="/view?no={html.escape(r["no"])}">詳細</a></td></tr>'
            for r in found
        )
        visit.send(f"<table>{lines}</table>" if found else "該当なし")

    def page_view(self, visit: Visit) -> None:
        [row, *_] = [r for r in self.rows if r["no"] == visit.query["no"]]
        visit.send(
            f"<table><tr><th>番号</th><td>{html.escape(row['no'])}</td></tr><tr><th>氏名</th><td>{html.escape(row['name'])}</td></tr></table>"
        )

    def page_socket(self, visit: Visit) -> None:
        """One WebSocket message (RFC 6455): the values, answered in a message."""
        handler = visit.handler
        accept = hashlib.sha1((handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()  # fmt: skip
        handler.send_response(101)
        for name, value in {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": base64.b64encode(accept).decode(),
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True
        first, size = handler.rfile.read(1)[0], handler.rfile.read(1)[0] & 127
        assert first & 15 == 1, "a text message"
        size = struct.unpack(">H", handler.rfile.read(2))[0] if size == 126 else size
        mask, data = handler.rfile.read(4), handler.rfile.read(size)
        text = bytes(b ^ mask[i % 4] for i, b in enumerate(data)).decode()
        answer = self._store({k: v[0] for k, v in parse_qs(text).items()}).encode()
        handler.wfile.write(bytes([0x81, len(answer)]) + answer)
        handler.wfile.flush()

    def _store(self, values: dict[str, str]) -> str:
        with self._lock:
            self.arrived.append(values["no"])
        time.sleep(self.delay)
        with self._lock:
            self.rows.append(values)
            return f"登録しました。受付番号 {len(self.rows)}"

    def _save(self, visit: Visit, values: dict[str, str], status: int | None) -> None:
        first = values["no"] not in self.arrived
        if self.fault == "cut_before" and first:
            self.arrived.append(values["no"])
            return visit.cut()
        if self.fault == "lost" and first:
            self.arrived.append(values["no"])
            self.sessions.clear()
            return visit.send("時間切れです。<input type=button value=ログイン>")
        if values["no"] in self.refuses:
            self.arrived.append(values["no"])
            return visit.send("エラー 7: 受け付けられません")
        words = self._store(values)
        if self.fault == "cut_after" and first:
            return visit.cut()
        if self.fault == "error" and first:
            return visit.send("内部エラー", 500)
        if status is not None:
            return visit.send("", status, Location="/saved")
        visit.send(words)
