"""Every page in a real browser: no axe violation, nothing from outside, both languages, keyboard and 200% zoom."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.verification import seeding
from tests.verification.conftest import Office

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
PAGES = (
    "/",
    "/documents?batch=1",
    "/documents/1",
    "/documents/13",
    "/verify",
    "/verify/glyphs",
    "/quality",
    "/exceptions",
    "/exceptions/pages/10",
    "/exceptions/conflicts/1",
    "/exceptions/entries/2",
    "/reports",
    "/systems",
    "/users",
    "/documents/999",
)


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{page.url}: {rule['id']} {node['target']} {node.get('failureSummary', '')[:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def test_no_page_has_an_axe_violation_or_an_outside_resource(scene: Office, enter: Enter) -> None:
    page = enter(scene, "zenbu")
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console",
        lambda message: refused.append(message.text) if "Content Security" in message.text else None,
    )
    found: list[str] = []
    for path in PAGES:
        page.goto(scene.url + path)
        if path == "/verify":
            page.wait_for_selector("#item[data-item]")
        if path == "/verify/glyphs":
            page.wait_for_selector(".cell")
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways"
    page.context.clear_cookies()
    page.goto(f"{scene.url}/login?lang=en")
    found += violations(page)
    assert found == []
    assert [url for url in asked if not url.startswith((scene.url, "data:"))] == []
    assert refused == []


def test_english_by_switch_and_zoomed_to_200_percent(scene: Office, enter: Enter) -> None:
    page = enter(scene, "zenbu")
    page.locator(".language").click()
    expect(page.locator("h1")).to_have_text("Board")
    page.set_viewport_size({"width": 683, "height": 384})
    for path in (
        "/",
        "/documents/1",
        "/verify",
        "/verify/glyphs",
        "/exceptions",
        "/exceptions/pages/10",
        "/quality",
    ):
        page.goto(scene.url + path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways at 200%"
    page.goto(scene.url + "/exceptions")
    assert violations(page) == []


@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("/verify", "#item[data-item]"),
        ("/verify/glyphs", ".cell"),
        ("/exceptions", "#quarantined"),
        ("/exceptions/pages/10", "#scan"),
        ("/documents/7", ".fields-table"),
        ("/exceptions/conflicts/1", ".decision"),
        ("/users", "#h-add"),
    ],
)
def test_everything_is_reachable_by_tab_and_seen(scene: Office, enter: Enter, path: str, ready: str) -> None:
    page = enter(scene, "zenbu", path)
    page.wait_for_selector(ready)
    visible = page.evaluate(
        """() => [...document.querySelectorAll("main button, main input, main a, main summary, main select")]
             .filter((e) => e.checkVisibility() && !e.disabled && e.type !== "radio" && e.type !== "hidden").length"""
    )
    reached = set()
    for _ in range(visible + 40):
        page.keyboard.press("Tab")
        mark = page.evaluate(
            """() => { const e = document.activeElement; if (!e.closest("main")) return "";
                 const s = getComputedStyle(e);
                 e.dataset.tabbed ??= String(Math.random());
                 return s.outlineStyle === "none" ? "unseen " + e.outerHTML.slice(0, 80) : e.dataset.tabbed; }"""
        )
        if mark:
            reached.add(mark)
    assert not [mark for mark in reached if mark.startswith("unseen")]
    assert len(reached) >= visible


def test_the_board_is_live(office: Office, enter: Enter) -> None:

    page = enter(office, "kato")
    expect(page.locator("[data-count=verifying]")).to_have_text("0")
    form = office.forms["kyufukin_shinsei"]
    seeding.document(office.store, form, seeding.batch(office.store), 4, draw=False)
    expect(page.locator("[data-count=verifying]")).to_have_text("1", timeout=8000)


def test_one_document_is_live_too(office: Office, enter: Enter) -> None:

    from store.base.model import Answer, Outcome
    from store.queue import review_queue

    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, read={}, draw=False
    )
    page = enter(office, "kato", f"/documents/{made.document}")
    expect(page.locator("[data-row=address] .status")).to_have_text("確認待ち")
    page.wait_for_timeout(4000)
    with office.store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        said = Answer(Outcome.CORRECTED, made.truth["address"] + "201")
        review_queue.submit(session, item.id, str(item.claim_token), "sato", said)
    expect(page.locator("[data-row=address] .value")).to_have_text(made.truth["address"] + "201")
    expect(page.locator(".title-row .state")).to_have_text("確定済み")


def test_a_secret_is_masked_until_a_logged_reveal(office: Office, enter: Enter) -> None:

    from store.audit import chain

    form = office.forms["jido_teate_nintei"]
    made = seeding.document(office.store, form, seeding.batch(office.store), 3, doubts={})
    page = enter(office, "kato", f"/documents/{made.document}")
    assert made.truth["my_number"] not in page.content()
    page.locator("[data-reveal=my_number]").click()
    page.keyboard.press("Enter")
    expect(page.locator("#reveal-error")).to_be_visible()
    page.keyboard.type("電話での本人照会")
    page.keyboard.press("Enter")
    expect(page.locator("#revealed-value")).to_have_text(made.truth["my_number"])
    with office.store.read() as session:
        acts = [event.act for event in chain.history(session, f"document:{made.document}")]
    assert acts[-1] == "secret.reveal"


def test_a_page_is_placed_by_choosing_and_by_four_corners(office: Office, enter: Enter) -> None:

    batch = seeding.batch(office.store)
    lost = seeding.lost_page(office.store, office.forms["kyufukin_shinsei"], batch, 21)
    skewed = seeding.lost_page(office.store, office.forms["hoiku_moshikomi"], batch, 22, registered=False)
    page = enter(office, "kato", "/exceptions")
    page.locator(f"a[href='/exceptions/pages/{lost}']").click()
    page.get_by_role("button", name="この帳票として読み取る").click()
    expect(page.locator("h1")).to_contain_text("例外")
    assert office.ports.registered[0] == (lost, "kyufukin_shinsei", 1, None, None)

    page.goto(f"{office.url}/exceptions/pages/{skewed}")
    page.get_by_role("button", name="この帳票として読み取る").click()
    expect(page.get_by_role("alert").first).to_contain_text("位置を合わせられません")
    page.wait_for_load_state("load")
    page.locator("#corners-on").click()
    page.locator("#scan").click(position={"x": 300, "y": 80})
    expect(page.locator("#preview-picture")).to_be_visible()
    page.get_by_role("button", name="この帳票として読み取る").click()
    page.wait_for_url(f"{office.url}/exceptions")
    corners = office.ports.registered[1][3]
    assert corners is not None and len(corners) == 4
    assert corners[0][0] < corners[1][0] and corners[0][1] < corners[3][1]


def test_a_page_is_turned_and_keeps_the_corners_that_were_put(office: Office, enter: Enter) -> None:

    batch = seeding.batch(office.store)
    lying = seeding.lost_page(office.store, office.forms["kyufukin_shinsei"], batch, 21)
    page = enter(office, "kato", f"/exceptions/pages/{lying}")
    page.get_by_role("button", name="右に90度回す").click()
    expect(page.locator("#preview-picture")).to_have_attribute("src", re.compile("rotation=90"))
    page.locator("#corners-on").click()
    page.locator("#scan").click(position={"x": 300, "y": 80})
    first = page.locator("[data-corner='0']")
    before = [page.locator(f"[data-corner='{place}']").input_value() for place in range(4)]
    page.get_by_role("button", name="右に90度回す").click()
    expect(first).to_have_value(before[3])
    after = [page.locator(f"[data-corner='{place}']").input_value() for place in range(4)]
    assert after == [before[3], *before[:3]], "the marks stay on the paper"
    page.locator("#corners-off").click()
    page.get_by_role("button", name="この帳票として読み取る").click()
    page.wait_for_url(f"{office.url}/exceptions")
    assert office.ports.registered == [(lying, "kyufukin_shinsei", 1, None, 180)]


def test_a_person_signs_in_by_the_page_and_comes_where_they_wanted(scene: Office, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{scene.url}/exceptions")
    page.fill("#name", "kato")
    page.fill("#password", seeding.PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{scene.url}/exceptions")
    page.context.close()
