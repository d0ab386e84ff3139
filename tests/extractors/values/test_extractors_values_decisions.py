"""Confidence, acceptance thresholds and decisions; dates and marks as values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.base import reasons
from extractors.base.errors import MissingModel
from extractors.base.model import Decision, OptionInk, Reading
from extractors.confidence import calibration
from extractors.confidence.acceptance import AcceptanceState, interval, threshold, upper_bound
from extractors.confidence.calibration import Logistic
from extractors.confidence.decision import Policy, decide
from extractors.evaluation.metrics import ece
from extractors.values.dates import PartRead, read_date
from extractors.values.marks import MarkedOptions, read_marks, single_choice
from templates_forms.model import Box, Era, Field, FieldType, Form, Handling, Mark, Option, PageTemplate, Part

BOX = Box(0, 0, 10, 10)


def test_proof_of_a_target_needs_about_three_thousand_faultless_fields() -> None:
    assert upper_bound(0, 3000) < 0.001 < upper_bound(0, 2900)
    assert upper_bound(0, 0) == 1.0
    few = threshold([(0.999, True)] * 500, 0.001)
    assert few.state is AcceptanceState.UNPROVEN and few.threshold is None


def test_the_threshold_is_the_lowest_that_meets_the_target() -> None:
    samples = [(0.999, True)] * 3500 + [(0.9, True)] * 500 + [(0.5, False)] * 20
    found = threshold(samples, 0.001)
    assert (found.state, found.threshold, found.errors) == (AcceptanceState.PROVEN, 0.9, 0)
    assert found.upper <= 0.001


@given(st.integers(0, 200), st.integers(1, 200))
def test_intervals_hold_the_share(right: int, total: int) -> None:
    right = min(right, total)
    low, high = interval(right, total)
    assert 0 <= low <= right / total <= high <= 1


def test_calibration_error_of_an_honest_and_a_boasting_reader() -> None:
    honest = [(0.8, i % 10 < 8) for i in range(100)]
    boasting = [(1.0, i % 10 < 8) for i in range(100)]
    assert ece(honest) == pytest.approx(0.0, abs=1e-9)
    assert ece(boasting) == pytest.approx(0.2)
    assert ece([]) is None


def test_calibrated_probability_grows_with_evidence_and_never_beyond_its_cap(tmp_path: Path) -> None:
    model = Logistic(("product", "disagree"), (0.0, 0.0), (1.0, 1.0), (1.0, -2.0), 0.0, 0.99, 100)
    assert model.probability({"product": 2, "disagree": 0}) > model.probability({"product": 2, "disagree": 1})
    assert model.probability({"product": 50.0}) == 0.99
    shipped = calibration.shipped()
    calibration.save(tmp_path / "c.json", shipped)
    again = calibration.load(tmp_path / "c.json")
    features = {"product": 3.0, "weakest": 4.0, "disagree": 1.0}
    assert again.confidence("digits", features) == pytest.approx(
        shipped.confidence("digits", features), abs=1e-4
    )
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(MissingModel):
        calibration.load(tmp_path / "c.json")


def one_field(kind: FieldType, handling: Handling = Handling.AUTO) -> Form:
    where = Field("x", "x", kind, 1, BOX, handling=handling)
    return Form("f", "f", "f", "", (210, 297), (), (PageTemplate(1, Path("p"), (where,)),), (), Path())


def reading(confidence: float | None, *codes: str, value: str = "1") -> Reading:
    return Reading("x", 1, value, confidence, None, codes, (), BOX)


@pytest.mark.parametrize(
    ("kind", "handling", "found", "decision"),
    [
        (FieldType.DIGITS, Handling.AUTO, reading(0.9999), Decision.ACCEPT),
        (FieldType.DIGITS, Handling.AUTO, reading(0.9), Decision.VERIFY),
        (FieldType.DIGITS, Handling.AUTO, reading(None), Decision.VERIFY),
        (FieldType.DIGITS, Handling.AUTO, reading(0.9999, reasons.INK_OUTSIDE_BOX), Decision.VERIFY),
        # How far the readers agree is weighed in the confidence already.
        (FieldType.DIGITS, Handling.AUTO, reading(0.9999, reasons.READERS_DISAGREE), Decision.ACCEPT),
        (FieldType.DIGITS, Handling.VERIFY, reading(0.9999), Decision.VERIFY),
        (FieldType.DIGITS, Handling.DOUBLE, reading(0.9999), Decision.DOUBLE),
        (FieldType.TEXT, Handling.AUTO, reading(0.9999, value="渡邊誠一"), Decision.VERIFY),
    ],
)
def test_who_looks_while_nothing_is_proven(
    kind: FieldType, handling: Handling, found: Reading, decision: Decision
) -> None:
    assert decide(one_field(kind, handling), [found])[0].decision is decision


def test_a_proven_target_sets_its_own_threshold() -> None:
    proven = threshold([(0.95, True)] * 3500, 0.001)
    policy = Policy(thresholds={"digits": proven})
    form = one_field(FieldType.DIGITS)
    assert decide(form, [reading(0.96)], policy)[0].decision is Decision.ACCEPT
    assert decide(form, [reading(0.94)], policy)[0].decision is Decision.VERIFY


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    codes = {v for k, v in vars(reasons).items() if k.isupper() and isinstance(v, str)}
    assert codes == reasons.CODES
    assert all(reasons.sentence(code, language) != code for code in codes for language in ("ja", "en"))
    assert reasons.sentence(reasons.rule_failed("kana_matches_name")) == "フリガナと氏名が合いません。"
    assert reasons.sentence(reasons.INK_UNREAD, "en").startswith("There is ink")


def date_field(era: Era | None) -> Field:
    part = Part(BOX, (2,))
    return Field("d", "d", FieldType.DATE, 1, BOX, era=era, year=part, month=part, day=part)


def parts(*texts: list[tuple[str, float]]) -> dict[str, PartRead]:
    return {n: PartRead(tuple(t), {}, ()) for n, t in zip(("year", "month", "day"), texts, strict=True)}


def era(*shares: tuple[str, float]) -> MarkedOptions:
    return MarkedOptions(shares, (shares[0][0],), shares[0][1], (), 0.99)


def test_a_date_of_the_first_year() -> None:
    where = date_field(Era(None, (), "R"))
    found = read_date(where, parts([("元", 0.9)], [("05", 0.9)], [("1", 0.9)]), None)
    assert found.value == "2019-05-01"


def test_the_calendar_rules_out_what_it_does_not_have() -> None:
    where = date_field(Era(Mark.CIRCLE, (Option("S", "昭和", BOX),), None))
    read = parts([("50", 1.0)], [("18", 0.6), ("10", 0.4)], [("05", 1.0)])
    found = read_date(where, read, era(("S", 0.99)))
    assert found.value == "1975-10-05"
    assert reasons.KNOWLEDGE_USED in found.reasons
    assert any(c.source == "ink" and "18月" in c.value for c in found.candidates), (
        "the ink's own word is kept"
    )


def test_a_date_that_cannot_be_is_shown_as_it_stands() -> None:
    where = date_field(Era(None, (), "H"))
    found = read_date(where, parts([("31", 1.0)], [("13", 1.0)], [("40", 1.0)]), None)
    assert found.value == "平成31年13月40日"
    assert reasons.rule_failed("date_valid") in found.reasons


def test_half_a_date_is_incomplete() -> None:
    where = date_field(Era(None, (), "R"))
    found = read_date(where, parts([("5", 1.0)], [], [("1", 1.0)]), None)
    assert reasons.INCOMPLETE in found.reasons


def ink(value: str, ring: float, share: float, cancel: float = 0.0) -> OptionInk:
    return OptionInk(value, value, share, ring, share, share, cancel, BOX)


def choice() -> Field:
    options = (Option("male", "男", BOX), Option("female", "女", BOX))
    return Field("sex", "性別", FieldType.CHOICE, 1, BOX, mark=Mark.CIRCLE, options=options)


def test_a_ring_chooses_and_two_rings_are_a_question() -> None:
    model = calibration.shipped().options
    assert read_marks(choice(), [ink("male", 0.0, 0.0), ink("female", 0.95, 0.1)], model).value == "female"
    assert read_marks(choice(), [ink("male", 0.0, 0.0), ink("female", 0.0, 0.0)], model).value == ""
    both = single_choice([ink("a", 0.9, 0.1), ink("b", 0.9, 0.1)], [0.97, 0.96])
    assert reasons.SEVERAL_MARKS in both.reasons
    assert both.certainty < 0.9


def test_a_ring_that_is_crossed_out_is_not_taken_on_trust() -> None:
    model = calibration.shipped().options
    crossed = OptionInk("male", "男", 0.5, 1.0, 0.5, 0.4, 0.0, BOX)
    found = read_marks(choice(), [crossed, ink("female", 0.0, 0.0)], model)
    assert reasons.MARK_CANCELLED in found.reasons


def test_a_tick_in_a_lone_box() -> None:
    model = calibration.shipped().options
    where = Field("ok", "同意", FieldType.CHECK, 1, BOX, mark=Mark.TICK)
    assert read_marks(where, [ink("true", 0.3, 0.12)], model).value == "true"
    assert read_marks(where, [ink("true", 0.0, 0.0)], model).value == "false"
