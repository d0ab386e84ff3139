"""A person's vigilance is shown to that person and to leads, to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

from store.base.model import Answer, ItemMode, ItemPlan, Outcome, Presentation
from store.queue import review_queue, seeded_checks
from store.queue.seeded_checks import KnownAnswer
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client


def planted(office: Office) -> None:
    """One application keyed blind, its address planted twice: sato overlooks, mori notices."""
    form = office.forms["kyufukin_shinsei"]
    blind = ItemPlan("address", 1, ItemMode.QUALITY, Presentation.BLIND)
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={}, plans=[blind], draw=False
    )
    true = made.truth["address"]
    for user, mode, value in (
        ("abe", ItemMode.QUALITY, true),
        ("sato", ItemMode.SEEDED, true + "1"),
        ("mori", ItemMode.SEEDED, true),
    ):
        with office.store.write() as session:
            if mode is ItemMode.SEEDED:
                known = KnownAnswer(made.document, form.id, "address", true)
                seeded_checks.seed(
                    session, known, 1, true + "1", confidence=0.8, reason="confusable", actor="test"
                )
            [item] = review_queue.claim_next(session, user, modes=[mode])
            review_queue.submit(
                session, item.id, str(item.claim_token), user, Answer(Outcome.CORRECTED, value)
            )


def test_a_rate_is_private_to_its_person_and_the_leads(office: Office) -> None:
    planted(office)
    with office.store.read() as session:
        rows = seeded_checks.rates(session, datetime(2000, 1, 1, tzinfo=UTC))
        assert {(row.user, row.met, row.noticed) for row in rows} == {("sato", 1, 0), ("mori", 1, 1)}
    pages = {}
    for name in ("sato", "mori", "ueno", "dx", "kato"):
        client = Client(office)
        client.sign_in(name)
        pages[name] = client.http.get("/quality")
    assert pages["kato"].status_code == 403
    main = {name: page.text.split("<main")[1] for name, page in pages.items()}
    assert "佐藤 花" in main["sato"] and "森 一郎" not in main["sato"] and "0%" in main["sato"]
    assert "森 一郎" in main["mori"] and "佐藤 花" not in main["mori"]
    assert "佐藤 花" in main["ueno"] and "森 一郎" in main["ueno"]
    assert "佐藤 花" not in main["dx"] and "森 一郎" not in main["dx"] and "50%" in main["dx"]


def test_the_most_corrected_fields_come_with_crops_and_a_suggestion(office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    for seed in range(50, 56):
        made = seeding.document(
            office.store,
            form,
            batch,
            seed,
            read={"address": "誤読"},
            doubts={"address": "verify", "account_number": "double"},
        )
        for user in ("sato", "mori"):
            for _ in range(2):
                with office.store.write() as session:
                    for item in review_queue.claim_next(session, user):
                        answer = Answer(Outcome.CORRECTED, made.truth[item.field], active_seconds=3.0)
                        review_queue.submit(session, item.id, str(item.claim_token), user, answer)
    client = Client(office)
    client.sign_in("dx")
    page = client.http.get("/quality", timeout=60).text
    worst = page.split('id="h-worst"')[1].split("</section>")[0]
    assert "6 / 6" in worst and worst.count("data:image/jpeg") == 3
    assert "誤読" in worst and made.truth["address"] in worst
    assert "枠を広げる" in worst
    assert made.truth["account_number"] not in page


def test_examples_of_a_field_are_what_was_settled_once_each(office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    double = {"address": "double"}
    for seed in range(50, 55):
        made = seeding.document(
            office.store, form, batch, seed, read={"postal_code": "1000001"}, doubts=double
        )
        read, other = made.read["address"], f"別の住所{seed}"
        # The first application was really read wrong, and both say so; of the others one person mistyped.
        keyed = (other, other) if seed == 50 else (other, read, read)
        for user, value in zip(("sato", "mori", "abe"), keyed, strict=False):
            with office.store.write() as session:
                [item] = review_queue.claim_next(session, user, document_id=made.document)
                review_queue.submit(
                    session, item.id, str(item.claim_token), user, Answer(Outcome.CORRECTED, value)
                )
    client = Client(office)
    client.sign_in("dx")
    page = client.http.get("/quality", timeout=60).text
    worst = page.split('id="h-worst"')[1].split("</section>")[0]
    assert "1 / 5" in worst and worst.count("data:image/jpeg") == 1
    assert "別の住所50" in worst and "別の住所51" not in worst
