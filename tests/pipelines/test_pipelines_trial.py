"""The trial before go-live: figures worked out by hand, verdicts in both directions, advice about print."""

from __future__ import annotations

from pathlib import Path

import pytest

import templates_forms
from extractors.evaluation.evaluate import Evaluation
from extractors.evaluation.metrics import LabelledReading, share
from pipelines.errors import PipelineError
from pipelines.trial.run_trial import Costs, TrialVerdict, by_application, minutes_of, run_trial
from templates_forms.loader import load_form

FORM = load_form(Path(templates_forms.__file__).parent / "kyufukin_shinsei")
NAMES = [field.name for field in FORM.fields()]


def judged(
    file: str, name: str, decision: str = "accept", right: bool = True, reasons: tuple[str, ...] = ()
) -> LabelledReading:
    return LabelledReading(
        file, 1, FORM.id, name, "digits", "1", "1" if right else "2", right, 0.9, decision, reasons
    )


def evaluation(fields: list[LabelledReading]) -> Evaluation:
    nothing = share(0, 0)
    return Evaluation(tuple(fields), 1, 1, 0, nothing, nothing, 1.0, 1, {})


def applications(count: int, flagged: int, wrong_accepted: int = 0) -> Evaluation:
    """Applications of which the first ``flagged`` fields need a person; the first ones hold a wrong accepted value."""
    fields = []
    for n in range(count):
        for i, name in enumerate(NAMES):
            decision = "verify" if i < flagged else "accept"
            right = not (n < wrong_accepted and i == len(NAMES) - 1)
            fields.append(judged(f"{n:02d}.pdf", name, decision, right))
    return evaluation(fields)


def test_minutes_are_the_sum_of_what_people_do():
    fields = [
        judged("a", "phone", "verify"),
        judged("a", "amount", "double"),
        judged("a", "consent", right=False),
    ]
    costs = Costs(page=4, open=6, field=10, repair=100)
    assert minutes_of(fields, FORM, costs) == pytest.approx((4 + 3 * 10 + 100 + 2 * 6) / 60)
    assert minutes_of([judged("a", "phone")], FORM, costs) == pytest.approx(4 / 60)


def test_pages_of_one_application_belong_together():
    fields = [
        LabelledReading("a", page, "f", "x", "text", "", "", True, 1.0, "accept") for page in (1, 2, 3, 4)
    ]
    assert [len(group) for group in by_application(fields, 2)] == [2, 2]


def test_a_form_that_is_read_well_is_worth_it():
    trial = run_trial(FORM, applications(40, flagged=3), per_year=10_000, hand_minutes=3.5)
    spent = (4 + 3 * 7 + 6) / 60
    assert trial.minutes.value == pytest.approx(spent)
    assert trial.net_hours.value == pytest.approx(10_000 * (3.5 - spent) / 60)
    assert trial.accepted.value == pytest.approx(1 - 3 / len(NAMES))
    assert trial.verdict is TrialVerdict.WORTH_IT
    assert "価値があります" in trial.words


def test_checking_everything_takes_longer_than_keying():
    """A tax task of one city went from 1.6 hours to 16.2 because every field had to be looked at."""
    trial = run_trial(FORM, applications(40, flagged=len(NAMES)), per_year=1000, hand_minutes=1.0)
    assert trial.verdict is TrialVerdict.NOT_WORTH_IT
    assert trial.net_hours.value < 0
    assert "自動化しないでください" in trial.words


def test_few_costly_errors_leave_it_open():
    trial = run_trial(FORM, applications(30, flagged=3, wrong_accepted=2), per_year=1000, hand_minutes=1.5)
    assert trial.net_hours.low < 0 < trial.net_hours.value
    assert trial.verdict is TrialVerdict.OPEN
    assert trial.whole.count == 28


def test_the_interval_narrows_with_more_applications():
    few, many = (
        run_trial(FORM, applications(n, flagged=3, wrong_accepted=n // 10), per_year=1000, hand_minutes=9)
        for n in (20, 200)
    )
    assert few.net_hours.high - few.net_hours.low > 2 * (many.net_hours.high - many.net_hours.low)
    assert "20 件だけ" in few.words


def test_too_few_or_untimed_is_said():
    with pytest.raises(PipelineError, match="件しかありません"):
        run_trial(FORM, applications(5, flagged=1), per_year=100)


def test_print_to_change_is_named():
    fields = [
        judged(
            f"{n}.pdf",
            name,
            "verify",
            right=name != "phone",
            reasons=("ink_outside_box",) if name == "address" else (),
        )
        for n in range(12)
        for name in ("phone", "address", "applicant_name")
    ]
    trial = run_trial(FORM, evaluation(fields), per_year=100, hand_minutes=3)
    words = {advice.field: "".join(advice.words) for advice in trial.advice}
    assert next(iter(words)) == "phone"
    assert "3.5 × 5.5 mm" in words["phone"]
    assert "はみ出す" in words["address"]
