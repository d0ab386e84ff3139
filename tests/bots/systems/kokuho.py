# ruff: noqa: E501 — pages are easier to read on one line
"""A JSP system of about 2004 in frames, cp932: the login opens it in a window of its own, an old script library has changed
what every page's scripts build on, pictures are the buttons, a row is chosen by its radio button and shown in another
window, and choosing a bank in a third one sends the form in. Enter does nothing anywhere; Back means an error.
"""

from __future__ import annotations

import html
from typing import ClassVar

from tests.bots.small_system import SmallSystem, Visit

OLD_LIBRARY = """<script>
Array.from = function (x) { var r = []; for (var i = 0; i < x.length; i++) r.push(x[i]); return r; };
Array.prototype.toJSON = function () { return '[old]'; };
Array.prototype.reduce = function () { return this.length > 1 ? this : this[0]; };
Array.prototype.entries = function () { return this; };
String.prototype.trim = function () { return this.replace(/^ +| +$/g, ''); };
Object.prototype.extend = function (o) { for (var p in o) this[p] = o[p]; return this; };
document.onkeydown = function (e) { if (e.keyCode == 13 && e.target.tagName != 'TEXTAREA') return false; };
function go(to) { document.forms[0].action = to; document.forms[0].submit(); return false; }
</script>"""
PICTURE = "<img alt='{0}' width=80 height=24 src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>"
LOGIN = f"<form method=post><table><tr><td>職員コード<td><input name=user><tr><td>パスワード<td><input type=password name=pass></table><a href='#' onclick=\"return go('/login.do')\">{PICTURE.format('ログイン')}</a></form>"
OPENED = "<script>window.open('/main.do', 'KOKUHO')</script>システムを別ウィンドウで起動しました。この画面は閉じないでください。"
FRAMES = "<frameset rows='60,*'><frame name=head src=/head.do><frameset cols='160,*'><frame name=menu src=/menu.do><frame name=body src=/top.do></frameset></frameset>"
MENU = "<dl><dt>療養費<dd><a href=/search.do target=body>照会</a><dd><a href=/input.do target=body>登録</a><dt>葬祭費<dd><a href=/none.do target=body>照会</a><dd><a href=/none.do target=body>登録</a></dl>"
SEARCH = """<form method=post><table><tr><th colspan=2>検索条件<tr><td>受付番号<td><input name=no size=10></table>
<input type=button value='　検　索　' onclick="go('/search.do')"><hr>{found}<table border=1><tr><th>選択<th>受付番号<th>氏　名<th>支給額{lines}</table>
<input type=button value='詳細表示' onclick="var s = document.forms[0].sel; for (var i = 0, a = s.length ? s : [s]; i < a.length; i++) if (a[i].checked) return window.open('/detail.do?' + a[i].value, 'D'); alert('E0001：明細を選択してください。')"></form>"""
INPUT = """<form method=post name=F><input type=hidden name=token value={token}><font color=red>{error}</font><table border=1>
<tr><td>受付番号<font color=red>※</font><td colspan=3><input name=no maxlength=8 value="{no}">
<tr><td>世帯主<br>氏名<td><input name=name maxlength=20 value="{name}"><td>カナ<td><input name=kana value="{kana}">
<tr><td>生年月日<td colspan=3><select name=era><option value=''><option value=3>昭和<option value=4>平成<option value=5>令和</select><input name=y size=2>年<input name=m size=2>月<input name=d size=2>日
<tr><td>支給額<td colspan=3><input name=sum onfocus="this.value = this.value.replace(/,/g, '')" onblur="this.value = this.value.replace(/(\\d)(?=(\\d\\d\\d)+$)/g, '$1,')"> 円
<tr><td>金融機関<td colspan=3><input name=bank size=4 value="{bank}" readonly> <input type=button value='検索' onclick="window.open('/bank.do', 'B', 'width=300,height=300')"> {bank_name} 口座番号 <input name=account size=7>
<tr><td>摘要<td colspan=3><textarea name=memo></textarea></table>
<a href="javascript:void(0)" onclick="if (confirm('登録します。よろしいですか？')) go('/regist.do')">{save}</a></form>"""
TIMED_OUT = "セッションがタイムアウトしました。<a href=/login.do target=_top>ログイン画面へ</a>"


