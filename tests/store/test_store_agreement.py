"""Properties of blind agreement that hold whatever people type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.base.model import ItemMode, Outcome, Presentation
from store.documents.answer_agreement import AgreementState, FieldAnswer, comparable, evaluate

typed = st.sampled_from(["", "山田", "山 田", "山由", "髙橋", "高橋"])
said = st.tuples(typed, st.sampled_from([Outcome.CORRECTED, Outcome.CONFIRMED, Outcome.ILLEGIBLE]))


def voice(mode: ItemMode, seat: int, answer: tuple[str, Outcome]) -> FieldAnswer:
    value, outcome = answer
    return FieldAnswer(mode, seat, Presentation.BLIND, outcome, "" if outcome is Outcome.ILLEGIBLE else value)


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
