"""The wall clock of a Japanese office, independent of the machine's time zone.

Days and months that people read, or that a rule counts from, are in the office's zone. Times that programs compare
are UTC, from the store's clock (`store.base.session.now`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

# Fixed, not a setting: municipalities in Japan have one zone, and a server set to UTC must not shift their days.
OFFICE_ZONE: Final = ZoneInfo("Asia/Tokyo")
# Other years are typing errors, and the first and last month of `date` have no neighbour to end a report at.
YEARS: Final = range(2000, 2100)


def now() -> datetime:
    """The present time, aware, in the office's zone."""
    return datetime.now(OFFICE_ZONE)


def today() -> date:
    """The office's day."""
    return now().date()


def month(text: str | None = None) -> date:
    """First day of the month `text` (YYYY-MM), of the present month when None. ValueError, also outside YEARS."""
    if not text:
        return today().replace(day=1)
    day = datetime.strptime(text, "%Y-%m").date()
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def office_time(at: datetime) -> datetime:
    """An aware time converted to the office's zone; its `date()` is the office's day."""
    return at.astimezone(OFFICE_ZONE)
