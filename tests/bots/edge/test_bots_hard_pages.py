# ruff: noqa: E501 — pages are easier to read on one line
"""Pages that hold on to a browser: boxes on leaving, print windows, inputs out of reach of typing or of a selector."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bots.base.errors import PageUnexpected
from bots.procedure.walker import ProcedureWalk

pytestmark = pytest.mark.browser
Enter = Callable[..., ProcedureWalk]
LEAVING = "<script>onbeforeunload = (e) => { e.preventDefault(); e.returnValue = 'x' }</script>氏名 <input id=n><a href=/next>次へ</a>"


def test_a_page_that_asks_before_it_is_left_is_left(enter: Enter) -> None:
    fill = {"fill": {"label": "氏名", "value": "山田"}}
    pages = {"/": LEAVING, "/next": "<p>着きました</p>" + LEAVING, "/end": "終わり"}
    walk = enter(
        pages,
        [
            fill,
            {"click": {"link": "次へ"}},
            {"expect": "着きました"},
            fill,
            {"goto": "/end"},
            {"expect": "終わり"},
        ],
    )
    assert walk.page.url.endswith("/end")


def test_a_page_that_prints_goes_on(enter: Enter) -> None:
    pages = {
        "/": "<button onclick=\"window.open('/slip')\">印刷</button><button onclick=\"print();document.title='印刷済み'\">控え</button>",
        "/slip": "<body onload=print() onafterprint=\"opener.document.body.append('印刷しました');close()\">控え",
    }
    enter(
        pages,
        [
            {"popup": {"click": "印刷", "steps": []}},
            {"expect": "印刷しました"},
            {"click": "控え"},
            {"expect": {"page_title": "印刷済み"}},
        ],
    )


CALENDAR = """<label>日付 <input id=d readonly onclick="cal.hidden = false"></label>
<div id=cal class=calendar hidden><b id=m></b> <button type=button onclick="show(1)">次月</button><span id=days></span></div>
<script>let y = 2026, month = 3;
function show(more) { month += more; m.textContent = y + '年' + month + '月'; days.innerHTML = '';
  for (let i = 1; i < 29; i++) { const a = document.createElement('a'); a.href = '#'; a.textContent = i;
    a.onclick = () => { d.value = [y, String(month).padStart(2, 0), String(i).padStart(2, 0)].join('/'); cal.hidden = true; return false }; days.append(a, ' ') } }
show(0)</script>"""


def test_a_calendar_that_refuses_typing_says_so_soon_and_is_clicked(enter: Enter) -> None:
    started = time.monotonic()
    with pytest.raises(PageUnexpected, match="readonly") as refused:
        enter({"/": CALENDAR}, [{"fill": {"label": "日付", "value": "2026/05/07"}}], timeout_seconds=30)
    assert time.monotonic() - started < 15 and "カレンダー" in refused.value.ja
    steps = [
        {"click": {"css": "#d"}},
        {"while": {"not": {"text": "{{ d | date('YYYY年M月') }}"}}, "steps": [{"click": "次月"}]},
        {"click": {"within": {"css": ".calendar"}, "link": "{{ d | day }}"}},
        {"expect": {"label": "日付", "is": "{{ d | date }}"}},
    ]
    enter({"/": CALENDAR}, steps, {"d": "2026-05-07"})


def test_an_input_that_becomes_writable_with_the_focus_is_filled(enter: Enter) -> None:
    page = '<label>日付 <input id=d readonly onfocus="setTimeout(() => this.readOnly = false, 200)"></label>'
    walk = enter(
        {"/": page},
        [
            {"fill": {"label": "日付", "value": "2026/05/07"}},
            {"expect": {"label": "日付", "is": "2026/05/07"}},
        ],
    )
    walk.verify_form()


COMPONENT = """<x-form></x-form><script>
customElements.define('x-form', class extends HTMLElement { connectedCallback() {
  this.attachShadow({mode: 'open'}).innerHTML = `<p>申請の入力</p><table><tr><th>氏名</th><td><input name=n></td></tr></table>
    <label>番号 <x-input></x-input></label><label for=t>区分</label><select id=t><option>新規<option>変更</select>
    <label><input type=checkbox name=ok>同意</label><button>確認</button><output></output>`;
  this.shadowRoot.querySelector('x-input').attachShadow({mode: 'open'}).innerHTML = '備考 <textarea name=memo></textarea>';
  this.shadowRoot.querySelector('button').onclick = () => { this.shadowRoot.querySelector('output').textContent = '確認しました' } } })
