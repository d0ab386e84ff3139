"""What the server refuses and what it keeps: sign-in, forged forms, roles, decisions on exceptions. Over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from foundation.words import sentence
from store.base.model import DocumentState, EntryState, FileState
from store.base.schema import ActivityTime, Alert, Entry
from store.database import Store
from store.documents import batches, documents, records
from store.entry import entries
from store.ops import messages
from templates_forms.model import Form
from tests.verification import seeding
from tests.verification.conftest import Office, serve
from verification.request_context import words


class Client:
    """A browser without a screen: keeps cookies, sends the CSRF token that stands in the page."""

    def __init__(self, office: Office) -> None:
        self.http = httpx.Client(base_url=office.url, follow_redirects=False, timeout=30, verify=False)

    def token(self, path: str = "/login") -> str:
        found = re.search(
            r'<meta name="csrf" content="([^"]+)"', self.http.get(path, follow_redirects=True).text
        )
        assert found
        return found[1]

    def sign_in(self, name: str, password: str = seeding.PASSWORD, next: str = "/") -> httpx.Response:
        fields = {"csrf": self.token(), "name": name, "password": password, "next": next}
        return self.http.post("/login", data=fields)

    def send(self, path: str, **fields: str) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.token("/"), **fields})


@pytest.fixture
def client(office: Office) -> Iterator[Client]:
    made = Client(office)
    yield made
    made.http.close()


def test_sign_in_is_locked_after_five_wrong_passwords_and_leads_nowhere_else(client: Client) -> None:
    assert client.http.get("/exceptions").headers["location"] == "/login?next=/exceptions"
    for _ in range(5):
        assert client.sign_in("sato", "wrong password").status_code == 401
    locked, unknown = client.sign_in("sato"), client.sign_in("nobody")
    assert locked.status_code == unknown.status_code == 401 and "サインインできません" in locked.text
    assert locked.text.replace("sato", "nobody").count("サインインできません") == unknown.text.count(
        "サインインできません"
    )
    assert client.sign_in("mori", next="//evil.example/").headers["location"] == "/"
    assert client.sign_in("mori", next="https://evil.example/").headers["location"] == "/"


def test_headers_lock_the_page_down(client: Client) -> None:
    answer = client.http.get("/login")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


def test_forged_forms_and_scripts_are_refused(client: Client, office: Office) -> None:
    file = seeding.bad_file(office.store, seeding.batch(office.store), 1)
    client.sign_in("kato")
    forged = client.http.post(f"/exceptions/files/{file}/retry", data={"csrf": "forged"})
    assert forged.status_code == 403
    assert client.http.post("/api/verify/claim", json={"want": 1}).status_code == 403
    with office.store.read() as session:
        assert batches.get_file(session, file).state is FileState.QUARANTINED


def test_roles_are_kept_apart(client: Client) -> None:
    client.sign_in("sato")
    for path in ("/exceptions", "/reports", "/systems", "/users"):
        assert client.http.get(path).status_code == 403
    assert client.http.get("/verify").status_code == 200
    client.sign_in("kato")
    assert client.http.get("/verify").status_code == 403
    assert client.http.get("/crops/1.jpg").status_code == 403


def test_a_crop_is_for_whoever_holds_the_item(client: Client, office: Office) -> None:
    form = office.forms["kyufukin_shinsei"]
    seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, read={}
    )
    client.sign_in("sato")
    assert client.http.get("/crops/1.jpg").status_code == 409
    token = {"x-csrf-token": client.token("/verify")}
    [item] = client.http.post("/api/verify/claim", json={"want": 1}, headers=token).json()["items"]
    assert client.http.get(item["crop"]).headers["content-type"] == "image/jpeg"
    assert client.http.get("/crops/1.jpg?field=account_number").status_code == 404
    other = Client(office)
    other.sign_in("mori")
    assert other.http.get(item["crop"]).status_code == 409


@pytest.mark.parametrize(
    ("value", "status"),
    [("x" * 5000, 413), ("a\u202eb", 422), ("a\u0007b", 422), ("x" * 2_000_000, 413)],
)
def test_hostile_answers_change_nothing(client: Client, office: Office, value: str, status: int) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, draw=False
    )
    client.sign_in("sato")
    headers = {"x-csrf-token": client.token("/verify")}
    [item] = client.http.post("/api/verify/claim", json={"want": 1}, headers=headers).json()["items"]
    body = {"item": item["id"], "token": item["token"], "outcome": "ok", "value": value, "seconds": 1}
    answer = client.http.post("/api/verify/answer", json=body, headers=headers)
    assert answer.status_code == status and answer.json()["error"]["message"]
    lone = '{"item": 1, "token": "x", "outcome": "ok", "value": "\\ud800", "seconds": 1}'
    typed = {**headers, "content-type": "application/json"}
    assert client.http.post("/api/verify/answer", content=lone, headers=typed).status_code == 422
    with office.store.read() as session:
        assert documents.get(session, made.document).state is DocumentState.VERIFYING


def test_a_form_sent_after_the_session_ended_is_offered_again(
    tmp_path_factory: pytest.TempPathFactory, library: dict[str, Form]
) -> None:
    store = Store("", tmp_path_factory.mktemp("short"))
    store.migrate()
    seeding.people(store, ["kato"])
    file = seeding.bad_file(store, seeding.batch(store), 1)
    for office in serve(store, library, session_minutes=1 / 60):
        client = Client(office)
        client.sign_in("kato")
        token = client.token("/exceptions")
        import time

        time.sleep(1.2)
        sent = {"csrf": token, "reason": "空のファイルでした"}
        answer = client.http.post(f"/exceptions/files/{file}/dismiss", data=sent)
        assert answer.status_code == 401
        kept = re.search(r'name="kept" value="([^"]+)"', answer.text)
        assert kept
        again = {"csrf": token, "name": "kato", "password": seeding.PASSWORD, "kept": kept[1]}
        resumed = client.http.post("/login", data=again)
        assert "空のファイルでした" in resumed.text
        fresh = re.search(r'<meta name="csrf" content="([^"]+)"', resumed.text)
        assert fresh
        client.http.post(f"/exceptions/files/{file}/dismiss", data={**sent, "csrf": fresh[1]})
    with store.read() as session:
        assert batches.get_file(session, file).state is FileState.DISMISSED
    store.close()


def test_what_the_readers_gave_up_is_read_again_at_a_press(client: Client, office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    lost = seeding.lost_page(office.store, form, batch, 31)
    with office.store.write() as session:
        documents.advance(session, lost, DocumentState.UNREGISTERED, "reader", reason="gave_up")
    client.sign_in("kato")
    address = f"/exceptions/documents/{lost}/again"
    page = client.http.get("/exceptions").text
    [asked] = re.findall(rf'<form method="post" action="{address}">(.*?)</form>', page)
    version = re.search(r'name="version" value="(\d+)"', asked)
    assert version and "もう一度" in asked
    answer = client.http.post(address, data={"csrf": client.token("/exceptions"), "version": version[1]})
    assert answer.status_code in (200, 303)
    with office.store.read() as session:
        assert documents.get(session, lost).state is DocumentState.RECEIVED
    assert address not in client.http.get("/exceptions").text


def test_quarantined_files_take_a_reason_to_be_dismissed_and_can_be_tried_again(
    client: Client, office: Office
) -> None:
    batch = seeding.batch(office.store)
    first, second = (seeding.bad_file(office.store, batch, seed) for seed in (1, 2))
    client.sign_in("kato")
    assert client.send(f"/exceptions/files/{first}/dismiss", reason=" ").status_code == 422
    client.send(f"/exceptions/files/{first}/dismiss", reason="送付状", seconds="4.5")
    client.send(f"/exceptions/files/{second}/retry")
    with office.store.read() as session:
        assert batches.get_file(session, first).state is FileState.DISMISSED
        assert batches.get_file(session, second).state is FileState.RECEIVED
        assert 4.5 in [row.seconds for row in session.query(ActivityTime)]


def test_two_applications_with_one_key_are_decided_with_a_reason(client: Client, office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    same = {"application_no": "20260611"}
    one, two = (
        seeding.document(office.store, form, batch, seed, truth=same, doubts={}, draw=False)
        for seed in (11, 12)
    )
    client.sign_in("kato")
    page = client.http.get("/exceptions/conflicts/1").text
    assert one.truth["applicant_name"] in page and two.truth["applicant_name"] in page
    assert one.truth["account_number"] not in page
    decision = f"duplicate:{two.document}"
    assert client.send("/exceptions/conflicts/1", decision=decision, reason="").status_code == 422
    client.send("/exceptions/conflicts/1", decision=decision, reason="再提出")
    with office.store.read() as session:
        assert documents.get(session, two.document).state is DocumentState.DISMISSED
        assert records.open_conflicts(session) == []
    assert client.send("/exceptions/conflicts/1", decision="distinct", reason="x").status_code == 409


def test_a_refused_entry_is_corrected_and_an_uncertain_one_decided(client: Client, office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    seeding._entries(office.store, form, batch)
    with office.store.read() as session:
        refused, uncertain = entries.in_state(session, EntryState.REFUSED, EntryState.MISMATCH)
    client.sign_in("kato")
    assert "口座番号の桁数が正しくありません" in client.http.get("/exceptions").text
    assert "相違" in client.http.get(f"/exceptions/entries/{uncertain.id}").text
    sent = {"decision": "confirmed", "receipt": "R-9", "reason": "画面で確かめた"}
    client.send(f"/exceptions/entries/{uncertain.id}", **sent)
    client.send(f"/documents/{refused.document_id}/correct", fields="account_number")
    with office.store.read() as session:
        assert session.get_one(Entry, uncertain.id).state is EntryState.CONFIRMED
        assert documents.get(session, refused.document_id).state is DocumentState.VERIFYING


def test_systems_are_paused_with_a_reason_and_users_are_managed(client: Client, office: Office) -> None:
    client.sign_in("kanri")
    fields = {"name": "nova", "display": "新人", "password": "short", "roles": "verifier"}
    answer = client.send("/users", **fields)
    assert answer.status_code == 422 and 'value="新人"' in answer.text
    client.send("/users", **{**fields, "password": "long-enough-2026"})
    fresh = Client(office)
    assert fresh.sign_in("nova", "long-enough-2026").status_code == 303
    client.send("/users/nova/off")
    assert fresh.http.get("/").status_code == 303, "switching off ends the session at once"
    assert client.send("/systems/unknown/pause", reason="x").status_code == 404


def test_both_languages_have_the_same_words() -> None:
    ja, en = words("ja"), words("en")
    single = frozenset(key for key in en.keys() if key.endswith("#one"))  # noqa: SIM118
    assert ja.keys() == en.keys() - single and {key.removesuffix("#one") for key in single} <= ja.keys()
    for key in en.keys() - {"alert.error"}:
        inside = {
            frozenset(re.findall(r"\{(\w+)", one._entries[key.removesuffix("#one")])) for one in (ja, en)
        }
        assert len(inside) == 1, key


def test_alerts_are_told_in_the_readers_language(client: Client, office: Office) -> None:
    with office.store.write() as session:
        messages.raise_alert(session, "inbox_stuck", sentence("alert.inbox_stuck", minutes=15, n=1))
        session.add(
            Alert(
                code="kept",
                level="info",
                message="以前からのお知らせです。",
                raised_at=datetime.now(UTC),
                last_at=datetime.now(UTC),
            )
        )
    try:
        client.sign_in("dx")
        page = client.http.get("/?lang=ja").text
        assert "15 分以上前のファイルが 1 個残っています" in page and "以前からのお知らせです。" in page
        page = client.http.get("/?lang=en").text
        assert "1 file has been in the inbox for more than 15 minutes" in page
        assert "以前からのお知らせです。" in page, "an alert kept before has one text"
        assert "分以上前のファイル" not in page
    finally:
        with office.store.write() as session:
            messages.clear_alert(session, "inbox_stuck")
            messages.clear_alert(session, "kept")


def test_every_reason_to_doubt_has_a_sentence() -> None:
    codes = (
        *("readers_disagree", "ink_unread", "ink_outside_box", "struck_out", "confusable", "faint"),
        *("variant_character", "registration_weak", "empty_required", "too_long", "people_disagree"),
    )
    for language in ("ja", "en"):
        found = words(language)
        assert all(found.reason(code) != code for code in codes)
        assert (
            found.reason("rule_failed:postal_code_matches_address")
            != "rule_failed:postal_code_matches_address"
        )


def test_health_and_readiness(client: Client) -> None:
    assert client.http.get("/healthz").json() == {"status": "ok"}
    assert client.http.get("/readyz").json() == {"status": "ready"}


def test_priority_and_deadline_decide_what_comes_first(client: Client, office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    doubts = {"address": "verify"}
    first, second, third = (
        seeding.document(office.store, form, batch, seed, doubts=doubts, read={}, draw=False).document
        for seed in (4, 5, 6)
    )
    client.sign_in("zenbu")
    assert client.send(f"/documents/{third}/urgency", priority="1", deadline="").status_code == 303
    assert client.send(f"/documents/{second}/urgency", priority="5", deadline="2026-12-31").status_code == 303
    answer = client.send(f"/documents/{first}/urgency", priority="2", deadline="あした")
    assert answer.status_code == 422 and "あした" in answer.text
    headers = {"x-csrf-token": client.token("/verify")}
    items = client.http.post("/api/verify/claim", json={"want": 3}, headers=headers).json()["items"]
    assert [item["document"] for item in items] == [third, second, first]
    page = client.http.get(f"/documents/{second}").text
    assert "2026-12-31" in page
    client.send(f"/batches/{batch}/urgency", priority="3", deadline="2027-01-15")
    with office.store.read() as session:
        assert {documents.get(session, n).priority for n in (first, second, third)} == {3}
    assert "2027-01-15" in client.http.get(f"/documents?batch={batch}").text


def test_the_board_says_who_holds_what(client: Client, office: Office) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    made = seeding.document(office.store, form, batch, 4, doubts={"address": "verify"}, read={}, draw=False)
    other = Client(office)
    other.sign_in("mori")
    headers = {"x-csrf-token": other.token("/verify")}
    other.http.post("/api/verify/claim", json={"want": 1}, headers=headers)
    client.sign_in("kato")
    board = client.http.get("/api/board").json()["html"]
    assert "森 一郎" in board and f'href="/documents/{made.document}"' in board
