"""Translates a report for display: titles of forms and labels of fields, in Japanese or English.

CSV and JSON keep the ids, which never change; pages, PDF, charts and Excel are translated.
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
    translated = table.copy()
    # Fields first: their labels are looked up by the id of the form, which is replaced below.
    if {"form", "field"} <= set(table.columns):
        translated["field"] = [
            label(forms, str(form), str(name), language)
            for form, name in zip(table["form"], table["field"], strict=True)
        ]
    if "form" in table.columns:
        translated["form"] = _map_distinct(table["form"], lambda one: title(forms, one, language))
    if "reason" in table.columns:
        translated["reason"] = _map_distinct(
            table["reason"], lambda one: reason(forms.values(), one, language)
        )
    return translated


def in_language(report: Report, language: str) -> Report:
    """The report in `ja` or `en`."""
    tables: dict[str, Any] = {
        one.name: in_words(table, report.forms, language)
        for one in fields(report)
        if isinstance(table := getattr(report, one.name), pd.DataFrame)
    }
    return replace(report, **tables)


def _map_distinct(column: pd.Series, translate: Callable[[str], str]) -> list[str]:
    """The translated column."""
    # Each distinct value is translated once: a column repeats few forms and reasons many times.
    texts = {one: translate(str(one)) for one in column.unique()}
    return [texts[one] for one in column]
