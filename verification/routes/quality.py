"""Quality: noticed seeded errors, samples of accepted fields, proven error rates. Rates: own and lead only."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from verification.request_context import Context
from verification.routes.reports import month_report, rows
from verification.views import quality_view, worst_view

router = APIRouter()


@router.get("/quality")
def quality_page(context: Context) -> Response:
    """The page."""
    context.require("quality")
    with context.app.store.read() as session:
        view = quality_view.quality_view(session, context)
    report = month_report(context)
    tables = {name: rows(context, getattr(report, name)) for name in ("agreement", "entries", "refusals")}
    with context.app.store.read() as session:
        worst = worst_view.worst_view(session, context, report.worst)
    return context.page("quality.html", view=view, days=quality_view.DAYS, tables=tables, worst=worst)