</script>"""


def test_inputs_in_open_shadow_roots_are_found_by_their_words(enter: Enter) -> None:
    steps = [
        {"wait_for": "申請の入力"},
        {"fill": {"cell": "氏名", "value": "山田"}},
        {"fill": {"label": "備考", "value": "もっと深い所"}},
        {"select": {"label": "区分", "option": "変更"}},
        {"check": {"label": "同意"}},
        {"expect": {"cell": "氏名", "is": "山田"}},
        {"click": {"button": "確認"}},
        {"expect": "確認しました"},
        {"capture": {"name": "memo", "as": "memo"}},
    ]
    walk = enter({"/": COMPONENT}, steps)
    walk.verify_form()
    assert walk.captured["memo"] == "もっと深い所"


# 2,000 rows of which those in sight exist, as lists of frameworks do; ``more`` loads 20 at a time instead.
SIGHT = """<div id=list style="height:200px;overflow:auto;position:relative"><table id=t style="position:absolute"></table><i style="display:block;height:1px"></i></div>
<script>const rows = Array.from({length: 2000}, (_, i) => 'K' + i), high = 20;
list.lastElementChild.style.height = rows.length * high + 'px';
function draw() { const from = Math.floor(list.scrollTop / high); t.style.top = from * high + 'px';
  t.innerHTML = rows.slice(from, from + 11).map((k) => `<tr style="height:20px"><td>${k}</td><td>受付済</td></tr>`).join('') }
list.onscroll = () => setTimeout(draw, 20); draw(); list.scrollTop = 5000</script>"""
MORE = """<table id=t></table><script>let n = 0, asked = false;
const add = () => { for (const end = Math.min(n + 20, 130); n < end; n++) t.insertAdjacentHTML('beforeend', `<tr style="height:90px"><td>K${n}</td><td>受付済</td></tr>`) };
onscroll = () => { if (!asked && n < 130 && scrollY + innerHeight > document.body.scrollHeight - 50) { asked = true;
  fetch('/rows').then((r) => r.text()).then(() => setTimeout(() => { add(); asked = false }, 150)) } }; add()</script>"""


@pytest.mark.parametrize(
    ("page", "where", "key"), [(SIGHT, "#list", "K1991"), (SIGHT, "#t", "K3"), (MORE, "table", "K129")]
)
def test_a_row_of_a_list_that_shows_only_what_is_in_sight_is_scrolled_to(
    enter: Enter, page: str, where: str, key: str
) -> None:
    steps = [
        {"scroll": {"css": where}, "until": {"row": key}},
        {"capture": {"row": key, "nth": 1, "css": "td:last-child", "as": "state"}},
    ]
    assert enter({"/": page, "/rows": "ok"}, steps).captured["state"] == "受付済"


def test_the_end_of_a_list_is_where_nothing_more_comes(enter: Enter) -> None:
    steps = [
        {"scroll": {"css": "table"}, "until": {"row": "K130"}},
        {"expect": {"all": [{"row": "K129"}, {"not": {"row": "K130"}}]}},
    ]
    enter({"/": MORE, "/rows": "ok"}, steps)


def test_a_list_without_an_end_says_so(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.procedure.steps.scrolling._MOST_SCROLLS", 20)
    endless = MORE.replace("130", "1e9")
    with pytest.raises(PageUnexpected, match="終わり"):
        enter({"/": endless, "/rows": "ok"}, [{"scroll": {"css": "table"}, "until": {"row": "X"}}])
