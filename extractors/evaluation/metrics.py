"""Statistics of readings against the truth: shares with exact intervals, coverage, risk, calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractors.confidence.acceptance import interval, upper_bound

BINS = 10


@dataclass(frozen=True, slots=True)
class LabelledReading:
    """One field compared with the truth.

    Attributes:
        file, page, field: its location (page of the file, from 1).
        kind: the field's type, with ``*`` for free writing.
        truth, value: in normal form.
        right: whether they mean the same.
        confidence: None when the page was not read at all.
        decision: ``accept``, ``verify``, ``double``, or ``unread``.
        reasons: reason codes.
    """

    file: str
    page: int
    form: str
    field: str
    kind: str
    truth: str
    value: str
    right: bool
    confidence: float | None
    decision: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its exact 95% interval (Clopper–Pearson)."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share; 0 without any case."""
        return self.count / self.total if self.total else 0.0


def share(count: int, total: int) -> Share:
    """Returns a share with its interval."""
    return Share(count, total, *interval(count, total))


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a group of fields.

    Attributes:
        name: field type or group.
        right: share read right.
        accepted: share accepted unseen.
        wrong_accepted: share wrong among the accepted.
        bound: 95% upper bound on that.
        ece: expected calibration error; None without confidences.
    """

    name: str
    right: Share
    accepted: Share
    wrong_accepted: Share
    bound: float
    ece: float | None


def summarise(name: str, fields: Sequence[LabelledReading]) -> Summary:
    """Returns accuracy, coverage, risk and calibration of a group of fields."""
    accepted = [field for field in fields if field.decision == "accept"]
    wrong = sum(not field.right for field in accepted)
    return Summary(
        name,
        share(sum(field.right for field in fields), len(fields)),
        share(len(accepted), len(fields)),
        share(wrong, len(accepted)),
        upper_bound(wrong, len(accepted)),
        ece([(f.confidence, f.right) for f in fields if f.confidence is not None]),
    )


def bins(pairs: Sequence[tuple[float, bool]], count: int = BINS) -> list[tuple[float, float, int]]:
    """Equal-width bins of confidence: (mean confidence, share right, number); empty ones left out."""
    found = []
    for i in range(count):
        # A confidence of exactly 1 belongs into the last bin.
        inside = [(c, r) for c, r in pairs if i <= min(c * count, count - 1e-9) < i + 1]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            found.append((mean, sum(r for _, r in inside) / len(inside), len(inside)))
    return found


def ece(pairs: Sequence[tuple[float, bool]], count: int = BINS) -> float | None:
    """Expected calibration error (Naeini et al. 2015): mean gap between confidence and share right."""
    if not pairs:
        return None
    return sum(n * abs(mean - right) for mean, right, n in bins(pairs, count)) / len(pairs)
