"""The glyph grid in a real browser: odd ones corrected by keys, all the others confirmed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from store.base.model import DocumentState, ItemMode, ItemPlan, Outcome, Presentation
from store.base.schema import Item
from store.database import Store
from store.documents import documents, records
from store.queue import review_queue
from templates_forms.model import Form
from tests.verification import seeding
from tests.verification.conftest import Office, serve
from tests.verification.test_verification_pages import violations
from tests.verification.test_verification_verify import wait_until_seen

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
FIELD = "application_no"


@pytest.fixture
def office(tmp_path, library: dict[str, Form]) -> Iterator[Office]:
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.people(store)
    yield from serve(store, library, alike=(frozenset("17"),))
    store.close()


def cell(
    office: Office, batch: int, seed: int, read: str, place: int, **truth: str
) -> seeding.SeededDocument:
    """An application whose number is doubtful at one place."""
    plan = ItemPlan(FIELD, 1, presentation=Presentation.GRID, group=read[place], confidence=0.5 + seed / 1000)
    return seeding.document(
        office.store,
        office.forms["kyufukin_shinsei"],
        batch,
        seed,
        truth={FIELD: truth.get("truth", read)},
        read={FIELD: read},
        doubts={FIELD: "verify"},
        weak={FIELD: (place,)},
        plans=[plan],
    )


def said(office: Office, made: seeding.SeededDocument) -> list[tuple[Outcome, str, Presentation]]:
    with office.store.read() as session:
        return [(s.outcome, s.value, s.shown) for s in review_queue.answers_of(session, made.document)]


def test_odd_ones_are_picked_out_by_keys_and_the_rest_confirmed_at_once(office: Office, enter: Enter) -> None:
    batch = seeding.batch(office.store)
    ones = [cell(office, batch, seed, f"2026{seed}19", 6) for seed in (51, 52, 53)]
    wrong = cell(office, batch, 54, "20265419", 6, truth="20265479")
    seven = cell(office, batch, 55, "20265579", 6)
    other = cell(office, batch, 56, "20265689", 6)
    page = enter(office, "sato", "/verify/glyphs")
    expect(page.locator(".cell")).to_have_count(5)
    assert page.locator("#cells h2").all_inner_texts() == ["「1」と読んだ枠（4）", "「7」と読んだ枠（1）"]
    assert page.locator(".cell").nth(0).get_attribute("data-item") == "1", "most doubtful first"
    assert violations(page) == []
    expect(page.locator(".cell input").first).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("7")
    expect(page.locator("#changed")).to_have_text("✎ 1")
    page.keyboard.press("Enter")
    expect(page.locator("#group")).to_have_text("8")
    expect(page.locator("#status")).to_contain_text("5文字を確定しました")
    for made in ones:
        assert said(office, made) == [(Outcome.CONFIRMED, made.truth[FIELD], Presentation.GRID)]
    assert said(office, wrong) == [(Outcome.CORRECTED, "20265479", Presentation.GRID)]
    assert said(office, seven) == [(Outcome.CONFIRMED, "20265579", Presentation.GRID)]
    assert said(office, other) == []
    with office.store.read() as session:
        assert documents.get(session, wrong.document).state is DocumentState.VERIFIED
        record = records.newest(session, wrong.document)
        assert record is not None and records.load(session, record).values[FIELD] == "20265479"
        times = [s.active_seconds for s in review_queue.answers_of(session, wrong.document)]
    assert 0 < times[0] < 30


def test_a_cell_that_needs_its_field_is_sent_there(office: Office, enter: Enter) -> None:
    batch = seeding.batch(office.store)
    made = [cell(office, batch, seed, f"2026{seed}19", 6) for seed in (61, 62)]
    page = enter(office, "sato", "/verify/glyphs")
    expect(page.locator(".cell")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator(".cell.whole")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#nothing-left")).to_be_visible()
    assert said(office, made[0]) == [] and len(said(office, made[1])) == 1
    page.goto(f"{office.url}/verify")
    expect(page.locator("#item")).to_have_attribute("data-presentation", "confirm")
    wait_until_seen(page)
    page.keyboard.press("Enter")
    expect(page.locator("#nothing-left")).to_be_visible()
    assert said(office, made[0]) == [(Outcome.CONFIRMED, "20266119", Presentation.CONFIRM)]


def test_what_is_no_single_fitting_character_is_told_and_stores_nothing(office: Office, enter: Enter) -> None:
    batch = seeding.batch(office.store)
    made = [cell(office, batch, seed, f"2026{seed}19", 6) for seed in (71, 72)]
    page = enter(office, "sato", "/verify/glyphs")
    page.locator(".cell input").first.fill("12")
    page.locator(".cell input").first.press("Enter")
    expect(page.locator("#message")).to_be_visible()
    expect(page.locator(".cell")).to_have_count(1)
    assert said(office, made[0]) == [] and len(said(office, made[1])) == 1


def test_cells_come_last_when_fields_are_verified_one_by_one(office: Office, enter: Enter) -> None:
    batch = seeding.batch(office.store)
    made = cell(office, batch, 81, "20268119", 6)
    field = ItemPlan("address", 1, ItemMode.VERIFY)
    seeding.document(
        office.store,
        office.forms["kyufukin_shinsei"],
        batch,
        82,
        doubts={"address": "verify"},
        plans=[field],
    )
    page = enter(office, "sato", "/verify")
    expect(page.locator("#item")).to_have_attribute("data-field", "address")
    wait_until_seen(page)
    page.keyboard.press("Enter")
    expect(page.locator("#item")).to_have_attribute("data-field", FIELD)
    wait_until_seen(page)
    page.keyboard.press("Enter")
    expect(page.locator("#nothing-left")).to_be_visible()
    assert said(office, made) == [(Outcome.CONFIRMED, "20268119", Presentation.CONFIRM)]


def test_somebody_elses_cell_and_a_repeated_grid_change_nothing(office: Office, enter: Enter) -> None:
    made = cell(office, seeding.batch(office.store), 91, "20269119", 6)
    page = enter(office, "sato", "/verify/glyphs")
    expect(page.locator(".cell")).to_have_count(1)
    other = enter(office, "mori", "/verify/glyphs")
    expect(other.locator("#nothing-left")).to_be_visible()
    with office.store.read() as session:
        token = session.get_one(Item, 1).claim_token
    send = """async (token) => {
      const csrf = document.querySelector('meta[name="csrf"]').content;
      const body = { cells: [{ item: 1, token, character: "7" }], seconds: 1, keystrokes: 1 };
      const answer = await fetch("/api/glyphs/answer", { method: "POST", body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf } });
      return (await answer.json())[0].error;
    }"""
    assert "ほかの人" in other.evaluate(send, token)
    assert other.evaluate(send, "forged") != ""
    assert page.evaluate(send, token) == ""
    assert page.evaluate(send, token) == ""
    assert said(office, made) == [(Outcome.CORRECTED, "20269179", Presentation.GRID)]
