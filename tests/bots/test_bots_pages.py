# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Frames, windows, message boxes, inputs that act by themselves, and what the browser may reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from bots.base.errors import BotError, BusinessRefusal, PageUnexpected, UnexpectedDialog, ValueUnfit
from bots.browser.launch import arguments, find_browser
from bots.procedure.conditions import holds
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.dispatch import start
from bots.procedure.walker import ProcedureWalk
from bots.spec.language.target_reader import TargetReader
from bots.spec.language.yaml_source import Source
from bots.spec.templating import Scope
from tests.bots.kit import HOST, kit, value

pytestmark = pytest.mark.browser


def test_frames_within_frames(enter: Callable[..., ProcedureWalk]) -> None:
    pages = {
        "/": "<frameset cols='30%,*'><frame name=menu src=/menu><frame name=main src=/main></frameset>",
        "/menu": "<a target=main href=/next>次へ</a>",
        "/main": "<iframe src=/blank></iframe><iframe src=/deep.asp?x=1></iframe>",
        "/deep.asp": "<iframe name=leaf src=/leaf></iframe>",
        "/blank": "空", "/leaf": "氏名：<input id=n>", "/next": "着きました 番号 <input id=z>",
    }  # fmt: skip
    walk = enter(
        pages,
        [
            {
                "frame": ["main", {"url": "/deep.asp"}, "leaf"],
                "steps": [{"fill": {"label": "氏名", "value": "山田"}}],
            },
            {"frame": ["main", {"index": 2}, {"index": 1}]},
            {"capture": {"label": "氏名", "as": "seen"}},
            {"click": {"link": "次へ", "frame": "menu"}, "loads": "main"},
            {"frame": "main"},
            {"expect": "着きました"},
            {"fill": {"label": "番号", "value": "7"}},
            {"expect": {"label": "番号", "is": "7"}},
        ],
    )
    assert walk.captured["seen"] == "山田"


def test_a_popup_writes_into_its_opener_and_another_becomes_the_main_window(
    enter: Callable[..., ProcedureWalk],
) -> None:
    pages = {
        "/": "住所 <input id=a><input type=button value=検索 onclick=\"window.open('/pick','w','width=300')\">"
        "<input type=button value=開始 onclick=\"window.open('/app','_blank')\">",
        "/pick": "<button onclick=\"opener.document.getElementById('a').value='千代田区'; window.close()\">選択</button>",
        "/app": "本体 <input id=b>",
    }
    walk = enter(
        pages,
        [
            {"popup": {"click": "検索", "steps": [{"click": "選択"}]}},
            {"capture": {"label": "住所", "as": "address"}},
            {"popup": {"click": "開始", "steps": [{"wait_for": "本体"}], "after": "stay"}},
        ],
    )
    assert walk.captured["address"] == "千代田区"
    assert walk.session.page.url.endswith("/app")


BOXES = """<input type=button value=確認 onclick="this.form.r.value = confirm('よろしいですか') + ''" form=f>
<input type=button value=質問 onclick="document.forms[0].r.value = prompt('暗号は')" form=f>
<input type=button value=警告 onclick="alert('在庫がありません')" form=f><form id=f>答え <input name=r></form>"""


def test_message_boxes_by_policy(enter: Callable[..., ProcedureWalk]) -> None:
    yes = [{"click": "確認", "dialog": {"text": "よろしい", "kind": "confirm"}}]
    assert value(enter({"/": BOXES}, yes), "[name=r]") == "true"
    no = [{"dialog": {"text": "よろしい", "answer": "dismiss"}}, {"click": "確認"}]
    assert value(enter({"/": BOXES}, no), "[name=r]") == "false"
    output = [{"click": "質問", "dialog": {"text": "暗号", "write": "{{ a }}"}}]
    assert value(enter({"/": BOXES}, output, {"a": "山"}), "[name=r]") == "山"
    enter({"/": BOXES}, [{"click": "警告"}], dialogs=[{"text": "在庫"}])
    with pytest.raises(UnexpectedDialog, match="在庫がありません"):
        enter({"/": BOXES}, [{"click": "警告"}])
    with pytest.raises(UnexpectedDialog, match="よろしいですか"):
        enter({"/": BOXES}, [{"click": "確認", "dialog": {"text": "削除"}}])
    with pytest.raises(PageUnexpected, match="表示されません"):
        enter({"/": "<button>確認</button>"}, [{"click": "確認", "dialog": {"text": "よろしい"}}])
    with pytest.raises(BusinessRefusal, match="在庫がありません"):
        enter({"/": BOXES}, [{"click": "警告"}], refused=[{"dialog": "在庫"}])


