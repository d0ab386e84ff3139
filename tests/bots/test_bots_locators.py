# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Saying which element, on the kinds of pages that old systems are made of, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bots.browser.locators import locate
from bots.procedure.login_session import LoginSession
from bots.procedure.walker import ProcedureWalk
from bots.spec.language.target_reader import TargetReader
from bots.spec.language.yaml_source import Source
from bots.spec.templating import Scope
from tests.bots.kit import HOST

pytestmark = pytest.mark.browser

TABLE = """
<table id=layout><tr><td>
 <table>
  <tr><td>氏　名<font color=red>*</font></td><td>：</td><td><input id=name></td><td>ﾌﾘｶﾞﾅ（必須）</td><td><input id=kana></td></tr>
  <tr><td>生年月日</td><td><select id=era><option>昭和<option>平成</select><input id=y size=2>年<input id=m size=2>月</td></tr>
  <tr><td>性別</td><td><input type=radio name=s value=1 id=man>男 <input type=radio name=s value=2 id=woman>女</td></tr>
  <tr><td>添付</td><td><input type=checkbox id=t1>住民票 <input type=checkbox id=t2>戸籍</td></tr>
  <tr><td>住所<input id=inner type=text></td></tr>
  <tr><td>検索用氏名</td><td><input id=other></td></tr>
 </table></td></tr></table>
電話：<input id=tel> 内線 <input id=ext type=text><br>
<label for=l1>メモ</label><input id=l1> <input id=aria aria-label="備考">
<table><tr><th>番号</th><th>氏名</th><th>状態</th><th></th></tr>
 <tr><td>12</td><td>山田</td><td>済</td><td><a id=d12 href="#">詳細</a></td></tr>
 <tr><td>123</td><td>佐藤</td><td>未</td><td><a id=d123 href="#">詳細</a></td></tr></table>
<fieldset><legend>区分</legend><label><input type=radio name=k id=k1>新規</label><label><input type=radio name=k id=k2>変更</label></fieldset>
<form id=nameless><input type=hidden><input id=p1><select id=p2><option>a</select><input type=submit id=sub value="送　信"><input id=p3></form>
<input type=image id=img alt="印刷" src="data:,"> <span onclick="1" id=span>閉じる</span> <button id=btn> 登　録 </button>
<a href="#"><img id=pic alt="次へ" src="data:,"></a> <input style="display:none" id=ghost name=ghost placeholder=探す title=題>
<dl><dt>受付番号</dt><dd id=dd>A-1</dd></dl>
<input id=ph placeholder="探す" title="題">
<p>世帯主<br><input id=above></p>
<div class=r><div>屋号</div><div><span><input id=block></span></div></div>
<table><tr><th rowspan=2>子<th>番<th>学年<th>学校</tr><tr><td>一<td><input id=g1><td><input id=s1></tr></table>
<table><tr><th>級<th>コード<th>数</tr><tr><td rowspan=2>甲<td><input value=K1 readonly><td><input id=k1n></tr>
 <tr><td><input value=K2 readonly><td><input id=k2n></tr></table>
"""


