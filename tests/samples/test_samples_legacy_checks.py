"""What the sample legacy system converts, cuts and refuses, and how it shows what it stored."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.legacy_system.checks import check
from samples.legacy_system.data.masters import BANKS, branches, facilities
from samples.legacy_system.data.registers import HOIKU, JIDO, KYUFUKIN, REGISTERS
from samples.legacy_system.display import filled, shown
from samples.legacy_system.wareki import ERAS, from_date, to_date

TODAY = dt.date(2026, 10, 1)

BENEFIT = {
    "application_no": "26000001", "applicant_kana": "タカハシ　カズオ", "applicant_name": "髙橋　一男",
    "birth_date": "1983-03-07", "postal_code": "1050011", "address": "東京都港区芝公園1-2-3",
    "phone": "09012345678", "household_size": "3", "bank_code": "0005", "branch_code": "123",
    "account_type": "futsu", "account_number": "0123456", "account_holder_kana": "タカハシ　カズオ",
    "amount": "110000", "consent": "true",
}  # fmt: skip
CHILD_ALLOWANCE = {
    "application_no": "26000002", "applicant_kana": "サトウ　ハナコ", "applicant_name": "佐藤　花子",
    "birth_date": "1990-12-31", "sex": "female", "postal_code": "1050011", "address": "東京都港区芝公園4-5-6",
    "phone": "0312345678", "my_number": "123456789018", "bank_code": "9900", "branch_code": "018",
    "account_type": "toza", "account_number": "7654321", "account_holder_kana": "サトウ　ハナコ",
    "employment": "self", "spouse": "yes", "spouse_name": "佐藤　一郎", "child1_name": "佐藤　空",
    "child1_kana": "サトウ　ソラ", "child1_birth_date": "2021-04-05", "child2_name": "", "child2_kana": "",
    "child2_birth_date": "", "child3_name": "", "child3_kana": "", "child3_birth_date": "",
    "application_date": "2026-09-01", "seal": "true",
}  # fmt: skip
NURSERY = {
    "application_no": "26000003", "child_kana": "サトウ　ソラ", "child_name": "佐藤　空",
    "child_birth_date": "2023-04-01", "child_sex": "male", "guardian_name": "佐藤　花子",
    "guardian_kana": "サトウ　ハナコ", "relation": "mother", "postal_code": "1050011",
    "address": "東京都港区芝公園4-5-6", "phone": "09012345678", "start_date": "2026-10-01", "preference1": "101",
    "preference2": "202", "preference3": "", "preference4": "", "preference5": "", "hours_from": "0830",
    "hours_to": "1745", "days": "mon|tue|sat", "reasons": "work|care", "siblings": "no", "allergy": "yes",
    "allergy_note": "卵・牛乳", "single_parent": "false", "consent": "true",
}  # fmt: skip
VERIFIED = {"kyufukin_shinsei": BENEFIT, "jido_teate_nintei": CHILD_ALLOWANCE, "hoiku_moshikomi": NURSERY}


def typed(register_id: str, **changes: str) -> dict[str, str]:
    """A screen filled from verified values, some of them changed."""
    return {**filled(REGISTERS[register_id], {**VERIFIED[register_id], **changes}), "JCD": "13103"}


@pytest.mark.parametrize("register_id", list(VERIFIED))
def test_what_is_stored_equals_the_verified_values_field_by_field(register_id: str):
    row, refusals = check(REGISTERS[register_id], typed(register_id), today=TODAY)
    assert refusals == []
    assert row == VERIFIED[register_id]


@pytest.mark.parametrize(
    ("register_id", "change", "words"),
    [
        ("kyufukin_shinsei", {"application_no": "2600001"}, "E106 申請番号の桁数が正しくありません。"),
        ("kyufukin_shinsei", {"application_no": ""}, "E101 申請番号が入力されていません。"),
        ("kyufukin_shinsei", {"account_number": "123456"}, "E106 口座番号の桁数が正しくありません。"),
        ("kyufukin_shinsei", {"account_number": "12345６7"}, "E105 口座番号は半角数字で入力してください。"),
        ("kyufukin_shinsei", {"birth_date": "2026-10-02"}, "E112 生年月日が未来日です。"),
        ("kyufukin_shinsei", {"bank_code": "7777"}, "E120 金融機関コードが存在しません。"),
        ("kyufukin_shinsei", {"branch_code": "999"}, "E121 支店コードが存在しません。"),
        ("kyufukin_shinsei", {"applicant_kana": "高橋"}, "E104 申請者フリガナはカナで入力してください。"),
        (
            "kyufukin_shinsei",
            {"applicant_name": "&#134071;田"},
            "E103 申請者氏名にJIS外の文字が使われています。",
        ),
        ("kyufukin_shinsei", {"amount": "10000000"}, "E110 申請金額が範囲外です。"),
        ("jido_teate_nintei", {"my_number": "123456789012"}, "E130 個人番号の検査数字が一致しません。"),
        ("jido_teate_nintei", {"child1_birth_date": ""}, "E150 児童1の生年月日が入力されていません。"),
        ("hoiku_moshikomi", {"preference2": "900"}, "E140 施設コード 900 は存在しません。"),
        ("hoiku_moshikomi", {"preference2": "101"}, "E141 同じ施設が複数の希望に入力されています。"),
        ("hoiku_moshikomi", {"hours_to": "0800"}, "E142 利用時間の前後関係が正しくありません。"),
        ("hoiku_moshikomi", {"hours_to": "2575"}, "E108 利用時間（至）の時刻が正しくありません。"),
    ],
)
def test_it_refuses_in_its_own_words(register_id: str, change: dict[str, str], words: str):
    _, refusals = check(REGISTERS[register_id], typed(register_id, **change), today=TODAY)
    assert refusals == [words]


def test_a_day_that_its_era_does_not_have_is_refused():
    screen = {**typed("kyufukin_shinsei"), "T04": "S", "T05": "64", "T06": "1", "T07": "8"}
    _, refusals = check(KYUFUKIN, screen, today=TODAY)
    assert refusals == ["E111 生年月日の日付が正しくありません。"]


def test_today_is_the_day_in_japan_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch):
    today = dt.datetime.now(ZoneInfo("Asia/Tokyo")).date()
    monkeypatch.setenv("TZ", "Etc/GMT+12")  # still yesterday there until 21:00 in Japan
    time.tzset()
    try:
        _, born_today = check(KYUFUKIN, typed("kyufukin_shinsei", birth_date=today.isoformat()))
        later = today + dt.timedelta(days=2)
        _, not_born = check(KYUFUKIN, typed("kyufukin_shinsei", birth_date=later.isoformat()))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert born_today == [] and not_born == ["E112 生年月日が未来日です。"]


def test_the_municipality_code_comes_only_from_the_address_window():
    screen = {**typed("jido_teate_nintei"), "JCD": ""}
    _, refusals = check(JIDO, screen, today=TODAY)
    assert refusals == ["E107 住所コードが設定されていません。住所検索を行ってください。"]


def test_what_cp932_lacks_is_kept_as_a_reference_or_lost_as_geta():
    row, refusals = check(JIDO, typed("jido_teate_nintei", applicant_name="&#134071;田　花子"), today=TODAY)
    assert (row["applicant_name"], refusals) == ("&#134071;田　花子", [])
    row, refusals = check(HOIKU, typed("hoiku_moshikomi", guardian_name="&#134071;田　花子"), today=TODAY)
    assert (row["guardian_name"], refusals) == ("〓田　花子", [])


def test_long_text_is_cut_without_a_word():
    row, refusals = check(KYUFUKIN, typed("kyufukin_shinsei", address="港" * 50), today=TODAY)
    assert (row["address"], refusals) == ("港" * 40, [])
    row, _ = check(KYUFUKIN, typed("kyufukin_shinsei", account_holder_kana="ガ" * 20), today=TODAY)
    assert row["account_holder_kana"] == "ガ" * 15, "a half-width ｶﾞ takes two places"
    row, _ = check(JIDO, typed("jido_teate_nintei", account_holder_kana="ガ" * 20), today=TODAY)
    assert row["account_holder_kana"] == "ガ" * 20


def test_each_register_shows_a_date_in_its_own_style():
    item = next(item for item in KYUFUKIN.items if item.field == "birth_date")
    styles = [shown(register, item, "2019-05-01") for register in (KYUFUKIN, JIDO, HOIKU)]
    assert styles == ["令和01年05月01日", "R01.05.01", "令和1年5月1日"]


def test_master_tables():
    assert branches("7777") == {} and "123" in branches("0001") and "999" not in branches("0001")
    assert "101" in facilities() and "400" not in facilities()
    assert all(len(code) == 4 for code in BANKS)


@given(st.dates(min_value=ERAS[0].first, max_value=dt.date(2099, 12, 31)))
def test_every_day_survives_the_era_calendar(date: dt.date):
    when = from_date(date)
    assert to_date(when.era.letter, when.year, when.month, when.day) == date
