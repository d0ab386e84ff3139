"""Normal forms of values, and rules that detect inconsistent values."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_forms import name_readings, postal
from templates_forms.model import Box, Field, FieldType, Form, Option, PageTemplate, Rule
from templates_forms.rules import check_field, check_values, my_number_valid
from templates_forms.values import ERAS, from_wareki, normalise, parse_date, same, to_wareki

BOX = Box(0, 0, 10, 10)
TODAY = date(2026, 6, 1)


def field(name: str, kind: FieldType, **more: object) -> Field:
    return Field(name, name, kind, 1, BOX, **more)  # type: ignore[arg-type]


def form(fields: list[Field], *rules: Rule) -> Form:
    page = PageTemplate(1, Path("page1.png"), tuple(fields))
    return Form("f", "題", "title", "1", (210, 297), (), (page,), rules, Path())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldType.POSTAL_CODE, "〒１５４－００２３", "1540023"),
        (FieldType.PHONE, "(03) 1234-5678", "0312345678"),
        (FieldType.AMOUNT, "¥12,300円", "12300"),
        (FieldType.AMOUNT, "金５０，０００円也", "50000"),
        (FieldType.DIGITS, "007", "007"),
        (FieldType.KANA, "わたなべ ｾｲｲﾁ", "ワタナベ　セイイチ"),
        (FieldType.KANA, "ｶｰﾄﾞ", "カード"),
        (FieldType.TEXT, " 髙橋  花子 ", "髙橋　花子"),
        (FieldType.DATE, "平成元年1月8日", "1989-01-08"),
        (FieldType.DATE, "R8.4.1", "2026-04-01"),
        (FieldType.DATE, "昭和64年1月8日", "昭和64年1月8日"),
        (FieldType.CHECK, "レ", "true"),
        (FieldType.SEAL, "", "false"),
    ],
)
def test_normal_forms(kind: FieldType, text: str, value: str) -> None:
    assert normalise(kind, text) == value


def test_spaces_do_not_count_but_variants_do() -> None:
    assert same(FieldType.TEXT, "髙橋　花子", "髙橋花子")
    assert not same(FieldType.TEXT, "髙橋花子", "高橋花子")
    assert not same(FieldType.TEXT, "尾﨑", "尾崎")
    assert same(FieldType.TEXT, "若林４−２１", "若林4-21")


def test_several_choices_come_in_the_order_of_the_form() -> None:
    options = tuple(Option(v, w, BOX) for v, w in (("mon", "月"), ("tue", "火"), ("wed", "水")))
    where = field("days", FieldType.MULTI_CHOICE, options=options)
    assert normalise(where.type, "水|mon", where) == "mon|wed"


@given(st.dates(min_value=ERAS[0].first, max_value=date(2100, 1, 1)))
def test_wareki_and_back(day: date) -> None:
    written = to_wareki(day.isoformat())
    assert written is not None
    assert parse_date(written) == day.isoformat()


def test_eras_end_on_their_day() -> None:
    assert from_wareki("S", 64, 1, 7) == "1989-01-07"
    assert from_wareki("S", 64, 1, 8) is None
    assert from_wareki("H", 1, 1, 7) is None
    assert from_wareki("平成", 31, 4, 30) == "2019-04-30"
    assert from_wareki("H", 31, 5, 1) is None
    assert from_wareki("令", 1, 5, 1) == "2019-05-01"


def rules_of(*args: object, **values: str) -> set[str]:
    return {p.rule for p in check_values(*args, values, TODAY)}  # type: ignore[arg-type]


def test_built_in_checks() -> None:
    assert [p.rule for p in check_field(field("a", FieldType.DATE), "2023-02-30")] == ["date_valid"]
    assert [p.rule for p in check_field(field("a", FieldType.POSTAL_CODE), "9999999")] == [
        "postal_code_exists"
    ]
    assert not check_field(field("a", FieldType.POSTAL_CODE), "1540023")
    assert [p.rule for p in check_field(field("a", FieldType.PHONE), "1312345678")] == ["phone_plausible"]
    assert not check_field(field("a", FieldType.PHONE), "09012345678")
    assert [p.rule for p in check_field(field("a", FieldType.TEXT, required=True), "")] == ["required"]
    assert [p.rule for p in check_field(field("a", FieldType.SEAL, required=True), "false")] == ["required"]
    assert [p.rule for p in check_field(field("a", FieldType.TEXT, max_length=2), "あいう")] == ["too_long"]
    assert [p.rule for p in check_field(field("a", FieldType.DIGITS, pattern="[0-9]{4}"), "123")] == [
        "pattern"
    ]


def test_one_wrong_digit_breaks_the_check_digit() -> None:
    number = next(n for n in (str(k) for k in range(10**11, 10**11 + 20)) if my_number_valid(n))
    wrong = number[:3] + str((int(number[3]) + 1) % 10) + number[4:]
    assert not my_number_valid(wrong)


def test_postal_code_and_address() -> None:
    fields = [field("code", FieldType.POSTAL_CODE), field("address", FieldType.TEXT)]
    here = form(fields, Rule("postal_code_matches_address", ("code", "address")))
    assert not rules_of(here, code="1540023", address="東京都世田谷区若林4-21-27")
    assert not rules_of(here, code="1540023", address="世田谷区若林四丁目")
    assert rules_of(here, code="1540023", address="東京都世田谷区太子堂1-1") == {
        "postal_code_matches_address"
    }
    assert postal.agreement("1540023", "大阪市北区梅田3") == 0.0


def test_furigana_and_name() -> None:
    fields = [field("kana", FieldType.KANA), field("name", FieldType.TEXT)]
    here = form(fields, Rule("kana_matches_name", ("kana", "name")))
    assert not rules_of(here, kana="ワタナベ　セイイチ", name="渡邊　誠一")
    assert rules_of(here, kana="サトウ　ハナコ", name="渡邊　誠一") == {"kana_matches_name"}
    whole = name_readings.agreement("渡邊誠一", "ワタナベセイイチ")
    cut = name_readings.agreement("渡邊誠", "ワタナベセイイチ")
    assert whole is not None and cut is not None and whole > cut


def test_rules_across_fields() -> None:
    days = [field(n, FieldType.DATE) for n in ("first", "second")]
    texts = [field(n, FieldType.KANA) for n in ("one", "two")]
    choice = field("has", FieldType.CHECK)
    here = form(
        [*days, *texts, choice],
        Rule("date_order", ("first", "second")),
        Rule("date_in_past", ("first",)),
        Rule("age_between", ("first",), values=("15", "60")),
        Rule("same_text", ("one", "two")),
        Rule("requires_when", ("has", "one"), values=("true",)),
        Rule("distinct", ("first", "second")),
    )
    assert not rules_of(here, first="2000-01-01", second="2010-01-01", one="ア", two="ア")
    assert "date_order" in rules_of(here, first="2000-01-02", second="2000-01-01")
    assert "date_in_past" in rules_of(here, first="2027-01-01")
    assert "age_between" in rules_of(here, first="2020-01-01")
    assert "same_text" in rules_of(here, one="アイ", two="アウ")
    assert "requires_when" in rules_of(here, has="true")
    assert "distinct" in rules_of(here, first="2000-01-01", second="2000-01-01")
    messages = check_values(here, {"one": "ア", "two": "イ"}, TODAY)
    assert all(p.message_ja and p.message_en and p.fields for p in messages)
