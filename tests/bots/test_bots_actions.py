# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Clicking, ticking and writing where pages make it hard: covered, moving, deep in frames, hidden behind labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bots.base.errors import BotError, FormDiffers
from bots.procedure.walker import ProcedureWalk
from tests.bots.kit import value

pytestmark = pytest.mark.browser
Enter = Callable[..., ProcedureWalk]
NOTE = "<p id=did>-</p>"
SAID = {"capture": {"css": "#did", "as": "did"}}


def did(walk: ProcedureWalk) -> str:
    return walk.captured["did"]


def test_a_covered_button_is_not_pressed_and_neither_is_what_covers_it(enter: Enter) -> None:
    page = f"""<input type=button value=次へ onclick="did.innerText = '次へ'">{NOTE}
    <div id=veil style="position:fixed;inset:0" onclick="did.innerText = '幕'"></div>"""
    with pytest.raises(BotError, match="次へ"):
        enter({"/": page}, [{"click": "次へ", "timeout_seconds": 1}])
    gone = page + "<script>setTimeout(() => veil.remove(), 700)</script>"
    assert did(enter({"/": gone}, [{"click": "次へ"}, SAID])) == "次へ", "waited for"


def test_a_layout_that_jumps_under_the_mouse_presses_nothing_else(enter: Enter) -> None:
    """Where the mouse comes to, a button that deletes takes the place of the one that was aimed at."""
    page = f"""<style>button {{ display:block; height:40px }}</style><div id=top></div>
    <button id=del onclick="did.innerText += '削除'">削除</button><button id=go onclick="did.innerText += '表示'">表示</button>{NOTE}
    <script>let once = false; document.addEventListener('mousemove', () => {{ if (!once) {{ once = true; document.getElementById('top').style.height = '40px' }} }})</script>"""
    assert did(enter({"/": page}, [{"click": "表示"}, SAID])) == "-表示"


def test_a_moving_button_is_pressed_where_it_comes_to_rest(enter: Enter) -> None:
    page = f"""<style>@keyframes in {{ from {{ transform: translateX(600px) }} }} #b {{ animation: in .6s linear }}</style>
    <button id=b onclick="did.innerText = '押した'">表示</button>{NOTE}"""
    assert did(enter({"/": page}, [{"click": "表示"}, SAID])) == "押した"


def test_a_button_far_below_in_a_frame_in_a_frame(enter: Enter) -> None:
    pages = {
        "/": "<div style='height:1500px'></div><iframe name=a src=/a width=500 height=300 style='border:9px solid'></iframe>",
        "/a": "<div style='height:900px'></div><iframe name=b src=/b width=300 height=200 style='margin:30px'></iframe>",
        "/b": f"<div style='height:700px'></div><button onclick=\"did.innerText = '届いた'\">押す</button>{NOTE}",
    }
    steps = [{"frame": ["a", "b"]}, {"click": "押す"}, SAID]
    assert did(enter(pages, steps)) == "届いた"


def test_ticks_that_only_their_labels_show(enter: Enter) -> None:
    page = """<style>input { display:none }</style><label><input type=radio name=k id=k1>通年</label><label><input type=radio name=k id=k2>夏のみ</label>
    <input type=checkbox id=c checked><label for=c>減免</label>"""
    steps: list[Any] = [
        {"choose": {"name": "k", "option": "夏のみ"}},
        {"check": {"label": "減免", "on": "false"}},
    ]
    walk = enter({"/": page}, steps)
    assert walk.page.locator("#k2").is_checked() and not walk.page.locator("#c").is_checked()
    walk.verify_form()


def test_a_tick_that_is_as_it_should_be_is_left_alone(enter: Enter) -> None:
    page = f"<input type=checkbox id=c checked onclick=\"did.innerText = '触った'\"><label for=c>同意</label>{NOTE}"
    assert did(enter({"/": page}, [{"check": {"label": "同意"}}, SAID])) == "-"


def test_a_disabled_button_is_waited_for(enter: Enter) -> None:
    page = f"<button id=b disabled onclick=\"did.innerText = '押した'\">次へ</button>{NOTE}<script>setTimeout(() => b.disabled = false, 500)</script>"
    assert did(enter({"/": page}, [{"click": "次へ"}, SAID])) == "押した"


def test_a_click_that_a_script_passes_on(enter: Enter) -> None:
    page = f"<button id=real style='display:none' onclick=\"did.innerText = '本物'\">x</button><a href='#' onclick='real.click()'>登録へ</a>{NOTE}"
    assert did(enter({"/": page}, [{"click": {"link": "登録へ"}}, SAID])) == "本物"


@pytest.mark.parametrize(
    "page",
    [
        "氏名 <input id=x value=前の値>",
        "氏名 <textarea id=x>前の\n値</textarea>",
        "氏名 <input id=x value=前 onfocus=\"this.value='入力例'\">",
        "氏名 <input id=x readonly onclick='1'><script>setTimeout(() => x.readOnly = false, 400)</script>",
        "氏名 <input id=x type=email value=a@b>",
    ],
)
def test_what_is_written_takes_the_place_of_what_was_there(enter: Enter, page: str) -> None:
    assert value(enter({"/": page}, [{"fill": {"label": "氏名", "value": "山田"}}]), "#x") == "山田"
    assert value(enter({"/": page}, [{"fill": {"label": "氏名", "value": ""}}]), "#x") == ""


