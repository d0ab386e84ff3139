"""Each way in which a page can save is sent once, followed until it is answered, and refused by the system alone.

`python -m benchmarks.saving` runs the matrix of ways, delays and faults; here each way and each fault has one case.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.run.journal import SqliteJournal
from bots.run.runner import RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BotRecord, Outcome
from bots.tools.check import check_bot
from tests.bots.conftest import Place
from tests.bots.saving_system import WAYS, SavingSystem

pytestmark = pytest.mark.browser
RECORD = BotRecord("A1", {"no": "A1", "name": "山田"})


@pytest.fixture
def bot() -> Bot:
    return load_bot(Path(__file__).with_name("saving_bot.yaml"))


def enter(place: Place, bot: Bot, system: SavingSystem) -> Outcome:
    return place.run(bot, system.url, [RECORD])["A1"]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_saving_leaves_once(way: str, bot: Bot, place: Place) -> None:
    with SavingSystem(way, delay=0.3) as system:
        outcome = enter(place, bot, system)
        assert (outcome.status, system.arrived, len(system.rows)) == ("confirmed", ["A1"], 1), outcome.reason


@pytest.mark.parametrize("way", ["form_post", "xhr", "late_xhr"])
@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "error", "lost"])
def test_after_each_fault_it_is_stored_once(way: str, fault: str, bot: Bot, place: Place) -> None:
    with SavingSystem(way, fault=fault) as system:
        outcome = enter(place, bot, system)
        assert (outcome.status, len(system.rows)) == ("confirmed", 1), outcome.reason


def test_an_answer_may_take_longer_than_a_page(bot: Bot, place: Place) -> None:
    with SavingSystem("xhr", delay=bot.policy.timeout + 1) as system:
        outcome = enter(place, bot, system)
        assert (outcome.status, system.arrived) == ("confirmed", ["A1"]), outcome.reason


def test_what_is_not_answered_is_unknown_and_never_sent_again(
    bot: Bot, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.procedure.walker.ANSWER_SECONDS", 1.0)
    patient = bot.policy.timeout
    with SavingSystem("xhr", delay=patient + 4) as system:
        outcome = enter(place, bot, system)
        assert (outcome.status, system.arrived) == ("unknown", ["A1"]), outcome.reason


def test_a_search_that_finds_nothing_refuses_nothing(bot: Bot, place: Place) -> None:
    with SavingSystem("form_post") as system:
        system.hidden.add("A1")
        outcome = enter(place, bot, system)
        assert outcome.status == "unknown" and "検索では見つかりません" in outcome.reason
        assert enter(place, bot, system).status == "unknown"
        assert system.arrived == ["A1"], "accepted once: not sent again, however often the search denies it"
        system.hidden.clear()
        assert enter(place, bot, system).status == "confirmed"


def test_a_refusal_on_a_page_that_does_not_load_is_seen(bot: Bot, place: Place) -> None:
    with SavingSystem("xhr") as system:
        system.refuses.add("A1")
        outcome = enter(place, bot, system)
        assert outcome.status == "refused" and "エラー 7" in outcome.reason
        assert (system.arrived, system.rows) == (["A1"], [])


def test_check_says_when_find_misses_a_row_that_is_there(bot: Bot, tmp_path: Path) -> None:
    with SavingSystem("form_post") as system:
        system.rows.append({"no": "A1", "name": "山田"})
        settings = RunSettings(base_url=system.url, lock_dir=tmp_path)
        assert check_bot(bot.file, existing=RECORD, settings=settings).errors == ()
        other = BotRecord("A1", {"no": "A1", "name": "山本"})
        [differs] = check_bot(bot.file, existing=other, settings=settings).errors
        assert "山本" in differs and "山田" in differs
        system.hidden.add("A1")
        [missed] = check_bot(bot.file, existing=RECORD, settings=settings).errors
        assert "登録済みのはずのキー A1" in missed and system.arrived == []


def test_a_journal_from_before_keeps_its_rows(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "old.db") as old:
        old.execute(
            "CREATE TABLE entry (bot TEXT, key TEXT, state TEXT, digest TEXT, submissions INTEGER, receipt TEXT, "
            "reason TEXT, changed_at TEXT, submitted_at TEXT, PRIMARY KEY (bot, key))"
        )
        old.execute("INSERT INTO entry VALUES ('b', 'k', 'confirmed', 'd', 1, '7', '', 'now', 'now')")
    old.close()
    row = SqliteJournal(tmp_path / "old.db").row("b", "k")
    assert row is not None and (row.state, row.receipt, row.accepted) == ("confirmed", "7", False)
