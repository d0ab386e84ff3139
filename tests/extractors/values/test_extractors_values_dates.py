"""Dates from their parts: what the calendar has, what the ink says, and what is missing."""

from __future__ import annotations

import math

import pytest

from extractors.base import reasons
from extractors.values.dates import PartRead, read_date
from extractors.values.draft import Draft, logit
from extractors.values.marks import MarkedOptions
from templates_forms.model import Box, Era, Field, FieldType, Mark, Option, Part

BOX = Box(0, 0, 10, 10)
HEISEI = Era(None, (), "H")
WORDS = Era(Mark.CIRCLE, (Option("S", "昭和", BOX), Option("H", "平成", BOX)), None)
NAMES = ("year", "month", "day")
Texts = list[tuple[str, float]]


def where(era: Era | None = None) -> Field:
    part = Part(BOX, (2,))
    return Field("d", "d", FieldType.DATE, 1, BOX, era=era, year=part, month=part, day=part)


def part(texts: Texts, *codes: str, **features: float) -> PartRead:
    return PartRead(tuple(texts), features, codes)


def read(*texts: Texts | str, era: Era | None = None, marked: MarkedOptions | None = None) -> Draft:
    parts = [[(text, 1.0)] if isinstance(text, str) else text for text in texts]
    return read_date(where(era), {n: part(t) for n, t in zip(NAMES, parts, strict=False)}, marked)


def marks(
    *shares: tuple[str, float], chosen: tuple[str, ...] | None = None, codes: tuple[str, ...] = ()
) -> MarkedOptions:
    return MarkedOptions(shares, (shares[0][0],) if chosen is None else chosen, 0.97, codes, 0.99)


@pytest.mark.parametrize(
    ("year", "month", "day", "era", "value"),
    [
        ("2026", "04", "1", None, "2026-04-01"),
        ("2024", "02", "29", None, "2024-02-29"),
        ("1801", "1", "1", None, "1801-01-01"),
        ("1", "1", "8", HEISEI, "1989-01-08"),
        ("元", "1", "8", HEISEI, "1989-01-08"),
        ("31", "4", "30", HEISEI, "2019-04-30"),
        # nothing that a calendar has: the words on the paper
        ("1800", "1", "1", None, "1800年1月1日"),
        ("2023", "02", "29", None, "2023年02月29日"),
        ("元", "5", "1", None, "元年5月1日"),
        ("31", "5", "1", HEISEI, "平成31年5月1日"),
        ("1", "1", "7", HEISEI, "平成1年1月7日"),
        ("１", "1", "8", HEISEI, "平成１年1月8日"),
        ("", "4", "1", None, "年4月1日"),
        ("2026", "", "1", None, "2026年月1日"),
        ("2026", "4", "", None, "2026年4月日"),
    ],
)
def test_a_date_is_what_the_calendar_has_or_what_is_written(
    year: str, month: str, day: str, era: Era | None, value: str
) -> None:
    found = read(year, month, day, era=era)
    valid = value[4:5] == "-"
    assert found.value == value
    assert (reasons.rule_failed("date_valid") in found.reasons) is not valid
    assert (reasons.INCOMPLETE in found.reasons) is not (bool(year and month and day))
    assert found.features["valid_share"] == logit(1.0 if valid else 0.0) and found.features["written"] == 1.0
    assert [(c.value, c.probability, c.source) for c in found.candidates] == [
        (value, 1.0, "fused" if valid else "ink")
    ]


@pytest.mark.parametrize(
    ("valid", "value", "used"),
    [(0.02, "2026年13月1日", False), (0.0201, "2026-10-01", True), (0.4, "2026-10-01", True)],
)
def test_the_calendar_overrules_the_ink_only_where_the_ink_allows_it(
    valid: float, value: str, used: bool
) -> None:
    found = read("2026", [("13", 1 - valid), ("10", valid)], "1")
    assert found.value == value
    assert (reasons.KNOWLEDGE_USED in found.reasons) is used
    said = [(c.value, c.source) for c in found.candidates]
    ink = ("2026年13月1日", "ink")
    assert said == ([("2026-10-01", "fused"), ink] if used else [ink, ("2026-10-01", "fused")])
    assert found.candidates[said.index(ink)].probability == pytest.approx(1 - valid)
    assert found.features["valid_share"] == pytest.approx(logit(valid))


def test_of_several_dates_that_overrule_the_ink_the_likeliest_does() -> None:
    found = read("2026", [("13", 0.9), ("10", 0.07), ("9", 0.01)], "1")
    assert (found.value, found.reasons) == ("2026-10-01", (reasons.KNOWLEDGE_USED,))


