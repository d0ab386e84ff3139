"""Quality: planted errors noticed, unseen samples, what is proven. A rate is private to its person and to leads."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from verification import quality_view, worst_view
from verification.rooms.reports import month_report, rows
from verification.visits import Visiting

router = APIRouter()


@router.get("/quality")
def quality_page(visit: Visiting) -> Response:
    """The page."""
    visit.need("quality")
    with visit.place.store.read() as session:
        view = quality_view.look(session, visit)
    report = month_report(visit)
    tables = {name: rows(visit, getattr(report, name)) for name in ("agreement", "entries", "refusals")}
    with visit.place.store.read() as session:
        worst = worst_view.look(session, visit, report.worst)
    return visit.page("quality.html", view=view, days=quality_view.DAYS, tables=tables, worst=worst)
