# ruff: noqa: E501 — pages are easier to read on one line
"""A register as small PHP systems are: Shift_JIS, tables, a token in every form, POST then redirect then GET.

A confirmation page stands between the form and the row. What was entered is kept in the session; the token counts once.
"""

from __future__ import annotations

import html

from tests.bots.small_system import SmallSystem, Visit

STATES = {"1": "新規", "2": "継続", "3": "変更"}
PAGE = "<html><head><title>助成申請管理</title></head><body><table width=100% bgcolor=#336699><tr><td><font color=white><b>助成申請管理システム</b></font></table>{body}</body></html>"
LOGIN = "<h3>ログイン</h3>{error}<form method=post action=login.php><table border=1><tr><th>ユーザID<td><input type=text name=u><tr><th>パスワード<td><input type=password name=p></table><input type=submit value='ログイン'></form>"
MENU = "<p>{flash}</p><ul><li><a href=list.php>申請検索</a><li><a href=edit.php>新規登録</a><li><a href=logout.php>ログアウト</a></ul>"
SEARCH = "<h3>申請検索</h3><form method=get action=list.php><table border=1><tr><th>受付番号<td><input name=q value='{q}'> <input type=submit value='検索'></table></form>{result}<p><a href=menu.php>メニュー</a>"
HEADS = "<tr bgcolor=#ccddee><th>受付番号<th>氏名<th>区分<th>金額<th>操作"
EDIT = """<h3>申請登録</h3>{error}<form method=post action=confirm.php><input type=hidden name=token value={token}><table border=1>
<tr><th>受付番号 <font color=red>*</font><td><input name=no size=12 maxlength=8 value="{no}">
<tr><th>氏名 <font color=red>*</font><td><input name=name size=30 value="{name}">
<tr><th>フリガナ<td><input name=kana size=30 value="{kana}">
<tr><th>生年月日<td><select name=era><option value=S>昭和<option value=H>平成<option value=R>令和</select> <input name=by size=2>年 <input name=bm size=2>月 <input name=bd size=2>日
<tr><th>電話番号<td><input name=t1 size=5>-<input name=t2 size=5>-<input name=t3 size=5>
<tr><th>区分<td><label><input type=radio name=state value=1>新規</label> <label><input type=radio name=state value=2>継続</label> <label><input type=radio name=state value=3>変更</label>
<tr><th>申請額<td><input name=sum size=10>円
<tr><th>同意<td><input type=checkbox name=agree value=1>
<tr><th>備考<td><textarea name=memo cols=40 rows=3></textarea></table><input type=submit value='確認画面へ'></form>"""
ASK = "<h3>登録内容の確認</h3><table border=1>{cells}</table><form method=post action=save.php><input type=hidden name=token value={token}><input type=submit value='この内容で登録する'> <input type=button value='戻る' onclick='history.back()'></form>"


class PhpRegister(SmallSystem):
    """``rows`` is what it holds; ``saves`` the numbers that were sent to be saved."""

    cookie, frame = "PHPSESSID", PAGE

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.begun: dict[str, dict[str, str]] = {}
        self.flash: dict[str, str] = {}
        self.tokens: set[str] = set()

    def answer(self, visit: Visit) -> None:
        if visit.name in ("login", "") or visit.logged_in:
            return super().answer(visit)
        visit.send("<p>セッションの有効期限が切れました。</p><a href=login.php>ログイン画面へ</a>")

    def page_(self, visit: Visit) -> None:
        self._go(visit, "login.php")

    def page_login(self, visit: Visit) -> None:
        if not visit.form:
            return visit.send(LOGIN.format(error=""))
        if visit.form.get("p") != "himitsu-no-kotoba":
            return visit.send(LOGIN.format(error="<p>ユーザIDまたはパスワードが違います。</p>"))
        self._go(visit, "menu.php", sid=self.log_in())

    def page_logout(self, visit: Visit) -> None:
        self.sessions.discard(visit.sid)
        self._go(visit, "login.php")

    def page_menu(self, visit: Visit) -> None:
        visit.send(MENU.format(flash=self.flash.pop(visit.sid, "")))

    def page_list(self, visit: Visit) -> None:
        wanted = visit.query.get("q")
        if wanted is None:
            return visit.send(SEARCH.format(q="", result=""))
        hits = [(i, r) for i, r in enumerate(self.rows) if r["no"] == wanted]
        lines = "".join(
            f"<tr><td>{r['no']}<td>{html.escape(r['name'])}<td>{STATES.get(r.get('state', ''), '')}<td align=right>{int(r['sum']):,}<td><a href=view.php?id={i}>参照</a>"
            for i, r in hits
        )
        result = (
            f"<p>{len(hits)}件</p><table border=1>{HEADS}{lines}</table>"
            if hits
            else "<p>該当する申請はありません。</p>"
        )
        visit.send(SEARCH.format(q=html.escape(wanted), result=result))

    def page_edit(self, visit: Visit, error: str = "") -> None:
        kept = {k: html.escape(visit.form.get(k, "")) for k in ("no", "name", "kana")}
        visit.send(EDIT.format(error=error, token=self._token(), **kept))

    def page_confirm(self, visit: Visit) -> None:
        form = visit.form
        if form.get("token") not in self.tokens:
            return visit.send("<p>不正なアクセスです。</p>", 400)
        if any(r["no"] == form["no"] for r in self.rows):
            return self.page_edit(
                visit, f"<p><font color=red>エラー E012: 受付番号 {form['no']} は登録済みです。</font>"
            )
        if not form["sum"].isdigit():
            return self.page_edit(visit, "<p><font color=red>エラー E031: 申請額は半角数字です。</font>")
        self.begun[visit.sid] = form
        visit.send(ASK.format(cells=_cells(form), token=self._token()))

    def page_save(self, visit: Visit) -> None:
        form = self.begun.pop(visit.sid, None)
        if visit.form.get("token") not in self.tokens or form is None:
            return visit.send("<p>不正なアクセスです。</p>", 400)
        self.tokens.discard(visit.form["token"])
        self.saves.append(form["no"])
        self.rows.append(form)
        self.flash[visit.sid] = f"登録しました。整理番号：K-{len(self.rows):05}"
        # POST, redirect, GET: reloading the page that follows saves nothing again.
        self._go(visit, "menu.php")

    def page_view(self, visit: Visit) -> None:
        row = self.rows[int(visit.query["id"])]
        visit.send(f"<h3>申請参照</h3><table border=1>{_cells(row)}</table><a href=list.php>戻る</a>")

    def _token(self) -> str:
        self.tokens.add(token := self.new("t"))
        return token

    def _go(self, visit: Visit, where: str, sid: str = "") -> None:
        visit.send("", 302, sid=sid, Location=where)


def _cells(row: dict[str, str]) -> str:
    era = {"S": "昭和", "H": "平成", "R": "令和"}[row["era"]]
    shown = {
        "受付番号": row["no"], "氏名": row["name"], "フリガナ": row["kana"], "生年月日": f"{era}{row['by']}年{row['bm']}月{row['bd']}日",
        "電話番号": f"{row['t1']}-{row['t2']}-{row['t3']}", "区分": STATES.get(row.get("state", ""), ""), "申請額": f"{int(row['sum']):,}円",
        "同意": "あり" if row.get("agree") else "なし", "備考": row["memo"],
    }  # fmt: skip
    return "".join(f"<tr><th>{k}<td>{html.escape(v)}" for k, v in shown.items())
