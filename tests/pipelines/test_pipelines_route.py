"""Which readings become questions, for whom, and what the person is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.steps.reading.route import plan
from store.base.model import ItemMode, ItemPlan, Presentation, StoredReading
from templates_forms.loader import load_library
from templates_forms.model import Form

FORMS = Path(__file__).resolve().parents[2] / "templates_forms"


@pytest.fixture(scope="module")
def form() -> Form:
    return load_library(FORMS)["kyufukin_shinsei"]


def reading(
    field: str,
    decision: str,
    confidence: float | None,
    value: str = "123",
    weak: tuple[int, ...] = (),
    cells: tuple[int, ...] = (),
    reasons: tuple[str, ...] = ("faint",),
) -> StoredReading:
    return StoredReading(
        id=1,
        document_id=7,
        field=field,
        page=1,
        value=value,
        confidence=confidence,
        decision=decision,
        reasons=reasons,
        candidates=(),
        box=None,
        weak=weak,
        secret=False,
        masked=False,
        run="run",
        model_version="model",
        cells=cells,
    )


def plans(form: Form, *readings: StoredReading, share: float = 0.0) -> dict[str, ItemPlan]:
    return {p.field: p for p in plan(readings, form, 7, share)}


def shown(form: Form, *readings: StoredReading) -> dict[str, tuple[ItemMode, Presentation]]:
    return {name: (p.mode, p.presentation) for name, p in plans(form, *readings).items()}


def test_accepted_fields_are_not_asked_about(form: Form):
    assert plans(form, reading("phone", "accept", 0.9999)) == {}


def test_likely_values_are_shown_and_unlikely_ones_are_keyed_blind(form: Form):
    asked = shown(
        form,
        reading("phone", "verify", 0.9),
        reading("amount", "verify", 0.2),
        reading("address", "verify", None),
    )
    assert asked == {
        "phone": (ItemMode.VERIFY, Presentation.CONFIRM),
        "amount": (ItemMode.VERIFY, Presentation.BLIND),
        "address": (ItemMode.VERIFY, Presentation.BLIND),
    }


def test_double_is_always_blind(form: Form):
    assert shown(form, reading("phone", "double", 0.9999)) == {"phone": (ItemMode.DOUBLE, Presentation.BLIND)}


def test_a_share_of_accepted_fields_is_checked_unseen_and_the_same_ones_every_time(form: Form):
    accepted = [reading(f"f{number}", "accept", 1.0) for number in range(2000)]
    first, second = plans(form, *accepted, share=0.05), plans(form, *accepted, share=0.05)
    assert first == second
    assert 60 < len(first) < 140
    asked = {(p.mode, p.presentation) for p in first.values()}
    assert asked == {(ItemMode.QUALITY, Presentation.BLIND)}


def test_reasons_and_confidence_travel_with_the_question(form: Form):
    (only,) = plan([reading("phone", "verify", 0.9)], form, 7, 0.0)
    assert (only.reasons, only.confidence) == (("faint",), 0.9)


def test_a_field_whose_only_doubt_is_one_boxed_character_goes_to_the_glyph_grid(form: Form):
    one = reading("phone", "verify", 0.8, "0312345678", (3,), tuple(range(10)), ("confusable",))
    asked = plans(form, one)["phone"]
    assert (asked.presentation, asked.group) == (Presentation.GRID, "2")


@pytest.mark.parametrize(
    "changed",
    [
        {"weak": (3, 4)},
        {"weak": ()},
        {"reasons": ("confusable", "ink_unread")},
        {"reasons": ("rule_failed:postal_code_matches_address",)},
        {"cells": ()},
        {"cells": (0, 1, 2, -1, 4, 5, 6, 7, 8, 9)},
        {"confidence": 0.3},
        {"field": "address"},
        {"field": "account_number"},
    ],
)
def test_whatever_else_is_doubted_is_shown_as_a_whole_field(form: Form, changed: dict[str, object]):
    values: dict[str, object] = {
        "field": "phone",
        "confidence": 0.8,
        "value": "0312345678",
        "weak": (3,),
        "cells": tuple(range(10)),
        "reasons": ("confusable",),
        **changed,
    }
    one = reading(decision="verify", **values)  # type: ignore[arg-type]
    asked = plans(form, one)[str(values["field"])]
    assert asked.presentation is not Presentation.GRID and asked.group is None
