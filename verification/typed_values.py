"""Typed values: their normal form, their check against the rules, and their display text."""

from __future__ import annotations

from sqlalchemy.orm import Session

from foundation.words import Words
from store.base.schema import Document, Item
from store.queue import settlement
from templates_forms.model import Field, FieldType, Form
from templates_forms.rules import check_values
from templates_forms.values import normalise
from verification import template_filters
from verification.model import CheckedValue, CheckMessage


def normal_form(field: Field | None, value: str) -> str:
    """A typed value in the field's normal form."""
    return normalise(field.type, value, field) if field else value.strip()


def check(
    session: Session, form: Form, document: Document, item: Item, value: str, words: Words
) -> CheckedValue:
    """A typed value in its normal form with every problem that concerns the item's field."""
    field = form.field(item.field)
    normal = normal_form(field, value)
    values, _ = settlement.settled_values(session, document)
    values[item.field] = normal
    problems = [
        CheckMessage(rule=problem.rule, severity=problem.severity, text=problem.in_language(words.language))
        for problem in check_values(form, values)
        if item.field in problem.fields
    ]
    return CheckedValue(normal=normal, words=display(field, normal, words), problems=problems)


def display(field: Field, value: str, words: Words) -> str:
    """A value for display: dates with their era, options by label, marks as yes or no."""
    if field.type is FieldType.DATE:
        return template_filters.date_words(value)
    if field.options and field.type in {FieldType.CHOICE, FieldType.MULTI_CHOICE}:
        labels = {option.value: option.label for option in field.options}
        return "、".join(labels.get(part, part) for part in value.split("|") if part)
    if field.type in {FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE} and value in {"true", "false"}:
        return words(f"mark.{value}")
    return value
