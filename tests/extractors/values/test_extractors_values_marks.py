"""Marks and seals: which options are chosen, how sure that is, and where doubt begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from extractors.base import reasons
from extractors.base.model import OptionInk
from extractors.confidence.calibration import OptionModel
from extractors.values.draft import logit
from extractors.values.fields import read_presence
from extractors.values.marks import option_probabilities, read_marks, single_choice
from templates_forms.model import Box, Field, FieldType, Mark

BOX = Box(0, 0, 10, 10)


class Told:
    """Says of each option what stands in its ink's ``share``; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Mark, str, tuple[str, ...]]] = []

    def probability(self, mark: Mark, ink: OptionInk, others: Sequence[OptionInk]) -> float:
        self.asked.append((mark, ink.value, tuple(other.value for other in others)))
        return ink.share


def model(told: Told | None = None) -> OptionModel:
    return cast(OptionModel, told or Told())


def inks(*shares: float) -> list[OptionInk]:
    return [OptionInk("abcdefghij"[n], "", p, 0.0, 0.0, 0.0, 0.0, BOX) for n, p in enumerate(shares)]


def field(kind: FieldType, mark: Mark | None = Mark.CIRCLE) -> Field:
    return Field("x", "x", kind, 1, BOX, mark=mark)


def test_each_option_is_judged_against_the_others() -> None:
    told = Told()
    assert option_probabilities(model(told), Mark.FILL, inks(0.1, 0.2, 0.3)) == [0.1, 0.2, 0.3]
    assert told.asked == [
        (Mark.FILL, "a", ("b", "c")),
        (Mark.FILL, "b", ("a", "c")),
        (Mark.FILL, "c", ("a", "b")),
    ]


def test_one_choice_is_weighed_against_none_and_several() -> None:
    found = single_choice(inks(0.2, 0.9), [0.2, 0.9])
    none, first, second, both = 0.8 * 0.1, 0.2 * 0.1, 0.9 * 0.8, 0.2 * 0.9
    total = none * 0.05 + first / 2 + second / 2 + both * 0.01
    assert [value for value, _ in found.shares] == ["b", "a"] and found.chosen == ("b",)
    assert [share for _, share in found.shares] == pytest.approx([second / 2 / total, first / 2 / total])
    assert found.certainty == pytest.approx(second / 2 / total)
    assert found.clear == pytest.approx(0.8) and found.reasons == (reasons.MARK_UNCLEAR,)


def test_certainty_is_that_of_none_when_none_is_likelier() -> None:
    found = single_choice(inks(0.001, 0.001), [0.001, 0.001])
    none, alone, both = 0.999**2 * 0.05, 0.001 * 0.999 / 2, 1e-6 * 0.01
    assert found.chosen == () and found.certainty == pytest.approx(none / (none + 2 * alone + both))
    nothing = single_choice([], [])
    assert (nothing.shares, nothing.chosen, nothing.clear, nothing.reasons) == ((), (), 1.0, ())
    assert nothing.certainty == pytest.approx(1.0)


def test_of_three_the_others_must_be_free() -> None:
    found = single_choice(inks(0.9, 0.5, 0.1), [0.9, 0.5, 0.1])
    alone = [0.9 * 0.5 * 0.9 / 3, 0.5 * 0.1 * 0.9 / 3, 0.1 * 0.1 * 0.5 / 3]
    none, several = 0.1 * 0.5 * 0.9 * 0.05, (1 - 0.045 - 3 * sum(alone)) * 0.01
    total = none + sum(alone) + several
    assert dict(found.shares) == pytest.approx(dict(zip("abc", [a / total for a in alone], strict=True)))
    assert found.chosen == ("a",), "a half is not enough"


@pytest.mark.parametrize(
    ("shares", "changes", "codes"),
    [
        ([0.9, 0.1], {}, []),
        ([0.89, 0.05], {}, ["mark_unclear"]),
        ([0.95, 0.11], {}, ["mark_unclear"]),
        ([0.95, 0.96], {}, ["several_marks"]),
        ([0.95, 0.05], {"cancel": 0.5}, []),
        ([0.95, 0.05], {"cancel": 0.51}, ["mark_cancelled"]),
        ([0.95, 0.05], {"ring": 0.7, "centre": 0.31}, []),
        ([0.95, 0.05], {"ring": 0.71, "centre": 0.3}, []),
        ([0.95, 0.05], {"ring": 0.71, "centre": 0.31}, ["mark_cancelled"]),
        ([0.95, 0.05], {"centre": 0.9}, []),
    ],
)
def test_where_doubt_about_a_mark_begins(
    shares: list[float], changes: dict[str, float], codes: list[str]
) -> None:
    marked = inks(*shares)
    marked[0] = replace(marked[0], **changes)
    assert list(single_choice(marked, shares).reasons) == codes
    several = [code for code in codes if code != "several_marks"]
    assert list(read_marks(field(FieldType.MULTI_CHOICE), marked, model()).reasons) == several


