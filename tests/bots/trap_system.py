# ruff: noqa: E501 — pages and cases are easier to read on one line
"""A small legacy system with one trap for each key: what a page or a network can do to a bot.

Connections are kept open, as IIS does, so that the browser would send a cut-off save again by itself.
"""

from __future__ import annotations

import html
import threading
import time

from tests.bots.small_system import SmallSystem, Visit

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


class TrapSystem(SmallSystem):
    """``rows`` is what it holds, ``saves`` how often each key was sent to be saved."""

    frame = PAGE

    def __init__(self, encoding: str = "cp932", charset: str = "Shift_JIS") -> None:
        super().__init__()
        self.encoding = encoding
        self.charset = charset
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.logins = 0
        self.late_seconds = 0.4

    def count(self, key: str) -> int:
        return sum(1 for r in self.rows if r["no"] == key)

    def answer(self, visit: Visit) -> None:
        if visit.name == "login" or visit.logged_in:
            super().answer(visit)
        else:
            visit.send("時間切れです。" + LOGIN)

    def page_login(self, visit: Visit) -> None:
        if not visit.form:
            return visit.send(LOGIN)
        if (visit.form["u"], visit.form["p"]) != ("bot", "himitsu-no-kotoba"):
            return visit.send("違います。" + LOGIN)
        self.logins += 1
        visit.send(MENU, sid=self.log_in())

    def page_menu(self, visit: Visit) -> None:
        visit.send(MENU)

    def page_search(self, visit: Visit) -> None:
        visit.send(SEARCH)

    def page_new(self, visit: Visit) -> None:
        visit.send(NEW)

    def page_list(self, visit: Visit) -> None:
        wanted = visit.form["no"]
        if wanted == "ERRFIND":
            return visit.send("<p>SQLSTATE[HY000] 内部エラーが発生しました</p>")
        lines = "".join(
            f"<tr><td>{html.escape(r['no'])}</td><td>{html.escape(r['name'])}</td><td><a href=/detail?{i}>詳細</a></td></tr>"
            for i, r in enumerate(self.rows)
            if r["no"].startswith(wanted)
        )
        table = f"<table><tr><td>番号</td><td>氏名</td></tr>{lines}</table>"
        visit.send(table if lines else "該当する行はありません")

    def page_detail(self, visit: Visit) -> None:
        row = self.rows[int(visit.raw_query)]
        shown = dict(row, no="OTHER") if row["no"] == "WRONGROW" else row
        labels = {"番号": "no", "氏名": "name", "個人番号": "secret_no", "備考": "memo"}
        cells = "".join(
            f"<tr><td>{label}</td><td>{html.escape(shown[name])}</td></tr>" for label, name in labels.items()
        )
        visit.send(f"<table>{cells}</table>受付番号 R-{row['receipt']}")

    def _store(self, form: dict[str, str]) -> None:
        self.rows.append({**form, "receipt": str(100 + len(self.rows))})

    def page_save(self, visit: Visit) -> None:
        form, key = visit.form, visit.form["no"]
        self.saves.append(key)
        first = self.saves.count(key) == 1
        if key == "CUTAFTER" and first:
            self._store(form)
            return visit.cut()
        if key == "LATE" and first:
            threading.Timer(self.late_seconds, self._store, [form]).start()
            return visit.cut()
        if key == "CUTBEFORE" and first:
            return visit.cut()
        if key == "BLANK500" and first:
            return visit.send("", 500)
        if key == "LOST" and first:
            self.sessions.discard(visit.sid)
            return visit.send("時間切れです。" + LOGIN)
        if key == "REFUSE":
            return visit.send("<font color=red>エラー E77: 対象外の申請です。</font>" + NEW)
        if key != "SILENT":
            self._store(dict(form, name=form["name"].lower()) if key == "ALTERS" else form)
        if key == "SLOW":
            time.sleep(0.3)
        visit.send(f"登録しました。受付番号 R-{99 + len(self.rows)}")
