"""Quality of people and machine: noticed seeded errors, samples of accepted fields, proven error rates.

A person's own rate is shown to that person and to leads, to nobody else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from reports.accuracy import clopper_pearson
from store.ops import messages, users
from store.queue import labelled_readings, seeded_checks
from store.queue.labelled_readings import ACCEPTANCE_SETTING, LabelledReading
from store.queue.seeded_checks import SeededRate
from templates_forms.model import Form
from verification.request_context import RequestContext

DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Rate:
    """Noticed of met, with the exact 95% interval of the share."""

    name: str
    met: int
    noticed: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.noticed / self.met if self.met else None


@dataclass(frozen=True, slots=True)
class Sampled:
    """A field type: unseen samples of accepted readings, how many were wrong, and the acceptance state that follows."""

    kind: str
    samples: int
    wrong: int
    high: float
    proven: bool
    threshold: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Errors corrected with the machine's value shown, and an estimate of overlooked ones."""

    corrected: int
    confirmed: int
    rate: float | None

    @property
    def estimate(self) -> float | None:
        """If a share `rate` of errors is noticed, there were corrected ÷ rate; the rest was overlooked."""
        return self.corrected * (1 - self.rate) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class QualityView:
    """What the page shows to this person."""

    mine: Rate | None
    everyone: tuple[Rate, ...]
    all_together: Rate | None
    sampled: tuple[Sampled, ...]
    missed: Missed | None


def quality_view(session: Session, context: RequestContext) -> QualityView:
    """The figures of the last 90 days as far as this person may see them."""
    at = datetime.now(UTC) - timedelta(days=DAYS)
    own = seeded_checks.rates(session, at, context.name) or [SeededRate(context.name, 0, 0)]
    overview = context.may("decide") or context.may("reports")
    rows = seeded_checks.rates(session, at) if overview else []
    together = _rate("", rows) if overview else None
    samples = list(labelled_readings.since(session, at)) if overview else []
    acceptance = messages.get_setting(session, ACCEPTANCE_SETTING, {})
    return QualityView(
        mine=_rate(context.name, own) if context.may("verify") else None,
        everyone=_by_person(session, rows) if context.may("decide") else (),
        all_together=together,
        sampled=_sampled(samples, context.app.forms, acceptance),
        missed=_missed(samples, together),
    )


def _rate(name: str, rows: Sequence[SeededRate]) -> Rate:
    met, noticed = sum(row.met for row in rows), sum(row.noticed for row in rows)
    return Rate(name, met, noticed, *clopper_pearson(noticed, met))


def _by_person(session: Session, rows: Sequence[SeededRate]) -> tuple[Rate, ...]:
    names = {user.name: user.display for user in users.all_users(session)}
    return tuple(_rate(names.get(row.user, row.user), [row]) for row in rows)


def _sampled(
    samples: Sequence[LabelledReading], forms: Mapping[str, Form], acceptance: Mapping[str, Any]
) -> tuple[Sampled, ...]:
    counted: dict[str, Counter[bool]] = defaultdict(Counter)
    for sample in samples:
        form = forms.get(sample.form_id)
        kinds = {field.name: str(field.type) for field in form.fields()} if form else {}
        if sample.decision == "accept" and sample.field in kinds:
            counted[kinds[sample.field]][sample.right] += 1
    return tuple(
        _row(kind, counted[kind], acceptance.get(kind, {}))
        for kind in sorted({*counted, *acceptance})
        if kind
    )


def _row(kind: str, counts: Counter[bool], state: Mapping[str, Any]) -> Sampled:
    total, wrong = counts.total(), counts[False]
    return Sampled(
        kind=kind,
        samples=total,
        wrong=wrong,
        high=clopper_pearson(wrong, total)[1],
        proven=state.get("state") == "proven",
        threshold=state.get("threshold"),
        target=state.get("target"),
    )


def _missed(samples: Sequence[LabelledReading], together: Rate | None) -> Missed | None:
    if together is None:
        return None
    # Only fields verified with the value shown: an error cannot be overlooked where it was not shown.
    seen = [sample for sample in samples if sample.origin == "one"]
    corrected = sum(1 for sample in seen if not sample.right)
    return Missed(corrected, len(seen) - corrected, together.share)
