"""Figures by month of the fiscal year (April to March), and a forecast for its end."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
from scipy import special

from reports.model import Span

TREND_COLUMNS = ["month", "received", "applications", "gross_hours", "spent_hours", "net_hours"]
FORECAST_COLUMNS = ["until", "months_known", "months_left", "net_so_far", "net_forecast", "low", "high"]


def fiscal_year(day: date) -> Span:
    """The Japanese fiscal year of a day: from 1 April to 31 March."""
    year = day.year if day.month >= 4 else day.year - 1
    return Span(date(year, 4, 1), date(year + 1, 4, 1))


def months(span: Span) -> list[Span]:
    """The calendar months that begin in a span."""
    found, since = [], span.since.replace(day=1)
    while since < span.until:
        until = (since + timedelta(days=32)).replace(day=1)
        found.append(Span(since, until))
        since = until
    return found


def trend(year: Span, hours_of: Callable[[Span], tuple[int, pd.DataFrame]]) -> pd.DataFrame:
    """One row per month with applications; `hours_of` returns the number received and the hours by form."""
    rows = []
    for month in months(year):
        received, hours = hours_of(month)
        if received:
            sums = [float(hours[name].sum()) for name in ("gross_hours", "spent_hours", "net_hours")]
            rows.append((f"{month.since:%Y-%m}", received, int(hours["applications"].sum()), *sums))
    return pd.DataFrame(rows, columns=TREND_COLUMNS)


def forecast(year: Span, by_month: pd.DataFrame, today: date) -> pd.DataFrame:
    """Net hours at the year's end: what is known, plus the mean of the whole months for each month left.

    The 95% interval is that of the sum of the months left, each drawn like the whole months so far (prediction interval
    with Student's t). Nothing is forecast from fewer than two whole months. The running month counts as one that is
    left, so its hours so far are a part of the forecast for it.
    """
    whole = by_month[by_month["month"] < f"{today:%Y-%m}"]
    left = len([month for month in months(year) if month.until > today])
    if len(whole) < 2 or left == 0:
        return pd.DataFrame(columns=FORECAST_COLUMNS)
    known = float(whole["net_hours"].sum())
    mean, spread, n = float(whole["net_hours"].mean()), float(whole["net_hours"].std(ddof=1)), len(whole)
    # Variance of the sum of `left` new months, plus that of `left` times the mean of n known ones: s²(left + left²/n).
    half = float(special.stdtrit(n - 1, 0.975)) * spread * math.sqrt(left + left * left / n)
    so_far = float(by_month["net_hours"].sum())
    # The running month can exceed the mean already; hours that were saved are not lost again.
    total = max(known + mean * left, so_far)
    last = (year.until - timedelta(days=1)).isoformat()
    row = (last, n, left, so_far, total, max(total - half, so_far), total + half)
    return pd.DataFrame([row], columns=FORECAST_COLUMNS)
