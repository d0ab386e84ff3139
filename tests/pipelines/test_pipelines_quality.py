"""Known answers planted among the questions, and what verified samples allow to be accepted unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from extractors.base.model import Decision, Reading
from extractors.confidence.acceptance import AcceptanceState
from extractors.confidence.decision import decide
from pipelines.context import Office
from pipelines.settings import Settings
from pipelines.steps.reading import acceptance
from pipelines.steps.reading.seeded_checks import add_seeded_checks, wrong_value
from store.base.model import (
    Answer,
    DocumentState,
    ItemMode,
    ItemPlan,
    NewReading,
    Outcome,
    PageState,
    Presentation,
)
from store.base.schema import Item
from store.documents import batches, documents, readings, records
from store.queue import review_queue, seeded_checks
from store.queue.labelled_readings import LabelledReading
from store.queue.seeded_checks import KnownAnswer

PHONE = "0312345678"
SOON = timedelta(days=1)


@pytest.fixture
def office(tmp_path) -> Office:
    return Office(Settings(home=tmp_path / "home", quality_share=0.0, vigilance_share=1.0))


def application(office: Office, plan: ItemPlan, confidence: float = 0.7, read: str = PHONE) -> int:
    """One application with a telephone number in question."""
    with office.store.write() as session:
        batch = batches.open_batch(session, name="b", source="inbox", actor="intake").id
        file = batches.add_file(
            session, batch, sha256=f"{batch:064x}", original_name="a", size=1, kept_path="x", actor="intake"
        )
        page = batches.put_page(
            session, file.id, 1, PageState.LOCATED, form_id="kyufukin_shinsei", page_no=1, picture_sha256="0"
        )
        document = documents.create(
            session,
            batch_id=batch,
            file_id=file.id,
            actor="intake",
            form_id="kyufukin_shinsei",
            key_fields=["phone"],
            pages=[page.id],
        )
        row = NewReading("phone", 1, read, confidence, "verify")
        readings.add(session, document, "run", [row], actor="reader")
        documents.advance(session, document, DocumentState.READ, "reader")
        review_queue.open_items(session, document, [plan], actor="router")
    return document.id


def say(office: Office, user: str, value: str, mode: ItemMode) -> None:
    with office.store.write() as session:
        [item] = review_queue.claim_next(session, user, modes=[mode])
        said = Answer(Outcome.CORRECTED, value, shown=item.presentation)
        review_queue.submit(session, item.id, str(item.claim_token), user, said)


BLIND = ItemPlan("phone", 1, ItemMode.QUALITY, Presentation.BLIND)


def test_a_known_answer_is_planted_wrong_and_looks_like_any_other(office: Office):
    settled = application(office, BLIND)
    say(office, "sato", PHONE, ItemMode.QUALITY)
    asked = application(office, BLIND)
    with office.store.write() as session:
        assert add_seeded_checks(office, session, asked, [BLIND]) == 1
        [item] = session.query(Item).filter(Item.mode == ItemMode.SEEDED)
        assert item.document_id == settled and item.presentation is Presentation.CONFIRM
        shown = review_queue.visible_reading(session, item)
        assert shown is not None and shown.value != PHONE and len(shown.value) == len(PHONE)
        assert shown.confidence is not None and 0.5 < shown.confidence < 0.96
        assert add_seeded_checks(office, session, asked, [BLIND]) == 1
        assert session.query(Item).filter(Item.mode == ItemMode.SEEDED).count() == 1, "no field twice"


def test_nothing_is_planted_without_a_value_that_two_voices_settled(office: Office):
    confirm = ItemPlan("phone", 1)
    application(office, confirm)
    say(office, "sato", PHONE, ItemMode.VERIFY)
    asked = application(office, confirm)
    with office.store.write() as session:
        add_seeded_checks(office, session, asked, [confirm])
        assert session.query(Item).filter(Item.mode == ItemMode.SEEDED).count() == 0


def test_rates_count_who_noticed_and_the_answers_settle_nothing(office: Office):
    settled = application(office, BLIND)
    say(office, "sato", PHONE, ItemMode.QUALITY)
    with office.store.write() as session:
        add_seeded_checks(office, session, application_without_items(session), [BLIND])
        [item] = session.query(Item).filter(Item.mode == ItemMode.SEEDED)
        shown = review_queue.visible_reading(session, item)
    assert shown is not None
    say(office, "mori", shown.value, ItemMode.SEEDED)
    since = datetime.now(UTC) - SOON
    with office.store.read() as session:
        [mori] = seeded_checks.rates(session, since)
        assert (mori.user, mori.met, mori.noticed) == ("mori", 1, 0)
        assert seeded_checks.rates(session, since, "sato") == []
        record = records.newest(session, settled)
        assert record is not None and records.load(session, record).values["phone"] == PHONE
    with office.store.write() as session:
        review_queue.reopen(session, item.id, "mori")
    with office.store.write() as session:
        [held] = review_queue.claimed_by(session, "mori")
        review_queue.submit(session, held.id, str(held.claim_token), "mori", Answer(Outcome.CORRECTED, PHONE))
    with office.store.read() as session:
        [mori] = seeded_checks.rates(session, since)
        assert (mori.met, mori.noticed) == (1, 1), "the newest answer counts"


def application_without_items(session) -> int:
    return 10_000


def test_a_wrong_value_differs_by_one_easily_mistaken_character():
    known = KnownAnswer(1, "kyufukin_shinsei", "phone", "1234")
    wrong = wrong_value(known)
    assert wrong is not None
    assert sum(a != b for a, b in zip(wrong, known.value, strict=True)) == 1
    assert wrong_value(KnownAnswer(1, "kyufukin_shinsei", "address", "東京都")) is None


def samples(right: int, wrong: int = 0, **changed: object) -> list[LabelledReading]:
    values = {"confidence": 0.97, "decision": "accept", "reasons": (), "origin": "blind", **changed}
    return [
        LabelledReading("kyufukin_shinsei", "phone", right=place < right, **values)  # type: ignore[arg-type]
        for place in range(right + wrong)
    ]


def test_three_thousand_right_samples_prove_a_promise_and_fewer_do_not(office: Office):
    assert acceptance.fit(samples(3100), office.forms)["phone"].state is AcceptanceState.PROVEN
    assert acceptance.fit(samples(2000), office.forms)["phone"].state is AcceptanceState.UNPROVEN
    assert acceptance.fit(samples(3100, 30), office.forms)["phone"].state is AcceptanceState.UNPROVEN


@pytest.mark.parametrize("changed", [{"origin": "one"}, {"reasons": ("struck_out",)}])
def test_what_was_confirmed_in_sight_or_is_doubted_otherwise_proves_nothing(office: Office, changed: dict):
    assert acceptance.fit(samples(4000, **changed), office.forms) == {}


def test_people_verifying_change_what_the_office_accepts(office: Office, monkeypatch):
    monkeypatch.setattr(acceptance, "TARGET", 0.6)
    for _ in range(6):
        application(office, BLIND, confidence=0.97)
        say(office, "sato", PHONE, ItemMode.QUALITY)
    form = office.forms["kyufukin_shinsei"]
    box = form.field("phone").box
    read = Reading("phone", 1, PHONE, 0.975, None, (), (), box)
    assert decide(form, [read], office.policy)[0].decision is Decision.VERIFY
    found = acceptance.renew_thresholds(office.store, office.forms)
    assert (found["phone"].accepted, found["phone"].errors) == (6, 0)
    assert decide(form, [read], office.policy)[0].decision is Decision.ACCEPT
    assert decide(form, [read.changed(confidence=0.9)], office.policy)[0].decision is Decision.VERIFY
