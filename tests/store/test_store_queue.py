"""The human queue: who gets what, when two agree, when a third is asked, and when a document is settled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from store.audit import chain
from store.base.errors import IllegalMove, InvalidAnswer, ItemGone, NotYours, PlanIncomplete
from store.base.model import (
    Answer,
    DocumentState,
    ItemMode,
    ItemPlan,
    ItemState,
    Outcome,
    Presentation,
    QueueOrder,
)
from store.base.schema import Item, Record, Verification
from store.database import Store
from store.documents import documents, readings, records
from store.queue import review_queue
from templates_forms.blocking import BrokenRule
from tests.store.store_samples import Clock, answer_item, make_document, reading

FIELDS = (
    reading("application_no", "A-1"),
    reading("applicant_kana", "ヤマダ", "verify", 0.8),
    reading("my_number", "123456789018", "double", 0.7),
)
KANA = ItemPlan("applicant_kana", 1, reasons=("readers_disagree",))
NUMBER = ItemPlan("my_number", 1, ItemMode.DOUBLE)


def opened(store: Store, *plans: ItemPlan) -> int:
    with store.write() as session:
        document = make_document(session, *FIELDS)
        review_queue.open_items(session, document, plans or (KANA, NUMBER), actor="router")
    return document


def state(store: Store, document: int) -> DocumentState:
    with store.read() as session:
        return documents.get(session, document).state


def values(store: Store, document: int) -> dict[str, str]:
    with store.read() as session:
        record = records.newest(session, document)
        assert record is not None
        return records.load(session, record, reveal=True).values


def test_settles_when_all_is_said(store: Store) -> None:
    document = opened(store)
    assert state(store, document) is DocumentState.VERIFYING
    assert answer_item(store, "sato", "ヤマタ").field_settled
    assert not answer_item(store, "sato", "123456789018").field_settled
    done = answer_item(store, "mori", "1234 5678 9018")
    assert done.document_state is DocumentState.VERIFIED and done.record_id
    assert values(store, document) == {
        "application_no": "A-1",
        "applicant_kana": "ヤマタ",
        "my_number": "123456789018",
    }
    with store.read() as session:
        record = session.get_one(Record, done.record_id)
        assert record.record_key == "A-1"
        assert record.origins == {"application_no": "machine", "applicant_kana": "one", "my_number": "two"}
        assert "my_number" not in record.values and "1234" not in str(record.secret_values)
        assert records.load(session, record).values["my_number"] == "●●●●"
        assert records.unchanged(session, record)
        assert chain.verify(session).ok


def test_double_never_gives_one_person_both_seats(store: Store) -> None:
    opened(store, KANA, NUMBER)
    with store.write() as session:
        mine = review_queue.claim_next(session, "sato", limit=10)
        assert [(item.field, item.seat) for item in mine] == [("applicant_kana", 1), ("my_number", 1)]
        assert review_queue.claim_next(session, "sato", limit=10) == []
        assert [item.seat for item in review_queue.claim_next(session, "mori", limit=10)] == [2]
    with store.write() as session:
        number = mine[1]
        answer = Answer(Outcome.CORRECTED, "123456789018")
        review_queue.submit(session, number.id, str(number.claim_token), "sato", answer)
        review_queue.release_all(session, "mori")
        review_queue.release(session, mine[0].id, "sato")
    with store.write() as session:
        assert [i.field for i in review_queue.claim_next(session, "sato", limit=10)] == ["applicant_kana"]


def test_double_mismatch_asks_somebody_new(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    answer_item(store, "sato", "123456789018", field="my_number")
    third = answer_item(store, "mori", "123456789010", field="my_number")
    assert third.opened and not third.field_settled
    with store.write() as session:
        for user in ("sato", "mori"):
            assert review_queue.claim_next(session, user, field="my_number") == []
    assert answer_item(store, "abe", "123456789010", field="my_number").field_settled
    assert answer_item(store, "abe", "ヤマダ").record_id
    assert values(store, document)["my_number"] == "123456789010"


def test_three_who_differ_go_to_a_lead_who_sees_what_was_said(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    for user, value in (("sato", "1"), ("mori", "2"), ("abe", "3")):
        last = answer_item(store, user, value, field="my_number")
    with store.write() as session:
        assert review_queue.claim_next(session, "kudo", field="my_number") == []
        [item] = review_queue.claim_next(session, "sato", roles=("lead",), field="my_number")
        assert item.id == last.opened[0]
        assert [voice.value for voice in review_queue.answers_for_lead(session, item)] == ["1", "2", "3"]
        review_queue.release(session, item.id, "sato")
    answer_item(store, "sato", "4", roles=("lead",), field="my_number")
    answer_item(store, "sato", "ヤマダ")
    assert values(store, document)["my_number"] == "4"


def test_blind_counts_the_machine_as_the_other_keyer(store: Store) -> None:
    blind = ItemPlan("applicant_kana", 1, presentation=Presentation.BLIND)
    with store.write() as session:
        document = make_document(session, *FIELDS[:2])
        review_queue.open_items(session, document, [blind], actor="router")
        [item] = review_queue.claim_next(session, "sato")
        assert review_queue.visible_reading(session, item) is None
        review_queue.release(session, item.id, "sato")
    assert answer_item(store, "sato", "ヤマタ").opened
    assert answer_item(store, "mori", "ヤマダ").record_id
    assert values(store, document)["applicant_kana"] == "ヤマダ"
    with store.read() as session:
        outcomes = [said.outcome for said in review_queue.answers_of(session, document)]
        assert outcomes == [Outcome.CORRECTED, Outcome.CONFIRMED]
        record = records.newest(session, document)
        assert record and record.origins["applicant_kana"] == "third"


def test_illegible_twice_then_by_the_lead_returns_the_application(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    answer_item(store, "sato", outcome=Outcome.ILLEGIBLE, field="my_number")
    assert answer_item(store, "mori", outcome=Outcome.ILLEGIBLE, field="my_number").opened
    last = answer_item(store, "abe", outcome=Outcome.ILLEGIBLE, roles=("lead",), field="my_number")
    assert last.document_state is DocumentState.RETURNED
    with store.read() as session:
        assert review_queue.unanswered(session, document) == []
        assert documents.get(session, document).reason == "illegible:my_number"


@pytest.mark.parametrize(
    ("outcome", "to"),
    [
        (Outcome.WRONG_FORM, DocumentState.UNIDENTIFIED),
        (Outcome.RETURN_TO_APPLICANT, DocumentState.RETURNED),
    ],
)
def test_side_doors_take_the_other_items_back(store: Store, outcome: Outcome, to: DocumentState) -> None:
    document = opened(store)
    with store.write() as session:
        [held] = review_queue.claim_next(session, "mori", field="my_number")
    assert answer_item(store, "sato", outcome=outcome).document_state is to
    with store.write() as session:
        assert (
            review_queue.claim_next(session, "abe") == [] and review_queue.unanswered(session, document) == []
        )
    with store.write() as session, pytest.raises(ItemGone):
        review_queue.submit(session, held.id, str(held.claim_token), "mori", Answer(Outcome.CORRECTED, "1"))


def test_a_doubled_click_counts_once(store: Store) -> None:
    opened(store, NUMBER, KANA)
    with store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
    token = str(item.claim_token)
    with store.write() as session:
        review_queue.submit(session, item.id, token, "sato", Answer(Outcome.CORRECTED, "1"))
    with store.write() as session:
        again = review_queue.submit(session, item.id, token, "sato", Answer(Outcome.CORRECTED, "2"))
        assert again.repeated
    with store.write() as session, pytest.raises(NotYours):
        review_queue.submit(session, item.id, token, "mori", Answer(Outcome.CORRECTED, "2"))
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 1


def test_forged_and_stale_claims_are_refused(store: Store) -> None:
    opened(store, KANA, NUMBER)
    with store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
    for user, token in (("mori", str(item.claim_token)), ("sato", "forged"), ("sato", "")):
        with store.write() as session, pytest.raises(NotYours):
            review_queue.submit(session, item.id, token, user, Answer(Outcome.CORRECTED, "x"))


def test_lease_comes_back_and_a_late_answer_counts_only_if_nobody_took_it(store: Store, clock: Clock) -> None:
    opened(store, KANA, NUMBER)
    with store.write() as session:
        [late, lost] = review_queue.claim_next(session, "sato", limit=2, seconds=60)
    clock.advance(50)
    with store.write() as session:
        assert review_queue.renew(session, [late.id, lost.id], "sato", 60) == [late.id, lost.id]
    clock.advance(61)
    with store.write() as session:
        assert review_queue.claimed_by(session, "sato") == []
        taken = review_queue.claim_next(session, "mori", field="my_number", limit=1)
        assert [item.id for item in taken] == [lost.id]
        assert review_queue.renew(session, [late.id, lost.id], "sato") == [late.id]
    with store.write() as session, pytest.raises(NotYours):
        review_queue.submit(session, lost.id, str(lost.claim_token), "sato", Answer(Outcome.CORRECTED, "1"))
    with store.write() as session:
        answer = Answer(Outcome.CORRECTED, "ヤマダ")
        assert review_queue.submit(session, late.id, str(late.claim_token), "sato", answer).field_settled


def test_urgent_first_and_snippets_stay_apart(store: Store, clock: Clock) -> None:
    first = opened(store)
    second = opened(store, KANA, ItemPlan("my_number", 1, ItemMode.DOUBLE, priority=1))
    with store.write() as session:
        urgent = review_queue.claim_next(session, "sato", limit=2)
        assert [(i.document_id, i.field) for i in urgent] == [
            (second, "my_number"),
            (first, "applicant_kana"),
        ]
        review_queue.release_all(session, "sato")
        apart = review_queue.claim_next(session, "mori", limit=5, snippets=True)
        assert sorted(item.document_id for item in apart) == [first, second]


def test_undo_takes_back_the_third_but_not_others_work(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    answer_item(store, "sato", "1", field="my_number")
    second = answer_item(store, "mori", "2", field="my_number")
    with store.write() as session:
        back = review_queue.reopen(session, second.item_id, "mori")
        assert session.get_one(Item, second.opened[0]).state is ItemState.CANCELLED
        with pytest.raises(NotYours):
            review_queue.reopen(session, second.item_id, "sato")
    with store.write() as session:
        review_queue.submit(session, back.id, str(back.claim_token), "mori", Answer(Outcome.CORRECTED, "3"))
        [third] = review_queue.claim_next(session, "abe", field="my_number")
        assert third.id == second.opened[0]
    with store.write() as session, pytest.raises(ItemGone):
        review_queue.reopen(session, second.item_id, "mori")
    with store.write() as session:
        review_queue.submit(session, third.id, str(third.claim_token), "abe", Answer(Outcome.CORRECTED, "3"))
    answer_item(store, "abe", "ヤマダ")
    assert values(store, document)["my_number"] == "3"


def test_a_broken_rule_keeps_the_document_until_overridden_with_a_reason(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    failure = BrokenRule("kana_matches_name", ("applicant_kana",), "フリガナと氏名が合いません")

    def rules(found: dict[str, str]) -> list[BrokenRule]:
        return [failure] if found["applicant_kana"] != "ヤマダ" else []

    for user in ("sato", "mori"):
        answer_item(store, user, "123456789018", field="my_number")
    stopped = answer_item(store, "sato", "ヤマタ", rules=rules)
    assert stopped.failures == (failure,) and stopped.document_state is DocumentState.VERIFYING
    with store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        assert item.mode is ItemMode.OVERRIDE and item.reasons[0] == "kana_matches_name"
    token = str(item.claim_token)
    with store.write() as session, pytest.raises(InvalidAnswer):
        review_queue.submit(session, item.id, token, "sato", Answer(Outcome.CONFIRMED, "ヤマタ"), rules=rules)
    with store.write() as session:
        answer = Answer(Outcome.CONFIRMED, "ヤマタ", note="本人に電話で確認")
        assert review_queue.submit(session, item.id, token, "sato", answer, rules=rules).record_id
    assert values(store, document)["applicant_kana"] == "ヤマタ"


def test_an_override_can_mend_the_value(store: Store) -> None:
    with store.write() as session:
        document = make_document(session, reading("applicant_kana", "ヤマタ"))
        failure = BrokenRule("r", ("applicant_kana",), "x")

        def rules(found: dict[str, str]) -> list[BrokenRule]:
            return [failure] if found["applicant_kana"] != "ヤマダ" else []

        result = review_queue.open_items(session, document, [], actor="router", rules=rules)
        assert len(result.items) == 1 and result.failures
    assert answer_item(store, "sato", "ヤマダ", rules=rules).record_id
    assert values(store, document)["applicant_kana"] == "ヤマダ"


def test_nothing_doubtful_slips_through_unplanned(store: Store) -> None:
    with store.write() as session:
        document = make_document(session, *FIELDS)
    with store.write() as session, pytest.raises(PlanIncomplete):
        review_queue.open_items(session, document, [KANA], actor="router")
    assert state(store, document) is DocumentState.READ


def test_all_accepted_settles_at_once_and_seeded_items_never_hold_it_up(store: Store) -> None:
    with store.write() as session:
        document = make_document(session, reading("application_no", "A-1"), reading("name", "山田"))
        seeded = ItemPlan("name", 1, ItemMode.SEEDED, expected="山田", wrong_value="山由")
        result = review_queue.open_items(session, document, [seeded], actor="router")
        assert result.record_id
        [item] = review_queue.claim_next(session, "sato")
        seen = review_queue.visible_reading(session, item)
        assert seen and seen.value == "山由" and seen.candidates == ()
        review_queue.release(session, item.id, "sato")
    answer_item(store, "sato", "山由")
    with store.read() as session:
        [said] = review_queue.answers_of(session, document)
        assert said.outcome is Outcome.CONFIRMED  # confirmed what was planted: the vigilance test failed
        assert records.newest(session, document).values["name"] == "山田"
    assert state(store, document) is DocumentState.VERIFIED


def test_a_late_correction_starts_from_the_settled_record(store: Store) -> None:
    document = opened(store, KANA, NUMBER)
    answer_item(store, "sato", "ヤマタ")
    answer_item(store, "sato", "1")
    answer_item(store, "mori", "1")
    with store.write() as session:
        review_queue.open_items(session, document, [ItemPlan("my_number", 1)], actor="sato")
    answer_item(store, "sato", "2")
    assert values(store, document) == {"application_no": "A-1", "applicant_kana": "ヤマタ", "my_number": "2"}
    with store.read() as session:
        assert [r.version for r in session.scalars(select(Record).order_by(Record.version))] == [1, 2]


@pytest.mark.parametrize("hostile", ["a\x00b", "\ud800", "a\u202eb", "あ" * 4001, "a\nb"])
def test_hostile_text_is_refused_and_the_claim_stays(store: Store, hostile: str) -> None:
    opened(store, KANA, NUMBER)
    with store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
    with store.write() as session, pytest.raises(InvalidAnswer):
        review_queue.submit(
            session, item.id, str(item.claim_token), "sato", Answer(Outcome.CORRECTED, hostile)
        )
    with store.read() as session:
        assert [held.id for held in review_queue.claimed_by(session, "sato")] == [item.id]


def test_asking_about_a_returned_document_is_refused(store: Store) -> None:
    document = opened(store)
    with store.write() as session, pytest.raises(IllegalMove):
        review_queue.open_items(session, document, [KANA, NUMBER], actor="router")


def test_verifications_and_readings_hold_secrets_only_sealed(store: Store) -> None:
    document = opened(store, NUMBER, KANA)
    answer_item(store, "sato", "123456789018", field="my_number")
    with store.read() as session:
        [said] = review_queue.answers_of(session, document)
        assert said.secret and "1234" not in said.value
        clear = readings.decrypt_value(session, document, "my_number", said.value, secret=True)
        assert clear == "123456789018"


def test_among_equally_urgent_items_doubt_or_form_may_come_first(store: Store) -> None:
    fields = [
        replace(KANA, field=name, confidence=sure) for name, sure in (("a", 0.9), ("b", 0.6), ("c", 0.8))
    ]
    with store.write() as session:
        document = make_document(session, *(reading(plan.field, "x", "verify") for plan in fields))
        review_queue.open_items(session, document, fields, actor="router")
    for order, names in (
        (QueueOrder.DOCUMENT, ["a", "b", "c"]),
        (QueueOrder.DOUBT, ["b", "c", "a"]),
        (QueueOrder.FORM, ["a", "b", "c"]),
    ):
        with store.write() as session:
            taken = review_queue.claim_next(session, "sato", limit=3, order=order)
            assert [item.field for item in taken] == names
            review_queue.release_all(session, "sato")


def test_with_snippets_nobody_joins_a_secret_with_another_field(store: Store) -> None:
    document = opened(store, KANA, replace(KANA, field="application_no"), NUMBER)
    with store.write() as session:
        first = review_queue.claim_next(session, "sato", limit=9, snippets=True)
        assert {item.field for item in first} == {"applicant_kana", "application_no"}, (
            "no stall with few people"
        )
        second = review_queue.claim_next(session, "mori", limit=9, snippets=True)
        assert [item.field for item in second] == ["my_number"]
        assert session.get_one(Item, second[0].id).secret
        review_queue.release_all(session, "sato")
        assert review_queue.claim_next(session, "mori", limit=9, snippets=True) == []
    assert state(store, document) is DocumentState.VERIFYING


def test_a_cell_taken_out_of_the_grid_is_verified_as_a_field(store: Store) -> None:
    opened(store, replace(KANA, presentation=Presentation.GRID, group="ダ"), NUMBER)
    with store.write() as session:
        [cell] = review_queue.claim_next(session, "sato", group="ダ")
        with pytest.raises(NotYours):
            review_queue.remove_from_grid(session, cell.id, "mori")
        review_queue.remove_from_grid(session, cell.id, "sato")
        assert review_queue.claim_next(session, "sato", group="ダ") == []
        [field] = review_queue.claim_next(session, "sato", presentations=[Presentation.CONFIRM])
        assert field.id == cell.id
