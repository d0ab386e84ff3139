"""Shared: the trap system's bot, and a place for its runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BotRecord, Outcome
from tests.bots.kit import browser_session, enter

__all__ = ["browser_session", "enter"]  # fixtures
TRAP_BOT = Path(__file__).with_name("trap_bot.yaml")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_USER", "bot")
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_PASSWORD", "himitsu-no-kotoba")
    monkeypatch.setenv("UTSUSHI_SECRET_FUKUSHI_USER", "kenshu")
    monkeypatch.setenv("UTSUSHI_SECRET_FUKUSHI_PASSWORD", "kenshu")


@pytest.fixture
def trap_bot() -> Bot:
    return load_bot(TRAP_BOT)


class Place:
    """A folder with a journal and evidence; ``run`` makes a new Runner each time, as a restart would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = SqliteJournal(folder / "journal.db")
        self.evidence = folder / "evidence"

    def run(self, bot: Bot, url: str, records: list[BotRecord], **settings: object) -> dict[str, Outcome]:
        chosen = RunSettings(base_url=url, lock_dir=self.folder, **settings)  # type: ignore[arg-type]
        return {o.key: o for o in Runner(bot, self.journal, self.evidence, chosen).run(records)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def kyoka(key: str, name: str = "山田", **more: str) -> BotRecord:
    """A Record for the trap system."""
    return BotRecord(key, {"no": key, "name": name, "secret_no": "123456789018", "memo": "", **more})
