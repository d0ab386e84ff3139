"""Legacy systems: pause and resume the bots, show an open circuit."""

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
def systems_page(context: Context) -> Response:
    """Every known system with its state and its entries."""
    context.require("systems")
    with context.app.store.read() as session:
        counts: dict[str, Counter[str]] = {}
        query = select(Entry.system, Entry.state, func.count()).group_by(Entry.system, Entry.state)
        for name, state, number in session.execute(query).tuples():
            counts.setdefault(name, Counter())[state.value] += number
        stored = {row.system: row for row in session.scalars(select(SystemState))}
    # Also systems that only old entries name: they can still have entries to settle.
    names = sorted({*_known(context), *counts, *stored})
    rows = [(name, stored.get(name), counts.get(name, Counter())) for name in names]
    return context.page("systems.html", rows=rows)


@router.post("/systems/{name}/{act}")
def switch(context: Context, sent: Posted, name: str, act: str) -> Response:
    """Pause with a reason, or resume."""
    context.require("systems")
    with context.app.store.write() as session:
        if name not in _known(context) and systems.state(session, name) is None:
            raise NoSuchPage
        if act == "pause":
            systems.pause(session, name, actor=context.name, reason=reason(sent))
        elif act == "resume":
            systems.resume(session, name, actor=context.name)
        else:
            raise NoSuchPage
    context.app.ports.requeue()  # a resumed system has entries that wait
    return RedirectResponse("/systems", status_code=303)


def _known(context: RequestContext) -> set[str]:
    forms = {form.system for form in context.app.forms.values() if form.system}
    # A bot that was activated since this process started is not in its settings.
    installed = context.app.bots.systems.installed() if context.app.bots else ()
    return {*context.app.settings.systems, *forms, *installed}
