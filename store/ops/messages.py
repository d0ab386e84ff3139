"""Alerts on the board, and settings that are changed while the service runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.words import Sentence, words
from store.audit import chain
from store.audit.chain import canonical
from store.base.schema import Alert, Setting
from store.base.session import now, transaction_lock, vault


def raise_alert(
    session: Session, code: str, *texts: Sentence, level: str = "warning", subject: str = ""
) -> Alert:
    """Raise an alert; raising it again while it is open increments its count instead of adding a second.

    `level`: info, warning or error. `texts`: sentences for a clerk, without personal data.
    """
    # Keys and values, not text: the board shows each reader their own language.
    stored = [{"key": one.key, "values": dict(one.values)} for one in texts]
    # Two processes that report the same trouble at once must not open two alerts.
    transaction_lock(session, f"alert:{code}:{subject}")
    alert = _open_alert(session, code, subject)
    if alert is not None:
        alert.times, alert.last_at, alert.level = alert.times + 1, now(session), level
        alert.message, alert.sentences = "", stored
    else:
        alert = Alert(
            code=code,
            level=level,
            subject=subject,
            sentences=stored,
            raised_at=now(session),
            last_at=now(session),
        )
        session.add(alert)
    session.flush()
    return alert


def clear_alert(session: Session, code: str, subject: str = "") -> bool:
    """Clear an alert; False if none was open."""
    alert = _open_alert(session, code, subject)
    if alert is None:
        return False
    alert.cleared_at = now(session)
    session.flush()
    return True


def open_alerts(session: Session) -> list[Alert]:
    """Open alerts, newest first."""
    query = select(Alert).where(Alert.cleared_at.is_(None)).order_by(Alert.last_at.desc(), Alert.id.desc())
    return list(session.scalars(query))


def sentences(alert: Alert) -> list[Sentence]:
    """The sentences of an alert; one from before migration 0004 has its Japanese text in both languages."""
    if not alert.sentences:
        return [Sentence("alert.error", {"ja": alert.message, "en": alert.message})]
    return [Sentence(one["key"], one["values"]) for one in alert.sentences]


def alert_text(alert: Alert, language: str) -> str:
    """An alert's text for the board."""
    return words(language).join(sentences(alert))


def get_setting(session: Session, key: str, default: Any = None) -> Any:
    """A setting's value, or `default`."""
    row = session.get(Setting, key)
    return default if row is None else row.value


def put_setting(session: Session, key: str, value: Any, *, actor: str) -> None:
    """Change a setting (JSON); the change is recorded in the audit chain, free text only as a fingerprint."""
    row = session.get(Setting, key, with_for_update=True, populate_existing=True)
    if row is None:
        session.add(Setting(key=key, value=value, updated_at=now(session), updated_by=actor))
    else:
        row.value, row.updated_at, row.updated_by = value, now(session), actor
    session.flush()
    detail = {"value": vault(session).loggable(canonical(value))}
    chain.append(session, actor=actor, act="setting.changed", subject=f"setting:{key}", detail=detail)


def _open_alert(session: Session, code: str, subject: str) -> Alert | None:
    query = select(Alert).where(Alert.cleared_at.is_(None), Alert.code == code, Alert.subject == subject)
    return session.scalars(query.limit(1)).one_or_none()
