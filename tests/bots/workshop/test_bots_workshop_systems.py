# ruff: noqa: E501 — pages and records are easier to read on one line
"""Whole bots built by acts alone for small old systems, then run by the runner: each record stored exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place
from tests.bots.systems.kokuho import Kokuho
from tests.bots.workshop.conftest import Bench

pytestmark = pytest.mark.browser
Begin = Callable[[Mapping[str, Any]], Bench]


def test_frames_windows_and_boxes_in_shift_jis(bench: Begin, place: Place) -> None:
    sample = {
        "no": "10000001", "name": "高橋　花子", "kana": "タカハシ　ハナコ", "birth": "1988-04-01", "amount": "1234567",
        "bank": "0009", "account": "7654321", "memo": "療養の費用",
    }  # fmt: skip
    banks = {"0001": "みずほ銀行", "0009": "三井住友銀行"}
    with Kokuho() as system:
        one = bench(
            {"id": "kokuho", "base_url": system.url, "encoding": "cp932", "key": ["no"], "sample": sample,
             "choices": {"bank": banks}, "masked": ["account"]}
        )  # fmt: skip
        build_kokuho(one)
        assert "himitsu" not in one.yaml() and "7654321" not in one.yaml(), one.yaml()
        bot = load_bot(one.folder)
        others = {
            "name": "鈴木　一郎",
            "kana": "スズキ　イチロウ",
            "birth": "2001-12-31",
            "bank": "0001",
            "amount": "900",
        }
        records = [
            BotRecord(n, {**sample, **more, "no": n}) for n, more in (("10000002", {}), ("10000003", others))
        ]
        system.saves.clear()
        done = place.run(bot, system.url, records)
    assert {k: (o.status, o.reason) for k, o in done.items()} == {
        r.key: ("confirmed", "") for r in records
    }, one.yaml()
    assert system.saves == ["10000002", "10000003"]
    assert [(r["no"], r["name"], r["bank"]) for r in system.rows[1:]] == [
        ("10000002", "高橋　花子", "0009"),
        ("10000003", "鈴木　一郎", "0001"),
    ]


def build_kokuho(one: Bench) -> None:
    staff = one.staff
    staff.open()
    staff.into = "login"
    staff.do("goto", value="/login.do")
    staff.fill("職員コード", secret="KYOKA_USER")
    staff.fill("パスワード", secret="KYOKA_PASSWORD")
    staff.click("ログイン")
    assert len(staff.shown["windows"]) == 2

    def search() -> None:
        staff.click("照会", frame="menu", nth=0)
        staff.fill("受付番号", "10000001", frame="body")
        staff.click("検索", frame="body")

    staff.into = "find"
    search()
    staff.sign("no", "W0010：該当するデータがありません。", frame="body")
    staff.into = "enter"
    staff.click("登録", frame="menu", nth=0)
    staff.click("検索", frame="body")
    staff.click("三井住友銀行")
    staff.fill("受付番号", "10000001", frame="body")
    staff.fill("世帯主氏名", "高橋　花子", frame="body")
    staff.fill("カナ", "ﾀｶﾊｼ ﾊﾅｺ", frame="body")
    staff.select("生年月日", "昭和", frame="body")
    for at, value in enumerate(("63", "4", "1")):
        staff.fill("生年月日", value, frame="body", nth=at)
    staff.fill("支給額", "1234567", frame="body")
    staff.fill("金融機関", "7654321", frame="body", nth=1)
    staff.fill("摘要", "療養の費用", frame="body")
    staff.click("登録", "link", frame="body", irreversible=True)
    assert staff.shown["dialog"] == {"kind": "confirm", "text": "登録します。よろしいですか？"}
    staff.answer()
    staff.into = ""
    search()
    staff.sign("yes", "100-00001", frame="body")
    staff.into = "read_back"
    staff.do("choose", staff.find("", "radio", frame="body"))
    staff.click("詳細表示", frame="body")
    for field, words in (
        ("no", "100-00001"), ("name", "高橋　花子"), ("kana", "タカハシ"), ("birth", "昭和63年"), ("amount", "1,234,567 円"),
        ("bank", "0009 三井住友銀行"), ("account", "***4321"), ("memo", "療養の費用"),
    ):  # fmt: skip
        staff.capture(words, field=field)
    staff.click("閉じる")
    staff.into = ""
    one.edit({"sign": {"kind": "session_lost", "text": "セッションがタイムアウトしました"}})
