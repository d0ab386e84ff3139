# ruff: noqa: E501 — pages and records are easier to read on one line
"""Small pages with one difficulty each: what is proposed, recorded, shown and hidden."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bots.base.errors import NotGranted
from bots.workshop.errors import WorkshopError
from tests.bots.workshop.conftest import Bench

pytestmark = pytest.mark.browser
Begin = Callable[[Mapping[str, Any]], Bench]
BEGUN = {"id": "a", "base_url": "http://kit.test", "key": ["no"]}
SAMPLE = {"no": "00000123", "name": "山田　太郎", "birth": "1988-04-01", "amount": "50000", "agree": "true"}
PASSWORD = "himitsu-no-kotoba"


def at(bench: Begin, pages: Mapping[str, str] | str, **more: Any) -> Bench:
    """A draft whose browser shows these pages."""
    one = bench({**BEGUN, "sample": SAMPLE, **more})
    known = {"/": pages} if isinstance(pages, str) else pages

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix("http://kit.test").split("?")[0]
        body = "<!doctype html><meta charset=utf-8>" + known.get(path, "?")
        route.fulfill(status=200 if path in known else 404, content_type="text/html", body=body)

    opened = one.workshop._open(one.draft)
    opened.context.route("http://kit.test/**", answer)
    opened.do(lambda: opened.page.goto("http://kit.test/"))
    one.staff.open()
    one.staff.into = "enter"
    return one


def best(one: Bench, words: str, kind: str = "", **where: Any) -> dict[str, Any]:
    return dict(one.staff.find(words, kind, **where)["locators"][0]["target"])


def test_the_best_locator_is_what_people_read_and_finds_one_element(bench: Begin) -> None:
    page = """<form><table><tr><th>氏名<td><input name=T1><tr><th>生年月日<td><input name=y>年<input name=m>月</table>
    <label>電話 <input id=tel></label><button>登録</button><button>登録</button>
    <div id=left><a href=/x>照会</a></div><div id=right><a href=/y>照会</a></div>
    <div>住所<br><input name=addr></div></form>
    <table><tr><th>番号<th>状態<th>操作<tr><td>00000123<td>済<td><a href=/1>参照</a><tr><td>00000124<td>未<td><a href=/2>参照</a></table>"""
    one = at(bench, page)
    assert best(one, "氏名", "input") == {"cell": "氏名"}
    assert best(one, "生年月日", "input", nth=1) == {"cell": "生年月日", "part": 2}
    assert best(one, "電話", "input") == {"label": "電話"}
    assert best(one, "住所", "input") == {"label": "住所"}
    assert best(one, "登録", "button", nth=1) == {"button": "登録", "nth": 2}
    assert best(one, "照会", "link", nth=1) == {"link": "照会", "within": {"css": "#right"}}
    assert best(one, "参照", "link") == {"row": "{{ no }}", "link": "参照"}
    assert best(one, "済", "text") == {"row": "{{ no }}", "column": "状態"}
    every = [p for e in one.staff.shown["elements"] for p in e["locators"]]
    assert all(p["ja"] and p["en"] and p["matches"] >= 1 for p in every)


def test_inputs_in_open_shadow_roots_and_frames_have_a_place_and_a_locator(bench: Begin) -> None:
    pages = {
        "/": "<p>上</p><my-input></my-input><iframe name=sub src=/sub style='margin:30px;border:5px solid'></iframe><script>"
        "customElements.define('my-input', class extends HTMLElement { connectedCallback() { this.attachShadow({mode: 'open'})"
        ".innerHTML = '<label>備考<input class=note></label>' } })</script>",
        "/sub": "<body style='margin:0'><input name=inner style='position:absolute;left:10px;top:20px'>",
    }
    one = at(bench, pages)
    assert best(one, "備考", "input") == {"label": "備考"}
    one.staff.fill("備考", "山田　太郎")
    inner = one.staff.find("", "input", frame="sub")
    outer = one.workshop._browser.page.frame_locator("iframe").locator("input").bounding_box()  # type: ignore[union-attr]
    assert inner["box"][:2] == [round(outer["x"]), round(outer["y"])]  # type: ignore[index]
    one.staff.do("fill", inner, value="00000123")
    assert one.steps("enter")[-2:] == [{"frame": "sub"}, {"fill": {"name": "inner", "value": "{{ no }}"}}]


def test_a_password_is_named_and_never_written_shown_or_kept(bench: Begin) -> None:
    page = (
        "<label>ID<input name=u></label><label>パスワード<input type=password name=p></label><p id=p></p><script>"
        "document.forms; document.querySelector('[type=password]').oninput = (e) => p.textContent = e.target.value</script>"
    )
    one = at(bench, page)
    one.staff.into = "login"
    with pytest.raises(WorkshopError, match="秘密情報の名前"):
        one.staff.fill("パスワード", PASSWORD)
    with pytest.raises(NotGranted, match="OTHER"):
        one.staff.fill("パスワード", secret="OTHER")
    plain = _ink(one, "p")
    one.staff.fill("パスワード", secret="KYOKA_PASSWORD")
    assert PASSWORD not in str({**one.staff.shown, "picture": ""})
    for file in one.folder.rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes(), file
    # The page wrote it into a paragraph: there it is one black box.
    assert one.workshop._browser.page.inner_text("#p") == PASSWORD  # type: ignore[union-attr]
    assert plain == {(255, 255, 255)} and (0, 0, 0) in _ink(one, "p")
    assert one.steps("login")[-1] == {"fill": {"label": "パスワード", "value": "{{ secret.KYOKA_PASSWORD }}"}}


def _ink(one: Bench, element: str) -> set[Any]:
    box = one.workshop._browser.page.locator(f"#{element}").bounding_box()  # type: ignore[union-attr]
    with Image.open(BytesIO(base64.b64decode(one.staff.shown["picture"]))) as picture:
        y = round(box["y"] + max(box["height"] / 2, 1))  # type: ignore[index]
        return {picture.convert("RGB").getpixel((x, y)) for x in range(8, 120)}


def test_a_click_into_an_input_and_a_value_typed_anew_are_one_step(bench: Begin) -> None:
    one = at(
        bench,
        "<label>番号<input name=n></label><label>金額<input name=a onblur=\"this.value += '.00'\"></label>",
    )
    one.staff.do("click", one.staff.find("番号", "input"))
    one.staff.fill("番号", "0")
    one.staff.fill("番号", "00000123")
    assert one.steps("enter") == [{"goto": "/"}, {"fill": {"label": "番号", "value": "{{ no }}"}}]
    step = one.draft.procedures["enter"][1]
    assert (
        step.picture
        and step.box
        and step.ja
        and (one.folder / "pictures" / step.picture).stat().st_size > 1000
    )


def test_message_boxes_stay_open_until_they_are_answered(bench: Begin) -> None:
    page = "<button onclick=\"if (confirm('00000123 を消しますか')) p.textContent = prompt('理由')\">消す</button><p id=p></p>"
    one = at(bench, page)
    shown = one.staff.click("消す")
    assert shown["dialog"] == {"kind": "confirm", "text": "00000123 を消しますか"} and shown["elements"] == []
    with pytest.raises(WorkshopError, match="先にメッセージ"):
        one.staff.do("press", value="Tab")
    assert one.staff.answer()["dialog"]["kind"] == "prompt"
    one.staff.answer(text="山田　太郎")
    assert one.staff.find("山田　太郎", "text")
    assert one.steps("enter")[-1]["dialog"] == [
        {"text": "{{ no }} を消しますか", "kind": "confirm", "answer": "accept"},
        {"text": "理由", "kind": "prompt", "answer": "accept", "write": "{{ name }}"},
    ]
    with pytest.raises(WorkshopError, match="開いていません"):
        one.staff.answer()


def test_the_button_that_saves_is_pointed_at_and_not_pressed(bench: Begin) -> None:
    page = "<label>番号<input></label><button onclick=\"if (confirm('登録します')) document.title = 'saved'\">登録</button>"
    one = at(bench, page)
    one.staff.fill("番号", "00000123")
    one.staff.do("only_record", one.staff.find("登録", "button"))
    assert one.staff.shown["title"] != "saved" and one.staff.shown["dialog"] is None
    last = one.steps("enter")[-1]
    assert (
        last["irreversible"] and last["dialog"][0]["text"] == "登録します" and last["dialog"][0]["optional"]
    )
    with pytest.raises(WorkshopError, match="登録の後の手順は"):
        one.staff.fill("番号", "1")
    # Pointed at again, or pressed for real on a test system: still one step that saves.
    one.staff.click("登録", irreversible=True)
    one.staff.answer()
    assert [bool(s.get("irreversible")) for s in one.steps("enter")].count(True) == 1
    assert "optional" not in one.steps("enter")[-1]["dialog"][-1]
    one.staff.into = "find"
    with pytest.raises(WorkshopError, match="「入力」の手順で"):
        one.staff.do("only_record", one.staff.find("登録", "button"))


def test_signs_are_conditions_that_hold_for_every_record(bench: Begin) -> None:
    page = """<form><table><tr><td>番号<td><input value=00000123></table></form><p>0 件</p><p>エラー E012: 00000123 は登録済み</p>
    <table><tr><th>番号<th>氏名<tr><td>00000123<td>山田　太郎</table><input type=password><button>ログイン</button>"""
    one = at(bench, page)
    one.staff.sign("no", "0 件")
    one.staff.sign("yes", "00000123", kind="text")
    one.staff.sign("refused", "エラー E012")
    one.staff.sign("session_lost", "ログイン", kind="button")
    found = {sign.kind: sign.condition for sign in one.draft.signs}
    no = {"pattern": r"(?<!\d)0\s*件"}
    assert found["no"] == {"all": [no, {"not": found["yes"]}]}, "this page shows both answers"
    assert found["yes"] == {"row": "{{ no }}", "column": "番号"}, "the form shows the key too"
    assert found["refused"] == {"pattern": r"E\d+[^\n]*"}
    assert found["session_lost"] == {"button": "ログイン"}
    with pytest.raises(WorkshopError, match="キー"):
        one.edit({"sign": {"kind": "yes", "text": "山田"}})


def test_pages_that_no_bot_can_drive_and_hosts_that_are_not_granted_are_said(bench: Begin) -> None:
    one = at(
        bench,
        "<script>function f() { return window.showModalDialog('/x') }</script><img src=http://other.test/a.png>",
    )
    said = " ".join(h["ja"] for h in one.staff.shown["hints"])
    assert "Internet Explorer" in said and "other.test" in said
    for url in ("http://other.test/", "file:///etc/hostname", "chrome://version"):
        with pytest.raises(NotGranted):
            one.staff.do("goto", value=url)
    with pytest.raises(WorkshopError, match="画面が変わりました"):
        one.staff.do("click", {"id": "0.999"})


def test_a_list_that_comes_without_a_page_is_looked_for_in_place(bench: Begin) -> None:
    page = """<label>番号<input id=q></label><button onclick="setTimeout(() => r.innerHTML =
    '<table><tr><th>番号<tr><td>' + q.value + '</table>', 300)">検索</button><div id=r></div>"""
    one = at(bench, page)
    one.staff.into = "find"
    one.staff.fill("番号", "00000123")
    one.staff.click("検索")
    one.staff.open()
    one.staff.sign("yes", "00000123", kind="text")
    assert "in_place: true" in one.yaml()
