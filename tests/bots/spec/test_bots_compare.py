"""When a value read back is the value that was meant: only what bot.yaml declares is forgiven."""

from __future__ import annotations

import pytest

from bots.spec.compare import NORMALISERS, as_date, displayed, exact, same, side_by_side
from bots.spec.model.bot import Compared


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" 　山田\n \t太郎\r\n", "山田 太郎"),
        ("a\xa0 b", "a b"),
        ("山田　　太郎", "山田　　太郎"),
        ("か\u3099", "が"),
        ("", ""),
    ],
)
def test_white_space_is_what_a_browser_makes_of_it(text: str, shown: str) -> None:
    assert displayed(text) == shown


@pytest.mark.parametrize(
    ("name", "text", "normal"),
    [
        ("unordered", "月、 火|水", "月|水|火"),
        ("spaces", " 山　田\t太 郎 ", "山田太郎"),
        ("width", "Ａ１ｱ", "A1ア"),
        ("kana", "ﾔまダＡ", "ヤマダＡ"),
        ("kana", "ｱA1", "アA1"),
        ("number", "１，５００．５円", "1500.5"),
        ("number", "−1,500円", "-1500"),
        ("number", "△１，５００", "-1500"),
        ("number", "▲ 1500", "-1500"),
        ("number", "-1,500", "-1500"),
        ("number", "なし", "なし"),
        ("digits", "０３-1234（代）", "031234"),
        ("case", "AbＣ", "abｃ"),
        ("hyphens", "1‐2‑3–4—5―6−7ー8－9ｰ0", "1-2-3-4-5-6-7-8-9-0"),
        ("punctuation", "月、火・水,木/金|土", "月火水木金土"),
    ],
)
def test_each_declared_comparison(name: str, text: str, normal: str) -> None:
    assert NORMALISERS[name](text) == normal


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("令和元年5月1日", "2019-05-01"),
        ("令和 1年 5月 1日", "2019-05-01"),
        ("平成31.4.30", "2019-04-30"),
        ("S64/1/7", "1989-01-07"),
        ("大2-3-4", "1913-03-04"),
        ("Ｍ４５．７．２９", "1912-07-29"),
        ("生年月日: 昭和63年4月1日 (月)", "1988-04-01"),
        ("1988/4/1", "1988-04-01"),
        ("19880401", "1988-04-01"),
        ("1988年4月1日", "1988-04-01"),
        ("平成5年2月29日", "平成5年2月29日"),
        ("1988/2/30", "1988/2/30"),
        ("不明", "不明"),
        ("12/3", "12/3"),
    ],
)
def test_dates_of_both_calendars(text: str, iso: str) -> None:
    assert as_date(text) == iso
    assert same(iso, text, ("date",))


def test_declared_comparisons_add_up_and_nothing_else_is_forgiven() -> None:
    assert not same("山田 太郎", "ヤマダ")
    assert same("A-1", "A-1") and not same("A-1", "Ａ－１")
    assert same("A-1", "ａ－１", ("width", "case"))
    assert not same("A-1", "ａ－１", ("width",)) and not same("A-1", "ａ－１", ("case",))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("山田  太郎", "山田 太郎"),
        ("山田\t太郎", "山田 太郎"),
        ("一丁目\n二番", "一丁目 二番"),
        ("山田\xa0太郎", "山田 太郎"),
        (" 山田", "山田"),
        ("山田　", "山田"),
    ],
)
def test_white_space_is_forgiven_only_when_that_is_declared(wanted: str, found: str) -> None:
    assert not same(wanted, found)
    assert same(wanted, found, ("displayed",)) and same(wanted, found, ("spaces",))


def test_the_two_kinds_of_line_breaks_are_one() -> None:
    assert exact("一\r\n二") == "一\n二" and same("一\r\n二", "一\n二")


@pytest.mark.parametrize(
    ("wanted", "found"), [("12.5", "12.50"), ("1000000", "1,000,000.00"), ("0", "-0.00")]
)
def test_a_number_is_what_it_is_worth(wanted: str, found: str) -> None:
    assert same(wanted, found, ("number",)) and not same(wanted, found)


def test_a_person_sees_what_differs_but_no_masked_value() -> None:
    fields = [
        Compared("name", "山田", "山由", False),
        Compared("memo", "x", "x", True),
        Compared("number", "1234", "1235", False, masked=True),
    ]
    assert side_by_side(fields) == "name: 「山田」→「山由」; number: (masked)"
    assert side_by_side(fields[1:2]) == ""


@pytest.mark.parametrize(
    ("wanted", "found", "names", "equal"),
    [
        ("月|火|水", "水、月、火", ["unordered"], True),
        ("月|火|水", "水、月", ["unordered"], False),
        ("月|火|火", "火, 月, 火", ["unordered"], True),
        ("月|火|火", "火、月、月", ["unordered"], False),
        ("月|火", "月\n火\n", ["unordered"], True),
        ("月|火", "火；月", [], False),
        # Part by part, so that what another comparison forgives does not change the order of sorting.
        ("A|１", "a、1", ["unordered", "width", "case"], True),
        ("１|A", "a，1", ["case", "width", "unordered"], True),
        ("a b|c", "c、ab", ["spaces", "unordered"], True),
        ("a b|c", "c、ab", ["unordered"], False),
        ("ジョン・スミス", "スミス・ジョン", ["unordered"], False),
        ("", "", ["unordered"], True),
        ("月", "", ["unordered"], False),
    ],
)
def test_lists_in_any_order_are_equal_only_when_asked_for(
    wanted: str, found: str, names: list[str], equal: bool
) -> None:
    assert same(wanted, found, names) is equal
