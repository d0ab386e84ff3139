"""Versions of bots: what must come before what, who may activate, what the chain says, and going back."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from store.audit import chain
from store.base.errors import BotNotReady, FileDamaged, NotFound, SecondPersonNeeded
from store.base.model import BotState
from store.base.schema import BotVersion
from store.database import Store
from store.entry import bot_versions
from store.entry.bot_versions import NewBot
from store.ops import users

TEN = ["confirmed"] * 10


def bot(yaml: str = "id: kyoka\n", *authors: str) -> NewBot:
    return NewBot("kyoka", "kyufukin_shinsei", {"ja": "許可台帳"}, yaml, authors or ("aoki",))


def signed(store: Store, yaml: str = "id: kyoka\n") -> int:
    with store.write() as session:
        row = bot_versions.add(session, bot(yaml), actor="aoki")
        bot_versions.walked(session, row, actor="aoki")
        assert bot_versions.rehearsed(session, row, TEN, "http://test.example.lan", actor="aoki")
        bot_versions.sign(session, row, "福祉課 課長 山本", actor="aoki")
        return row.number


def acts(store: Store) -> list[str]:
    with store.read() as session:
        return [event.act for event in chain.history(session, "bot:kyoka")]


def state(store: Store, number: int) -> BotState:
    with store.read() as session:
        return bot_versions.get(session, "kyoka", number).state


def test_every_stage_is_an_event_of_its_own(store: Store) -> None:
    number = signed(store)
    with store.write() as session:
        bot_versions.activate(session, bot_versions.lock(session, "kyoka", number), actor="baba")
    assert acts(store) == [
        "bot.version_made", "bot.walked", "bot.rehearsed", "bot.signed", "bot.activated",
    ]  # fmt: skip
    with store.read() as session:
        assert chain.verify(session).ok
        made = json.loads(chain.history(session, "bot:kyoka")[0].detail)
        assert made["sha256"] == bot_versions.digest("id: kyoka\n") and made["authors"] == ["aoki"]
        whole = " ".join(event.detail for event in chain.history(session, "bot:kyoka"))
    assert "山本" not in whole, "a person's name cannot be erased from the chain"


def test_nobody_who_worked_on_it_activates_it(store: Store) -> None:
    with store.write() as session:
        row = bot_versions.add(session, bot("id: kyoka\n", "aoki", "chiba"), actor="chiba")
        assert row.authors == ["aoki", "chiba"]
        bot_versions.walked(session, row, actor="chiba")
        bot_versions.rehearsed(session, row, TEN, "http://test", actor="chiba")
        bot_versions.sign(session, row, "山本", actor="chiba")
    for actor in ("aoki", "chiba"):
        with pytest.raises(SecondPersonNeeded), store.write() as session:
            bot_versions.activate(session, bot_versions.lock(session, "kyoka", 1), actor=actor)
    assert state(store, 1) is BotState.SIGNED and "bot.activated" not in acts(store)


def test_a_second_author_of_the_same_text_may_not_activate_it_either(store: Store) -> None:
    number = signed(store)
    with store.write() as session:
        assert bot_versions.add(session, bot(), actor="baba").number == number
    with pytest.raises(SecondPersonNeeded), store.write() as session:
        bot_versions.activate(session, bot_versions.lock(session, "kyoka", number), actor="baba")


@pytest.mark.parametrize(
    "outcomes", [TEN[:9], [*TEN[:9], "refused"], ["mismatch"] * 10, [], [*TEN, "unknown"]]
)
def test_a_rehearsal_passes_with_ten_records_all_confirmed(store: Store, outcomes: list[str]) -> None:
    with store.write() as session:
        row = bot_versions.add(session, bot(), actor="aoki")
        bot_versions.walked(session, row, actor="aoki")
        bot_versions.rehearsed(session, row, TEN, "http://test", actor="aoki")
        assert not bot_versions.rehearsed(session, row, outcomes, "http://test", actor="aoki")
        assert row.state is BotState.DRAFT
    with pytest.raises(BotNotReady), store.write() as session:
        bot_versions.sign(session, bot_versions.lock(session, "kyoka", 1), "山本", actor="aoki")


def test_no_stage_is_skipped(store: Store) -> None:
    with store.write() as session:
        bot_versions.add(session, bot(), actor="aoki")
    for step in (
        lambda s, row: bot_versions.rehearsed(s, row, TEN, "http://test", actor="aoki"),
        lambda s, row: bot_versions.sign(s, row, "山本", actor="aoki"),
        lambda s, row: bot_versions.activate(s, row, actor="baba"),
        lambda s, row: bot_versions.activate(s, row, actor="baba", reason="急ぎ"),
        lambda s, row: bot_versions.retire(s, row, actor="baba", reason="止める"),
    ):
        with pytest.raises(BotNotReady), store.write() as session:
            step(session, bot_versions.lock(session, "kyoka", 1))
    assert acts(store) == ["bot.version_made"]


@pytest.mark.parametrize("owner", ["", "  ", "aoki", "青木  みどり"])
def test_the_owner_is_none_of_the_authors(store: Store, owner: str) -> None:
    with store.write() as session:
        users.add(session, "aoki", display="青木 みどり", password="a" * 12, roles=["automator"], actor="x")
        row = bot_versions.add(session, bot(), actor="aoki")
        bot_versions.walked(session, row, actor="aoki")
        bot_versions.rehearsed(session, row, TEN, "http://test", actor="aoki")
    with pytest.raises(BotNotReady), store.write() as session:
        bot_versions.sign(session, bot_versions.lock(session, "kyoka", 1), owner, actor="aoki")


def test_a_changed_text_begins_again_and_one_version_is_active(store: Store) -> None:
    first = signed(store)
    second = signed(store, "id: kyoka\ntitle: 2\n")
    assert (first, second) == (1, 2)
    for number in (first, second):
        with store.write() as session:
            bot_versions.activate(session, bot_versions.lock(session, "kyoka", number), actor="baba")
    assert (state(store, first), state(store, second)) == (BotState.RETIRED, BotState.ACTIVE)
    with pytest.raises(BotNotReady), store.write() as session:
        bot_versions.activate(session, bot_versions.lock(session, "kyoka", first), actor="aoki")
    # Approved once by a second person, so that an author alone may go back to it in need, with a reason.
    with store.write() as session:
        bot_versions.activate(
            session, bot_versions.lock(session, "kyoka", first), actor="aoki", reason="画面が元に戻った"
        )
    assert (state(store, first), state(store, second)) == (BotState.ACTIVE, BotState.RETIRED)
    assert acts(store)[-1] == "bot.rolled_back"
    with store.read() as session:
        assert [row.number for row in bot_versions.versions(session, "kyoka")] == [2, 1]
        active = bot_versions.active(session, "kyoka")
        assert active is not None and active.number == first


@pytest.mark.parametrize("both", [False, True])
def test_a_text_changed_in_the_database_is_never_activated(store: Store, both: bool) -> None:
    number = signed(store)
    other = "id: kyoka\nbase_url: http://evil\n"
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE bot_version SET yaml = :t"), {"t": other})
        if both:
            connection.execute(text("UPDATE bot_version SET sha256 = :h"), {"h": bot_versions.digest(other)})
    with pytest.raises(FileDamaged), store.write() as session:
        bot_versions.activate(session, bot_versions.lock(session, "kyoka", number), actor="baba")


def test_a_file_installed_by_hand_is_kept_to_go_back_to(store: Store) -> None:
    with store.write() as session:
        old = NewBot("kyoka", "", {"ja": "手書き"}, "id: kyoka\n# by hand\n", (), source="file")
        row = bot_versions.adopt(session, old, actor="baba")
        assert row.state is BotState.RETIRED
        assert bot_versions.adopt(session, old, actor="baba").number == row.number
    with store.write() as session:
        bot_versions.activate(session, bot_versions.lock(session, "kyoka", 1), actor="baba", reason="戻す")
    with store.write() as session:
        bot_versions.retire(session, bot_versions.lock(session, "kyoka", 1), actor="baba", reason="廃止")
    assert acts(store)[-1] == "bot.retired" and state(store, 1) is BotState.RETIRED


def test_there_is_no_version_without_a_row(store: Store) -> None:
    with pytest.raises(NotFound), store.read() as session:
        bot_versions.get(session, "kyoka", 1)
    with store.read() as session:
        assert session.query(BotVersion).count() == 0 == bot_versions.count_waiting(session)
