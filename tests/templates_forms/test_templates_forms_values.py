"""The one normal form of each kind of value, and when two values are the same."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_forms.model import Box, Field, FieldType, Option
from templates_forms.values import ERAS, era_of, from_wareki, normalise, parse_date, same, to_kana, to_wareki

BOX = Box(0, 0, 10, 10)


def field(name: str, kind: FieldType, **more: object) -> Field:
    return Field(name, name, kind, 1, BOX, **more)  # type: ignore[arg-type]


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


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldType.AMOUNT, "", ""),
        (FieldType.AMOUNT, "0", "0"),
        (FieldType.AMOUNT, "０００円", "0"),
        (FieldType.AMOUNT, "￥1,000", "1000"),
        (FieldType.AMOUNT, "12a", "12a"),
        (FieldType.MY_NUMBER, "1234 5678-9018", "123456789018"),
        (FieldType.ACCOUNT_NUMBER, "０００１２３４", "0001234"),
        (FieldType.DIGITS, "12x", "12x"),
        (FieldType.LATIN, " Ａｎｎａ \t Ｂ ", "Anna B"),
        (FieldType.BARCODE, " A 1\n", "A 1"),
        (FieldType.TEXT, "ﾔﾏ\u3099", "ﾔﾏ\u3099"),
        (FieldType.TEXT, "か\u3099", "が"),
        (FieldType.KANA, "は\u3099-と〜", "バート ー".replace(" ", "")),
        (FieldType.CHECK, "ＴＲＵＥ", "true"),
        (FieldType.CHECK, "×", "false"),
        (FieldType.SIGNATURE, "有", "true"),
        (FieldType.SEAL, "無", "false"),
        (FieldType.SEAL, "?", "?"),
        (FieldType.DATE, "20260401", "2026-04-01"),
        (FieldType.DATE, "20261130", "2026-11-30"),
        (FieldType.DATE, "20260431", "20260431"),
        (FieldType.DATE, "2026年４月 1日", "2026-04-01"),
        (FieldType.DATE, "2026/4/31", "2026/4/31"),
        (FieldType.DATE, "2026.04.01", "2026-04-01"),
        (FieldType.DATE, "令和 元 年 5 月 1 日", "2019-05-01"),
        (FieldType.DATE, "h31-4-30", "2019-04-30"),
        (FieldType.DATE, "平1/1/8", "1989-01-08"),
        (FieldType.DATE, " 不明 ", "不明"),
        (FieldType.CHOICE, " 月 ", "月"),
        (FieldType.MULTI_CHOICE, "水、月|, 火", "水|月|火"),
    ],
)
def test_more_normal_forms(kind: FieldType, text: str, value: str) -> None:
    assert normalise(kind, text) == value


def test_options_may_be_given_by_their_labels() -> None:
    options = tuple(Option(v, w, BOX) for v, w in (("mon", "月"), ("tue", "火")))
    where = field("days", FieldType.MULTI_CHOICE, options=options)
    assert normalise(where.type, "土|火|mon|月", where) == "mon|tue|土", "once each, unknown ones last"


@pytest.mark.parametrize(("at", "era"), list(enumerate(ERAS)))
def test_an_era_begins_and_ends_on_its_day(at: int, era: object) -> None:
    span = ERAS[at]
    last = span.last.year - span.first.year + 1
    assert span.iso(1, span.first.month, span.first.day) == span.first
    assert span.iso(last, span.last.month, span.last.day) == span.last
    assert span.iso(0, 12, 31) is None and span.iso(last + 1, 1, 1) is None
    if at:
        assert (span.first - ERAS[at - 1].last).days == 1
        before = date.fromordinal(span.first.toordinal() - 1)
        assert span.iso(1, before.month, before.day) is None
    for word in (span.letter, span.letter.lower(), f" {span.name} ", span.name[0]):
        assert era_of(word) is span


def test_the_first_days_of_the_eras() -> None:
    assert [f"{era.letter} {era.first}" for era in ERAS] == [
        "M 1868-01-25", "T 1912-07-30", "S 1926-12-25", "H 1989-01-08", "R 2019-05-01",
    ]  # fmt: skip
    assert era_of("X") is None and from_wareki("X", 1, 1, 1) is None
    assert from_wareki("R", 8, 2, 30) is None


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("1868-01-25", "明治元年1月25日"), ("1868-01-24", None), ("1912-07-29", "明治45年7月29日"),
        ("1926-12-24", "大正15年12月24日"), ("1989-01-07", "昭和64年1月7日"), ("1990-01-01", "平成2年1月1日"),
        ("2019-05-01", "令和元年5月1日"), ("2999-12-31", "令和981年12月31日"), ("3000-01-01", None), ("x", None),
    ],
)  # fmt: skip
def test_dates_written_in_their_era(iso: str, written: str | None) -> None:
    assert to_wareki(iso) == written


@pytest.mark.parametrize(
    ("kind", "left", "right", "alike"),
    [
        (FieldType.TEXT, "A棟！", "Ａ棟!", True),
        (FieldType.TEXT, "~￥", "～¥", True),
        (FieldType.TEXT, "ｱ", "ア", False),
        (FieldType.TEXT, "①", "1", False),
        (FieldType.TEXT, "1−2", "1-2", True),
        (FieldType.TEXT, "a", "A", False),
        (FieldType.LATIN, "Anna B", "AnnaB", True),
        (FieldType.KANA, "ヤノ　ハナコ", "やのはなこ", True),
        (FieldType.DIGITS, "1-2", "12", True),
        (FieldType.BARCODE, "A 1", "A1", False),
        (FieldType.DATE, "令和8年4月1日", "2026/4/1", True),
    ],
)
def test_what_counts_as_the_same(kind: FieldType, left: str, right: str, alike: bool) -> None:
    assert same(kind, left, right) is alike


def test_labels_are_the_same_as_their_values() -> None:
    where = field("sex", FieldType.CHOICE, options=(Option("f", "女", BOX),))
    assert same(where.type, "女", "f", where) and not same(where.type, "女", "f")


def test_every_stroke_between_kana_is_a_long_vowel() -> None:
    assert to_kana("ｶ-ﾄﾞらーめん") == "カードラーメン"


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
