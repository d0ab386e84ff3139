"""How right the machine was, as judged by people: exact (Clopper–Pearson) intervals per form and field."""

from __future__ import annotations

import pandas as pd
from scipy import special

from reports.facts import BINS

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
    low = float(special.betaincinv(right, total - right + 1, tail)) if right else 0.0
    high = float(special.betaincinv(right + 1, total - right, 1 - tail)) if right < total else 1.0
    return low, high


def by_field(read: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Per form and field: read, accepted, judged by people, right, interval, and unseen quality samples.

    Fields that people saw were doubtful ones, so ``accuracy`` is that of doubtful fields; what is known of the
    accepted ones stands in the quality columns.

    Args:
        read: frame of ``facts.read_fields``.
        judged: frame of ``facts.judged``.
    """
    judged = judged[judged["outcome"].isin(JUDGING)]
    rows = []
    for key, group in read.groupby(["form", "field"]):
        form, field = key if isinstance(key, tuple) else (key, "")
        mine = judged[(judged["form"] == form) & (judged["field"] == field)]
        doubted, sampled = mine[mine["mode"] != "quality"], mine[mine["mode"] == "quality"]
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
                "accepted_error_high": clopper_pearson(wrong, samples)[1],
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


def reliability(judged: pd.DataFrame) -> pd.DataFrame:
    """How often the machine was right where it said how sure it was: stated, n, right, share, low, high."""
    judged = judged[judged["outcome"].isin(JUDGING) & judged["bin"].notna()]
    rows = []
    for number, group in judged.groupby("bin"):
        total, right = int(group["n"].sum()), int(group.loc[group["same"], "n"].sum())
        stated = (min(int(str(number)), BINS - 1) + 0.5) / BINS
        rows.append((stated, total, right, right / total, *clopper_pearson(right, total)))
    return pd.DataFrame(rows, columns=["stated", "n", "right", "share", "low", "high"])


def agreement(pairs: pd.DataFrame) -> pd.DataFrame:
    """How often two people who keyed a field apart wrote the same, with the exact 95% interval of the share."""
    rows = []
    for form, field, met, same in pairs[["form", "field", "pairs", "agreed"]].itertuples(index=False):
        rows.append((form, field, int(met), int(same), same / met, *clopper_pearson(int(same), int(met))))
    return pd.DataFrame(rows, columns=["form", "field", "pairs", "agreed", "share", "low", "high"])
