"""Messages on the board, and settings that are changed while the service runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.audit.chain import canonical
from store.base.schema import Alert, Setting
from store.base.session import lock_word, now, vault


def raise_alert(
    session: Session, code: str, message: str, *, level: str = "warning", subject: str = ""
) -> Alert:
    """Put a message on the board; raising it again while it stands counts up instead of adding a second.

    `level`: info, warning or error. `message`: a sentence for a clerk, without personal data.
    """
    lock_word(session, f"alert:{code}:{subject}")
    alert = _standing(session, code, subject)
    if alert is not None:
        alert.times, alert.last_at, alert.message, alert.level = alert.times + 1, now(session), message, level
    else:
        alert = Alert(
            code=code,
            level=level,
            subject=subject,
            message=message,
            raised_at=now(session),
            last_at=now(session),
        )
        session.add(alert)
    session.flush()
    return alert


def clear_alert(session: Session, code: str, subject: str = "") -> bool:
    """Take a message off the board; False if none stood."""
    alert = _standing(session, code, subject)
    if alert is None:
        return False
    alert.cleared_at = now(session)
    session.flush()
    return True


def open_alerts(session: Session) -> list[Alert]:
    """Messages that stand, newest first."""
    query = select(Alert).where(Alert.cleared_at.is_(None)).order_by(Alert.last_at.desc(), Alert.id.desc())
    return list(session.scalars(query))


def get_setting(session: Session, key: str, default: Any = None) -> Any:
    """A setting's value, or `default`."""
    row = session.get(Setting, key)
    return default if row is None else row.value


def put_setting(session: Session, key: str, value: Any, *, actor: str) -> None:
    """Change a setting (JSON); the change stands in the audit chain, free text only as a fingerprint."""
    row = session.get(Setting, key, with_for_update=True, populate_existing=True)
    if row is None:
        session.add(Setting(key=key, value=value, updated_at=now(session), updated_by=actor))
    else:
        row.value, row.updated_at, row.updated_by = value, now(session), actor
    session.flush()
    detail = {"value": vault(session).loggable(canonical(value))}
    chain.append(session, actor=actor, act="setting.changed", subject=f"setting:{key}", detail=detail)


def _standing(session: Session, code: str, subject: str) -> Alert | None:
    query = select(Alert).where(Alert.cleared_at.is_(None), Alert.code == code, Alert.subject == subject)
    return session.scalars(query.limit(1)).one_or_none()
