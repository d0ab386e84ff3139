"""Converts dates between Japanese eras and the Gregorian calendar, and returns the time in Japan."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Era(NamedTuple):
    """One era; ``first`` is its first day."""

    letter: str
    name: str
    first: dt.date


# The old system starts 明治 on the day of its proclamation, not at the adoption of the Gregorian calendar.
ERAS = (
    Era("M", "明治", dt.date(1868, 10, 23)),
    Era("T", "大正", dt.date(1912, 7, 30)),
    Era("S", "昭和", dt.date(1926, 12, 25)),
    Era("H", "平成", dt.date(1989, 1, 8)),
    Era("R", "令和", dt.date(2019, 5, 1)),
)


class Wareki(NamedTuple):
    """A date in the parts of an old screen."""

    era: Era
    year: int
    month: int
    day: int


def now() -> dt.datetime:
    """The time in Japan without its zone, as an old system keeps it, whatever zone the machine is set to."""
    return dt.datetime.now(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)


def to_date(letter: str, year: int, month: int, day: int) -> dt.date:
    """Return the Gregorian date of an era date.

    Raises:
        ValueError: no such day, or it is outside the era (昭和64年1月8日, 平成0年).
    """
    at = next((number for number, era in enumerate(ERAS) if era.letter == letter), None)
    if at is None or year < 1:
        raise ValueError(f"{letter}{year}")
    # The first year of an era has the number 1 and may have only a few days.
    date = dt.date(ERAS[at].first.year + year - 1, month, day)
    # The last day of an era is the day before the next one begins.
    ended = at + 1 < len(ERAS) and date >= ERAS[at + 1].first
    if date < ERAS[at].first or ended:
        raise ValueError(f"{letter}{year}.{month}.{day}")
    return date


def from_date(date: dt.date) -> Wareki:
    """Return the era date of a Gregorian date.

    Raises:
        ValueError: a day before 明治.
    """
    for era in reversed(ERAS):
        if date >= era.first:
            return Wareki(era, date.year - era.first.year + 1, date.month, date.day)
    raise ValueError(date.isoformat())
