"""Forged ids, huge and hostile input over HTTP: never a fault of the program, never a change."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from store.audit import chain
from store.base.model import DocumentState, FileState
from store.base.schema import AuditEvent
from store.database import Store
from store.documents import batches, documents
from templates_forms.model import Form
from tests.fakes.ports import NoPorts
from tests.verification import seeding
from tests.verification.conftest import Office, serve
from tests.verification.test_verification_requests import Client
from verification.app import create_app

FORGED = (
    "0",
    "-1",
    "99999",
    "2147483648",
    "9" * 40,
    "1e3",
    "²",
    "٣",
    "%00",
    "a%2F..%2Fb",
    "<script>",
    "1'--",
)


@pytest.fixture
def client(office: Office) -> Iterator[Client]:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    seeding.document(office.store, form, batch, 4, draw=False)
    seeding.bad_file(office.store, batch, 9)
    made = Client(office)
    made.sign_in("zenbu")
    yield made
    made.http.close()


def routes(office: Office) -> list[tuple[str, str]]:
    """Every address of the app that holds an id, with its method."""
    app = create_app(office.store, office.forms, seeding.settings(), NoPorts())
    found: list[tuple[str, str]] = []

    def collect(these: list[object]) -> None:
        for route in these:
            if isinstance(route, APIRoute):
                found.extend((method, route.path) for method in route.methods if "{" in route.path)
            elif (inner := getattr(route, "original_router", None)) is not None:
                collect(inner.routes)

    collect(list(app.routes))
    return found


def changes(office: Office) -> int:
    with office.store.read() as session:
        return session.query(AuditEvent).count()


def test_forged_ids_lead_nowhere_and_change_nothing(client: Client, office: Office) -> None:
    known = routes(office)
    assert len(known) > 12
    before = changes(office)
    csrf = client.token("/")
    for method, path in known:
        for forged in FORGED:
            address = re.sub(r"\{[^}]+\}", forged, path)
            if method == "GET":
                answer = client.http.get(address)
            else:
                sent = {"csrf": csrf, "reason": "x", "target": "kyufukin_shinsei:1", "other": forged}
                answer = client.http.post(address, data=sent, headers={"x-csrf-token": csrf})
            assert 300 <= answer.status_code < 500, (method, address, answer.status_code)
    assert changes(office) == before


@pytest.mark.parametrize(
    "path", ["/api/verify/answer", "/api/verify/undo", "/api/check", "/api/verify/renew"]
)
def test_forged_ids_in_json_are_refused_in_words(client: Client, office: Office, path: str) -> None:
    headers = {"x-csrf-token": client.token("/verify")}
    before = changes(office)
    for forged in (0, -5, 2**31, 10**30, "1", None, [1], 1.5, True):
        body = {"item": forged, "items": [forged], "token": "x", "outcome": "ok", "value": "x", "seconds": 1}
        wanted = {
            "/api/verify/undo": ("item",),
            "/api/check": ("item", "value"),
            "/api/verify/renew": ("items",),
            "/api/verify/answer": ("item", "token", "outcome", "value", "seconds"),
        }[path]
        answer = client.http.post(path, json={name: body[name] for name in wanted}, headers=headers)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert re.search("[ぁ-ん]", answer.json()["error"]["message"])
    assert changes(office) == before


def test_addresses_with_strange_questions_stay_on_their_feet(client: Client) -> None:
    for path in (
        "/documents?state=%00&batch=1",
        "/documents?batch=9999999999999999999",
        "/reports?month=2026-99",
        "/exceptions/preview.png?page=1&form=x&page_no=1&corners=nan,nan,nan,nan,nan,nan,nan,nan",
        "/exceptions/preview.png?page=1&form=kyufukin_shinsei&page_no=0&corners=1",
        "/exceptions/preview.png?page=1&form=kyufukin_shinsei&page_no=1&rotation=45",
        "/pages/1.jpg?turn=7&width=-5",
        "/pages/1.jpg?turn=99999999999999999999&width=1e9",
        "/verify?document=abc",
        "/?lang=../../etc",
        "/login?next=" + "a" * 5000,
    ):
        assert client.http.get(path).status_code < 500, path


@pytest.mark.parametrize(
    ("reason", "status"),
    [("", 422), (" ", 422), ("a\u202eb", 422), ("a\x07b", 422), ("長" * 401, 413), ("長" * 600_000, 413)],
)
def test_a_reason_that_cannot_be_stored_is_told_and_kept(
    client: Client, office: Office, reason: str, status: int
) -> None:
    answer = client.send("/exceptions/files/2/dismiss", reason=reason)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    if len(reason) == 401:
        assert reason in answer.text, "what was typed stands on the page"
    with office.store.read() as session:
        assert batches.get_file(session, 2).state is FileState.QUARANTINED


def test_a_stale_form_is_told_keeps_what_was_typed_and_changes_nothing(office: Office) -> None:
    client = Client(office)
    client.sign_in("kato")
    lost = seeding.lost_page(office.store, office.forms["kyufukin_shinsei"], seeding.batch(office.store), 21)
    with office.store.read() as session:
        version = documents.get(session, lost).version
    with office.store.write() as session:
        documents.advance(session, lost, DocumentState.UNREGISTERED, "ueno", expected_version=version)
    address = f"/exceptions/documents/{lost}/dismiss"
    page = f"{office.url}/exceptions/pages/{lost}"
    sent = {"csrf": client.token("/"), "version": str(version), "reason": "送付状だったため除外します"}
    answer = client.http.post(address, data=sent, headers={"referer": page})
    assert answer.status_code == 409
    assert "送付状だったため除外します" in answer.text
    assert f'href="/exceptions/pages/{lost}"' in answer.text
    with office.store.read() as session:
        assert documents.get(session, lost).state is DocumentState.UNREGISTERED


def test_a_name_from_a_trusted_proxy_signs_in_and_from_anywhere_else_does_not(
    tmp_path, library: dict[str, Form]
) -> None:
    for proxies, status in ((("127.0.0.1",), 200), (("10.0.0.1",), 303)):
        store = Store("", tmp_path / proxies[0])
        store.migrate()
        seeding.people(store, ["kato", "sato"])
        for office in serve(store, library, sso_header="x-remote-user", sso_proxies=proxies):
            with httpx.Client(base_url=office.url, headers={"x-remote-user": "kato"}) as http:
                answer = http.get("/exceptions")
                assert answer.status_code == status
                if status == 200:
                    assert PEOPLE in answer.text
                    assert http.post("/exceptions/files/1/retry", data={"csrf": "forged"}).status_code == 403
            with httpx.Client(base_url=office.url, headers={"x-remote-user": "nobody"}) as http:
                assert http.get("/exceptions").status_code == 303
        store.close()


PEOPLE = "加藤 恵"


def test_with_snippets_nobody_who_only_verifies_sees_an_application(
    tmp_path, library: dict[str, Form]
) -> None:
    store = Store("", tmp_path)
    store.migrate()
    seeding.people(store, ["sato", "ueno"])
    form = library["jido_teate_nintei"]
    made = seeding.document(
        store,
        form,
        seeding.batch(store),
        3,
        doubts={"my_number": "double", "applicant_name": "verify", "address": "verify"},
    )
    for office in serve(store, library, snippets=True):
        verifier, lead = Client(office), Client(office)
        verifier.sign_in("sato")
        lead.sign_in("ueno")
        for path in (f"/documents/{made.document}", "/documents", "/pages/1.jpg"):
            assert verifier.http.get(path).status_code == 403, path
            assert lead.http.get(path).status_code == 200, path
        headers = {"x-csrf-token": verifier.token("/verify")}
        reveal = f"/api/documents/{made.document}/reveal"
        told = verifier.http.post(reveal, json={"field": "my_number", "purpose": "x"}, headers=headers)
        assert told.status_code == 403
        items = verifier.http.post("/api/verify/claim", json={"want": 8}, headers=headers).json()["items"]
        fields = {item["field"] for item in items}
        assert fields and ("my_number" not in fields or fields == {"my_number"})
        assert all(item["near"] == "" and item["page_link"] == "" for item in items)
        assert verifier.http.get(f"/crops/{items[0]['id']}/near.jpg").status_code == 404
    with store.read() as session:
        assert chain.verify(session).ok
    store.close()
