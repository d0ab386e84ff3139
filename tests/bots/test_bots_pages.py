# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Locators and steps on the kinds of pages that old systems are made of, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from bots.browser import BrowserSettings, arguments, find_browser, launch, playwright
from bots.conditions import holds
from bots.errors import (
    BotError,
    BusinessRefusal,
    FormDiffers,
    PageUnexpected,
    StepTimeout,
    UnexpectedDialog,
    ValueUnfit,
)
from bots.language import load_bot
from bots.language_targets import TargetReader
from bots.locators import locate
from bots.model import Bot
from bots.session import Session
from bots.steps import start
from bots.templating import Scope
from bots.walk import Walk
from bots.yaml_source import Source

pytestmark = pytest.mark.browser
HOST = "http://kit.test"
SAVE = {"click": "保存", "irreversible": True}

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


@pytest.fixture(scope="module")
def browser_session(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[dict[str, str], dict[str, Any]], Session]]:
    made: list[Session] = []
    file = tmp_path_factory.mktemp("kit") / "bot.yaml"
    with playwright() as started:
        browser = launch(started, kit(file, []), BrowserSettings())

        def make(pages: dict[str, str], **more: Any) -> Session:
            for old in made:
                old.close()
            made.clear()
            bot = kit(file, [], **more)
            session = Session(browser, bot, Scope({}))

            def answer(route: Any) -> None:
                path = route.request.url.removeprefix(HOST).split("?")[0]
                body = "<meta charset=utf-8>" + pages.get(path, "?")
                route.fulfill(status=200 if path in pages else 404, content_type="text/html", body=body)

            session.context.route(f"{HOST}/**", answer)
            made.append(session)
            return session

        yield make  # type: ignore[misc]
        browser.close()


def kit(file: Path, enter: list[Any], **more: Any) -> Bot:
    data = {
        "id": "kit", "base_url": HOST, "key": "a", "timeout_seconds": 3, "session_lost": [{"button": "ログイン"}],
        "procedures": {
            "login": [], "find": {"steps": [], "yes": "y", "no": "n"}, "enter": [*enter, SAVE],
            "read_back": [{"capture": {"cell": "a", "as": "a"}}],
        },
        **more,
    }  # fmt: skip
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return load_bot(file)


@pytest.fixture
def enter(browser_session: Callable[..., Session], tmp_path: Path) -> Callable[..., Walk]:
    """Serve pages, walk through steps of ``enter`` with a Record, stop before saving."""

    def go(
        pages: dict[str, str],
        steps: list[Any],
        values: dict[str, str] | None = None,
        named: Any = None,
        **more: Any,
    ) -> Walk:
        more |= {"steps": named} if named else {}
        session = browser_session(pages, **more)
        bot = kit(tmp_path / "bot.yaml", [{"goto": "/"}, *steps], **more)
        walk = start(session, Scope(values or {}, lookups=bot.lookups), "enter")
        walk.run(bot.enter.steps[:-1])
        return walk

    return go


def value(walk: Walk, css: str) -> str:
    return walk.page.main_frame.locator(css).input_value()


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
    browser_session: Callable[..., Session], kit_page: Any, target: Any, purpose: Any, wanted: str
) -> None:
    read_target = TargetReader(Source(Path("x"), {})).target(target, ())
    found = locate(kit_page.main_frame, read_target, Scope({}), purpose)
    assert [e.get_attribute("id") for e in found.all()] == [wanted]


@pytest.fixture(scope="module")
def kit_page(browser_session: Callable[..., Session]) -> Any:
    session = browser_session({"/": TABLE})
    session.page.goto(HOST + "/")
    return session.page


def test_reading_a_list_and_a_filled_form(enter: Callable[..., Walk]) -> None:
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
    walk.verify()


def test_frames_within_frames(enter: Callable[..., Walk]) -> None:
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
    enter: Callable[..., Walk],
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


