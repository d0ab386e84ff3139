"""The priority of an application's form, and its deadline counted from its arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pipelines.settings import Settings
from store.base.columns import FAR_FUTURE
from store.base.schema import Document
from store.documents import documents

USUAL = 5


def priority(settings: Settings, form_id: str | None) -> int:
    """The form's priority: 1 is first, 9 last."""
    return settings.form_priority.get(form_id or "", USUAL)


def deadline(settings: Settings, form_id: str | None, arrived: datetime) -> datetime | None:
    """The time by which it should be entered; None for a form without a deadline."""
    days = settings.form_days.get(form_id or "")
    return None if days is None else arrived + timedelta(days=days)


def assign(session: Session, settings: Settings, document: Document, actor: str) -> None:
    """Set priority and deadline of a document whose form was found late, unless a person has set them."""
    if (document.priority, document.due) != (USUAL, FAR_FUTURE):
        return
    soon = priority(settings, document.form_id)
    due = deadline(settings, document.form_id, document.opened_at)
    if (soon, due) != (USUAL, None):
        documents.set_priority(session, document, soon, due, actor)
