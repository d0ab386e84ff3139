"""A wizard with rows to be added and a list without a search, entered by YAML alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place
from tests.bots.systems.gakudo import Gakudo

pytestmark = pytest.mark.browser
YAML = Path(__file__).with_name("gakudo.yaml")
SIBLINGS = [{"name": "高橋　次郎", "grade": "3"}, {"name": "高橋　三郎", "grade": "5"}]


def care(number: str, **more: str) -> BotRecord:
    """A Record of the system."""
    usual = {
        "child": "高橋　花子", "birth": "2018-04-01", "facility": "012", "kubun": "holidays", "reduction": "true",
        "parent": "高橋　一郎", "tel": "0312345678", "memo": "一行目\n二行目", "siblings": "",
    }  # fmt: skip
    return BotRecord(number, {"no": number, **usual, **more})


def old_row(number: int) -> dict[str, str]:
    """What others have entered before."""
    return {"no": str(number), "child": "先客"}


def test_a_wizard_and_a_list_with_pages(place: Place) -> None:
    records = [
        care("1", siblings=json.dumps(SIBLINGS)),
        care("2", memo="CUT"),
        care("3", memo="FATAL"),
        care("905"),
        care("4", child="対象外"),
        care("5", child="高橋 花子"),
        care("6", child="髙橋"),
        care("7", facility="099"),
    ]
    with Gakudo() as system:
        system.rows = [old_row(900 + n) for n in range(12)]
        done = place.run(load_bot(YAML), system.url, records)
        stored = [r for r in system.rows if "fac" in r]
        saves = system.saves
    reasons = {k: o.reason for k, o in done.items()}
    assert [done[k].status for k in "123"] == ["confirmed"] * 3, reasons
    assert [r["no"] for r in stored] == ["1", "2", "3"], "each once, on whatever page of the list"
    assert saves == ["1", "2", "3", "3"]
    assert (stored[0]["s2"], stored[0]["g2"], stored[0]["memo"]) == ("高橋　三郎", "5", "一行目\r\n二行目")
    assert done["1"].receipt == "1-13"
    for key, words in (
        ("905", "すでに登録"),
        ("4", "対象外の児童です"),
        ("5", "「高橋 花子」→「高橋　花子」"),
        ("6", "髙 (U+9AD9)"),
        ("7", "「099」の選択肢がありません"),
    ):
        assert done[key].status == "refused" and words in reasons[key], reasons
