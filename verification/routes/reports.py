"""Reports on screen: the month's headline, charts and tables, and the same as files, all from `reports`."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock

import pandas as pd
from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from foundation import clock
from reports import building, charts, exports, titles
from reports.building import ReportSettings
from reports.model import HandBaseline, Report
from store.database import Store
from verification.errors import NoSuchPage
from verification.request_context import Context, RequestContext

router = APIRouter()
_FRESH_SECONDS = 60.0  # a page and its eight charts are one report, requested within seconds
_CHARTS = tuple(charts.CHARTS)


@dataclass(frozen=True, slots=True, eq=False)
class _CachedReport:
    at: float
    report: Report
    pictures: dict[str, dict[str, bytes]]


_cache: dict[tuple[Store, date], _CachedReport] = {}
_drawing = Lock()  # pyplot draws for one thread at a time


@router.get("/reports")
def reports_page(context: Context, month: str = "") -> Response:
    """The report of a month, the present one unless `month` (YYYY-MM) names another."""
    context.require("reports")
    day = _day(month)
    cached = _report(context, day)
    return context.page(
        "reports.html",
        report=cached.report,
        headline=exports.headline(cached.report),
        charts=_CHARTS,
        tables={name: rows(context, table) for name, table in exports.tables(cached.report).items()},
        titles=exports.TABLES,
        month=f"{day:%Y-%m}",
        downloads=context.app.settings.reports_folder is not None,
    )


@router.get("/reports/{month}/{name}.png")
def chart(context: Context, month: str, name: str) -> Response:
    """One chart of a month's report."""
    context.require("reports")
    cached = _report(context, _day(month))
    pictures = cached.pictures[context.language]
    if name not in pictures:
        raise NoSuchPage
    return Response(pictures[name], media_type="image/png")


@router.get("/reports/{month}/files/{name}")
def download(context: Context, month: str, name: str) -> Response:
    """The report as a file: `html`, `pdf`, `xlsx`, or a table's CSV by its name."""
    context.require("reports")
    folder = context.app.settings.reports_folder
    if folder is None or name not in {"html", "pdf", "xlsx", *exports.TABLES}:
        raise NoSuchPage
    cached = _report(context, _day(month))
    # The PDF and HTML contain the charts, so writing needs the same lock as drawing.
    with _drawing:
        path = exports.write(cached.report, folder, context.language)[name]
    ending = {"html": "html", "pdf": "pdf", "xlsx": "xlsx"}.get(name, "csv")
    return FileResponse(path, filename=f"utsushi-{cached.report.span.label}-{name}.{ending}")


def month_report(context: RequestContext) -> Report:
    """The present month's report, for other pages that show a part of it."""
    return _report(context, _day("")).report


def rows(context: RequestContext, table: pd.DataFrame) -> tuple[list[str], list[list[tuple[str, bool]]]]:
    """Column names, and cells as (text, is a number), in the person's language."""
    translated = titles.in_words(table, context.app.forms, context.language)
    rows = [
        [_cell(context, str(column), value) for column, value in zip(table.columns, row, strict=True)]
        for row in translated.itertuples(index=False)
    ]
    return [str(column) for column in table.columns], rows


def _cell(context: RequestContext, column: str, value: object) -> tuple[str, bool]:
    if column == "form":
        return str(value) or context.words("form.none"), False
    if column in {"state", "activity", "measured", "mode", "age", "step", "suggestion"}:
        return context.words.coded(column, str(value)), False
    if column == "reason":
        return context.words.coded("entry_reason", str(value)), False
    if value is None or value != value:
        return "–", True
    if isinstance(value, float | int):
        return (f"{value:.2f}" if isinstance(value, float) else str(value)), True
    return str(value), False


def _report(context: RequestContext, day: date) -> _CachedReport:
    """The report, cached at most once a minute, and its charts, drawn once for each language that asks."""
    key = (context.app.store, day)
    with _drawing:
        cached = _cache.get(key)
        if cached is None or time.monotonic() - cached.at > _FRESH_SECONDS:
            report = building.build(context.app.store, building.month(day), _settings(context))
            cached = _CachedReport(time.monotonic(), report, {})
            _cache.clear()  # one month at a time, so that the cache does not grow
            _cache[key] = cached
        if context.language not in cached.pictures:
            cached.pictures[context.language] = _draw_charts(cached.report, context.language)
        return cached


def _draw_charts(report: Report, language: str) -> dict[str, bytes]:
    # Read into memory: the folder of downloads need not exist for the screen.
    with tempfile.TemporaryDirectory() as folder:
        return {path.stem: path.read_bytes() for path in charts.draw(report, Path(folder), language)}


def _settings(context: RequestContext) -> ReportSettings:
    """The forms as they are installed now: the editor may have changed them since the app started."""
    if context.app.settings.report is not None:
        return replace(context.app.settings.report, forms=context.app.forms)
    baselines = {
        form.id: HandBaseline(form.hand_minutes, False, form.hand_minutes_source or "")
        for form in context.app.forms.values()
        if form.hand_minutes
    }
    return ReportSettings(context.app.settings.office, baselines, forms=context.app.forms)


def _day(month: str) -> date:
    try:
        return clock.month(month)
    except ValueError as error:
        raise NoSuchPage from error
