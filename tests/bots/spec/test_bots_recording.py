# ruff: noqa: E501 — pages and recorded calls are easier to read on one line
"""``bot record``: a recorded session becomes steps that work on the page it was recorded on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bots.base.errors import RecordsFileError
from bots.procedure.walker import ProcedureWalk
from bots.spec.language import yaml_source
from bots.tools.record import record, to_yaml
from tests.bots.kit import browser_session, enter

__all__ = ["browser_session", "enter"]  # fixtures


def recorded(*calls: str) -> list[Any]:
    script = "\n".join(["def run(playwright):", *(f"    {call}" for call in calls)])
    return drafted(to_yaml(script, "shin"))


def drafted(draft: str) -> list[Any]:
    # By YAML 1.2, as a bot.yaml is read: `on` is a word there.
    loader = yaml_source._Loader(draft)
    steps: list[Any] = loader.get_single_data()["procedures"]["enter"]
    return steps


LIST = """<table id=t><tr><th>番号</th><th>氏名</th><th>操作</th></tr>
<tr><td>A1</td><td>山田 太郎</td><td><a href=/one>詳細</a></td></tr>
<tr><td>A2</td><td>佐藤 花子</td><td><a href=/two>詳細</a></td></tr></table>
<label>番号 <input id=no></label>"""
DETAIL = "<title>詳細</title><h1>詳細</h1><table><tr><th>番号</th><td>A2</td></tr></table><div id=state>受付済 です</div>"


def test_a_recorded_row_and_what_was_made_sure_of_work_on_the_page(
    enter: Callable[..., ProcedureWalk],
) -> None:
    steps = recorded(
        'page.get_by_label("番号").fill("A2")',
        'page.get_by_label("番号").press("Tab")',
        'expect(page.get_by_role("row", name="A2 佐藤 花子 詳細")).to_be_visible()',
        'page.get_by_role("row", name="A2 佐藤 花子 詳細").get_by_role("link").click()',
        'expect(page.get_by_text("受付済")).to_be_visible()',
        'expect(page.locator("#state")).to_contain_text("受付済")',
        'expect(page.get_by_role("cell", name="A2")).to_have_text("A2")',
        'expect(page).to_have_title("詳細")',
        'expect(page.get_by_role("button", name="ログイン")).not_to_be_visible()',
    )
    assert steps[0] == {"fill": {"label": "番号", "value": "{{ field_1 }}"}}
    assert steps[2] == {"wait_for": {"row": "{{ field_1 }}"}}
    assert steps[3] == {"click": {"row": "{{ field_1 }}", "role": "link"}}
    walk = enter({"/": LIST, "/two": DETAIL}, steps, {"field_1": "A2"})
    assert walk.page.url.endswith("/two")


def test_rows_by_a_filter_are_named_by_their_cell() -> None:
    steps = recorded(
        'page.get_by_role("row").filter(has_text="A1").get_by_role("button", name="選択").click()',
        'page.locator("tr").filter(has_text=re.compile(r"^A1$")).get_by_role("checkbox").check()',
        'page.locator("tr", has_text="A1").locator("input[name=\\"memo\\"]").fill("メモ")',
        'page.get_by_role("row").filter(has=page.get_by_role("cell", name="A1")).get_by_role("link", name="詳細").click()',
        'page.get_by_role("listitem").filter(has_text="A1").get_by_role("button").click()',
        'page.locator("div").filter(has_text="区分").get_by_role("button", name="開く").first.click()',
    )
    assert steps == [
        {"click": {"row": "A1", "button": "選択"}},
        {"check": {"row": "A1", "role": "checkbox", "on": True}},
        {"fill": {"row": "A1", "name": "memo", "value": "{{ field_1 }}"}},
        {"click": {"row": "A1", "link": "詳細"}},
        {"click": {"within": {"role": "listitem"}, "role": "button"}},
        {"click": {"within": {"css": 'div:has-text("区分")'}, "button": "開く", "nth": 1}},
    ]


def test_assertions_become_conditions_and_none_is_lost() -> None:
    draft = to_yaml(
        "page.goto('http://host/app/')\n"
        "page.frame_locator('frame[name=\"main\"]').get_by_label('氏名').fill('山田')\n"
        "expect(page.frame_locator('frame[name=\"main\"]').get_by_label('氏名')).to_have_value('山田')\n"
        "expect(page.frame_locator('frame[name=\"main\"]').get_by_label('備考')).to_be_empty()\n"
        "expect(page.frame_locator('frame[name=\"main\"]').get_by_label('同意')).to_be_checked()\n"
        "expect(page).to_have_url('http://host/app/done?x=1')\n"
        "expect(page.locator('body')).to_match_aria_snapshot('''- text: 登録\n- button''')\n",
        "shin",
    )
    assert "# recorded, but not taken over: expect(page.locator('body')).to_match_aria_snapshot" in draft
    assert drafted(draft) == [
        {"goto": "/app/"},
        {"frame": "main"},
        {"fill": {"label": "氏名", "value": "{{ field_1 }}"}},
        {"expect": {"label": "氏名", "is": "{{ field_1 }}"}},
        {"expect": {"label": "備考", "empty": True}},
        {"expect": {"label": "同意", "is": "true"}},
        {"frame": "top"},
        {"expect": {"url": "*/app/done?x=1"}},
    ]


def test_an_assertion_in_a_window_stays_in_it() -> None:
    steps = recorded(
        "with page.expect_popup() as page1_info:",
        '    page.get_by_role("button", name="住所検索").click()',
        "page1 = page1_info.value",
        'expect(page1.get_by_text("千代田")).to_be_visible()',
        'page1.get_by_role("row", name="1000001 千代田").get_by_role("radio").check()',
        'expect(page.get_by_label("町名")).to_have_value("千代田")',
    )
    popup, checked = steps
    assert checked == {"expect": {"label": "町名", "is": "千代田"}}
    assert popup["popup"]["steps"] == [
        {"wait_for": {"text": "千代田"}},
        {"check": {"row": "1000001", "role": "radio", "on": True}},
    ]


def test_the_draft_is_written_to_a_file_and_never_over_one(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("page.goto('http://host/')\n", encoding="utf-8")
    record(script, tmp_path / "new" / "bot.yaml", "shin")
    assert "goto: /" in (tmp_path / "new" / "bot.yaml").read_text(encoding="utf-8")
    with pytest.raises(RecordsFileError, match="already exists"):
        record(script, tmp_path / "new" / "bot.yaml", "shin")
