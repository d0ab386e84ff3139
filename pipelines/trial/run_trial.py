"""A trial before a form goes live: predicts a year from 30 to 50 real applications, keyed once by a person.

Intervals come from a bootstrap over whole applications (Efron 1979). Shares of whole applications have exact intervals
(Clopper and Pearson 1934). Seconds that have not been measured yet are assumptions, and are shown as such.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from extractors.evaluation.metrics import LabelledReading, Share, share
from pipelines.errors import PipelineError
from pipelines.trial.layout_advice import Advice, layout_advice
from templates_forms.model import Form

if TYPE_CHECKING:
    from extractors.evaluation.evaluate import Evaluation

FEWEST, ENOUGH = 10, 30
_DRAWS = 2000  # the ends of a 95% interval then rest on 50 draws each
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of people's work. Assumptions until `utsushi report` has measured them in this office.

    Attributes:
        page: scanning one page.
        open: opening one application on the screen.
        field: checking one field, and correcting it.
        repair: finding and correcting one wrong value that was accepted.
    """

    page: float = 4.0
    open: float = 6.0
    field: float = 7.0
    repair: float = 600.0


class TrialVerdict(StrEnum):
    """The verdict of a trial."""

    WORTH_IT = "worth_it"
    NOT_WORTH_IT = "not_worth_it"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trial:
    """The prediction of a trial.

    Attributes:
        applications: number read and compared.
        accuracy, accepted: shares of fields read right, and accepted.
        accepted_error: share of wrong fields among the accepted.
        whole: share of applications with every field right.
        minutes: of people's work per application with the machine.
        hand_minutes: per application by hand.
        net_hours: hours saved per year.
        verdict, words: as a code, and as text for people.
        advice: fields whose print should change, the worst first.
    """

    applications: int
    per_year: int
    accuracy: Estimate
    accepted: Estimate
    accepted_error: Share
    whole: Share
    minutes: Estimate
    hand_minutes: float
    net_hours: Estimate
    verdict: TrialVerdict
    words: str
    advice: tuple[Advice, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def run_trial(
    form: Form,
    found: Evaluation,
    per_year: int,
    hand_minutes: float | None = None,
    costs: Costs | None = None,
) -> Trial:
    """Predicts a year from an evaluation.

    Args:
        form: the template.
        found: the scans compared with what a person keyed.
        per_year: applications expected in a year.
        hand_minutes: measured minutes to key one by hand; the template's own when left out.
        costs: seconds of people.

    Raises:
        PipelineError: too few applications, or no measured minutes by hand.
    """
    by_hand = hand_minutes or form.hand_minutes
    if by_hand is None:
        raise PipelineError(
            "手で入力したときの分数がありません。数件を計って --hand-minutes で指定してください。",
            "minutes by hand are not known: time a few applications and give --hand-minutes",
        )
    documents = by_application(found.fields, len(form.pages))
    if len(documents) < FEWEST:
        raise PipelineError(
            f"申請書が {len(documents)} 件しかありません。予測には {ENOUGH} 件以上を入力してください。",
            f"only {len(documents)} applications: key {ENOUGH} or more for a prediction",
        )
    spent = np.array([minutes_of(fields, form, costs or Costs()) for fields in documents])
    # The application is the unit: its fields are right or wrong together (one writer, one scan), and intervals over
    # single fields would be too narrow. A fixed seed, so that one trial has one result.
    picks = np.random.default_rng(1).integers(len(documents), size=(_DRAWS, len(documents)))
    minutes = _estimate(float(spent.mean()), spent[picks].mean(axis=1))
    # Fewest minutes mean most hours saved, so the ends change places.
    net = Estimate(*(per_year * (by_hand - m) / 60 for m in (minutes.value, minutes.high, minutes.low)))
    verdict = _verdict(net)
    accepted_fields = [f for f in found.fields if f.decision == "accept"]
    return Trial(
        applications=len(documents),
        per_year=per_year,
        accuracy=_share_of(documents, picks, lambda f: f.right),
        accepted=_share_of(documents, picks, lambda f: f.decision == "accept"),
        accepted_error=share(sum(not f.right for f in accepted_fields), len(accepted_fields)),
        whole=share(sum(all(f.right for f in fields) for fields in documents), len(documents)),
        minutes=minutes,
        hand_minutes=by_hand,
        net_hours=net,
        verdict=verdict,
        words=_verdict_text(verdict, net, minutes, by_hand, len(documents), per_year),
        advice=layout_advice(form, found.fields),
    )


def by_application(fields: Sequence[LabelledReading], pages: int) -> list[list[LabelledReading]]:
    """Groups fields by application: its pages follow one another in a file."""
    groups: dict[tuple[str, int], list[LabelledReading]] = defaultdict(list)
    for field in fields:
        groups[field.file, (field.page - 1) // pages].append(field)
    return [groups[key] for key in sorted(groups)]


def minutes_of(fields: Sequence[LabelledReading], form: Form, costs: Costs) -> float:
    """Minutes of people's work on one application with the machine."""
    kinds = Counter(f.decision for f in fields)
    shown = kinds["verify"] + 2 * kinds["double"]
    unread = kinds["unread"]
    repaired = sum(not f.right for f in fields if f.decision == "accept")
    seconds = costs.page * len(form.pages) + costs.field * (shown + 2 * unread) + costs.repair * repaired
    if shown or unread:
        seconds += costs.open * (2 if kinds["double"] else 1)
    return seconds / 60


def _share_of(
    documents: Sequence[Sequence[LabelledReading]], picks: NDArray[np.int64], predicate: Any
) -> Estimate:
    right = np.array([sum(bool(predicate(f)) for f in fields) for fields in documents], float)
    count = np.array([len(fields) for fields in documents], float)
    return _estimate(float(right.sum() / count.sum()), right[picks].sum(axis=1) / count[picks].sum(axis=1))


def _estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    tail = 100 * (1 - _LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Estimate(value, float(low), float(high))


def _verdict(net: Estimate) -> TrialVerdict:
    if net.low > 0:
        return TrialVerdict.WORTH_IT
    # The whole interval must be above zero: between, more applications have to decide.
    return TrialVerdict.NOT_WORTH_IT if net.value <= 0 else TrialVerdict.OPEN


def _verdict_text(
    verdict: TrialVerdict, net: Estimate, minutes: Estimate, by_hand: float, applications: int, per_year: int
) -> str:
    """The verdict as text for people."""
    figures = f"1件 {by_hand:.1f} 分が {minutes.value:.1f} 分になり、年 {per_year} 件で"
    few = (
        f" ただし {applications} 件だけの見込みです。{ENOUGH} 件以上で確かめてください。"
        if applications < ENOUGH
        else ""
    )
    if verdict is TrialVerdict.WORTH_IT:
        return (
            f"自動化する価値があります。{figures}"
            f"年 {net.value:.0f} 時間（{net.low:.0f}〜{net.high:.0f}）減ります。{few}"
        )
    if verdict is TrialVerdict.OPEN:
        return (
            f"まだ分かりません。{figures}{net.value:.0f} 時間減る見込みですが、"
            f"{net.low:.0f}〜{net.high:.0f} 時間と幅があり、増えるおそれもあります。"
            f"試す件数を増やしてください。{few}"
        )
    return (
        f"この帳票は自動化しないでください。{figures}かえって {-net.value:.0f} 時間増える見込みです"
        f"（{-net.high:.0f}〜{-net.low:.0f}）。確認の手間が入力の手間を上回ります。"
        f"用紙を直してから試し直してください。{few}"
    )
