"""Properties of blind agreement that hold whatever people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.base.model import ItemMode, Outcome, Presentation
from store.documents.answer_agreement import AgreementState, FieldAgreement, FieldAnswer, comparable, evaluate

typed = st.sampled_from(["", "山田", "山 田", "山由", "髙橋", "高橋"])
said = st.tuples(typed, st.sampled_from([Outcome.CORRECTED, Outcome.CONFIRMED, Outcome.ILLEGIBLE]))


def voice(mode: ItemMode, seat: int, answer: tuple[str, Outcome]) -> FieldAnswer:
    value, outcome = answer
    return FieldAnswer(mode, seat, Presentation.BLIND, outcome, "" if outcome is Outcome.ILLEGIBLE else value)


CONFIRM, BLIND, GRID = Presentation.CONFIRM, Presentation.BLIND, Presentation.GRID
NEW, OK, DARK = Outcome.CORRECTED, Outcome.CONFIRMED, Outcome.ILLEGIBLE


def says(
    value: str,
    seat: int = 1,
    shown: Presentation = BLIND,
    outcome: Outcome = NEW,
    mode: ItemMode = ItemMode.VERIFY,
) -> FieldAnswer:
    return FieldAnswer(mode, seat, shown, outcome, "" if outcome is DARK else value)


def double(value: str, seat: int, outcome: Outcome = NEW) -> FieldAnswer:
    return says(value, seat, BLIND, outcome, ItemMode.DOUBLE if seat < 3 else ItemMode.THIRD)


def override(value: str, outcome: Outcome = NEW) -> FieldAnswer:
    return says(value, 1, CONFIRM, outcome, ItemMode.OVERRIDE)


def settled(value: str, origin: str) -> FieldAgreement:
    return FieldAgreement(AgreementState.SETTLED, value, origin)


THIRD, LEAD = FieldAgreement(AgreementState.NEEDS_THIRD), FieldAgreement(AgreementState.NEEDS_LEAD)


@pytest.mark.parametrize(
    ("voices", "machine", "found"),
    [
        # nobody said anything
        ([], "a", FieldAgreement(AgreementState.NONE)),
        ([override("b", OK)], "a", FieldAgreement(AgreementState.NONE)),
        # one who saw the machine's value
        ([says("b", shown=CONFIRM)], "a", settled("b", "one")),
        ([says("b", shown=GRID)], None, settled("b", "one")),
        ([says("", shown=CONFIRM, outcome=DARK)], "a", THIRD),
        # one who did not
        ([says("a b")], "ab", settled("a b", "blind")),
        ([says("b")], "a", THIRD),
        ([says("b")], None, THIRD),
        ([says("", outcome=DARK)], "", THIRD),
        ([says("")], "", settled("", "blind")),
        ([says("b"), says("a", 3)], "a", settled("a", "third")),
        ([says("b"), says("b", 3)], "a", settled("b", "third")),
        ([says("b"), says("c", 3)], "a", LEAD),
        ([says("", outcome=DARK), says("b", 3)], "a", LEAD),
        ([says("", outcome=DARK), says("", 2, outcome=DARK)], "a", LEAD),
        # several who saw it are counted like everybody
        ([says("b", shown=CONFIRM), says("b", 2, shown=CONFIRM)], "a", settled("b", "blind")),
        # two who see neither each other nor the machine
        ([double("a", 1)], "a", THIRD),
        ([double("a", 1), double("a", 2)], "b", settled("a", "two")),
        ([double("a", 1), double("b", 2)], "a", THIRD),
        ([double("a", 1), double("", 2, DARK)], "a", THIRD),
        ([double("", 1, DARK), double("", 2, DARK)], "", LEAD),
        ([double("a", 1), double("b", 2), double("b", 3)], "a", settled("b", "third")),
        ([double("a", 1), double("b", 2), double("c", 3)], "a", LEAD),
        # a lead has the last word, the newest one of it
        ([double("a", 1), double("a", 2), says("c", 4, CONFIRM)], "a", settled("c", "lead")),
        ([says("c", 4, CONFIRM), says("d", 5, CONFIRM)], "a", settled("d", "lead")),
        ([says("c", 4), says("", 4, outcome=DARK)], "a", FieldAgreement(AgreementState.ILLEGIBLE)),
        # whoever changes a value against a rule outranks them all
        (
            [says("c", 4), override("d"), override("e"), override("g"), override("f", OK)],
            "a",
            settled("g", "override"),
        ),
        ([says("b", shown=CONFIRM), override("d", OK)], "a", settled("b", "one")),
    ],
)
def test_whose_word_stands(voices: list[FieldAnswer], machine: str | None, found: FieldAgreement) -> None:
    assert evaluate(voices, machine) == found


def test_a_value_is_compared_in_one_spelling() -> None:
    assert comparable(" か\u3099 ") == "が" and comparable("a\tb　c\n") == "abc"


@given(first=said, second=said, machine=typed)
def test_two_keyers_settle_only_what_both_typed(
    first: tuple[str, Outcome], second: tuple[str, Outcome], machine: str
) -> None:
    answers = [voice(ItemMode.DOUBLE, 1, first), voice(ItemMode.DOUBLE, 2, second)]
    found = evaluate(answers, machine)
    legible = Outcome.ILLEGIBLE not in {first[1], second[1]}
    alike = legible and comparable(first[0]) == comparable(second[0])
    assert (found.state is AgreementState.SETTLED) == alike
    assert found == evaluate(answers, "nothing the machine reads has a voice")


@given(answer=said, machine=typed)
def test_one_blind_person_is_never_enough_alone(answer: tuple[str, Outcome], machine: str) -> None:
    found = evaluate([voice(ItemMode.VERIFY, 1, answer)], machine)
    alike = answer[1] is not Outcome.ILLEGIBLE and comparable(answer[0]) == comparable(machine)
    assert found.state is (AgreementState.SETTLED if alike else AgreementState.NEEDS_THIRD)


@given(first=said, second=said, third=said)
def test_after_a_third_it_is_settled_by_two_or_goes_to_a_lead(
    first: tuple[str, Outcome], second: tuple[str, Outcome], third: tuple[str, Outcome]
) -> None:
    answers = [first, second, third]
    modes = [ItemMode.DOUBLE, ItemMode.DOUBLE, ItemMode.THIRD]
    found = evaluate([voice(mode, seat + 1, answers[seat]) for seat, mode in enumerate(modes)], None)
    legible = [comparable(value) for value, outcome in answers if outcome is not Outcome.ILLEGIBLE]
    if found.state is AgreementState.SETTLED:
        assert legible.count(comparable(found.value)) >= 2
    else:
        assert found.state is AgreementState.NEEDS_LEAD and len(set(legible)) == len(legible)


def test_variant_characters_are_different_answers() -> None:
    assert comparable("髙橋") != comparable("高橋") and comparable("山 田") == comparable("山　田")
