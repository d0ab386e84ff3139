"""What people write stays text, in pages, templates and paths; the API is fuzzed; the browser keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from hypothesis import HealthCheck, Phase, given, settings
from playwright.sync_api import Page, expect
from schemathesis.checks import not_a_server_error

from store.base.schema import AuditEvent
from tests.fakes.ports import NoPorts
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client
from verification.app import create_app

TEXTS = (
    "{{ 7 * 191 }}",
    "{% raw %}",
    "${7*191}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=1+1",
)
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//etc/passwd",
    "/etc/passwd",
    "C:\\win.ini",
)


@pytest.fixture
def client(office: Office) -> Client:
    seeding.document(
        office.store, office.forms["kyufukin_shinsei"], seeding.batch(office.store), 4, draw=False
    )
    made = Client(office)
    made.sign_in("zenbu")
    made.http.timeout = 120  # the first report of a month takes seconds on a busy machine
    return made


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_people_is_shown_as_text(office: Office, client: Client, text: str) -> None:
    client.send("/users", name="hanako", display=text, password="nagai-himitsu-2026", roles="verifier")
    client.send("/reports/baseline", form="kyufukin_shinsei", person=text, how=text, timed="60.0")
    batch = seeding.batch(office.store, text)
    seeding.document(
        office.store,
        office.forms["kyufukin_shinsei"],
        batch,
        5,
        name=text,
        truth={"address": text},
        doubts={},
        draw=False,
    )
    for path in (
        "/users",
        "/reports/baseline",
        "/documents",
        "/documents/2",
        "/documents/2/fields/address",
        "/",
    ):
        answer = client.http.get(path)
        assert answer.status_code == 200, path
        page = answer.text
        assert "1337" not in page and "<script>alert" not in page and "<img src=x" not in page, path


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_folders(office: Office, client: Client, path: str) -> None:
    for address in (
        f"/static/{path}",
        f"/reports/2026-11/files/{path}",
        f"/reports/2026-11/{path}.png",
        f"/reports/{path}/files/xlsx",
        f"/documents/1/fields/{path}",
        f"/users/{path}/off",
        f"/exceptions/preview.png?page=1&page_no=1&form={quote(path)}",
        f"/login?next={quote(path)}",
    ):
        answer = client.http.get(address)
        assert answer.status_code < 500 and "root:" not in answer.text, address


def api_schema(office: Office) -> dict[str, object]:
    """The description of the JSON API, which the running app itself does not publish."""
    app: FastAPI = create_app(office.store, office.forms, seeding.settings(), NoPorts())
    whole = get_openapi(title="Utsushi", version="1", routes=app.routes)
    whole["paths"] = {path: one for path, one in whole["paths"].items() if path.startswith("/api/")}
    return whole


def test_schemathesis_finds_no_fault_of_the_program_in_the_api(office: Office, client: Client) -> None:
    described = api_schema(office)
    assert len(described["paths"]) >= 5
    headers = {
        "x-csrf-token": client.token("/"),
        "cookie": "; ".join(f"{name}={value}" for name, value in client.http.cookies.items()),
    }
    schema = schemathesis.openapi.from_dict(described)
    tried = 0

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(case=operation.as_strategy())
        def attack(case: schemathesis.Case) -> None:
            nonlocal tried
            answer = case.call(base_url=office.url, headers=headers)
            case.validate_response(answer, checks=[not_a_server_error])
            if answer.status_code >= 400 and "json" in str(answer.headers.get("content-type")):
                assert json.loads(answer.content)["error"]["message"]
            tried += 1

        attack()
    assert tried > 100


@pytest.mark.browser
def test_the_browser_keeps_nothing_of_what_was_shown(office: Office, enter: Callable[..., Page]) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(office.store, form, seeding.batch(office.store), 7)
    page = enter(office, "ueno", "/verify")
    page.wait_for_selector("img")
    page.goto(f"{office.url}/documents/{made.document}")
    page.locator("[data-reveal]").first.click()
    page.fill("#purpose", "確認のため")
    page.click("#reveal-go")
    expect(page.locator("#revealed-value")).not_to_be_empty()
    state = page.context.storage_state(indexed_db=True)
    kept = page.evaluate(
        "async () => [Object.entries(localStorage), Object.entries(sessionStorage), await caches.keys(),"
        " (await indexedDB.databases()).map((one) => one.name),"
        " performance.getEntriesByType('resource').map((one) => one.name)]"
    )
    held = json.dumps([state["origins"], kept], ensure_ascii=False)
    cookies = {cookie["name"]: cookie for cookie in state["cookies"]}
    assert set(cookies) <= {"utsushi_session", "utsushi_language"}
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies.values())
    for name, value in made.truth.items():
        if len(value) >= 4:
            assert value not in held, name
    assert kept[:4] == [[], [], [], []]


def test_a_refused_attempt_leaves_no_event(office: Office, client: Client) -> None:
    with office.store.read() as session:
        before = session.query(AuditEvent).count()
    for text in TEXTS:
        client.http.post("/documents/1/correct", data={"fields": text})
    with office.store.read() as session:
        assert session.query(AuditEvent).count() == before
