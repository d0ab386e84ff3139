"""From a wrong value to every copy of it, and through its correction: one screen, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from store.base.model import Answer, DocumentState, Outcome
from store.documents import documents
from store.entry import entries
from store.queue import review_queue
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client

SYSTEM = "wakaba_kyufu"


def entered(office: Office, document: int) -> None:
    with office.store.write() as session:
        entry = entries.plan(session, document, SYSTEM, "bot")
        [work] = entries.claim(session, SYSTEM, "bot")
        entries.submitting(session, entry.id, "bot")
        entries.confirm(session, entry.id, "bot", receipt="R-77", read_back=dict(work.values), seconds=3.0)


@pytest.mark.browser
def test_one_screen_leads_to_every_copy_and_tracks_the_correction(
    office: Office, enter: Callable[..., Page]
) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(office.store, form, seeding.batch(office.store), 31, doubts={})
    entered(office, made.document)
    old, new = made.truth["address"], "東京都千代田区千代田1-1"
    page = enter(office, "ueno", f"/documents/{made.document}")
    page.get_by_role("link", name="住所の所在").click()
    for kind in ("reading", "record", "entry_confirmed"):
        expect(page.locator(f'[data-copy="{kind}"]')).to_contain_text(old)
    expect(page.locator('[data-copy="entry_confirmed"]')).to_contain_text("R-77")
    page.click("#start")
    with office.store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        assert item.field == "address"
        review_queue.submit(
            session, item.id, str(item.claim_token), "sato", Answer(Outcome.CORRECTED, new, active_seconds=2)
        )
    page.goto(f"{office.url}/documents/{made.document}/fields/address")
    expect(page.locator('[data-change="settled"]')).to_contain_text(old)
    entered(office, made.document)
    page.reload()
    done = page.locator('[data-change="confirmed"]')
    expect(done).to_contain_text(old)
    expect(done).to_contain_text(new)
    expect(page.locator('[data-copy="record"]')).to_have_count(2)
    with office.store.read() as session:
        assert documents.get(session, made.document).state is DocumentState.ENTERED


def test_secret_values_stay_masked_and_unknown_fields_lead_nowhere(office: Office) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(office.store, form, seeding.batch(office.store), 32, doubts={})
    entered(office, made.document)
    client = Client(office)
    client.sign_in("ueno")
    page = client.http.get(f"/documents/{made.document}/fields/account_number")
    assert page.status_code == 200 and "●●●●" in page.text and made.truth["account_number"] not in page.text
    for name in ("nothing", "..%2F..%2Fetc", "{{7*7}}"):
        answer = client.http.get(f"/documents/{made.document}/fields/{name}")
        assert answer.status_code == 404 and "49" not in answer.text
