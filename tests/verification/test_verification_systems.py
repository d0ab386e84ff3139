"""Pausing and resuming a legacy system, and what the board says of one that was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from store.database import Store
from store.entry import systems
from templates_forms.model import Form
from tests.verification import seeding
from tests.verification.conftest import Office, serve

pytestmark = pytest.mark.browser
NAME = "wakaba_kyufu"


@pytest.fixture
def running(tmp_path: Path, library: dict[str, Form]) -> Iterator[tuple[Office, Store]]:
    """An office with one legacy system."""
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.people(store)
    for office in serve(store, library, systems=(NAME,)):
        yield office, store
    store.close()


def may_run(store: Store) -> bool:
    with store.read() as session:
        return systems.may_run(session, NAME)


def test_paused_and_resumed_by_hand(running: tuple[Office, Store], enter: Callable[..., Page]) -> None:
    office, store = running
    page = enter(office, "kanri", "/systems")
    page.get_by_role("button", name="停止する").click()
    assert may_run(store), "not without a reason"
    page.goto(f"{office.url}/systems")
    page.locator("input[name=reason], textarea[name=reason]").first.fill("年度切替のため")
    page.get_by_role("button", name="停止する").click()
    assert "停止中" in page.inner_text("main") and not may_run(store)
    page.goto(office.url)
    assert f"業務システム「{NAME}」への入力は止められています" in page.inner_text(".alerts")
    page.goto(f"{office.url}/systems")
    page.get_by_role("button", name="再開する").click()
    assert "稼働中" in page.inner_text("main") and may_run(store)
    page.goto(office.url)
    assert page.locator(".alerts").count() == 0


def test_a_system_stopped_by_errors_shows_on_the_board_and_is_resumed_there(
    running: tuple[Office, Store], enter: Callable[..., Page]
) -> None:
    office, store = running
    for number in range(systems.FAILURES_TO_OPEN):
        with store.write() as session:
            opened = systems.failed(session, NAME, actor="bot-1", reason="HTTP 500")
        assert opened == (number + 1 == systems.FAILURES_TO_OPEN)
    page = enter(office, "kanri")
    assert "エラーが5回続いたため止めました" in page.inner_text(".alerts")
    page.goto(f"{office.url}/systems")
    assert "エラーのため待機中" in page.inner_text("main") and "連続エラー 5 回" in page.inner_text("main")
    page.get_by_role("button", name="再開する").click()
    assert may_run(store)
    page.goto(office.url)
    assert page.locator(".alerts").count() == 0
