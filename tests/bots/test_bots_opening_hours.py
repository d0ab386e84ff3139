"""Opening hours, pause, stop and pace of a run, with a real browser."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bots.spec.model.bot import Bot, Hours, Outcome
from tests.bots.conftest import Place, kyoka
from tests.bots.trap_system import TrapSystem

pytestmark = pytest.mark.browser


def test_outside_opening_hours_nobody_knocks(trap_bot: Bot, place: Place) -> None:
    closed = replace(trap_bot, policy=replace(trap_bot.policy, hours=Hours(days=())))
    with TrapSystem() as system:
        done = place.run(closed, system.url, [kyoka("A"), kyoka("B")])
        assert {o.status for o in done.values()} == {"unknown"}
        assert all("休止日" in o.reason and "not tried" in o.reason for o in done.values())
        assert system.logins == 0 and place.journal.rows(trap_bot.id) == []
        later = place.run(trap_bot, system.url, [kyoka("A"), kyoka("B")])
    assert {o.status for o in later.values()} == {"confirmed"} and system.saves == ["A", "B"]


def test_paused_between_two_records_it_waits_and_goes_on(trap_bot: Bot, place: Place, tmp_path: Path) -> None:
    pause = tmp_path / "pause"
    ended: list[tuple[str, float]] = []

    def note(outcome: Outcome) -> None:
        ended.append((outcome.key, time.monotonic()))
        if outcome.key == "A":
            pause.touch()
            threading.Timer(2.0, pause.unlink).start()

    with TrapSystem() as system:
        done = place.run(trap_bot, system.url, [kyoka("A"), kyoka("B")], pause_file=pause, on_outcome=note)
    assert {o.status for o in done.values()} == {"confirmed"} and system.logins == 1
    assert ended[1][1] - ended[0][1] >= 2.0


def test_stopped_on_request_the_rest_is_left_for_later(trap_bot: Bot, place: Place) -> None:
    with TrapSystem() as system:
        done = place.run(trap_bot, system.url, [kyoka(k) for k in "ABC"], stop=lambda: len(system.saves) >= 1)
        assert [done[k].status for k in "ABC"] == ["confirmed", "unknown", "unknown"]
        assert "停止の指示" in done["B"].reason and system.saves == ["A"]
        rest = place.run(trap_bot, system.url, [kyoka(k) for k in "ABC"])
    assert {o.status for o in rest.values()} == {"confirmed"} and system.saves == ["A", "B", "C"]


def test_no_faster_than_the_pace_allows(trap_bot: Bot, place: Place) -> None:
    slow = replace(trap_bot, policy=replace(trap_bot.policy, per_minute=12))
    started: list[float] = []

    class Timed(TrapSystem):
        def page_new(self, visit: object) -> None:
            started.append(time.monotonic())
            super().page_new(visit)  # type: ignore[arg-type]

    with Timed() as system:
        place.run(slow, system.url, [kyoka("A"), kyoka("B"), kyoka("C")])
    assert started[2] - started[1] >= 4.0, "twelve a minute: five seconds from one to the next"
