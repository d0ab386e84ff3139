"""Applies rules and knowledge to the readings of one document; the results become reasons and evidence.

A value is never changed here. A failed rule adds ``rule_failed:<rule>`` and a passed one raises the
confidence; both are features of the calibration, which then runs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from extractors.base import reasons
from extractors.base.model import Candidate, Reading
from extractors.confidence import calibration
from extractors.confidence.features import kind_of
from templates_forms import name_readings, postal, rules
from templates_forms.model import Field, FieldType, Form
from templates_forms.rules import Problem, check_values

__all__ = ["Problem", "apply_rules", "check_values"]

# A violation is reported, but is more often the applicant's mistake than a misreading, so it does not lower confidence.
_APPLICANT_MISTAKES = frozenset({"requires_when", "distinct", "age_between", "date_order", "time_order"})


def apply_rules(
    form: Form,
    readings: Sequence[Reading],
    *,
    today: date | None = None,
    calibrator: calibration.Calibrator | None = None,
) -> list[Reading]:
    """Returns the readings of one document after all rules, with reasons, candidates and confidence updated.

    Args:
        form: the template.
        readings: of all pages of one document; a field that is missing counts as empty.
        today: the day relative to which dates are checked.
        calibrator: the shipped one when None.
    """
    values = {reading.field: reading.value for reading in readings}
    problems = check_values(form, values, today)
    chosen = calibrator or calibration.shipped()
    return [_check_reading(form, reading, values, problems, chosen) for reading in readings]


def _check_reading(
    form: Form,
    reading: Reading,
    values: dict[str, str],
    problems: Sequence[Problem],
    calibrator: calibration.Calibrator,
) -> Reading:
    field = form.field(reading.field)
    own_problems = [p for p in problems if reading.field in p.fields]
    codes = [_code(problem) for problem in own_problems]
    evidence = _evidence(form, field, values, own_problems)
    features = reading.features | evidence
    found = reading.with_reasons(*codes)
    candidates = _with_knowledge(form, field, found.candidates, values)
    confidence = calibrator.confidence(kind_of(field, features), features)
    return found.changed(features=features, candidates=candidates, confidence=confidence)


def _code(problem: Problem) -> str:
    if problem.rule == "required":
        return reasons.EMPTY_REQUIRED
    if problem.rule == "too_long":
        return reasons.TOO_LONG
    return reasons.rule_failed(problem.rule)


def _evidence(
    form: Form, field: Field, values: dict[str, str], own_problems: Iterable[Problem]
) -> dict[str, float]:
    """Features for the calibrator: the number of violations, and whether the value is confirmed."""
    against = [p for p in own_problems if p.rule not in _APPLICANT_MISTAKES]
    value = values.get(field.name, "")
    return {
        "rule_errors": float(sum(p.severity == "error" for p in against)),
        "rule_warnings": float(sum(p.severity == "warning" for p in against)),
        "confirmed": float(_confirmed(form, field, values)) if value else 0.0,
    }


def _confirmed(form: Form, field: Field, values: dict[str, str]) -> bool:
    """Whether something independent of the ink agrees: a check digit, a register, another field."""
    value = values[field.name]
    if field.type is FieldType.MY_NUMBER:
        return rules.my_number_valid(value)
    for rule in form.rules:
        if field.name not in rule.fields:
            continue
        given = [values.get(name, "") for name in rule.fields]
        if not all(given):
            continue
        if rule.rule == "postal_code_matches_address" and postal.agreement(given[0], given[1]) == 1.0:
            return True
        if rule.rule == "same_text" and len({"".join(text.split()) for text in given}) == 1:
            return True
        if rule.rule == "kana_matches_name" and name_readings.agreement(given[1], given[0]) == 1.0:
            return True
    return False


def _with_knowledge(
    form: Form, field: Field, candidates: tuple[Candidate, ...], values: dict[str, str]
) -> tuple[Candidate, ...]:
    """Adds candidates that a check digit or a register supports, as a second opinion for the verifier."""
    if field.type is FieldType.MY_NUMBER and not rules.my_number_valid(values.get(field.name, "")):
        fitting = [c for c in candidates if rules.my_number_valid(c.value)]
    elif field.type is FieldType.POSTAL_CODE and not postal.towns(values.get(field.name, "")):
        fitting = [c for c in candidates if postal.towns(c.value)]
    else:
        return candidates
    supported = tuple(Candidate(c.value, c.probability, "knowledge") for c in fitting[:2])
    return (*candidates, *(c for c in supported if c not in candidates))
