"""Hours saved: a baseline by hand, minus every measured minute still spent.

The interval treats the minutes per application as independent draws: the variance of the time still spent is
estimated from the applications, that of the baseline from its timed runs. An assumed baseline has no interval,
because its error is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from scipy import special

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

OFFICE_COLUMNS = ["form", "office", "applications", "gross_hours", "spent_hours", "net_hours"]
SPENT_COLUMNS = ["document_id", "form", "office", "activity", "seconds", "measured"]


def measured_baselines(timed: pd.DataFrame) -> dict[str, HandBaseline]:
    """Baselines from timed runs (frame of ``facts.baselines``), pooled over runs of a form."""
    result: dict[str, HandBaseline] = {}
    for form, runs in timed[timed["basis"] == "measured"].groupby("form"):
        forms = int(runs["forms"].sum())
        people = "、".join(sorted(set(runs["person"])))
        last = pd.to_datetime(runs["measured_at"]).max()
        result[str(form)] = HandBaseline(
            # Total over total: a run over many forms weighs more than one over a single form.
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
    # The run is the unit, not the form: several forms of one run are one person's and not independent.
    rates = runs["minutes"] / runs["forms"]
    return float(rates.std(ddof=1) / math.sqrt(len(rates)))


def staff_time(
    documents: pd.DataFrame, verifying: pd.DataFrame, activities: pd.DataFrame, scan_seconds: float
) -> pd.DataFrame:
    """Staff time: document_id (-1 for none), form, office, activity, seconds, measured.

    Verifying and other time of an application count once it has been entered. Scanning counts for every application
    received, returned ones included. Time that names a form alone counts, too.
    """
    entered = documents[documents["state"] == "entered"].set_index("id")[["form", "office"]]
    verified = verifying[verifying["document_id"].isin(entered.index)][["document_id", "seconds"]]
    verified = verified.join(entered, on="document_id").assign(activity="verify", measured=True)
    named = activities[activities["document_id"].isin(entered.index)][
        ["document_id", "activity", "seconds", "basis"]
    ]
    named = named.join(entered, on="document_id").assign(measured=named["basis"] == "measured")
    unnamed = activities[activities["document_id"].isna() & activities["form"].notna()]
    # -1, not missing: a missing value would turn the whole column of ids into floats.
    unnamed = unnamed.assign(
        document_id=-1, office=unnamed["office"].fillna(""), measured=unnamed["basis"] == "measured"
    )
    scanned = documents.groupby(["form", "office"], as_index=False)["pages"].sum()
    scanned = scanned.assign(
        document_id=-1, activity="scan", measured=False, seconds=scanned["pages"] * scan_seconds
    )
    # Empty parts are left out: their columns have no dtype to join, and pandas warns about guessing one.
    parts = [part[SPENT_COLUMNS] for part in (verified, named, unnamed, scanned) if len(part)]
    return pd.concat(parts) if parts else pd.DataFrame(columns=SPENT_COLUMNS)


def hours_by_form(
    entered: pd.DataFrame,
    times: pd.DataFrame,
    baselines: Mapping[str, HandBaseline],
    errors: Mapping[str, float | None],
    cost_per_hour: float,
) -> pd.DataFrame:
    """One row per form.

    Args:
        entered: applications that reached the legacy system (id, form); only these count as saved work.
        times: frame of ``staff_time``.
        baselines: minutes by hand per form.
        errors: standard error of each baseline; None where it is unknown.
        cost_per_hour: yen.
    """
    per_document = times[times["document_id"] >= 0].groupby("document_id")["seconds"].sum() / 60
    per_form = times.groupby("form")["seconds"].sum() / 3600
    rows = []
    for form, group in entered.groupby("form"):
        name = str(form)
        baseline = baselines.get(name)
        if baseline is None:
            continue  # the report's notes name the form
        minutes = per_document.reindex(group["id"]).fillna(0.0)
        n = len(group)
        gross, spent = n * baseline.minutes / 60, float(per_form.get(name, 0.0))
        low, high = _interval(minutes, gross - spent, n, errors.get(name) if baseline.measured else None)
        rows.append(
            {
                "form": name,
                "applications": n,
                "hand_minutes": baseline.minutes,
                "measured": baseline.measured,
                "gross_hours": gross,
                "spent_hours": spent,
                "net_hours": gross - spent,
                "net_low": low,
                "net_high": high,
                "reduction": (gross - spent) / gross if gross else math.nan,
                "cost_per_form_yen": spent * cost_per_hour / n,
            }
        )
    return pd.DataFrame(rows, columns=HOUR_COLUMNS)


def by_office(
    entered: pd.DataFrame, times: pd.DataFrame, baselines: Mapping[str, HandBaseline]
) -> pd.DataFrame:
    """The hours of ``hours_by_form`` by form and office."""
    counted = entered[entered["form"].isin(list(baselines))].groupby(["form", "office"]).size()
    spent = (
        times[times["form"].isin(set(entered["form"]) & set(baselines))]
        .groupby(["form", "office"])["seconds"]
        .sum()
    )
    # An office may have spent time without an entry, or the other way round: either value is 0 then.
    frame = pd.DataFrame({"applications": counted, "spent_hours": spent / 3600}).fillna(0.0).reset_index()
    minutes = frame["form"].map({form: baseline.minutes for form, baseline in baselines.items()})
    frame["gross_hours"] = frame["applications"] * minutes.astype(float) / 60
    frame["net_hours"] = frame["gross_hours"] - frame["spent_hours"]
    frame["applications"] = frame["applications"].astype(int)
    return frame[OFFICE_COLUMNS]


def by_activity(times: pd.DataFrame, forms: set[str]) -> pd.DataFrame:
    """Minutes by activity, of the counted forms: activity, minutes, measured."""
    counted = times[times["form"].isin(forms)]
    frame = (counted.groupby(["activity", "measured"])["seconds"].sum() / 60).rename("minutes").reset_index()
    return frame[["activity", "minutes", "measured"]]


def waterfall(by_form: pd.DataFrame, activities: pd.DataFrame) -> pd.DataFrame:
    """From the hours by hand, less each activity, to the hours saved: step, hours, measured."""
    rows = [("hand", float(by_form["gross_hours"].sum()), bool(by_form["measured"].all()))]
    for name, group in activities.groupby("activity"):
        rows.append((str(name), -float(group["minutes"].sum()) / 60, bool(group["measured"].all())))
    # Summed here, not taken from `by_form`, so that the bars of the chart add up exactly.
    net = sum(hours for _, hours, _ in rows)
    rows.append(("net", net, all(measured for *_, measured in rows)))
    return pd.DataFrame(rows, columns=["step", "hours", "measured"])


def _interval(minutes: pd.Series, net: float, n: int, baseline_se: float | None) -> tuple[float, float]:
    """95% interval of the net hours; (nan, nan) where the baseline's error is unknown."""
    if baseline_se is None or n < 2:
        return math.nan, math.nan
    # The error of the baseline is one error for all n applications and grows with n; the other with its root.
    spread = math.hypot(baseline_se * n, float(minutes.std(ddof=1)) * math.sqrt(n)) / 60
    half = float(special.stdtrit(n - 1, 0.975)) * spread
    return net - half, net + half
