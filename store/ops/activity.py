"""People's time and the baselines it is compared with: the data of the report of hours saved.

Time on a single field is in `verification.active_seconds`; all other working time is here.
Every figure is marked as measured or assumed (`Basis`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import InvalidAnswer
from store.base.model import Activity, Basis
from store.base.schema import ActivityTime, Baseline
from store.base.session import now


def log_time(
    session: Session,
    person: str,
    activity: Activity,
    seconds: float,
    *,
    basis: Basis = Basis.MEASURED,
    document_id: int | None = None,
    batch_id: int | None = None,
    form_id: str | None = None,
    note: str = "",
    at: datetime | None = None,
) -> ActivityTime:
    """Add time that a person spent, in seconds of activity (idle time left out). Raises InvalidAnswer below 0."""
    # More than a day at once is a broken clock or script, not work.
    if not 0 <= seconds <= 86_400:
        raise InvalidAnswer("seconds")
    row = ActivityTime(
        at=at or now(session),
        person=person,
        activity=activity,
        batch_id=batch_id,
        document_id=document_id,
        form_id=form_id,
        seconds=seconds,
        basis=basis,
        note=note,
    )
    session.add(row)
    session.flush()
    return row


def add_baseline(
    session: Session,
    *,
    form_id: str,
    person: str,
    forms: int,
    minutes: float,
    how: str,
    actor: str,
    basis: Basis = Basis.MEASURED,
    measured_at: datetime | None = None,
) -> Baseline:
    """Add a timing of keying `forms` forms by hand in `minutes` altogether. Raises InvalidAnswer unless both > 0."""
    if forms <= 0 or minutes <= 0:
        raise InvalidAnswer("forms, minutes")
    row = Baseline(
        form_id=form_id,
        person=person,
        forms=forms,
        minutes=minutes,
        basis=basis,
        how=how,
        measured_at=measured_at or now(session),
    )
    session.add(row)
    session.flush()
    detail = {"form": form_id, "forms": forms, "minutes": minutes, "basis": basis.value}
    chain.append(session, actor=actor, act="baseline.added", subject=f"baseline:{row.id}", detail=detail)
    return row


def baselines(session: Session, form_id: str | None = None) -> list[Baseline]:
    """Timings by hand, of one form or all, oldest first."""
    query = select(Baseline).order_by(Baseline.id)
    if form_id is not None:
        query = query.where(Baseline.form_id == form_id)
    return list(session.scalars(query))
