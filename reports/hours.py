"""Hours saved: a baseline by hand, minus every measured minute still spent.

The interval treats the minutes per application as independent draws: the spread of what people still spend is
taken from the applications themselves, the spread of the baseline from its timed runs. Where a baseline is
assumed there is no interval, because a guess has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from scipy import stats

from reports.model import HandBaseline

HOUR_COLUMNS = [
    "form",
    "applications",
    "hand_minutes",
    "measured",
    "gross_hours",
    "spent_hours",
    "net_hours",
    "net_low",
    "net_high",
    "reduction",
    "cost_per_form_yen",
]


def measured_baselines(timed: pd.DataFrame) -> dict[str, HandBaseline]:
    """Baselines from timed runs (frame of ``facts.baselines``), pooled over runs of a form."""
    result: dict[str, HandBaseline] = {}
    for form, runs in timed[timed["basis"] == "measured"].groupby("form"):
        forms = int(runs["forms"].sum())
        people = "、".join(sorted(set(runs["person"])))
        last = pd.to_datetime(runs["measured_at"]).max()
        result[str(form)] = HandBaseline(
            minutes=float(runs["minutes"].sum()) / forms,
            measured=True,
            source=f"{forms} 件を計測 ({people}, {last:%Y-%m-%d})",
            forms=forms,
        )
    return result


def baseline_error(timed: pd.DataFrame, form: str) -> float | None:
    """Standard error of the minutes by hand from at least two timed runs; None with fewer."""
    runs = timed[(timed["form"] == form) & (timed["basis"] == "measured")]
    if len(runs) < 2:
        return None
    rates = runs["minutes"] / runs["forms"]
    return float(rates.std(ddof=1) / math.sqrt(len(rates)))


def seconds_by_document(verifying: pd.DataFrame, activities: pd.DataFrame) -> pd.Series:
    """Seconds of people per document id, over verifying and every other activity that names a document."""
    parts = [verifying[["document_id", "seconds"]]]
    named = activities[activities["document_id"].notna()]
    parts.append(named[["document_id", "seconds"]])
    return (
        pd.concat([part for part in parts if len(part)] or parts[:1]).groupby("document_id")["seconds"].sum()
    )


def hours_by_form(
    entered: pd.DataFrame,
    spent: pd.Series,
    unnamed: Mapping[str, float],
    baselines: Mapping[str, HandBaseline],
    errors: Mapping[str, float | None],
    cost_per_hour: float,
) -> pd.DataFrame:
    """One row per form.

    Args:
        entered: applications that reached the legacy system (id, form); only these count as saved work.
        spent: seconds of people per document id.
        unnamed: seconds per form that belong to no single document (scanning).
        baselines: minutes by hand per form.
        errors: standard error of each baseline; None where it is unknown.
        cost_per_hour: yen.
    """
    rows = []
    for form, group in entered.groupby("form"):
        name = str(form)
        baseline = baselines.get(name)
        if baseline is None:
            continue
        minutes = spent.reindex(group["id"]).fillna(0.0) / 60
        n = len(group)
        gross = n * baseline.minutes / 60
        used = (float(minutes.sum()) + unnamed.get(name, 0.0) / 60) / 60
        low, high = _interval(minutes, gross - used, n, errors.get(name) if baseline.measured else None)
        rows.append(
            {
                "form": name,
                "applications": n,
                "hand_minutes": baseline.minutes,
                "measured": baseline.measured,
                "gross_hours": gross,
                "spent_hours": used,
                "net_hours": gross - used,
                "net_low": low,
                "net_high": high,
                "reduction": (gross - used) / gross if gross else math.nan,
                "cost_per_form_yen": used * cost_per_hour / n,
            }
        )
    return pd.DataFrame(rows, columns=HOUR_COLUMNS)


def _interval(minutes: pd.Series, net: float, n: int, baseline_se: float | None) -> tuple[float, float]:
    """95% interval of the net hours; (nan, nan) where the baseline has no known spread."""
    if baseline_se is None or n < 2:
        return math.nan, math.nan
    spread = math.hypot(baseline_se * n, float(minutes.std(ddof=1)) * math.sqrt(n)) / 60
    half = float(stats.t.ppf(0.975, n - 1)) * spread
    return net - half, net + half