def test_a_part_is_missing_where_that_is_likeliest() -> None:
    assert reasons.INCOMPLETE in read([("", 0.6), ("2026", 0.4)], "4", "1").reasons
    assert reasons.INCOMPLETE not in read([("2026", 0.6), ("", 0.4)], "4", "1").reasons
    [only] = read("2026", "4", []).candidates
    assert (only.value, only.probability) == ("2026年4月日", 1.0), "the missing part takes nothing from it"


def test_alternatives_multiply_and_come_best_first() -> None:
    found = read([("2026", 0.7), ("2025", 0.3)], [("1", 0.6), ("7", 0.4)], "5")
    assert [(c.value, round(c.probability, 9)) for c in found.candidates] == [
        ("2026-01-05", 0.42),
        ("2026-07-05", 0.28),
        ("2025-01-05", 0.18),
        ("2025-07-05", 0.12),
    ]
    assert found.value == "2026-01-05"
    assert found.features["second"] == pytest.approx(math.log(0.42 / 0.28))
    assert found.features["valid_share"] == pytest.approx(logit(1.0))
    assert found.reasons == ()


def test_no_more_than_six_dates_are_offered() -> None:
    days: Texts = [(str(n), 0.3 - n / 100) for n in range(1, 10)]
    assert len(read("2026", "1", days).candidates) == 6
    many: Texts = [(str(n), 0.01) for n in range(1, 29)]
    wide = read("2026", [("1", 0.5), ("2", 0.3), ("3", 0.2)], many)
    assert wide.features["valid_share"] == pytest.approx(logit(0.5 * 0.28 + 0.3 * 0.28 + 0.2 * 0.04)), (
        "60 are weighed"
    )


def test_how_far_the_best_date_leads() -> None:
    assert read("2026", "1", "5").features["second"] == 12.0
    assert read("2026", "13", "5").features["second"] == 0.0
    assert read("2026", "1", [("5", 0.5), ("6", 0.5)]).features["second"] == 0.0
    assert read("2026", "1", [("5", 1.0), ("6", 0.0)]).features["second"] == 12.0
    assert read("2026", "1", [("5", 0.0), ("6", 0.0)]).features["second"] == 0.0


def test_a_part_that_the_form_prints_is_the_first() -> None:
    parts = {"year": part([("2026", 1.0)]), "month": part([("4", 1.0)])}
    found = read_date(where(), parts, None)
    assert (found.value, found.reasons) == ("2026-04-01", ())
    assert found.candidates[0].probability == 1.0


def test_the_marked_era_is_one_of_several() -> None:
    found = read("50", "1", "5", era=WORDS, marked=marks(("H", 0.6), ("S", 0.3)))
    assert found.value == "1975-01-05", "there is no 50th year of Heisei"
    assert found.features["era"] == logit(0.97) and found.features["era_marks"] == 1.0
    assert found.candidates[0].probability == pytest.approx(0.3)
    assert found.candidates[-1].value == "平成50年1月5日"
    assert reasons.KNOWLEDGE_USED in found.reasons and reasons.INCOMPLETE not in found.reasons


def test_what_speaks_against_the_parts_speaks_against_the_date() -> None:
    parts = {
        "year": part([("2026", 1.0)], reasons.FAINT, length=4.0, weakest=2.0),
        "month": part([("4", 1.0)], reasons.FAINT, reasons.STRUCK_OUT, length=1.0, weakest=1.0),
        "day": part([("1", 1.0)], length=1.0, weakest=3.0),
    }
    found = read_date(where(), parts, None)
    assert found.reasons == (reasons.FAINT, reasons.STRUCK_OUT)
    assert (found.features["length"], found.features["weakest"]) == (6.0, 1.0)


UNCLEAR = (reasons.MARK_UNCLEAR, reasons.SEVERAL_MARKS)


@pytest.mark.parametrize(
    ("texts", "marked", "value", "codes"),
    [
        (["", "", ""], None, "", ()),
        ([[], [], []], None, "", ()),
        (["", "", ""], marks(("S", 0.5), chosen=()), "", ()),
        (["", "", ""], marks(("S", 0.9)), "", (reasons.INCOMPLETE,)),
        (["", "", ""], marks(("S", 0.9), codes=UNCLEAR), "", (reasons.SEVERAL_MARKS, reasons.INCOMPLETE)),
        (["50", "1", "5"], marks(("S", 0.9), codes=UNCLEAR), "1975-01-05", UNCLEAR),
        (["50", "1", "5"], marks(("S", 0.9), chosen=()), "1975-01-05", (reasons.INCOMPLETE,)),
        (["50", "1", []], marks(("S", 0.9)), "昭和50年1月日", (reasons.INCOMPLETE, reasons.rule_failed("date_valid"))),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(
    texts: list[Texts | str], marked: MarkedOptions | None, value: str, codes: tuple[str, ...]
) -> None:
    found = read(*texts, era=WORDS if marked else None, marked=marked)
    assert (found.value, found.reasons) == (value, codes)
    assert found.features["written"] == (0.0 if value == "" else 1.0)
