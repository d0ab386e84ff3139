# ruff: noqa: E501 — pages and records are easier to read on one line
"""Whole bots built by acts alone for small old systems, then run by the runner: each record stored exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from samples.legacy_system.server import LegacySystem
from tests.bots.conftest import Place
from tests.bots.systems.gakudo import Gakudo
from tests.bots.systems.kokuho import Kokuho
from tests.bots.systems.sogo import FORM, faults_in_rows
from tests.bots.systems.sogo import record as sogo_record
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


def test_a_wizard_in_euc_jp_with_a_list_and_no_search(bench: Begin, place: Place) -> None:
    sample = {
        "no": "31415926", "child": "高橋　花子", "birth": "2018-04-01", "facility": "012", "kubun": "holidays",
        "reduction": "true", "parent": "高橋　一郎", "tel": "0312345678", "memo": "一時利用",
    }  # fmt: skip
    choices = {"kubun": {"year": "通年", "holidays": "長期休業のみ"}}
    with Gakudo() as system:
        one = bench(
            {
                "id": "gakudo",
                "base_url": system.url,
                "encoding": "euc-jp",
                "key": ["no"],
                "sample": sample,
                "choices": choices,
            }
        )
        build_gakudo(one)
        others = {
            "child": "鈴木　一",
            "birth": "2020-12-31",
            "facility": "021",
            "kubun": "year",
            "reduction": "false",
        }
        records = [
            BotRecord(n, {**sample, **more, "no": n}) for n, more in (("27182818", {}), ("16180339", others))
        ]
        system.saves.clear()
        done = place.run(load_bot(one.folder), system.url, records)
    assert {k: (o.status, o.reason) for k, o in done.items()} == {
        r.key: ("confirmed", "") for r in records
    }, one.yaml()
    assert system.saves == ["27182818", "16180339"] and done["16180339"].receipt == "16180339-3"


def build_gakudo(one: Bench) -> None:
    staff = one.staff
    staff.open()
    staff.into = "login"
    staff.do("goto", value="/index.php")
    staff.fill("ユーザID", secret="KYOKA_USER")
    staff.fill("パスワード", secret="KYOKA_PASSWORD")
    staff.click("入室")
    staff.into = "find"
    staff.do("goto", value="/list.php?p=1")
    staff.sign("no", "申請一覧")
    staff.into = "enter"
    staff.do("goto", value="/step1.php")
    staff.fill("申請番号", "31415926")
    staff.fill("児童名", "高橋　花子")
    for at, value in enumerate(("2018", "4", "1")):
        staff.do("select", [e for e in staff.shown["elements"] if e["kind"] == "select"][at], value=value)
    staff.click("次へ進む")
    staff.select("希望施設", "012：第二保育園", field="facility")
    staff.do("choose", staff.find("長期休業のみ", "radio"))
    staff.do("check", staff.find("減免を申請する", "check"))
    staff.click("次へ進む")
    staff.fill("保護者", "高橋　一郎")
    for at, value in enumerate(("03", "1234", "5678")):
        staff.fill("連絡先", value, nth=at)
    staff.fill("備考", "一時利用")
    staff.click("確認画面へ")
    staff.click("申請する", irreversible=True)
    staff.capture("31415926-1", field="receipt")
    staff.into = ""
    staff.do("goto", value="/list.php?p=1")
    staff.sign("yes", "31415926", kind="text")
    staff.into = "read_back"
    staff.click("表示")
    for field, words in (("no", "31415926"), ("child", "高橋　花子"), ("birth", "2018/4/1"), ("kubun", "長期休業のみ"),
                         ("reduction", "あり"), ("parent", "高橋　一郎"), ("tel", "03-1234-5678"), ("memo", "一時利用")):  # fmt: skip
        staff.capture(words, "text", field=field)
    one.edit({"sign": {"kind": "session_lost", "text": "接続を終了しました"}})
    # The list has no word for "none": "no" is the list without the row, on its last page.
    no = next(sign.condition for sign in one.draft.signs if sign.kind == "no")
    assert no["all"][-1] == {"not": {"row": "{{ no }}"}} and {"not": {"link": "次へ"}} in no["all"]


def test_the_sample_system_in_frames(bench: Begin, place: Place, tmp_path: Path) -> None:
    shown = sogo_record(31415926)
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        one = bench(
            {"id": "sogo", "base_url": system.url, "encoding": "cp932", "key": ["application_no"], "sample": dict(shown.values),
             "choices": {"account_type": {"futsu": "普通", "toza": "当座"}}, "masked": ["account_number"]}
        )  # fmt: skip
        build_sogo(one)
        records = [
            sogo_record(2),
            sogo_record(
                3, applicant_name="鈴木　一郎", amount="1200", consent="false", birth_date="2001-12-31"
            ),
        ]
        done = place.run(load_bot(one.folder), system.url, records)
        assert {k: (o.status, o.reason) for k, o in done.items()} == {
            r.key: ("confirmed", "") for r in records
        }, one.yaml()
        assert faults_in_rows(system.rows(FORM), records) == []
    assert "7654321" not in one.yaml() and "kenshu" not in one.yaml()


def build_sogo(one: Bench) -> None:
    staff, value = one.staff, one.draft.sample
    staff.open()
    staff.into = "login"
    staff.do("goto", value="/fukushi/login.asp")
    staff.fill("職員番号", secret="FUKUSHI_USER")
    staff.fill("パスワード", secret="FUKUSHI_PASSWORD")
    staff.click("ログイン")
    staff.do("wait_for", staff.find("お知らせ", "text", frame="main"))

    def search() -> None:
        staff.click("検索・照会", frame="menu")
        staff.fill("申請番号", value["application_no"], frame="main")
        staff.click("検索", frame="main")

    staff.into = "find"
    search()
    staff.sign("no", "該当データがありません", frame="main")
    staff.into = "enter"
    staff.click("新規登録", frame="menu")
    staff.fill("金融機関コード", value["bank_code"], frame="main")
    staff.fill("フリガナ", "ﾀｶﾊｼ ﾊﾅｺ", frame="main")
    for words, name in (("申請番号", "application_no"), ("申請者氏名", "applicant_name")):
        staff.fill(words, value[name], frame="main")
    staff.select("生年月日", "昭和", frame="main")
    for at, text in enumerate(("58", "3", "7")):
        staff.fill("生年月日", text, frame="main", nth=at)
    for at, text in enumerate(("100", "0001")):
        staff.fill("郵便番号", text, frame="main", nth=at)
    for words, name in (
        ("住所", "address"),
        ("電話番号", "phone"),
        ("世帯人数", "household_size"),
        ("支店コード", "branch_code"),
    ):
        staff.fill(words, value[name], frame="main")
    staff.do("choose", staff.find("普通", "radio", frame="main"))
    staff.fill("口座番号", value["account_number"], frame="main")
    staff.fill("口座名義人", "ﾀｶﾊｼ ﾊﾅｺ", frame="main", field="account_holder_kana")
    staff.fill("申請金額", value["amount"], frame="main")
    staff.do("check", staff.find("同意", "check", frame="main"))
    staff.click("確認", frame="main")
    staff.click("登録", frame="main", irreversible=True)
    if staff.shown["dialog"]:
        staff.answer()
    staff.do("wait_for", value="登録が完了しました")
    staff.into = ""
    search()
    staff.sign("yes", value["application_no"], kind="text", frame="main")
    staff.into = "read_back"
    staff.click("照会", "button", frame="main")
    for words, name in (
        ("申請番号", "application_no"), ("申請者氏名", "applicant_name"), ("生年月日", "birth_date"), ("住所", "address"),
        ("申請金額", "amount"), ("口座番号", "account_number"), ("同意有無", "consent"),
    ):  # fmt: skip
        staff.capture_beside(words, field=name, frame="main")
    one.edit({"sign": {"kind": "session_lost", "text": "ログインしてください"}})
    one.edit({"sign": {"kind": "refused", "text": "E101 入力に誤りがあります"}})
