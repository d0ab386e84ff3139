"""Opening hours to the minute, pauses, and the pace between two records."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from bots.run.schedule import Schedule, closed_because
from bots.spec.model.bot import Hours, RunPolicy
from foundation import clock
from foundation.clock import OFFICE_ZONE

OFFICE = Hours("08:30", "17:15", (0, 1, 2, 3, 4), False, ("2026-12-29",))
EVENING = Hours(maintenance=(("12:00", "13:00"), ("2026-11-24 15:00", "2026-11-24T16:00")))
NIGHT = Hours(maintenance=(("23:00", "05:00"),))


@pytest.mark.parametrize(
    ("hours", "at", "why"),
    [
        (OFFICE, "2026-11-24 08:29", "outside opening hours (08:30 to 17:15)"),
        (OFFICE, "2026-11-24 08:30", None),
        (OFFICE, "2026-11-24 17:14", None),
        (OFFICE, "2026-11-24 17:15", "outside opening hours (08:30 to 17:15)"),
        (OFFICE, "2026-11-20 09:00", None),
        (OFFICE, "2026-11-21 09:00", "closed on 2026-11-21"),
        (OFFICE, "2026-12-29 09:00", "closed on 2026-12-29"),
        (OFFICE, "2026-11-23 09:00", "2026-11-23 is a national holiday"),
        (Hours("08:30"), "2026-11-22 23:59", None),
        (Hours("08:30"), "2026-11-24 08:29", "outside opening hours (08:30 to 24:00)"),
        (Hours(closes="17:15"), "2026-11-24 00:00", None),
        (Hours(closes="17:15"), "2026-11-24 17:15", "outside opening hours (00:00 to 17:15)"),
        (Hours(), "2026-11-23 00:00", None),
        (EVENING, "2026-11-24 11:59", None),
        (EVENING, "2026-11-24 12:00", "maintenance from 12:00 to 13:00"),
        (EVENING, "2026-11-24 12:59", "maintenance from 12:00 to 13:00"),
        (EVENING, "2026-11-24 13:00", None),
        (EVENING, "2026-11-24 14:59", None),
        (EVENING, "2026-11-24 15:00", "maintenance from 2026-11-24 15:00 to 2026-11-24T16:00"),
        (EVENING, "2026-11-24 15:59", "maintenance from 2026-11-24 15:00 to 2026-11-24T16:00"),
        (EVENING, "2026-11-24 16:00", None),
        (EVENING, "2026-11-25 15:30", None),
        (NIGHT, "2026-11-24 22:59", None),
        (NIGHT, "2026-11-24 23:00", "maintenance from 23:00 to 05:00"),
        (NIGHT, "2026-11-24 04:59", "maintenance from 23:00 to 05:00"),
        (NIGHT, "2026-11-24 05:00", None),
        (Hours(maintenance=(("12:00", "12:00"),)), "2026-11-24 12:00", None),
    ],
)
def test_open_to_the_minute(hours: Hours, at: str, why: str | None) -> None:
    found = closed_because(hours, dt.datetime.fromisoformat(at).replace(tzinfo=OFFICE_ZONE))
    assert (found and found[1]) == why
    assert found is None or (found[0].endswith("。") and found[0] != found[1])


@pytest.mark.parametrize(
    ("hours", "ja"),
    [
        (Hours("08:30"), "利用時間外です (08:30〜24:00)。"),
        (Hours(closes="07:15"), "利用時間外です (00:00〜07:15)。"),
    ],
)
def test_hours_that_are_open_on_one_side_are_written_out(hours: Hours, ja: str) -> None:
    found = closed_because(hours, dt.datetime(2026, 11, 24, 8, 0, tzinfo=OFFICE_ZONE))
    assert found is not None and found[0] == ja


def test_the_clock_on_the_wall_is_the_one_in_japan() -> None:
    in_utc = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)
    assert closed_because(OFFICE, in_utc) == ("2026-11-21 は休止日です。", "closed on 2026-11-21")
    assert closed_because(OFFICE, dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)) is None
    now = clock.now()
    assert now.utcoffset() == dt.timedelta(hours=9)
    assert abs((now - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    closed = Schedule(RunPolicy(hours=OFFICE), clock=lambda: in_utc).closed()
    assert closed is not None and closed[1] == "closed on 2026-11-21"


def test_somebody_may_pause_by_file_or_by_word(tmp_path: Path) -> None:
    file = tmp_path / "pause"
    assert not Schedule(RunPolicy()).is_paused()
    assert not Schedule(RunPolicy(), file).is_paused()
    assert not Schedule(RunPolicy(), file, paused=lambda: False).is_paused()
    assert Schedule(RunPolicy(), file, paused=lambda: True).is_paused()
    assert Schedule(RunPolicy(), paused=lambda: True).is_paused()
    file.touch()
    assert Schedule(RunPolicy(), file).is_paused()
    assert Schedule(RunPolicy(), file, paused=lambda: False).is_paused()


@pytest.mark.parametrize(("stop", "stops"), [(None, False), (lambda: False, False), (lambda: True, True)])
def test_somebody_may_stop(stop: object, stops: bool) -> None:
    assert Schedule(RunPolicy(), stop=stop).must_stop() is stops  # type: ignore[arg-type]


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1000.0
        self.slept: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.at)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def test_records_start_no_closer_together_than_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    manners = Schedule(RunPolicy(per_minute=20), sleep=clock.sleep)
    manners.wait_turn()
    assert clock.slept == [], "the first one starts at once"
    clock.at += 1
    manners.wait_turn()
    assert clock.slept == [2.0]
    clock.at += 10
    manners.wait_turn()
    assert clock.slept == [2.0, 0.0], "a late one does not wait"
    manners.wait_turn()
    assert clock.slept == [2.0, 0.0, 3.0]


def test_without_a_pace_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    manners = Schedule(RunPolicy(), sleep=clock.sleep)
    manners.wait_turn()
    manners.wait_turn()
    assert clock.slept == []


@pytest.mark.parametrize(("looks", "stops_at", "slept"), [(3, 99, 3), (99, 2, 2), (0, 0, 0)])
def test_a_pause_lasts_until_it_ends_or_somebody_stops(
    looks: int, stops_at: int, slept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    manners = Schedule(
        RunPolicy(),
        paused=lambda: len(clock.slept) < looks,
        stop=lambda: len(clock.slept) >= stops_at,
        sleep=clock.sleep,
    )
    manners.wait_turn()
    assert clock.slept == [0.5] * slept
