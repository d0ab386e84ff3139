"""Legacy systems: pause and resume the bots, see an open circuit."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from sqlalchemy import func, select
from starlette.responses import RedirectResponse, Response

from store.base.schema import Entry, SystemState
from store.entry import systems
from verification.errors import NoSuchPage
from verification.form_params import reason
from verification.request_context import Context, Posted, RequestContext

router = APIRouter()


@router.get("/systems")
def systems_page(visit: Context) -> Response:
    """Every known system with its state and its entries."""
    visit.need("systems")
    with visit.place.store.read() as session:
        counts: dict[str, Counter[str]] = {}
        query = select(Entry.system, Entry.state, func.count()).group_by(Entry.system, Entry.state)
        for name, state, number in session.execute(query).tuples():
            counts.setdefault(name, Counter())[state.value] += number
        stored = {row.system: row for row in session.scalars(select(SystemState))}
    names = sorted({*_known(visit), *counts, *stored})
    rows = [(name, stored.get(name), counts.get(name, Counter())) for name in names]
    return visit.page("systems.html", rows=rows)


@router.post("/systems/{name}/{act}")
def switch(visit: Context, sent: Posted, name: str, act: str) -> Response:
    """Pause with a reason, or resume."""
    visit.need("systems")
    with visit.place.store.write() as session:
        if name not in _known(visit) and systems.state(session, name) is None:
            raise NoSuchPage
        if act == "pause":
            systems.pause(session, name, actor=visit.name, reason=reason(sent))
        elif act == "resume":
            systems.resume(session, name, actor=visit.name)
        else:
            raise NoSuchPage
    visit.place.hooks.requeue()
    return RedirectResponse("/systems", status_code=303)


def _known(visit: RequestContext) -> set[str]:
    forms = {form.system for form in visit.place.forms.values() if form.system}
    return {*visit.place.settings.systems, *forms}
