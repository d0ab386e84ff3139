"""The borders of accepting unseen: bounds, thresholds and decisions where a number is met exactly."""

from __future__ import annotations

from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.base import reasons
from extractors.base.model import Decision, Reading
from extractors.confidence.acceptance import (
    AcceptanceState,
    AcceptanceThreshold,
    interval,
    threshold,
    upper_bound,
)
from extractors.confidence.decision import Policy, decide, doubted
from templates_forms.model import Box, Field, FieldType, Form, Handling, PageTemplate

BOX = Box(0, 0, 10, 10)


def at_most(errors: int, total: int, rate: float) -> float:
    """Probability of at most so many errors among so many fields."""
    return sum(comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(errors + 1))


@pytest.mark.parametrize("level", [0.95, 0.9])
@pytest.mark.parametrize(("errors", "total"), [(0, 1), (0, 10), (1, 2), (1, 10), (9, 10), (3, 40)])
def test_the_bound_is_the_rate_at_which_so_few_errors_would_be_rare(
    errors: int, total: int, level: float
) -> None:
    assert at_most(errors, total, upper_bound(errors, total, level)) == pytest.approx(1 - level)
    assert upper_bound(errors, total) == upper_bound(errors, total, 0.95)


@pytest.mark.parametrize(("errors", "total"), [(0, 0), (1, 1), (10, 10), (11, 10)])
def test_nothing_right_bounds_nothing(errors: int, total: int) -> None:
    assert upper_bound(errors, total) == 1.0


@pytest.mark.parametrize("level", [0.95, 0.9])
@pytest.mark.parametrize(("right", "total"), [(1, 2), (1, 10), (5, 10), (9, 10)])
def test_an_interval_leaves_half_the_doubt_on_each_side(right: int, total: int, level: float) -> None:
    low, high = interval(right, total, level)
    assert 1 - at_most(right - 1, total, low) == pytest.approx((1 - level) / 2)
    assert at_most(right, total, high) == pytest.approx((1 - level) / 2)
    assert interval(right, total) == interval(right, total, 0.95)


def test_intervals_at_the_ends() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(0, 1) == (0.0, pytest.approx(0.975))
    assert interval(1, 1) == (pytest.approx(0.025), 1.0)
    assert interval(0, 10) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert interval(10, 10) == (pytest.approx(0.025**0.1), 1.0)


def test_a_target_that_is_met_exactly_is_kept() -> None:
    target = upper_bound(0, 100)
    found = threshold([(0.7, True)] * 100, target)
    assert found == AcceptanceThreshold(AcceptanceState.PROVEN, 0.7, target, 100, 0, target)
    assert threshold([(0.7, True)] * 99, target).state is AcceptanceState.UNPROVEN


def test_fields_of_one_confidence_are_accepted_together_or_not_at_all() -> None:
    target = upper_bound(0, 100)
    samples = [(0.9, True)] * 50 + [(0.8, True)] * 50 + [(0.8, False)]
    assert threshold(samples, target) == AcceptanceThreshold(
        AcceptanceState.UNPROVEN, None, target, 101, 1, upper_bound(1, 101)
    )


def test_the_errors_of_a_stretch_may_be_outweighed_by_what_follows() -> None:
    samples = [(0.9, False)] * 2 + [(0.8, True)] * 200 + [(0.7, False)] * 50
    found = threshold(samples, 0.05)
    assert (found.threshold, found.accepted, found.errors) == (0.8, 202, 2)
    assert found.upper == upper_bound(2, 202)


def test_certainty_may_be_asked_for() -> None:
    samples = [(0.9, True)] * 25
    assert threshold(samples, 0.1, 0.9).state is AcceptanceState.PROVEN
    assert threshold(samples, 0.1).state is threshold(samples, 0.1, 0.95).state is AcceptanceState.UNPROVEN
    assert threshold([], 0.1).upper == 1.0


def one_field(kind: FieldType, handling: Handling = Handling.AUTO) -> Form:
    where = Field("x", "x", kind, 1, BOX, handling=handling)
    return Form("f", "f", "f", "", (210, 297), (), (PageTemplate(1, Path("p"), (where,)),), (), Path())


