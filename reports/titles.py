"""A report as its reader sees it: forms and fields by title and label, in Japanese or English.

Data (CSV, JSON) keeps the ids, which never change; pages, paper, charts and Excel go through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import pandas as pd

from reports.model import Report
from templates_forms.model import Form
from templates_forms.titles import label, reason, title


def in_words(table: pd.DataFrame, forms: Mapping[str, Form], language: str) -> pd.DataFrame:
    """A table of a report with titles and labels in place of ids; other columns as they are."""
    told = table.copy()
    if {"form", "field"} <= set(table.columns):
        told["field"] = [
            label(forms, str(form), str(name), language)
            for form, name in zip(table["form"], table["field"], strict=True)
        ]
    if "form" in table.columns:
        told["form"] = _each(table["form"], lambda one: title(forms, one, language))
    if "reason" in table.columns:
        told["reason"] = _each(table["reason"], lambda one: reason(forms.values(), one, language))
    return told


def in_language(report: Report, language: str) -> Report:
    """The report as a reader of `ja` or `en` sees it."""
    tables: dict[str, Any] = {
        one.name: in_words(table, report.forms, language)
        for one in fields(report)
        if isinstance(table := getattr(report, one.name), pd.DataFrame)
    }
    return replace(report, **tables)


def _each(column: pd.Series, told: Callable[[str], str]) -> list[str]:
    """Every different value is looked up once."""
    known = {one: told(str(one)) for one in column.unique()}
    return [known[one] for one in column]