def test_a_choice_offers_its_options_and_nothing() -> None:
    marked = inks(0.01, 0.95, 0.02, 0.03, 0.04)
    marked[3] = replace(marked[3], cancel=0.4)
    found = read_marks(field(FieldType.CHOICE), marked, model())
    weighed = single_choice(marked, [ink.share for ink in marked])
    assert found.value == "b" and found.candidates[0].value == "b"
    assert len(found.candidates) == 5 and {c.source for c in found.candidates} == {"ink"}
    by_value = {c.value: c.probability for c in found.candidates}
    assert by_value[""] == pytest.approx(1 - sum(share for _, share in weighed.shares))
    assert [c.probability for c in found.candidates[1:]] == sorted(list(by_value.values())[1:], reverse=True)
    assert found.features == {
        "weakest": logit(0.95),
        "options": 5.0,
        "cancel": 0.4,
        "product": logit(weighed.certainty),
        "chosen": 1.0,
    }


def test_a_choice_without_options_is_empty() -> None:
    found = read_marks(field(FieldType.CHOICE), [], model())
    assert [(c.value, c.probability) for c in found.candidates] == [("", 1.0)]
    assert (found.features["options"], found.features["cancel"]) == (0.0, 0.0)


def test_a_choice_without_a_mark_is_empty_first() -> None:
    found = read_marks(field(FieldType.CHOICE), inks(0.3, 0.2), model())
    assert found.value == "" and found.candidates[0].value == ""
    assert [c.value for c in found.candidates[1:]] == ["a", "b"]


@pytest.mark.parametrize(("share", "value"), [(0.5, "false"), (0.51, "true")])
def test_a_tick_is_one_above_a_half(share: float, value: str) -> None:
    told = Told()
    found = read_marks(field(FieldType.CHECK, None), inks(share), model(told))
    assert told.asked[0][0] is Mark.TICK, "the usual way of marking"
    assert found.value == value
    assert {c.value: c.probability for c in found.candidates} == pytest.approx(
        {"true": share, "false": 1 - share}
    )
    assert found.features["chosen"] == float(value == "true")


def test_marks_that_do_not_exclude_each_other() -> None:
    found = read_marks(field(FieldType.MULTI_CHOICE), inks(0.9, 0.2, 0.8), model())
    assert found.value == "a|c" and found.features["chosen"] == 2.0
    assert found.features["product"] == pytest.approx(logit(0.9 * 0.8 * 0.8))
    said = [(c.value, round(c.probability, 9)) for c in found.candidates]
    assert said[0] == ("a|c", 0.576) and {("a|b|c", 0.144), ("a", 0.144), ("c", 0.064)} < set(said)
    assert len(said) == 5 and sorted(p for _, p in said) == [0.036, 0.064, 0.144, 0.144, 0.576]


def test_of_many_options_the_first_six_are_weighed() -> None:
    shares = [0.9, 0.1, 0.1, 0.1, 0.1, 0.8, 0.7, 0.5]
    found = read_marks(field(FieldType.MULTI_CHOICE), inks(*shares), model())
    assert found.value == "a|f|g" == found.candidates[0].value
    assert found.candidates[0].probability == pytest.approx(0.9**5 * 0.8)
    assert all(c.value.endswith("g") and "h" not in c.value for c in found.candidates)
    assert found.features["product"] == pytest.approx(logit(0.9**5 * 0.8 * 0.7 * 0.5))


@pytest.mark.parametrize(
    ("kind", "ink", "seal", "value"),
    [
        (FieldType.SEAL, 0.012, 0.0, "true"),
        (FieldType.SEAL, 0.01198, 0.0, "false"),
        (FieldType.SEAL, 0.01199, 0.0, "false"),
        (FieldType.SEAL, 0.0, 0.02, "true"),
        (FieldType.SIGNATURE, 0.008, 0.0, "true"),
        (FieldType.SIGNATURE, 0.00798, 0.9, "false"),
        (FieldType.SIGNATURE, 0.0, 0.0, "false"),
    ],
)
def test_a_seal_is_there_when_its_ink_is_more_than_dust(
    kind: FieldType, ink: float, seal: float, value: str
) -> None:
    found = read_presence(field(kind), ink, seal)
    share, border = (max(ink, seal), 0.012) if kind is FieldType.SEAL else (ink, 0.008)
    odds = 3 * abs(math.log((share + 1e-5) / border))
    certainty = 1 / (1 + math.exp(-odds))
    assert found.value == value
    assert [(c.value, c.source) for c in found.candidates] == [
        (value, "ink"),
        ("false" if value == "true" else "true", "ink"),
    ]
    assert [c.probability for c in found.candidates] == pytest.approx([certainty, 1 - certainty])
    chosen = {"seal": seal, "ink": ink, "chosen": float(value == "true")}
    assert found.features == {"product": pytest.approx(logit(certainty)), **chosen}


def test_ink_near_the_border_is_unclear() -> None:
    at = math.exp(math.log(9) / 3)  # three times this logarithm is the log odds of 0.9
    for factor, unclear in (
        (at * 1.01, False),
        (at * 0.99, True),
        (1 / at * 0.99, False),
        (1 / at * 1.01, True),
    ):
        found = read_presence(field(FieldType.SEAL), 0.012 * factor - 1e-5, 0.0)
        assert (found.reasons == (reasons.MARK_UNCLEAR,)) is unclear
