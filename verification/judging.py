"""Rules without pixels: while a person types, and before the store settles a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from store.base.model import RuleCheck, RuleFailure
from store.base.schema import Document, Item
from store.queue import settlement
from templates_forms.model import Field, FieldType, Form
from templates_forms.rules import Problem, check_values
from templates_forms.values import normalise
from verification import template_filters
from verification.catalogue import Words
from verification.model import Checked, Said

BLOCKING = "error"


def warm(forms: Iterable[Form]) -> None:
    """Load what the rules look things up in (postal codes, name readings), which takes seconds the first time."""
    filled = {FieldType.POSTAL_CODE: "1000001", FieldType.TEXT: "山田", FieldType.KANA: "ヤマダ"}
    for form in forms:
        check_values(form, {field.name: filled.get(field.type, "") for field in form.fields()})


def rule_id(problem: Problem) -> str:
    """How a broken rule is named in the store; the pipelines name it likewise."""
    return f"{problem.rule}:{problem.fields[0]}"


def blocking_rules(form: Form, language: str = "ja") -> RuleCheck:
    """A function from values to the broken rules that block settling."""

    def check(values: Mapping[str, str]) -> Sequence[RuleFailure]:
        return [
            RuleFailure(rule_id(problem), problem.fields, _told(problem, language))
            for problem in check_values(form, dict(values))
            if problem.severity == BLOCKING
        ]

    return check


def typed(field: Field | None, value: str) -> str:
    """What a person typed, in the field's normal form."""
    return normalise(field.type, value, field) if field else value.strip()


def check(session: Session, form: Form, document: Document, item: Item, value: str, words: Words) -> Checked:
    """A typed value in its normal form with every problem that concerns the item's field."""
    field = form.field(item.field)
    normal = typed(field, value)
    values, _ = settlement.settled_values(session, document)
    values[item.field] = normal
    problems = [
        Said(rule=problem.rule, severity=problem.severity, text=_told(problem, words.language))
        for problem in check_values(form, values)
        if item.field in problem.fields
    ]
    return Checked(normal=normal, words=in_words(field, normal, words), problems=problems)


def in_words(field: Field, value: str, words: Words) -> str:
    """A value as people say it: dates with their era, options by label, marks as yes or no."""
    if field.type is FieldType.DATE:
        return template_filters.date_words(value)
    if field.options and field.type in {FieldType.CHOICE, FieldType.MULTI_CHOICE}:
        labels = {option.value: option.label for option in field.options}
        return "、".join(labels.get(part, part) for part in value.split("|") if part)
    if field.type in {FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE} and value in {"true", "false"}:
        return words(f"mark.{value}")
    return value


def fields_of_rule(form: Form, values: Mapping[str, str], rule: str) -> tuple[str, ...]:
    """Fields that a broken rule, named as `rule_id` does, concerns; empty once it holds."""
    for problem in check_values(form, dict(values)):
        if rule_id(problem) == rule:
            return problem.fields
    return ()


def _told(problem: Problem, language: str) -> str:
    return problem.message_en if language == "en" else problem.message_ja
