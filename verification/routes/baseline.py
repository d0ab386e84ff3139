"""Timing a person who keys paper forms by hand: the baseline from which hours saved are computed."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from store.ops import activity
from store.queue import review_queue
from verification.errors import NoSuchPage, ReasonNeeded
from verification.form_params import number
from verification.request_context import Context, Posted

router = APIRouter()
MOST_FORMS = 50  # the `max` of the input on the page
# As `baseline.js` sends them, with two decimals; `float` alone would also accept "nan" and "1e9".
_SECONDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,2})?")


@router.get("/reports/baseline")
def baseline_page(context: Context, done: str = "") -> Response:
    """The stop-watch and the timings so far."""
    context.require("reports")
    with context.app.store.read() as session:
        runs = activity.baselines(session)
    # After the redirect only this address knows what was recorded: form and number of runs.
    form, _, rest = done.partition(":")
    new_runs = [run for run in runs if run.form_id == form][-number(rest) :] if form and rest else []
    mean = sum(run.minutes for run in new_runs) / sum(run.forms for run in new_runs) if new_runs else 0.0
    return context.page(
        "baseline.html", forms=context.app.forms, runs=runs[::-1][:100], new_runs=len(new_runs), mean=mean
    )


@router.post("/reports/baseline")
def record(context: Context, sent: Posted) -> Response:
    """Store each timed form as a baseline of its own, so that the spread is known; all of them or none."""
    context.require("reports")
    form = sent.get("form", "")
    if form not in context.app.forms:
        raise NoSuchPage
    person, how = (
        review_queue.clean(sent.get("person", "")).strip()[:120],
        review_queue.clean(sent.get("how", "")).strip()[:400],
    )
    each = [part for part in sent.get("timed", "").split(",") if part]
    if not person:
        raise ReasonNeeded("入力する人の名前を書いてください。", "Name the person who keyed.")
    if not 0 < len(each) <= MOST_FORMS or not all(_SECONDS.fullmatch(part) for part in each):
        raise ReasonNeeded("少なくとも1件を計ってください。", "Time at least one form.")
    with context.app.store.write() as session:
        for seconds in each:
            activity.add_baseline(
                session,
                form_id=form,
                person=person,
                forms=1,
                minutes=float(seconds) / 60,
                how=how or "画面の計測 (stop-watch screen)",
                actor=context.name,
            )
    return RedirectResponse(f"/reports/baseline?done={form}:{len(each)}", status_code=303)
