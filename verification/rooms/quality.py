"""Quality: planted errors noticed, unseen samples, what is proven. A rate is private to its person and to leads."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from verification import quality_view
from verification.visits import Visiting

router = APIRouter()


@router.get("/quality")
def quality_page(visit: Visiting) -> Response:
    """The page."""
    visit.need("quality")
    with visit.place.store.read() as session:
        view = quality_view.look(session, visit)
    return visit.page("quality.html", view=view, days=quality_view.DAYS)
