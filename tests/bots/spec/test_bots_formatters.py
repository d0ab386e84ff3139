"""Each formatter of a bot's templates, at the ends of what it takes."""

from __future__ import annotations

import datetime as dt

import pytest

from bots.base.errors import ValueUnfit
from bots.spec.formatters import FORMATTERS, TAKES_EMPTY, era_of

NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "arguments", "text"),
    [
        ("date", "2026-04-01", (), "2026/04/01"),
        ("date", "0988-12-31", ("YYYY YY M D",), "0988 88 12 31"),
        ("date", "2005-01-02", ("YY-MM-DD",), "05-01-02"),
        ("date", "2019-05-01", ("GGG GG G E EE",), "令和 令 R 1 01"),
        ("date", "2019-04-30", ("GE",), "H31"),
        ("date", "1800-01-01", ("YYYY年",), "1800年"),
        ("wareki", "1988-04-01", (), "昭和63年4月1日"),
        ("era", "1988-04-01", (), "昭和"),
        ("era", "1988-04-01", ("short",), "昭"),
        ("era", "1988-04-01", ("letter",), "S"),
        ("wareki_year", "2019-05-01", (), "1"),
        ("wareki_year", "2019-05-01", (2,), "01"),
        ("year", "2026-04-01", (), "2026"),
        ("year", "2005-04-01", (2,), "05"),
        ("year", "0988-04-01", (), "0988"),
        ("month", "2026-04-01", (), "4"),
        ("month", "2026-12-01", (2,), "12"),
        ("month", "2026-04-01", ("2",), "04"),
        ("day", "2026-04-01", (), "1"),
        ("day", "2026-04-01", (2,), "01"),
        ("half_width", "Ａ－１　アｱ", (), "A-1 アｱ"),
        ("full_width", "A-1 ｱア", (), "Ａ－１　アア"),
        ("half_kana", "がアＡ１　", (), "ｶﾞｱA1 "),
        ("full_kana", "ｶﾞA1", (), "ガA1"),
        ("hiragana", "ｶﾞアー", (), "があー"),
        ("katakana", "がｱ", (), "ガア"),
        ("number", "1500000", (), "1,500,000"),
        ("number", "1500000.5", (".", ",", 2), "1.500.000,50"),
        ("number", "999", ("",), "999"),
        ("zero_pad", "12", (3,), "012"),
        ("zero_pad", "1234", (3,), "1234"),
        ("postal", "1000001", (), "100-0001"),
        ("postal_part", "1000001", (1,), "100"),
        ("postal_part", "1000001", ("2",), "0001"),
        ("phone", "0312345678", (), "03-1234-5678"),
        ("phone", "0312345678", ("",), "0312345678"),
        ("phone_part", "0312345678", (1,), "03"),
        ("phone_part", "0312345678", (2,), "1234"),
        ("phone_part", "0312345678", (3,), "5678"),
        ("slice", "12345", (2, 4), "234"),
        ("slice", "12345", (1, 1), "1"),
        ("slice", "12345", (5,), "5"),
        ("slice", "12345", (6,), ""),
        ("part", "a|b|c", ("|", 1), "a"),
        ("part", "a|b|c", ("|", 3), "c"),
        ("part", "a|b|c", ("|", 4), ""),
        ("family", "外務　花 子", (), "外務"),
        ("family", "外務", (), "外務"),
        ("given", "外務　花 子", (), "花 子"),
        ("given", "外務", (), ""),
        ("no_spaces", "外務　花 子", (), "外務花子"),
        ("space", "外務 　花 子", (), "外務 花 子"),
        ("space", "外務 花", ("　",), "外務　花"),
        ("replace", "1-2-3", ("-", ""), "123"),
        ("upper", "aé", (), "AÉ"),
        ("lower", "AÉ", (), "aé"),
        ("strip", "　a b ", (), "a b"),
        ("default", "", ("－",), "－"),
        ("default", "x", ("－",), "x"),
        ("yes_no", "true", ("有", "無"), "有"),
        ("yes_no", "", ("有", "無"), "無"),
        ("yes_no", "false", ("有", "無"), "無"),
        ("has", "mon|tue", ("tue",), "true"),
        ("has", "mon|tue", ("mo",), "false"),
        ("prefix", "花子", ("様 ",), "様 花子"),
        ("time", "0000", (), "00:00"),
        ("time", "2359", ("時",), "23時59"),
        ("time", "1930", (), "19:30"),
    ],
)
def test_what_a_formatter_writes(name: str, value: str, arguments: tuple[str | int, ...], text: str) -> None:
    assert FORMATTERS[name](value, *arguments) == text


@pytest.mark.parametrize(
    ("name", "value", "arguments", "en"),
    [
        ("date", "2023-02-29", (), "'2023-02-29' is not a date (YYYY-MM-DD)"),
        ("date", "1868-01-24", ("GE",), "'1868-01-24' is not a date since the Meiji era"),
        ("number", "千円", (), "'千円' is not a number"),
        ("postal", "100001", (), "'100001' is not a postal code of 7 digits"),
        ("postal_part", "10000012", (1,), "'10000012' is not a postal code of 7 digits"),
        ("phone", "?", (), "'?' is not a phone number"),
        ("phone_part", "110", (1,), "'110' is not a phone number of three parts"),
        ("time", "2400", (), "'2400' is not a time of four digits"),
        ("time", "0960", (), "'0960' is not a time of four digits"),
        ("time", "930", (), "'930' is not a time of four digits"),
    ],
)
def test_what_a_formatter_refuses(name: str, value: str, arguments: tuple[str | int, ...], en: str) -> None:
    with pytest.raises(ValueUnfit) as caught:
        FORMATTERS[name](value, *arguments)
    assert en in str(caught.value) and f"値「{value}」は" in str(caught.value)


def test_the_months_have_their_english_names() -> None:
    days = [f"2026-{month:02}-01" for month in range(1, 13)]
    assert tuple(FORMATTERS["date"](day, "MMMM") for day in days) == NAMES
    assert [FORMATTERS["date"](day, "MMM") for day in days] == [name[:3] for name in NAMES]


@pytest.mark.parametrize(
    ("first", "era"),
    [
        ("2019-05-01", ("令和", "令", "R", 1)),
        ("1989-01-08", ("平成", "平", "H", 1)),
        ("1926-12-25", ("昭和", "昭", "S", 1)),
        ("1912-07-30", ("大正", "大", "T", 1)),
        ("1868-01-25", ("明治", "明", "M", 1)),
    ],
)
def test_an_era_begins_on_its_first_day(first: str, era: tuple[str, str, str, int]) -> None:
    day = dt.date.fromisoformat(first)
    assert era_of(day) == era
    assert era_of(day.replace(year=day.year + 1))[2:] == (era[2], 2)
    if era[2] != "M":
        assert era_of(day - dt.timedelta(days=1))[2] != era[2]
    else:
        with pytest.raises(ValueUnfit):
            era_of(day - dt.timedelta(days=1))


def test_only_these_are_asked_about_an_empty_value() -> None:
    assert {"default", "yes_no", "has"} == TAKES_EMPTY
