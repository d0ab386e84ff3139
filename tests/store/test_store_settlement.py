"""From what people said to what a field stands at: only this round, only answers, the newest of each person."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from store.base.model import Answer, ItemMode, ItemPlan, ItemState, Outcome, Presentation
from store.base.schema import Document, Item
from store.database import Store
from store.documents import documents, readings
from store.documents.answer_agreement import AgreementState
from store.queue import review_queue, settlement
from templates_forms.blocking import BrokenRule
from tests.store.store_samples import SQLITE, make_document, reading

pytestmark = SQLITE
RULE = BrokenRule("same_text", ("name",), "違います。")
VERIFY = ItemPlan("name", 1)
OVERRIDE = ItemPlan("name", 1, ItemMode.OVERRIDE, reasons=("same_text", "違います。"))


def opened(session: Session, *plans: ItemPlan) -> Document:
    document = make_document(
        session, reading("application_no", "A-1"), reading("name", "山田", "verify", 0.5), reading("my_number", "1234")
    )  # fmt: skip
    review_queue.open_items(session, document, plans, actor="router")
    return documents.get(session, document)


def answer(
    session: Session,
    value: str = "",
    outcome: Outcome = Outcome.CORRECTED,
    *,
    field: str = "name",
    mode: ItemMode = ItemMode.VERIFY,
) -> Item:
    """Whoever may claims the open question of that kind about a field, and answers it."""
    for user in ("sato", "mori", "abe"):
        for item in review_queue.claim_next(session, user, field=field, modes=[mode]):
            said = Answer(outcome, value, shown=item.presentation, note="確認済み")
            review_queue.submit(session, item.id, str(item.claim_token), user, said)
            return item
    raise AssertionError(f"no {mode} about {field}")


def spoken(session: Session, document: Document, field: str | None = None) -> dict[str, list[str]]:
    found = settlement.field_answers(session, document, field)
    return {name: [voice.value for voice in said] for name, said in found.items()}


def test_what_the_machine_read_stands_until_somebody_speaks(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("my_number", 1))
        read = {"application_no": "A-1", "name": "山田", "my_number": "1234"}
        assert settlement.settled_values(session, document) == (read, dict.fromkeys(read, "machine"))
        assert settlement.field_answers(session, document) == {} and settlement.waiting_items(
            session, document
        )
        assert settlement.agreement_of(session, document, "name").state is AgreementState.NONE
        answer(session, "山由")
        assert spoken(session, document) == {"name": ["山由"]}
        values, origins = settlement.settled_values(session, document)
        assert values == read | {"name": "山由"} and origins["name"] == "one"
        assert settlement.agreement_of(session, document, "name").state is AgreementState.SETTLED
        assert settlement.agreement_of(session, document, "my_number").state is AgreementState.NONE
        assert settlement.waiting_items(session, document)
        [claimed] = review_queue.claim_next(session, "sato")
        assert claimed.field == "my_number" and claimed.state is ItemState.CLAIMED
        assert settlement.waiting_items(session, document), "somebody has it before them"
        assert settlement.agreement_of(session, document, "my_number").state is AgreementState.NONE


def test_only_one_field_is_asked_for_when_it_is_named(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("my_number", 1), ItemPlan("application_no", 1))
        answer(session, "山由")
        answer(session, "5678", field="my_number")
        assert spoken(session, document) == {"name": ["山由"], "my_number": ["5678"]}
        assert spoken(session, document, "my_number") == {"my_number": ["5678"]}


def test_an_answer_given_again_counts_once_and_as_the_newest(store: Store) -> None:
    with store.write() as session:
        document = opened(session, ItemPlan("name", 1, ItemMode.DOUBLE), ItemPlan("my_number", 1))
        first = answer(session, "山由", mode=ItemMode.DOUBLE)
        answer(session, "山本", mode=ItemMode.DOUBLE)
        assert spoken(session, document)["name"] == ["山由", "山本"]
        again = review_queue.reopen(session, first.id, str(first.done_by))
        assert spoken(session, document)["name"] == ["山本"]
        said = Answer(Outcome.CORRECTED, "山口", shown=again.presentation)
        review_queue.submit(session, again.id, str(again.claim_token), str(again.lease_owner), said)
        assert spoken(session, document)["name"] == ["山本", "山口"]


def test_a_machine_without_a_reading_agrees_with_nobody(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("memo", 1, presentation=Presentation.BLIND))
        answer(session, "", field="memo")
        assert settlement.field_answers(session, document)["memo"][0].presentation is Presentation.BLIND
        assert settlement.agreement_of(session, document, "memo").state is AgreementState.NONE, (
            "a third has been asked"
        )
        assert "memo" not in settlement.settled_values(session, document)[0]


def test_a_secret_answer_is_compared_with_the_reading_in_clear(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("my_number", 1, presentation=Presentation.BLIND))
        answer(session, "1234", field="my_number")
        found = settlement.agreement_of(session, document, "my_number")
        assert (found.state, found.value, found.origin) == (AgreementState.SETTLED, "1234", "blind")


def test_a_seeded_question_neither_blocks_nor_speaks(store: Store) -> None:
    with store.write() as session:
        seeded = ItemPlan("name", 1, ItemMode.SEEDED, expected="海野", wrong_value="海野")
        document = opened(session, seeded, VERIFY, ItemPlan("my_number", 1))
        kinds = {item.mode for item in review_queue.unanswered(session, document.id)}
        assert ItemMode.SEEDED in kinds
        answer(session, "山由")
        assert settlement.agreement_of(session, document, "name").state is AgreementState.SETTLED, (
            "the seeded one waits"
        )
        answer(session, "海野", mode=ItemMode.SEEDED)
        assert spoken(session, document)["name"] == ["山由"]
        assert settlement.waiting_items(session, document)
        assert answer(session, "1234", field="my_number").state is ItemState.DONE


def test_only_a_seeded_question_left_is_nothing_to_wait_for(store: Store) -> None:
    with store.write() as session:
        document = opened(
            session, ItemPlan("my_number", 1, ItemMode.SEEDED, expected="1", wrong_value="1"), VERIFY
        )
        answer(session, "山由")
        assert [item.mode for item in review_queue.unanswered(session, document.id)] == [ItemMode.SEEDED]
        assert not settlement.waiting_items(session, document)


def test_an_open_override_blocks_settling_but_not_its_field(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY)
        review_queue.open_item(session, document, OVERRIDE, actor="router")
        answer(session, "山由")
        assert settlement.agreement_of(session, document, "name").value == "山由"
        assert settlement.waiting_items(session, document)


def broken(session: Session, document: Document) -> list[str]:
    return [
        failure.rule
        for failure in settlement.failing_rules(session, document, {"name": "x"}, lambda _: [RULE])
    ]


@pytest.mark.parametrize(
    ("outcome", "still"), [(Outcome.CONFIRMED, []), (Outcome.CORRECTED, ["same_text"]), (None, ["same_text"])]
)
def test_a_rule_is_overridden_by_whoever_confirms_the_values(
    store: Store, outcome: Outcome | None, still: list[str]
) -> None:
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("my_number", 1))
        assert settlement.failing_rules(session, document, {}, None) == []
        assert broken(session, document) == ["same_text"]
        review_queue.open_item(session, document, OVERRIDE, actor="router")
        if outcome is not None:
            answer(session, "山由", outcome, mode=ItemMode.OVERRIDE)
        assert broken(session, document) == still
        document.round += 1
        assert broken(session, document) == ["same_text"], "an override holds for its round"


def test_another_rule_is_not_overridden_with_it(store: Store) -> None:
    other = BrokenRule("distinct", ("name",), "同じです。")
    with store.write() as session:
        document = opened(session, VERIFY, ItemPlan("my_number", 1))
        review_queue.open_item(session, document, OVERRIDE, actor="router")
        answer(session, "", Outcome.CONFIRMED, mode=ItemMode.OVERRIDE)
        assert [f.rule for f in settlement.failing_rules(session, document, {}, lambda _: [RULE, other])] == [
            "distinct"
        ]


def test_what_was_said_in_an_earlier_round_stands_in_the_record_only(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY)
        answer(session, "山由")
        assert settlement.record_to_correct(session, document)[1] == {
            "application_no": "machine",
            "name": "one",
            "my_number": "machine",
        }
        review_queue.open_items(session, document, [ItemPlan("application_no", 1)], actor="lead")
        assert settlement.field_answers(session, document) == {}
        assert settlement.settled_values(session, document)[0]["name"] == "山由"
        assert settlement.settled_values(session, document)[1]["name"] == "one"
        assert settlement.agreement_of(session, document, "name").state is AgreementState.NONE


def test_a_document_that_is_read_again_starts_from_its_new_readings(store: Store) -> None:
    with store.write() as session:
        document = opened(session, VERIFY)
        assert settlement.record_to_correct(session, document) == ({}, {}), "no record yet"
        answer(session, "山由")
        assert settlement.record_to_correct(session, document)[0]["my_number"] == "1234", "in clear"
        readings.add(session, document, "run-2", [reading("name", "山口")], actor="reader")
        assert settlement.record_to_correct(session, document) == ({}, {})
