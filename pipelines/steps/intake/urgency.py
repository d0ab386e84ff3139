"""How soon an application has to be dealt with: its form's priority, and its deadline counted from its arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pipelines.settings import Settings
from store.base.columns import FAR_FUTURE
from store.base.schema import Document
from store.documents import documents

USUAL = 5


def priority(settings: Settings, form_id: str | None) -> int:
    """1 comes first, 9 last."""
    return settings.form_priority.get(form_id or "", USUAL)


def deadline(settings: Settings, form_id: str | None, arrived: datetime) -> datetime | None:
    """The moment by which it should be entered; None for a form without one."""
    days = settings.form_days.get(form_id or "")
    return None if days is None else arrived + timedelta(days=days)


def assign(session: Session, settings: Settings, document: Document, actor: str) -> None:
    """Give a document whose form was found late its priority and deadline, unless a person has set them."""
    if (document.priority, document.due) != (USUAL, FAR_FUTURE):
        return
    soon = priority(settings, document.form_id)
    due = deadline(settings, document.form_id, document.opened_at)
    if (soon, due) != (USUAL, None):
        documents.set_priority(session, document, soon, due, actor)