def test_an_input_that_sends_the_focus_on_is_found_out(enter: Enter) -> None:
    page = "番号 <input id=x onfocus='y.focus()'> 備考 <input id=y>"
    walk = enter({"/": page}, [{"fill": {"label": "番号", "value": "7"}}])
    with pytest.raises(FormDiffers, match="番号"):
        walk.verify_form()


def test_a_page_that_forbids_scripts_of_others_is_read_and_filled(enter: Enter) -> None:
    page = """<meta http-equiv=Content-Security-Policy content="default-src 'none'"><table><tr><td>氏名<td><input id=x></table>
    <label><input type=checkbox id=c>同意</label>"""
    steps: list[Any] = [
        {"fill": {"cell": "氏名", "value": "山田"}},
        {"check": {"label": "同意"}},
        {"capture": {"cell": "氏名", "as": "name"}},
    ]
    walk = enter({"/": page}, steps)
    assert walk.captured["name"] == "山田" and walk.page.locator("#c").is_checked()
    walk.verify_form()


def test_writing_looks_to_the_page_like_a_person_pasting(enter: Enter) -> None:
    """The browser cuts what is too long, and fires the events of input, change and blur."""
    page = """氏名 <input id=x maxlength=3 oninput="said.value += 'input ' + event.inputType + ' ' + event.isTrusted + '|'"
    onchange="said.value += 'change|'" onblur="said.value += 'blur|'"><input id=said value="|">"""
    walk = enter({"/": page}, [{"fill": {"label": "氏名", "value": "山田花子"}}])
    assert value(walk, "#x") == "山田花"
    assert value(walk, "#said") == "|input insertText true|change|blur|"
    with pytest.raises(FormDiffers):
        walk.verify_form()


def test_lines_go_into_a_box_of_text_and_a_page_may_refuse_a_text(enter: Enter) -> None:
    page = "備考 <textarea id=x></textarea> 番号 <input id=y onbeforeinput=\"if (event.data == '7') event.preventDefault()\">"
    steps = [
        {"fill": {"label": "備考", "value": "一行目\n二行目"}},
        {"fill": {"label": "番号", "value": "7"}},
    ]
    walk = enter({"/": page}, steps)
    assert value(walk, "#x") == "一行目\n二行目" and value(walk, "#y") == ""
    with pytest.raises(FormDiffers, match="番号"):
        walk.verify_form()


def test_inputs_that_a_script_adds_while_others_are_filled_are_noticed(enter: Enter) -> None:
    more = "document.body.insertAdjacentHTML('beforeend', '<label>住所 <input></label>')"
    page = f'<label>氏名 <input onchange="{more}"></label> <label>住所 <input id=x></label>'
    steps = [{"fill": {"label": "氏名", "value": "山田"}}, {"fill": {"label": "住所", "value": "東京都"}}]
    with pytest.raises(BotError, match="住所"):
        enter({"/": page}, steps)


def test_inputs_that_a_script_takes_away_are_not_missed(enter: Enter) -> None:
    page = "<label>氏名 <input onchange='a.remove()'></label> <label id=a>住所 <input></label> <label>住所 <input id=x></label>"
    steps = [{"fill": {"label": "氏名", "value": "山田"}}, {"fill": {"label": "住所", "value": "東京都"}}]
    assert value(enter({"/": page}, steps), "#x") == "東京都"


@pytest.mark.parametrize(
    ("page", "by"),
    [
        ("種別 <select id=s onchange=\"did.innerText = s.value + '・' + event.isTrusted\"><option value=1>個人<option value=2>法人</select>", "label"),
        ("種別 <select id=s disabled onchange=\"did.innerText = s.value + '・' + event.isTrusted\"><option value=1>個人<option value=2>法人</select><script>setTimeout(() => s.disabled = false, 400)</script>", "label"),
        ("種別 <select id=s onchange=\"did.innerText = s.value + '・' + event.isTrusted\"></select><script>setTimeout(() => s.innerHTML = '<option value=1>個人<option value=2>法人', 400)</script>", "label"),
        ("種別 <select id=s onchange=\"did.innerText = s.value + '・' + event.isTrusted\"><option value=1>個人<option value=2>法人</select>", "css"),
    ],
    ids=["there", "disabled at first", "filled later", "by CSS"],
)  # fmt: skip
def test_an_option_is_chosen_once_it_can_be_and_the_page_is_told(enter: Enter, page: str, by: str) -> None:
    step = (
        {"select": {"label": "種別"} | {"option": "法人"}}
        if by == "label"
        else {"select": {"css": "#s", "option": "法人"}}
    )
    walk = enter({"/": page + NOTE}, [step, SAID])
    assert did(walk) == "2・false"
    walk.verify_form()


def test_an_option_that_may_not_be_chosen_is_not(enter: Enter) -> None:
    page = "種別 <select id=s><option value=1>個人<option value=2 disabled>法人</select>"
    with pytest.raises(BotError, match="種別"):
        enter({"/": page}, [{"select": {"label": "種別", "option": "法人"}, "timeout_seconds": 1}])