class Kokuho(SmallSystem):
    """``rows`` is what it holds, ``saves`` the numbers that were sent to be saved."""

    cookie = "JSESSIONID"
    banks: ClassVar = {"0001": "みずほ銀行", "0009": "三井住友銀行"}

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.tokens: set[str] = set()

    def answer(self, visit: Visit) -> None:
        if visit.name == "login" or visit.logged_in:
            return super().answer(visit)
        visit.send(TIMED_OUT)

    def page_login(self, visit: Visit) -> None:
        if visit.form.get("pass") == "himitsu-no-kotoba":
            visit.send(OPENED, sid=self.log_in())
        else:
            visit.send(OLD_LIBRARY + LOGIN)

    def page_main(self, visit: Visit) -> None:
        visit.send(FRAMES)

    def page_head(self, visit: Visit) -> None:
        visit.send("<marquee>本日19時より停止します</marquee>国民健康保険 給付管理")

    def page_menu(self, visit: Visit) -> None:
        visit.send(OLD_LIBRARY + MENU)

    def page_top(self, visit: Visit) -> None:
        visit.send("左のメニューから選択してください。")

    def page_search(self, visit: Visit) -> None:
        wanted = visit.form.get("no", "")
        hits = [(i, r) for i, r in enumerate(self.rows) if r["no"] == wanted]
        lines = "".join(
            f"<tr><td><input type=radio name=sel value={i}><td>{r['no'][:3]}-{r['no'][3:]}<td>{html.escape(r['name'])}<td>{int(r['sum']):,}"
            for i, r in hits
        )
        found = (
            f"{len(hits)}件該当しました。"
            if hits
            else "W0010：該当するデータがありません。"
            if wanted
            else ""
        )
        visit.send(OLD_LIBRARY + SEARCH.replace("{found}", found).replace("{lines}", lines))

    def page_detail(self, visit: Visit) -> None:
        row = self.rows[int(visit.raw_query)]
        era = {"3": "昭和", "4": "平成", "5": "令和"}[row["era"]]
        shown = {
            "受付番号": f"{row['no'][:3]}-{row['no'][3:]}", "世帯主氏名": row["name"], "氏名カナ": row["kana"],
            "生年月日": f"{era}{row['y']:>2}年{row['m']:>2}月{row['d']:>2}日", "支給額": f"{int(row['sum']):,} 円",
            "金融機関": f"{row['bank']} {self.banks[row['bank']]}", "口座番号": "***" + row["account"][3:], "摘要": row["memo"],
        }  # fmt: skip
        cells = "".join(f"<tr><td bgcolor=#ccf>{k}<td>{html.escape(v)}" for k, v in shown.items())
        visit.send(
            f"{OLD_LIBRARY}<table border=1>{cells}</table><input type=button value='閉じる' onclick='window.close()'>"
        )

    def page_input(self, visit: Visit, error: str = "") -> None:
        self.tokens.add(token := self.new("k"))
        kept = {k: html.escape(visit.form.get(k, "")) for k in ("no", "name", "kana", "bank")}
        more = {"bank_name": self.banks.get(kept["bank"], ""), "save": PICTURE.format("登録"), "error": error}
        page = OLD_LIBRARY + INPUT
        for name, value in {**kept, **more, "token": token}.items():
            page = page.replace(f"{{{name}}}", value)
        visit.send(page)

    def page_bank(self, visit: Visit) -> None:
        lines = "".join(
            f"<tr><td>{code}<td><a href='#' onclick=\"opener.document.F.bank.value = '{code}'; opener.go('/input.do'); setTimeout('window.close()', 200); return false\">{name}</a>"
            for code, name in self.banks.items()
        )
        visit.send(f"{OLD_LIBRARY}<table>{lines}</table>")

    def page_regist(self, visit: Visit) -> None:
        """TIMEOUT is stored, and then the session is gone; OUT is refused in a message box, then Back."""
        form = visit.form
        if form.get("token") not in self.tokens:
            return visit.send("E9001：不正な画面遷移です。メニューからやり直してください。")
        self.tokens.discard(form["token"])
        self.saves.append(form["no"])
        if form["memo"] == "OUT":
            return visit.send("<script>alert('E0300：資格がありません。'); history.back()</script>")
        if any(r["no"] == form["no"] for r in self.rows):
            return self.page_input(visit, "E0201：受付番号が重複しています。")
        self.rows.append({**form, "sum": form["sum"].replace(",", "")})
        if form["memo"] == "TIMEOUT":
            self.sessions.discard(visit.sid)
            return visit.send(TIMED_OUT)
        visit.send("I0001：登録しました。<meta http-equiv=refresh content='1;url=/input.do'>")