def decided(
    kind: FieldType,
    confidence: float | None,
    policy: Policy | None = None,
    *codes: str,
    handling: Handling = Handling.AUTO,
    value: str = "1",
) -> Decision | None:
    read = Reading("x", 1, value, confidence, None, codes, (), BOX)
    [found] = decide(one_field(kind, handling), [read], policy)
    assert found == read.changed(decision=found.decision), "nothing but the decision is new"
    return found.decision


def promised(key: str, at: float | None) -> Policy:
    state = AcceptanceState.UNPROVEN if at is None else AcceptanceState.PROVEN
    return Policy(thresholds={key: AcceptanceThreshold(state, at, 0.001, 3000, 0, 0.001)})


@pytest.mark.parametrize(
    ("policy", "border"),
    [
        (None, 0.99),
        (Policy(unproven_threshold=0.5), 0.5),
        (promised("digits", 0.8), 0.8),
        (promised("digits", None), 0.99),
        (promised("kana", 0.8), 0.99),
        (promised("digits:double", 0.8), 0.99),
    ],
)
def test_a_confidence_that_meets_its_threshold_exactly_is_accepted(
    policy: Policy | None, border: float
) -> None:
    assert decided(FieldType.DIGITS, border, policy) is Decision.ACCEPT
    assert decided(FieldType.DIGITS, border - 1e-9, policy) is Decision.VERIFY


def test_without_proof_an_office_may_accept_nothing() -> None:
    strict = Policy(accept_unproven=False)
    assert decided(FieldType.DIGITS, 1.0, strict) is Decision.VERIFY
    proven = Policy(promised("digits", 0.8).thresholds, accept_unproven=False)
    assert decided(FieldType.DIGITS, 0.8, proven) is Decision.ACCEPT


def test_free_writing_needs_proof_or_leave_unless_nothing_is_written() -> None:
    assert decided(FieldType.TEXT, 1.0) is Decision.VERIFY
    assert decided(FieldType.TEXT, 1.0, value="") is Decision.ACCEPT
    assert decided(FieldType.TEXT, 1.0, Policy(accept_free_text=True)) is Decision.ACCEPT
    assert decided(FieldType.TEXT, 0.8, promised("text", 0.8)) is Decision.ACCEPT


def test_a_field_that_people_must_see_is_seen() -> None:
    policy = promised("digits", 0.8)
    assert decided(FieldType.DIGITS, 1.0, policy, handling=Handling.VERIFY) is Decision.VERIFY
    assert decided(FieldType.DIGITS, None, policy) is Decision.VERIFY
    assert decided(FieldType.DIGITS, 1.0, policy, reasons.FAINT) is Decision.VERIFY


def test_two_people_are_spared_only_at_the_stricter_target() -> None:
    def double(confidence: float | None, policy: Policy, *codes: str) -> Decision | None:
        return decided(FieldType.DIGITS, confidence, policy, *codes, handling=Handling.DOUBLE)

    strict = promised("digits:double", 0.999)
    assert double(0.999, strict) is Decision.ACCEPT
    assert double(0.999, strict, reasons.CONFUSABLE) is Decision.ACCEPT, "a remark is no doubt"
    assert double(0.9989, strict) is Decision.DOUBLE
    assert double(0.999, strict, reasons.FAINT) is Decision.DOUBLE
    assert double(None, strict) is Decision.DOUBLE
    assert double(1.0, promised("digits", 0.8)) is Decision.DOUBLE
    assert double(1.0, promised("digits:double", None)) is Decision.DOUBLE


def test_only_proof_makes_a_state_proven() -> None:
    policy = promised("digits", 0.8)
    assert policy.state(FieldType.DIGITS) is AcceptanceState.PROVEN
    assert policy.state(FieldType.KANA) is AcceptanceState.UNPROVEN
    assert promised("kana", None).state(FieldType.KANA) is AcceptanceState.UNPROVEN


@given(st.lists(st.sampled_from(sorted(reasons.CODES))))
def test_remarks_alone_are_no_doubt(codes: list[str]) -> None:
    remarks = {"variant_character", "free_writing", "confusable", "readers_disagree"}
    assert doubted(codes) is bool(set(codes) - remarks)