def test_message_boxes_by_policy(enter: Callable[..., Walk]) -> None:
    yes = [{"click": "確認", "dialog": {"text": "よろしい", "kind": "confirm"}}]
    assert value(enter({"/": BOXES}, yes), "[name=r]") == "true"
    no = [{"dialog": {"text": "よろしい", "answer": "dismiss"}}, {"click": "確認"}]
    assert value(enter({"/": BOXES}, no), "[name=r]") == "false"
    told = [{"click": "質問", "dialog": {"text": "暗号", "write": "{{ a }}"}}]
    assert value(enter({"/": BOXES}, told, {"a": "山"}), "[name=r]") == "山"
    enter({"/": BOXES}, [{"click": "警告"}], dialogs=[{"text": "在庫"}])
    with pytest.raises(UnexpectedDialog, match="在庫がありません"):
        enter({"/": BOXES}, [{"click": "警告"}])
    with pytest.raises(UnexpectedDialog, match="よろしいですか"):
        enter({"/": BOXES}, [{"click": "確認", "dialog": {"text": "削除"}}])
    with pytest.raises(PageUnexpected, match="表示されません"):
        enter({"/": "<button>確認</button>"}, [{"click": "確認", "dialog": {"text": "よろしい"}}])
    with pytest.raises(BusinessRefusal, match="在庫がありません"):
        enter({"/": BOXES}, [{"click": "警告"}], refused=[{"dialog": "在庫"}])


def test_inputs_that_act_by_themselves(enter: Callable[..., Walk]) -> None:
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
    walk.verify()
    with pytest.raises(ValueUnfit, match="本店"):
        enter(
            pages,
            [
                {"select": {"label": "銀行", "option": "みずほ"}, "loads": "top"},
                {"select": {"label": "支店", "option": "南"}},
            ],
        )


@pytest.mark.parametrize(
    "page",
    [
        "氏名 <input maxlength=2>",
        "氏名 <input onchange=\"this.value=this.value.replace('橋','喬')\">",
        "氏名 <input onblur=\"setTimeout(() => this.value='', 0)\">",
    ],
)
def test_a_form_that_changes_what_was_typed_is_found_out(enter: Callable[..., Walk], page: str) -> None:
    walk = enter({"/": page}, [{"fill": {"label": "氏名", "value": "{{ a }}"}}], {"a": "高橋花"})
    with pytest.raises(FormDiffers, match="高橋花"):
        walk.verify()


def test_conditions_loops_reuse_and_files(enter: Callable[..., Walk], tmp_path: Path) -> None:
    paper = tmp_path / "住民票.pdf"
    paper.write_bytes(b"%PDF")
    page = (
        "".join(f"子{n} <input id=c{n}> 年{n} <input id=y{n}><br>" for n in (1, 2, 3))
        + "ファイル <input type=file id=f> 他 <input id=o>"
    )
    steps = [
        {"for_each": {"fields": "child{n}_", "up_to": 3, "present": "name"}, "steps": [
            {"use": {"steps": "child", "with": {"where": "{{ n }}", "name": "{{ item.name }}"}}}]},
        {"for_each": {"json": "{{ years }}"}, "steps": [{"fill": {"label": "年{{ n }}", "value": "{{ item.y }}"}}]},
        {"for_each": {"split": "{{ list }}"}, "steps": [{"fill": {"label": "他", "value": "{{ item }}"}}]},
        {"if": {"value": "{{ a }}", "is": "x"}, "then": [{"fill": {"label": "子3", "value": "then"}}], "else": [{"click": "ない"}]},
        {"if": {"button": "ない"}, "then": [{"click": "ない"}]},
        {"upload": {"label": "ファイル", "path": "{{ paper }}"}},
    ]  # fmt: skip
    values = {
        "child1_name": "一郎", "child2_name": "二郎", "child3_name": "", "years": '[{"y": 5}, {"y": 7}]', "list": "p|q",
        "a": "x", "paper": str(paper),
    }  # fmt: skip
    named = {"child": [{"fill": {"label": "子{{ where }}", "value": "{{ name }}"}}]}
    walk = enter({"/": page}, steps, values, named=named)
    assert [value(walk, f"#{i}") for i in ("c1", "c2", "c3", "y1", "y2", "o")] == [
        "一郎",
        "二郎",
        "then",
        "5",
        "7",
        "q",
    ]
    assert walk.page.locator("#f").evaluate("e => e.files[0].name") == "住民票.pdf"


