# ruff: noqa: E501 — pages are easier to read on one line
"""A home-made PHP system of about 2008: EUC-JP, no search but a list with pages, a wizard of three pages, rows to be added.

What was entered is kept in the session, the confirmation screen has a token that counts once, 戻る stands before 次へ in
the form, a fatal error comes with HTTP 200, and a login leads on by script.
"""

from __future__ import annotations

import html

from tests.bots.small_system import SmallSystem, Visit

ROWS_A_PAGE = 5
FACILITIES = {"011": "第一保育園", "012": "第二保育園", "021": "みどり幼稚園"}
LOGIN = "<h1>学童保育システム</h1><form method=post action=/login.php>ユーザID<input name=uid size=10>パスワード<input type=password name=pw><button>入室</button></form>"
MENU = "<h1>メニュー</h1><ul><li><a href=/list.php?p=1>申請一覧</a><li><a href=/step1.php>新規申請</a></ul><hr>ようこそ bot さん"
STEP1 = """<h2>新規申請 (1/3) 児童</h2>{errors}<form method=post action=/step1.php>
<div><span>申請番号 <b>*</b></span> <input name=no maxlength=8></div>
<div><span>児童名 <b>*</b></span> <input name=child onblur="this.value=this.value.replace(/ /g,'　')"></div>
<div><span>生年月日</span> <select name=y><option value="">----{years}</select>年<select name=m>{months}</select>月<select name=d>{days}</select>日</div>
<input type=submit value="次へ進む"> <input type=button value="中止" onclick="if (confirm('中止しますか')) location = '/menu.php'"></form>"""
STEP2 = """<h2>新規申請 (2/3) 利用</h2><form method=post action=/step2.php>
希望施設： <select name=fac><option value="">選択してください{facilities}</select><br>
利用区分： <label><input type=radio name=kubun value=1 checked> 通年</label> <label><input type=radio name=kubun value=2> 長期休業のみ</label><br>
<input type=checkbox name=gen value=1> 減免を申請する<br><input type=submit value="戻る" name=back><input type=submit value="次へ進む" name=next></form>"""
STEP3 = """<h2>新規申請 (3/3) 保護者</h2><form method=post action=/step3.php>
<table><tr><td>保護者</td><td><input name=parent></td></tr><tr><td>連絡先</td><td><input name=t1 size=4>-<input name=t2 size=4>-<input name=t3 size=4></td></tr><tr><td>備考</td><td><textarea name=memo rows=3></textarea></td></tr></table>
きょうだい<div id=sib></div><input type=button value="行追加" onclick="var b = document.getElementById('sib'), n = b.children.length + 1; b.insertAdjacentHTML('beforeend', '<div>' + n + '人目 <input name=s' + n + '> 学年 <input name=g' + n + ' size=2></div>')">
<br><input type=submit value="確認画面へ"></form>"""
ASK = "<h2>確認</h2><table>{cells}</table><form method=post action=/done.php><input type=hidden name=token value={token}><input type=submit value='申請する'></form>"


