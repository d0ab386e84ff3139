"""Pages that got mixed up: taken out, put together, chosen one by one; complete applications go on by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page as Browser
from playwright.sync_api import expect
from sqlalchemy import select

from store.base.model import COLLATION, DocumentState
from store.base.schema import AuditEvent, Document, Page
from store.documents import documents
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client

FORM = "hoiku_moshikomi"


def lost(office: Office, seed: int) -> int:
    """An application of two pages that a verifier sent back as the wrong form."""
    made = seeding.document(office.store, office.forms[FORM], 1, seed, draw=False)
    with office.store.write() as session:
        for page in documents.pages_of(session, made.document):
            page.picture_sha256 = office.store.files.add(
                seeding.sheet(office.forms[FORM], page.page_no or 1, made.truth, seed), ".jpg"
            )
            page.picture_dpi = 200.0
        documents.advance(session, made.document, DocumentState.UNIDENTIFIED, "sato", reason="wrong_form")
    return made.document


def pages(office: Office, document: int) -> list[int]:
    with office.store.read() as session:
        return [page.id for page in documents.pages_of(session, document)]


def state_of(office: Office, document: int) -> tuple[DocumentState, str | None]:
    with office.store.read() as session:
        row = documents.get(session, document)
        return row.state, row.reason


@pytest.fixture
def client(office: Office) -> Client:
    seeding.batch(office.store)
    made = Client(office)
    made.sign_in("kato")
    return made


def test_two_mixed_up_applications_are_sorted_out(client: Client, office: Office) -> None:
    one, two = lost(office, 5), lost(office, 6)
    first, second = pages(office, one), pages(office, two)
    with office.store.write() as session:  # as a feeder would: page 1 of one lies with page 2 of the other
        session.get_one(Page, first[1]).document_id = two
        session.get_one(Page, second[1]).document_id = one
    for document, page in ((one, second[1]), (two, first[1])):
        answer = client.send(f"/exceptions/documents/{document}/pages/{page}/split")
        assert answer.status_code == 303
    with office.store.read() as session:
        alone = {page: session.get_one(Page, page).document_id for page in (first[1], second[1])}
    for document in (one, two, *alone.values()):
        assert state_of(office, document or 0) == (DocumentState.UNIDENTIFIED, "missing_page")
    for document, page in ((one, first[1]), (two, second[1])):
        client.send(f"/exceptions/documents/{document}/join", other=str(alone[page]))
    assert pages(office, one) == first and pages(office, two) == second
    assert state_of(office, one)[0] is state_of(office, two)[0] is DocumentState.RECEIVED
    assert state_of(office, alone[first[1]] or 0) == (DocumentState.DISMISSED, "joined")


def doubtful(office: Office, seed: int) -> int:
    """An application whose neighbours in the stack were incomplete."""
    document = lost(office, seed)
    with office.store.write() as session:
        documents.get(session, document).reason = COLLATION
    return document


def test_pages_that_may_be_two_peoples_are_read_after_somebody_compared_them(
    client: Client, office: Office
) -> None:
    one, other = doubtful(office, 5), lost(office, 6)
    assert "混ざったおそれ" in client.http.get("/exceptions").text
    shown = client.http.get(f"/exceptions/pages/{one}").text
    assert (
        "同じ人のページですか" in shown
        and "同じ人のページですか" not in client.http.get(f"/exceptions/pages/{other}").text
    )
    assert client.send(f"/exceptions/documents/{one}/together", version="0").status_code == 409
    assert client.send(f"/exceptions/documents/{other}/together").status_code == 409
    for which in (one, other):
        assert client.send(f"/exceptions/documents/{which}/again").status_code == 409
    assert state_of(office, one) == (DocumentState.UNIDENTIFIED, COLLATION)
    assert client.send(f"/exceptions/documents/{one}/together").status_code == 303
    assert state_of(office, one)[0] is DocumentState.RECEIVED
    with office.store.read() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None and event.actor == "kato" and "collated" in event.detail


def test_pages_of_two_people_are_taken_apart(client: Client, office: Office) -> None:
    one = doubtful(office, 5)
    second = pages(office, one)[1]
    assert client.send(f"/exceptions/documents/{one}/pages/{second}/split").status_code == 303
    assert state_of(office, one) == (DocumentState.UNIDENTIFIED, "missing_page")
    # Alone it cannot be confirmed any more.
    assert client.send(f"/exceptions/documents/{one}/together").status_code == 409


def test_a_document_cannot_be_joined_with_itself_or_with_one_that_goes_on(
    client: Client, office: Office
) -> None:
    one = lost(office, 5)
    running = seeding.document(office.store, office.forms[FORM], 1, 7, draw=False).document
    for other in (one, running):
        assert client.send(f"/exceptions/documents/{one}/join", other=str(other)).status_code == 409
    page = pages(office, running)[0]
    assert client.send(f"/exceptions/documents/{running}/pages/{page}/split").status_code == 409
    assert client.send(f"/exceptions/documents/{one}/pages/{page}/split").status_code == 404
    with office.store.read() as session:
        assert session.query(Document).count() == 2


@pytest.mark.browser
def test_each_page_is_placed_by_itself(office: Office, enter: Callable[..., Browser]) -> None:
    seeding.batch(office.store)
    one = lost(office, 5)
    second = pages(office, one)[1]
    page = enter(office, "kato", f"/exceptions/pages/{one}")
    expect(page.locator(".page-strip li")).to_have_count(2)
    page.locator(f".page-strip a[href$='page={second}']").click()
    expect(page.locator(".page-strip li[aria-current]")).to_contain_text("2ページ目")
    page.locator("input[value='kyufukin_shinsei:1']").check()
    expect(page.locator("#preview-picture")).to_be_visible()
    page.get_by_role("button", name="この帳票として読み取る").click()
    page.wait_for_url("**/exceptions**")
    assert office.ports.registered == [(one, "kyufukin_shinsei", 1, None, None)]
    assert office.ports.placed == [second]
