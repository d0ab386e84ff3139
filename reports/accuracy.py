"""Accuracy of the machine's readings, from verifications: exact (Clopper–Pearson) intervals per form and field."""

from __future__ import annotations

import pandas as pd
from scipy import special

from reports.facts import BINS

# An illegible field has no value to compare the reading with.
COUNTED_OUTCOMES = ("confirmed", "corrected", "blank")
# The names are columns of the CSV export and stay as they are; "judged" means verified by people.
ACCURACY_COLUMNS = [
    "form",
    "field",
    "read",
    "accepted",
    "judged",
    "right",
    "accuracy",
    "low",
    "high",
    "quality_judged",
    "quality_wrong",
    "accepted_error_high",
]

FORM_COLUMNS = [
    "form",
    "read",
    "accepted_share",
    "judged",
    "doubted_accuracy",
    "quality_judged",
    "quality_wrong",
    "accepted_error_high",
    "accuracy",
]


def clopper_pearson(right: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Exact binomial interval (Clopper and Pearson 1934); (0, 1) without any trial."""
    if total == 0:
        return 0.0, 1.0
    # Exact rather than the normal approximation, whose interval has no width when no error was found.
    tail = (1 - level) / 2
    # The quantiles of the beta distribution; `scipy.stats` has them by name, but its import slows every start.
    low = float(special.betaincinv(right, total - right + 1, tail)) if right else 0.0
    high = float(special.betaincinv(right + 1, total - right, 1 - tail)) if right < total else 1.0
    return low, high


def by_field(read: pd.DataFrame, verified: pd.DataFrame) -> pd.DataFrame:
    """Per form and field: numbers of read, accepted, verified and right readings, interval, and quality samples.

    People verify doubtful fields, so ``accuracy`` is that of doubtful fields; the quality columns contain the results
    for accepted ones.

    Args:
        read: frame of ``facts.read_fields``.
        verified: frame of ``facts.verified_readings``.
    """
    verified = verified[verified["outcome"].isin(COUNTED_OUTCOMES)]
    rows = []
    for key, group in read.groupby(["form", "field"]):
        form, field = (
            key if isinstance(key, tuple) else (key, "")
        )  # a tuple always; pandas types it as Hashable
        of_field = verified[(verified["form"] == form) & (verified["field"] == field)]
        # Kept apart: quality samples are a random share of accepted fields, the others were chosen for their doubt.
        doubted, sampled = of_field[of_field["mode"] != "quality"], of_field[of_field["mode"] == "quality"]
        right, total = int(doubted.loc[doubted["same"], "n"].sum()), int(doubted["n"].sum())
        low, high = clopper_pearson(right, total)
        wrong, samples = int(sampled.loc[~sampled["same"], "n"].sum()), int(sampled["n"].sum())
        rows.append(
            {
                "form": form,
                "field": field,
                "read": int(group["n"].sum()),
                "accepted": int(group.loc[group["decision"] == "accept", "n"].sum()),
                "judged": total,
                "right": right,
                "accuracy": right / total if total else None,
                "low": low,
                "high": high,
                "quality_judged": samples,
                "quality_wrong": wrong,
                # The upper limit, because few samples without an error prove little.
                "accepted_error_high": clopper_pearson(wrong, samples)[1],
            }
        )
    # The columns are named so that a month without readings has a table with its head.
    return pd.DataFrame(rows, columns=ACCURACY_COLUMNS)


def by_form(read: pd.DataFrame, verified: pd.DataFrame) -> pd.DataFrame:
    """The same per form. ``accuracy`` is the mean of the accuracy of doubtful fields, by verifications, and of accepted
    ones, by quality samples, weighted by their shares; None while a kind that the form has was not measured.
    """
    fields = by_field(read, verified)
    rows = []
    for form, group in fields.groupby("form"):
        total, accepted = int(group["read"].sum()), int(group["accepted"].sum())
        verified_count, right = int(group["judged"].sum()), int(group["right"].sum())
        sampled, wrong = int(group["quality_judged"].sum()), int(group["quality_wrong"].sum())
        doubted = right / verified_count if verified_count else None
        trusted = 1 - wrong / sampled if sampled else None
        share = accepted / total if total else 0.0
        # A form without accepted fields needs no samples, one without doubtful fields no verifications.
        known = (trusted is not None or accepted == 0) and (doubted is not None or accepted == total)
        accuracy = share * (trusted or 0.0) + (1 - share) * (doubted or 0.0) if known and total else None
        rows.append(
            {
                "form": form,
                "read": total,
                "accepted_share": share,
                "judged": verified_count,
                "doubted_accuracy": doubted,
                "quality_judged": sampled,
                "quality_wrong": wrong,
                "accepted_error_high": clopper_pearson(wrong, sampled)[1],
                "accuracy": accuracy,
            }
        )
    return pd.DataFrame(rows, columns=FORM_COLUMNS)


def reliability(verified: pd.DataFrame) -> pd.DataFrame:
    """Share of right readings by stated confidence (reliability diagram): stated, n, right, share, low, high."""
    verified = verified[verified["outcome"].isin(COUNTED_OUTCOMES) & verified["bin"].notna()]
    rows = []
    for number, group in verified.groupby("bin"):
        total, right = int(group["n"].sum()), int(group.loc[group["same"], "n"].sum())
        # The middle of the bin.
        stated = (float(str(number)) + 0.5) / BINS
        rows.append((stated, total, right, right / total, *clopper_pearson(right, total)))
    return pd.DataFrame(rows, columns=["stated", "n", "right", "share", "low", "high"])


def agreement(pairs: pd.DataFrame) -> pd.DataFrame:
    """How often two people who keyed a field independently agreed, with the exact 95% interval of the share."""
    rows = []
    for form, field, number, same in pairs[["form", "field", "pairs", "agreed"]].itertuples(index=False):
        rows.append(
            (form, field, int(number), int(same), same / number, *clopper_pearson(int(same), int(number)))
        )
    return pd.DataFrame(rows, columns=["form", "field", "pairs", "agreed", "share", "low", "high"])
