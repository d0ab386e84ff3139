"""timed keying by hand → the baseline for hours saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.steps.keeping.purge import operator
from reports import facts, hours
from reports.model import HandBaseline
from store.ops import activity


@dataclass(frozen=True, slots=True)
class MeasuredBaseline:
    """A form's measured baseline: minutes by hand, and their standard error (None with fewer than two runs)."""

    baseline: HandBaseline
    error: float | None


def require_installed(office: Office, form: str) -> None:
    """Raises PipelineError unless the form is installed."""
    if form not in office.forms:
        names = ", ".join(office.forms)
        raise PipelineError(f"帳票 {form} はありません。あるのは {names} です", "no such form")


def record(office: Office, form: str, person: str, each: Sequence[float], how: str, forms: int = 1) -> None:
    """Adds timed runs, all in one transaction: minutes of each run over `forms` forms."""
    with office.store.write() as session:
        for minutes in each:
            activity.add_baseline(
                session, form_id=form, person=person, forms=forms, minutes=minutes, how=how, actor=operator()
            )


def measured_baseline(office: Office, form: str) -> MeasuredBaseline:
    """The baseline over all timed runs of a form."""
    with office.store.read() as session:
        timed = facts.baselines(session)
    return MeasuredBaseline(hours.measured_baselines(timed)[form], hours.baseline_error(timed, form))