@pytest.mark.parametrize(
    ("steps", "error", "words"),
    [
        ([{"fill": {"css": "input", "value": "x"}}], PageUnexpected, "2個"),
        ([{"click": "ありません"}], StepTimeout, "ありません"),
        ([{"wait_for": "来ない"}], StepTimeout, "氏名"),
        ([{"expect": "来ない"}], PageUnexpected, "氏名"),
        ([{"expect": {"css": "p", "is": "佐藤"}}], BusinessRefusal, "「佐藤」→「山田」"),
        ([{"expect": "来ない", "otherwise": "refused"}], BusinessRefusal, "氏名"),
        ([{"capture": {"css": "input", "as": "x"}}], PageUnexpected, "2個"),
        ([{"frame": "main"}], StepTimeout, "main"),
        ([{"goto": "/nowhere"}], BotError, "404"),
        ([{"fill": {"css": "[type=password]", "value": "literal"}}], BotError, "secret"),
        ([{"fill": {"nth": 1, "css": "input", "value": "長い名前", "max_bytes": 7}}], ValueUnfit, "8バイト"),
        ([{"fill": {"nth": 1, "css": "input", "value": "一行\n二行", "typed": True}}], ValueUnfit, "改行"),
        ([{"upload": {"css": "p", "path": "/no/such.pdf"}}], ValueUnfit, "such.pdf"),
    ],
)
def test_what_goes_wrong_is_told_with_the_step(
    enter: Callable[..., Walk], steps: list[Any], error: type[BotError], words: str
) -> None:
    page = "氏名 <input> <input type=password> <p>山田</p>"
    with pytest.raises(error, match=words):
        enter({"/": page}, steps, timeout_seconds=1, encoding="cp932")


def test_a_stale_answer_is_no_answer(browser_session: Callable[..., Session], tmp_path: Path) -> None:
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
    browser_session: Callable[..., Session], tmp_path: Path
) -> None:
    session = browser_session({"/find": "ok"}, encoding="cp932")
    bot = kit(tmp_path / "bot.yaml", [{"goto": "/find?q={{ a }}"}], encoding="cp932")
    walk = start(session, Scope({"a": "髙 &"}), "enter")
    walk.run(bot.enter.steps[:-1])
    assert unquote(walk.page.url, "cp932") == f"{HOST}/find?q=髙 &" and "%26" in walk.page.url


def test_a_page_that_asks_for_one_browser_sees_it(browser_session: Callable[..., Session]) -> None:
    needs = {"user_agent": "Mozilla/4.0 (compatible; MSIE 6.0)", "window": [800, 600]}
    page = "<script>document.write(navigator.userAgent + ' ' + innerWidth)</script>"
    session = browser_session({"/": page}, browser=needs)
    session.page.goto(HOST + "/")
    assert session.page.inner_text("body") == "Mozilla/4.0 (compatible; MSIE 6.0) 800"


def test_a_password_of_the_browsers_own_box_is_refused_in_clear(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="password"):
        kit(tmp_path / "bot.yaml", [], browser={"basic_login": {"user": "u", "password": "clear"}})


def test_the_browser_reaches_no_other_host(browser_session: Callable[..., Session]) -> None:
    session = browser_session({"/": "x"})
    session.context.unroute_all()
    for address in ("http://outside.example/", "http://93.184.216.34/"):
        with pytest.raises(Exception, match=r"ERR_NAME_NOT_RESOLVED|ERR_ADDRESS|ERR_NAME"):
            session.page.goto(address, timeout=5000)
    assert find_browser().exists()
    assert any("NOTFOUND" in a for a in arguments(("kit.test",)))
