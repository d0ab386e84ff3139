"""The form's rules, in the shape in which the store asks for them before it settles a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from store.model import RuleCheck, RuleFailure
from templates_forms.model import Form
from templates_forms.rules import check_values

BLOCKING = "error"


def blocking_rules(form: Form) -> RuleCheck:
    """A function from values to the rules that they break and that block settling."""

    def check(values: Mapping[str, str]) -> Sequence[RuleFailure]:
        return [
            RuleFailure(f"{problem.rule}:{problem.fields[0]}", problem.fields, problem.message_ja)
            for problem in check_values(form, dict(values))
            if problem.severity == BLOCKING
        ]

    return check
