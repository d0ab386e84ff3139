"""The lowest confidence at which verified samples prove that the error of accepted readings meets the target.

The bound is Clopper and Pearson's exact one (1934): with no error among n accepted fields, the true error
is below 3/n with 95% certainty, so a target of 0.1% takes about 3,000 verified fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# `scipy.stats` has the same quantile but takes seconds to import; `scipy.special` does not.
from scipy.special import betaincinv


class AcceptanceState(StrEnum):
    """Whether verified samples are enough to prove the error target."""

    PROVEN = "proven"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class AcceptanceThreshold:
    """The acceptance threshold that verified samples prove.

    Attributes:
        state: ``unproven`` when no threshold meets the target with the available samples.
        threshold: lowest confidence to accept; None when unproven.
        target: the error allowed among accepted fields.
        accepted: verified samples at or above the threshold (all samples when unproven).
        errors: wrong ones among them.
        upper: upper bound on their error.
    """

    state: AcceptanceState
    threshold: float | None
    target: float
    accepted: int
    errors: int
    upper: float


def upper_bound(errors: int, total: int, level: float = 0.95) -> float:
    """One-sided Clopper–Pearson bound on an error rate, 1.0 without any sample."""
    if errors >= total:
        return 1.0
    return float(betaincinv(errors + 1, total - errors, level))


def interval(right: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Two-sided Clopper–Pearson interval of a share; (0, 1) without any sample."""
    tail = (1 - level) / 2
    low = 0.0 if right == 0 else float(betaincinv(right, total - right + 1, tail))
    high = 1.0 if right == total else float(betaincinv(right + 1, total - right, 1 - tail))
    return low, high


def threshold(
    samples: Iterable[tuple[float, bool]], target: float, level: float = 0.95
) -> AcceptanceThreshold:
    """Returns the lowest confidence whose accepted samples meet the target with the given certainty.

    Args:
        samples: (confidence, was right) of verified fields.
        target: error allowed among accepted fields, e.g. 0.001.
        level: certainty of the bound.
    """
    ordered = sorted(samples, key=lambda pair: -pair[0])
    best: AcceptanceThreshold | None = None
    errors = 0
    for count, (confidence, right) in enumerate(ordered, start=1):
        errors += not right
        # Samples of equal confidence are accepted together: the bound is only checked after the last of them.
        last_of_its_kind = count == len(ordered) or ordered[count][0] < confidence
        if last_of_its_kind and (bound := upper_bound(errors, count, level)) <= target:
            best = AcceptanceThreshold(AcceptanceState.PROVEN, confidence, target, count, errors, bound)
    if best is not None:
        return best
    total = len(ordered)
    return AcceptanceThreshold(
        AcceptanceState.UNPROVEN, None, target, total, errors, upper_bound(errors, total, level)
    )
