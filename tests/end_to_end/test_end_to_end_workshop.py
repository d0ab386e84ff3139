"""A bot built in the browser for a register that nobody here wrote a bot for, activated by a second person, and run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.workshop import builders
from benchmarks.workshop.php_register import PhpRegister
from bots.run.grants import Grants
from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from pipelines.workshop_worker.ports import WorkshopWorkerPort
from store.database import Store
from templates_forms.loader import load_library
from tests.end_to_end.workshop_person import Person
from tests.verification import seeding
from tests.verification.conftest import Office, serve

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
SYSTEM = "josei_shinsei"
HERE = f"/systems/workshop/{SYSTEM}"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_USER", "s001")
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_PASSWORD", "himitsu-no-kotoba")
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.people(store)
    port = WorkshopWorkerPort(grants=Grants(("127.0.0.1",), ("KYOKA_*",)))
    folders = {"workshop": tmp_path / "workshop", "systems_folder": tmp_path / "systems"}
    yield from serve(store, load_library(seeding.ROOT / "templates_forms"), bots=port, **folders)
    port.close_all()
    store.close()


def begin(page: Page, address: str) -> None:
    page.get_by_label("名前", exact=True).fill("助成申請管理")
    page.get_by_label("id", exact=True).fill(SYSTEM)
    page.get_by_label("アドレス").fill(address)
    page.get_by_label("文字コード").select_option("cp932")
    for number, (name, value) in enumerate(builders.PHP_SAMPLE.items(), start=1):
        page.get_by_label(f"項目の名前 {number}", exact=True).fill(name)
        page.get_by_label(f"見本の値 {number}", exact=True).fill(value)
    page.get_by_label("キーの項目").fill("no")
    page.get_by_role("button", name="始める").click()
    page.wait_for_selector("html[data-ready]")


def test_a_member_of_staff_builds_a_bot_and_another_puts_it_to_work(
    office: Office,
    enter: Enter,
    tmp_path: Path,
) -> None:
    with PhpRegister() as register:
        page = enter(office, "aoki", "/systems/workshop/new")
        begin(page, register.url)
        builders.build_php(Person(page).staff)
        page.locator("#go-check").click()
        expect(page.locator("#stage-result .notice.ok")).to_contain_text("第1版", timeout=60_000)
        page.locator("#go-walk").click()
        expect(page.locator("#go-rehearse")).to_be_visible(timeout=120_000)
        page.locator("#go-rehearse").click()
        page.locator("#is-test").check()
        register.saves.clear()
        page.get_by_role("button", name="リハーサルを始める").click()
        expect(page.locator("#outcomes tbody tr")).to_have_count(10, timeout=300_000)
        assert set(page.locator("#outcomes .state").all_inner_texts()) == {"確認済み"}
        assert sorted(register.saves) == sorted(set(register.saves)) and len(register.saves) == 10
        page.get_by_role("link", name="第1版を開く").click()
        page.get_by_label("署名した方の氏名").fill("福祉課 山本 進")
        page.get_by_role("button", name="署名を記録する").click()

        other = enter(office, "baba", f"{HERE}/versions/1")
        other.get_by_role("button", name="この版を有効化する").click()
        expect(other.locator(".title-row .state")).to_have_text("使用中")
        register.saves.clear()
        records = [
            BotRecord(str(n), {**builders.PHP_SAMPLE, "no": str(n)}) for n in range(20000001, 20000006)
        ]
        settings = RunSettings(lock_dir=tmp_path)
        journal = SqliteJournal(tmp_path / "journal.db")
        bot = load_bot(tmp_path / "systems" / SYSTEM)
        done = Runner(bot, journal, tmp_path / "evidence", settings).run(records)
        journal.close()
        assert [outcome.status for outcome in done] == ["confirmed"] * 5
        assert register.saves == [record.key for record in records]
        text = (tmp_path / "systems" / SYSTEM / "bot.yaml").read_text("utf-8")
        assert "himitsu" not in text and "{{ secret.KYOKA_PASSWORD }}" in text
