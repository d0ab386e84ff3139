"""How right the machine was, as judged by people: exact (Clopper–Pearson) intervals per form and field."""

from __future__ import annotations

import pandas as pd
from scipy import stats

JUDGING = ("confirmed", "corrected", "blank")
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
    """Exact binomial interval (Clopper and Pearson 1934); (0, 1) for nothing judged."""
    if total == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, right, total - right + 1)) if right else 0.0
    high = float(stats.beta.ppf(1 - tail, right + 1, total - right)) if right < total else 1.0
    return low, high


def by_field(read: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Per form and field: read, accepted, judged by people, right, interval, and unseen quality samples.

    Fields that people saw were doubtful ones, so ``accuracy`` is that of doubtful fields; what is known of the
    accepted ones stands in the quality columns.
    """
    judged = judged[judged["outcome"].isin(JUDGING)]
    rows = []
    for key, group in read.groupby(["form", "field"]):
        form, field = key if isinstance(key, tuple) else (key, "")
        mine = judged[(judged["form"] == form) & (judged["field"] == field)]
        doubted, sampled = mine[mine["mode"] != "quality"], mine[mine["mode"] == "quality"]
        right, total = int(doubted["same"].sum()), len(doubted)
        low, high = clopper_pearson(right, total)
        wrong = int((~sampled["same"]).sum())
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
                "quality_judged": len(sampled),
                "quality_wrong": wrong,
                "accepted_error_high": clopper_pearson(wrong, len(sampled))[1],
            }
        )
    return pd.DataFrame(rows, columns=ACCURACY_COLUMNS)


def by_form(read: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """The same per form. ``accuracy`` weighs doubtful fields, as people judged them, with accepted ones, as unseen
    quality samples found them; it is missing until there are both kinds of proof that the form needs.
    """
    fields = by_field(read, judged)
    rows = []
    for form, group in fields.groupby("form"):
        total, accepted = int(group["read"].sum()), int(group["accepted"].sum())
        judged_count, right = int(group["judged"].sum()), int(group["right"].sum())
        sampled, wrong = int(group["quality_judged"].sum()), int(group["quality_wrong"].sum())
        doubted = right / judged_count if judged_count else None
        trusted = 1 - wrong / sampled if sampled else None
        share = accepted / total if total else 0.0
        known = (trusted is not None or accepted == 0) and (doubted is not None or accepted == total)
        accuracy = share * (trusted or 0.0) + (1 - share) * (doubted or 0.0) if known and total else None
        rows.append(
            {
                "form": form,
                "read": total,
                "accepted_share": share,
                "judged": judged_count,
                "doubted_accuracy": doubted,
                "quality_judged": sampled,
                "quality_wrong": wrong,
                "accepted_error_high": clopper_pearson(wrong, sampled)[1],
                "accuracy": accuracy,
            }
        )
    return pd.DataFrame(rows, columns=FORM_COLUMNS)
