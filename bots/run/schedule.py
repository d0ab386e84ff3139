"""Decides when the next Record may start: opening hours, pace, pause and stop."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jpholiday

from bots.spec.model.bot import Hours, RunPolicy
from foundation.clock import OFFICE_ZONE, now, office_time

_POLL_SECONDS = 0.5


def closed_because(hours: Hours, at: dt.datetime) -> tuple[str, str] | None:
    """Why the system may not be used at ``at`` (Japanese, English); None when it may.

    Args:
        hours: the bot's opening hours.
        at: with a time zone.
    """
    local = office_time(at)
    clock = local.strftime("%H:%M")
    day = local.date()
    if local.weekday() not in hours.days or day.isoformat() in hours.closed_dates:
        return f"{day} は休止日です。", f"closed on {day}"
    if not hours.holidays and jpholiday.is_holiday(day):
        return f"{day} は祝日です。", f"{day} is a national holiday"
    if (hours.opens and clock < hours.opens) or (hours.closes and clock >= hours.closes):
        return (
            f"利用時間外です ({hours.opens or '00:00'}〜{hours.closes or '24:00'})。",
            f"outside opening hours ({hours.opens or '00:00'} to {hours.closes or '24:00'})",
        )
    for start, end in hours.maintenance:
        if _within(local, clock, start, end):
            return f"メンテナンス中です ({start}〜{end})。", f"maintenance from {start} to {end}"
    return None


def _within(local: dt.datetime, clock: str, start: str, end: str) -> bool:
    """Whether the time is in a window of two clock times (daily, may pass midnight) or two full timestamps."""
    if "T" in start or " " in start:
        return _local(start) <= local < _local(end)
    return start <= clock < end if start <= end else clock >= start or clock < end


def _local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=OFFICE_ZONE)


@dataclass
class Schedule:
    """Consulted before each Record: go on, wait, or stop."""

    policy: RunPolicy
    pause_file: Path | None = None
    paused: Callable[[], bool] | None = None
    stop: Callable[[], bool] | None = None
    clock: Callable[[], dt.datetime] = now
    sleep: Callable[[float], None] = time.sleep
    _last_start: float | None = field(default=None, init=False)

    def closed(self) -> tuple[str, str] | None:
        """Return why the system is closed now; None when it is open."""
        return closed_because(self.policy.hours, self.clock())

    def must_stop(self) -> bool:
        """Whether a stop was requested."""
        return self.stop is not None and self.stop()

    def is_paused(self) -> bool:
        """Whether a pause was requested."""
        by_file = self.pause_file is not None and self.pause_file.exists()
        return by_file or (self.paused is not None and self.paused())

    def wait_turn(self) -> None:
        """Wait while paused, then until the pace allows the next Record."""
        while self.is_paused() and not self.must_stop():
            self.sleep(_POLL_SECONDS)
        if self.policy.per_minute is not None and self._last_start is not None:
            due = self._last_start + 60 / self.policy.per_minute
            self.sleep(max(0.0, due - time.monotonic()))
        self._last_start = time.monotonic()
