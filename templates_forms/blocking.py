"""Which broken rules keep an application's values from being settled, named as the store names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from templates_forms.model import FieldType, Form
from templates_forms.rules import Problem, check_values

BLOCKING = "error"


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A required rule that the values would break; `rule` names it, e.g. `date_order:birth_date`."""

    rule: str
    fields: tuple[str, ...]
    message: str


def rule_id(problem: Problem) -> str:
    """How a broken rule is named in the store."""
    return f"{problem.rule}:{problem.fields[0]}"


def blocking_rules(form: Form, language: str = "ja") -> Callable[[Mapping[str, str]], list[BrokenRule]]:
    """A function from values to the broken rules that block settling, told in `language`."""

    def check(values: Mapping[str, str]) -> list[BrokenRule]:
        return [
            BrokenRule(rule_id(problem), problem.fields, problem.in_language(language))
            for problem in check_values(form, dict(values))
            if problem.severity == BLOCKING
        ]

    return check


def fields_of_rule(form: Form, values: Mapping[str, str], rule: str) -> tuple[str, ...]:
    """Fields that a broken rule, named as `rule_id` does, concerns; empty once it holds."""
    for problem in check_values(form, dict(values)):
        if rule_id(problem) == rule:
            return problem.fields
    return ()


def warm(forms: Iterable[Form]) -> None:
    """Load what the rules look things up in (postal codes, name readings), which takes seconds the first time."""
    filled = {FieldType.POSTAL_CODE: "1000001", FieldType.TEXT: "山田", FieldType.KANA: "ヤマダ"}
    for form in forms:
        check_values(form, {field.name: filled.get(field.type, "") for field in form.fields()})