class Gakudo(SmallSystem):
    """``rows`` is what it holds, ``saves`` the numbers that were sent to be saved."""

    encoding, charset, cookie = "euc_jp", "EUC-JP", "PHPSESSID"

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.saves: list[str] = []
        self.begun: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}

    def answer(self, visit: Visit) -> None:
        if visit.name in ("index", "login") or visit.logged_in:
            return super().answer(visit)
        visit.send("<p>長時間操作がなかったため、接続を終了しました。</p><a href=/index.php>トップへ戻る</a>")

    def page_index(self, visit: Visit) -> None:
        visit.send(LOGIN)

    def page_login(self, visit: Visit) -> None:
        if visit.form.get("pw") != "himitsu-no-kotoba":
            return visit.send("<font color=red>違います</font>" + LOGIN)
        sid = self.log_in()
        self.begun[sid] = {}
        visit.send("<script>location.replace('/menu.php')</script>", sid=sid)

    def page_menu(self, visit: Visit) -> None:
        visit.send(MENU)

    def page_list(self, visit: Visit) -> None:
        page, last = int(visit.query["p"]), max(1, -(-len(self.rows) // ROWS_A_PAGE))
        first = (page - 1) * ROWS_A_PAGE
        lines = "".join(
            f"<tr><td>{r['no']}</td><td>{html.escape(r['child'])}</td><td><a href=/show.php?{i}>表示</a> <a href=/del.php?{i}>削除</a></td></tr>"
            for i, r in list(enumerate(self.rows))[first : first + ROWS_A_PAGE]
        )
        following = f"<a href=/list.php?p={page + 1}>次へ</a>" if page < last else "次へ"
        visit.send(
            f"<h2>申請一覧</h2>全 {len(self.rows)} 件<table><tr><th>申請番号<th>児童名<th></tr>{lines}</table>{page}/{last} {following}"
        )

    def page_show(self, visit: Visit) -> None:
        row = self.rows[int(visit.raw_query)]
        shown = {
            "申請番号": row["no"], "児童名": row["child"], "生年月日": f"{row['y']}/{row['m']}/{row['d']}",
            "希望施設": FACILITIES[row["fac"]], "利用区分": "通年" if row["kubun"] == "1" else "長期休業のみ",
            "減免": "あり" if row["gen"] else "なし", "保護者": row["parent"], "連絡先": f"{row['t1']}-{row['t2']}-{row['t3']}",
            "備考": row["memo"],
        }  # fmt: skip
        cells = "".join(f"<dt>{k}<dd>{html.escape(v).replace(chr(10), '<br>')}" for k, v in shown.items())
        siblings = "".join(
            f"<tr><td>{n}<td>{html.escape(row[f's{n}'])}<td>{row[f'g{n}']}"
            for n in range(1, 9)
            if f"s{n}" in row
        )
        visit.send(
            f"<h2>申請内容</h2><dl>{cells}</dl><table><tr><th>番号<th>きょうだい<th>学年{siblings}</table>"
        )

    def page_step1(self, visit: Visit) -> None:
        errors = ""
        if visit.form:
            self.begun[visit.sid] = dict(visit.form)
            if all(r["no"] != visit.form["no"] for r in self.rows) and visit.form["child"] != "対象外":
                return self._step2(visit)
            errors = "<ul><li class=err>対象外の児童です</ul>"
        years, months, days = (
            "".join(f"<option>{n}" for n in r) for r in (range(2010, 2027), range(1, 13), range(1, 32))
        )
        visit.send(STEP1.format(errors=errors, years=years, months=months, days=days))

    def _step2(self, visit: Visit) -> None:
        facilities = "".join(f"<option value={c}>{c}：{n}" for c, n in FACILITIES.items())
        visit.send(STEP2.format(facilities=facilities))

    def page_step2(self, visit: Visit) -> None:
        if "back" in visit.form:
            return self.page_menu(visit)
        self.begun[visit.sid] |= {"gen": "", **visit.form}
        visit.send(STEP3)

    def page_step3(self, visit: Visit) -> None:
        begun = self.begun[visit.sid]
        begun |= visit.form
        self.tokens[token := self.new("t")] = visit.sid
        shown = {
            "申請番号": begun["no"],
            "児童名": begun["child"],
            "生年月日": f"{begun['y']}年{begun['m']}月{begun['d']}日",
        }
        cells = "".join(f"<tr><td>{k}<td>{html.escape(v)}" for k, v in shown.items())
        visit.send(ASK.format(cells=cells, token=token))

    def page_done(self, visit: Visit) -> None:
        """A used token stores nothing; CUT stores and breaks the connection; FATAL fails before it stores."""
        if self.tokens.pop(visit.form.get("token", ""), "") != visit.sid:
            return visit.send("画面の遷移が正しくありません。最初からやり直してください。")
        row, self.begun[visit.sid] = self.begun[visit.sid], {}
        self.saves.append(row["no"])
        first = self.saves.count(row["no"]) == 1
        if row["memo"] == "FATAL" and first:
            return visit.send("<b>Fatal error</b>: Uncaught PDOException in done.php:12")
        self.rows.append(row)
        if row["memo"] == "CUT" and first:
            return visit.cut()
        visit.send(f"<h2>完了</h2>申請を受け付けました。<br>管理番号：<b>{row['no']}-{len(self.rows)}</b>")
