"""The glyph grid in a real browser: odd ones corrected by keys, all the others confirmed at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import seeding
from conftest import Office
from playwright.sync_api import Page, expect
from test_verification_pages import violations

from store import queue
from store.model import ItemPlan, Outcome, Presentation

pytestmark = pytest.mark.browser


def test_odd_ones_are_picked_out_and_the_rest_confirmed_at_once(
    office: Office, enter: Callable[..., Page]
) -> None:
    form, batch = office.forms["kyufukin_shinsei"], seeding.batch(office.store)
    plan = ItemPlan("application_no", 1, presentation=Presentation.GRID, group="7")
    made = [
        seeding.document(
            office.store,
            form,
            batch,
            seed,
            truth={"application_no": f"2026{seed:04d}"},
            doubts={"application_no": "verify"},
            plans=[plan],
        )
        for seed in (51, 52, 53, 54)
    ]
    page = enter(office, "sato", "/verify/glyphs")
    expect(page.locator(".cell")).to_have_count(4)
    assert violations(page) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    wrong = made[0].read["application_no"]
    assert wrong != made[0].truth["application_no"]
    for cell in made:
        place = next(
            i for i, c in enumerate(cell.read["application_no"]) if c != cell.truth["application_no"][i]
        )
        box = page.locator(".cell", has_text=str(cell.document)).locator("input")
        box.focus()
        page.keyboard.type(cell.truth["application_no"][place])
    page.keyboard.press("Enter")
    expect(page.locator("#nothing-left")).to_be_visible()
    with office.store.read() as session:
        for cell in made:
            [said] = queue.answers_of(session, cell.document)
            assert said.outcome is Outcome.CORRECTED
            assert said.value == cell.truth["application_no"]
