"""Takes what reports stand on out of the database, as pandas frames. Days are the office's, times UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from reports.model import Span
from store.schema import ActivityTime, Baseline, Batch, Document, Entry, Item, Page, Reading, Verification

OFFICE_ZONE = ZoneInfo("Asia/Tokyo")


def _frame(session: Session, query: Select[Any]) -> pd.DataFrame:
    result = session.execute(query)
    return pd.DataFrame(result.all(), columns=list(result.keys()))


def bounds(span: Span) -> tuple[datetime, datetime]:
    """First and last instant of the span in UTC."""
    since, until = (
        datetime(day.year, day.month, day.day, tzinfo=OFFICE_ZONE).astimezone(UTC)
        for day in (span.since, span.until)
    )
    return since, until


def documents(session: Session, span: Span) -> pd.DataFrame:
    """Applications received in the span: id, form, state, office, opened_at, pages."""
    since, until = bounds(span)
    pages = (
        select(Page.document_id, func.count().label("pages"))
        .where(Page.document_id.is_not(None))
        .group_by(Page.document_id)
        .subquery()
    )
    query = (
        select(
            Document.id,
            Document.form_id.label("form"),
            Document.state,
            Batch.office,
            Document.opened_at,
            func.coalesce(pages.c.pages, 0).label("pages"),
        )
        .join(Batch, Batch.id == Document.batch_id)
        .outerjoin(pages, pages.c.document_id == Document.id)
        .where(Document.opened_at >= since, Document.opened_at < until)
    )
    frame = _frame(session, query)
    frame["form"] = frame["form"].fillna("")
    frame["state"] = frame["state"].map(str)
    return frame


def entries(session: Session, span: Span) -> pd.DataFrame:
    """Entries of the span's documents: document_id, system, state, seconds, confirmed_at."""
    since, until = bounds(span)
    query = (
        select(Entry.document_id, Entry.system, Entry.state, Entry.seconds, Entry.confirmed_at)
        .join(Document, Document.id == Entry.document_id)
        .where(Document.opened_at >= since, Document.opened_at < until)
    )
    frame = _frame(session, query)
    frame["state"] = frame["state"].map(str)
    return frame


def verifying(session: Session, span: Span) -> pd.DataFrame:
    """People's active seconds on fields: document_id, user, seconds."""
    since, until = bounds(span)
    query = (
        select(Verification.document_id, Verification.user, Verification.active_seconds.label("seconds"))
        .join(Document, Document.id == Verification.document_id)
        .where(Document.opened_at >= since, Document.opened_at < until)
    )
    return _frame(session, query)


def activities(session: Session, span: Span) -> pd.DataFrame:
    """Other minutes of people: document_id, form, activity, seconds, basis."""
    since, until = bounds(span)
    query = select(
        ActivityTime.document_id,
        ActivityTime.form_id.label("form"),
        ActivityTime.activity,
        ActivityTime.seconds,
        ActivityTime.basis,
    ).where(ActivityTime.at >= since, ActivityTime.at < until)
    frame = _frame(session, query)
    for column in ("activity", "basis"):
        frame[column] = frame[column].map(str)
    return frame


def baselines(session: Session) -> pd.DataFrame:
    """What was timed by hand, all of it: form, person, forms, minutes, basis, how, measured_at."""
    query = select(
        Baseline.form_id.label("form"),
        Baseline.person,
        Baseline.forms,
        Baseline.minutes,
        Baseline.basis,
        Baseline.how,
        Baseline.measured_at,
    )
    frame = _frame(session, query)
    frame["basis"] = frame["basis"].map(str)
    return frame


def judged_readings(session: Session, span: Span) -> pd.DataFrame:
    """Machine readings that a person has judged: form, field, decision, mode, same, secret.

    Values are compared inside the database; secret ones (encrypted, so never equal there) are left out.
    """
    since, until = bounds(span)
    query = (
        select(
            Document.form_id.label("form"),
            Reading.field,
            Reading.decision,
            Reading.confidence,
            Item.mode,
            Verification.outcome,
            (Verification.value == Reading.value).label("same"),
        )
        .join(Item, Item.id == Verification.item_id)
        .join(Document, Document.id == Verification.document_id)
        .join(
            Reading,
            (Reading.document_id == Verification.document_id)
            & (Reading.field == Verification.field)
            & (Reading.run == Document.read_run),
        )
        .where(Document.opened_at >= since, Document.opened_at < until, Reading.secret.is_(False))
    )
    frame = _frame(session, query)
    for column in ("mode", "outcome"):
        frame[column] = frame[column].map(str)
    frame["same"] = frame["same"].astype(bool)
    return frame


def read_fields(session: Session, span: Span) -> pd.DataFrame:
    """How many fields were read and how decided: form, field, decision, n."""
    since, until = bounds(span)
    query = (
        select(Document.form_id.label("form"), Reading.field, Reading.decision, func.count().label("n"))
        .join(Document, (Document.id == Reading.document_id) & (Document.read_run == Reading.run))
        .where(Document.opened_at >= since, Document.opened_at < until)
        .group_by(Document.form_id, Reading.field, Reading.decision)
    )
    return _frame(session, query)