def test_inputs_that_act_by_themselves(enter: Callable[..., ProcedureWalk]) -> None:
    pages = {
        "/": """<form action=/ method=get>銀行 <select name=bank onchange="this.form.submit()"><option value="">-<option value=1>みずほ</select>
        支店 <select name=branch></select></form>
        金額 <input id=yen onblur="this.value=Number(this.value).toLocaleString()">
        候補 <input id=auto onkeyup="document.getElementById('hits').innerText='候補:'+this.value"><p id=hits></p>
        <script>if (location.search) setTimeout(() => {
          const s = document.forms[0]; s.bank.value = '1'; s.branch.innerHTML = '<option>-<option>本店' }, 150)</script>""",
    }
    walk = enter(
        pages,
        [
            {"select": {"label": "銀行", "option": "みずほ"}, "loads": "top"},
            {"select": {"label": "支店", "option": "本店"}},
            {"fill": {"label": "金額", "value": "50000", "shows": "50,000"}},
            {"fill": {"label": "候補", "value": "やま", "typed": True, "blur": False}},
            {"wait_for": "候補:やま"},
        ],
    )
    walk.verify_form()
    with pytest.raises(ValueUnfit, match="本店"):
        enter(
            pages,
            [
                {"select": {"label": "銀行", "option": "みずほ"}, "loads": "top"},
                {"select": {"label": "支店", "option": "南"}},
            ],
        )


def test_a_stale_answer_is_no_answer(browser_session: Callable[..., LoginSession], tmp_path: Path) -> None:
    """The list frame still says 該当なし from the search before; the new search has not answered."""
    pages = {
        "/": "<iframe name=list src=/none></iframe><input type=button value=検索 onclick='1'>",
        "/none": "該当なし",
    }
    session = browser_session(pages)
    bot = kit(tmp_path / "bot.yaml", [{"goto": "/"}, {"wait_for": "該当なし"}, {"click": "検索"}])
    walk = start(session, Scope({}), "find")
    walk.run(bot.enter.steps[:2])
    condition = TargetReader(Source(Path("x"), {})).condition("該当なし", ())
    assert holds(condition, walk.view(fresh_only=True))
    walk.run(bot.enter.steps[2:3])
    assert holds(condition, walk.view()) and not holds(condition, walk.view(fresh_only=True))


def test_an_address_carries_values_in_the_systems_encoding(
    browser_session: Callable[..., LoginSession], tmp_path: Path
) -> None:
    session = browser_session({"/find": "ok"}, encoding="cp932")
    bot = kit(tmp_path / "bot.yaml", [{"goto": "/find?q={{ a }}"}], encoding="cp932")
    walk = start(session, Scope({"a": "髙 &"}), "enter")
    walk.run(bot.enter.steps[:-1])
    assert unquote(walk.page.url, "cp932") == f"{HOST}/find?q=髙 &" and "%26" in walk.page.url


def test_a_page_that_asks_for_one_browser_sees_it(browser_session: Callable[..., LoginSession]) -> None:
    needs = {"user_agent": "Mozilla/4.0 (compatible; MSIE 6.0)", "window": [800, 600]}
    page = "<script>document.write(navigator.userAgent + ' ' + innerWidth)</script>"
    session = browser_session({"/": page}, browser=needs)
    session.page.goto(HOST + "/")
    assert session.page.inner_text("body") == "Mozilla/4.0 (compatible; MSIE 6.0) 800"


def test_a_password_of_the_browsers_own_box_is_refused_in_clear(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="password"):
        kit(tmp_path / "bot.yaml", [], browser={"basic_login": {"user": "u", "password": "clear"}})


def test_the_browser_reaches_no_other_host(browser_session: Callable[..., LoginSession]) -> None:
    session = browser_session({"/": "x"})
    session.context.unroute_all()
    for address in ("http://outside.example/", "http://93.184.216.34/"):
        with pytest.raises(Exception, match=r"ERR_NAME_NOT_RESOLVED|ERR_ADDRESS|ERR_NAME"):
            session.page.goto(address, timeout=5000)
    assert find_browser().exists()
    assert any("NOTFOUND" in a for a in arguments(("kit.test",)))
