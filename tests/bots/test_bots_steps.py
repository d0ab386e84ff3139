# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Filled forms that are not what they should be, loops and conditions, and the messages when a step fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bots.base.errors import BotError, BusinessRefusal, FormDiffers, PageUnexpected, StepTimeout, ValueUnfit
from bots.procedure.walker import ProcedureWalk
from tests.bots.kit import value

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "page",
    [
        "氏名 <input maxlength=2>",
        "氏名 <input onchange=\"this.value=this.value.replace('橋','喬')\">",
        "氏名 <input onblur=\"setTimeout(() => this.value='', 0)\">",
    ],
)
def test_a_form_that_changes_what_was_typed_is_found_out(
    enter: Callable[..., ProcedureWalk], page: str
) -> None:
    walk = enter({"/": page}, [{"fill": {"label": "氏名", "value": "{{ a }}"}}], {"a": "高橋花"})
    with pytest.raises(FormDiffers, match="高橋花"):
        walk.verify_form()


def test_conditions_loops_reuse_and_files(enter: Callable[..., ProcedureWalk], tmp_path: Path) -> None:
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
    enter: Callable[..., ProcedureWalk], steps: list[Any], error: type[BotError], words: str
) -> None:
    page = "氏名 <input> <input type=password> <p>山田</p>"
    with pytest.raises(error, match=words):
        enter({"/": page}, steps, timeout_seconds=2, encoding="cp932")