@pytest.mark.parametrize(
    ("target", "purpose", "wanted"),
    [
        ({"cell": "氏名"}, "control", "name"),
        ({"cell": "フリガナ"}, "control", "kana"),
        ({"cell": "生年月日", "part": 3}, "control", "m"),
        ({"cell": "性別", "option": "女"}, "control", "woman"),
        ({"cell": "添付", "option": "戸籍"}, "control", "t2"),
        ({"cell": "住所"}, "control", "inner"),
        ({"label": "電話"}, "control", "tel"),
        ({"label": "内線"}, "control", "ext"),
        ({"label": "メモ"}, "control", "l1"),
        ({"label": "備考"}, "control", "aria"),
        ({"label": "男"}, "control", "man"),
        ({"row": "12", "link": "詳細"}, "element", "d12"),
        ({"row": "123", "link": "詳細"}, "element", "d123"),
        ({"button": "登録"}, "element", "btn"),
        ({"button": "送信"}, "element", "sub"),
        ({"button": "印刷"}, "element", "img"),
        ("閉じる", "element", "span"),
        ({"position": 2, "within": {"css": "#nameless"}}, "control", "p2"),
        ({"position": 2, "among": "text", "within": {"id": "nameless"}}, "control", "p3"),
        ({"placeholder": "探す", "nth": 2}, "control", "ph"),
        ({"title": "題", "nth": 2}, "control", "ph"),
        ({"name": "ghost"}, "control", "ghost"),
        ({"role": "textbox", "named": "備考"}, "control", "aria"),
        ({"cell": "受付番号"}, "element", "dd"),
        ({"alt": "次へ"}, "element", "pic"),
        ({"label": "世帯主"}, "control", "above"),
        ({"label": "屋号"}, "control", "block"),
        ({"cell": "学校", "below": True}, "control", "s1"),
        ({"row": "K2", "column": "数"}, "control", "k2n"),
        ({"css": "#layout input >> nth=0"}, "element", "name"),
    ],
)
def test_locators(
    browser_session: Callable[..., LoginSession], kit_page: Any, target: Any, purpose: Any, wanted: str
) -> None:
    read_target = TargetReader(Source(Path("x"), {})).target(target, ())
    found = locate(kit_page.main_frame, read_target, Scope({}), purpose)
    assert [e.get_attribute("id") for e in found.all()] == [wanted]


@pytest.fixture(scope="module")
def kit_page(browser_session: Callable[..., LoginSession]) -> Any:
    session = browser_session({"/": TABLE})
    session.page.goto(HOST + "/")
    return session.page


def test_what_a_cell_holds_is_its_value_as_the_system_sent_it(enter: Callable[..., ProcedureWalk]) -> None:
    page = """<table><tr><th>氏名</th><td>
      山田  太郎
    </td></tr><tr><th>住所</th><td>港区<br>
      芝</td></tr><tr><th>備考</th><td><textarea>\n 一  二\n</textarea></td></tr><tr><th>空</th><td>&nbsp;</td></tr>
    <tr><th>銀行</th><td><input value=みずほ> <a href="/search">検索</a></td></tr></table>"""
    names = {"氏名": "name", "住所": "address", "備考": "memo", "空": "none", "銀行": "bank"}
    walk = enter({"/": page}, [{"capture": {"cell": label, "as": name}} for label, name in names.items()])
    assert walk.captured == {
        "name": "山田  太郎",
        "address": "港区\n芝",
        "memo": " 一  二\n",
        "none": "",
        "bank": "みずほ",
    }


def test_reading_a_list_and_a_filled_form(enter: Callable[..., ProcedureWalk]) -> None:
    walk = enter(
        {"/": TABLE},
        [
            {"choose": {"cell": "性別", "option": "女"}},
            {"choose": {"label": "区分", "option": "変更"}},
            {"check": {"cell": "添付", "option": "住民票"}},
            {"select": {"cell": "生年月日", "part": 1, "option": "平成"}},
            {"fill": {"cell": "生年月日", "part": 2, "value": "3"}},
            {"capture": {"row": "123", "column": "状態", "as": "state"}},
            {"capture": {"cell": "性別", "as": "sex"}},
            {"capture": {"cell": "添付", "as": "papers"}},
            {"capture": {"cell": "生年月日", "as": "birth"}},
            {"capture": {"cell": "受付番号", "as": "number", "pattern": "A-(\\d)"}},
            {"capture": {"css": "#ph", "attribute": "title", "as": "tip"}},
        ],
    )
    assert walk.captured == {
        "state": "未",
        "sex": "女",
        "papers": "住民票",
        "birth": "平成3年月",
        "number": "1",
        "tip": "題",
    }
    assert walk.page.locator("#k2").is_checked()
    walk.verify_form()
