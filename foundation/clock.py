"""The wall clock of a Japanese office, whatever zone the machine is set to.

Days and months that people read, or that a rule measures from, are the office's. Instants that machines compare are
UTC, by the store's clock (`store.base.session.now`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

OFFICE_ZONE: Final = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The present time, aware, in the office's zone."""
    return datetime.now(OFFICE_ZONE)


def today() -> date:
    """The office's day."""
    return now().date()


def month(text: str | None = None) -> date:
    """First day of a month written YYYY-MM, of the present one without it. Raises ValueError."""
    day = datetime.strptime(text, "%Y-%m").date() if text else today()
    return day.replace(day=1)


def office_time(at: datetime) -> datetime:
    """An aware time as the office's clocks show it; its `date()` is the office's day."""
    return at.astimezone(OFFICE_ZONE)
