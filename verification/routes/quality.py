"""Quality: planted errors noticed, unseen samples, what is proven. A rate is private to its person and to leads."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from verification.request_context import Context
from verification.routes.reports import month_report, rows
from verification.views import quality_view, worst_view

router = APIRouter()


@router.get("/quality")
def quality_page(visit: Context) -> Response:
    """The page."""
    visit.need("quality")
    with visit.place.store.read() as session:
        view = quality_view.quality_view(session, visit)
    report = month_report(visit)
    tables = {name: rows(visit, getattr(report, name)) for name in ("agreement", "entries", "refusals")}
    with visit.place.store.read() as session:
        worst = worst_view.worst_view(session, visit, report.worst)
    return visit.page("quality.html", view=view, days=quality_view.DAYS, tables=tables, worst=worst)
