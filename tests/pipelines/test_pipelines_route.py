"""Which readings become questions, for whom, and what the person is shown."""

from __future__ import annotations

from pipelines.steps.route import plan
from store.model import ItemMode, Presentation, StoredReading


def reading(field: str, decision: str, confidence: float | None) -> StoredReading:
    return StoredReading(
        1, 7, field, 1, "123", confidence, decision, ("faint",), (), None, (), False, False, "run", "model"
    )


def plans(*readings: StoredReading, share: float = 0.0) -> dict[str, tuple[ItemMode, Presentation]]:
    return {p.field: (p.mode, p.presentation) for p in plan(readings, 7, share)}


def test_accepted_fields_are_not_asked_about():
    assert plans(reading("a", "accept", 0.9999)) == {}


def test_likely_values_are_shown_and_unlikely_ones_are_keyed_blind():
    asked = plans(reading("a", "verify", 0.9), reading("b", "verify", 0.2), reading("c", "verify", None))
    assert asked == {
        "a": (ItemMode.VERIFY, Presentation.CONFIRM),
        "b": (ItemMode.VERIFY, Presentation.BLIND),
        "c": (ItemMode.VERIFY, Presentation.BLIND),
    }


def test_double_is_always_blind():
    assert plans(reading("a", "double", 0.9999)) == {"a": (ItemMode.DOUBLE, Presentation.BLIND)}


def test_a_share_of_accepted_fields_is_checked_unseen_and_the_same_ones_every_time():
    accepted = [reading(f"f{number}", "accept", 1.0) for number in range(2000)]
    first, second = plans(*accepted, share=0.05), plans(*accepted, share=0.05)
    assert first == second
    assert 60 < len(first) < 140
    assert set(first.values()) == {(ItemMode.QUALITY, Presentation.BLIND)}


def test_reasons_travel_with_the_question():
    (only,) = plan([reading("a", "verify", 0.9)], 7, 0.0)
    assert only.reasons == ("faint",)
