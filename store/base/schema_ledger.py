"""Tables of audit chain and seals, people's time, baselines, users, settings and alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base.columns import Base
from store.base.model import Activity, Basis


class AuditEvent(Base):
    """A link of the audit chain. `at` and `detail` are stored as the text that was hashed."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject", "seq"),)

    # Numbered by the chain itself: a database's own sequence leaves gaps where a transaction is rolled back.
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(120))
    act: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditSeal(Base):
    """A day's signature over the head of the chain."""

    __tablename__ = "audit_seal"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    last_seq: Mapped[int]
    last_hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    sealed_at: Mapped[str] = mapped_column(String(32))
    signature: Mapped[str] = mapped_column(String(128))


class ActivityTime(Base):
    """Minutes of a person, by activity; append-only. Reports of hours saved are computed from it."""

    __tablename__ = "activity_time"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    person: Mapped[str] = mapped_column(String(120))
    activity: Mapped[Activity]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    form_id: Mapped[str | None] = mapped_column(String(80))
    seconds: Mapped[float]
    basis: Mapped[Basis]
    note: Mapped[str] = mapped_column(default="")


class Baseline(Base):
    """How long keying N forms by hand took, who measured it, and how."""

    __tablename__ = "baseline"

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[str] = mapped_column(String(80), index=True)
    person: Mapped[str] = mapped_column(String(120))
    forms: Mapped[int]
    minutes: Mapped[float]
    basis: Mapped[Basis]
    how: Mapped[str]
    measured_at: Mapped[datetime]


class User(Base):
    """A person who may sign in. Every log refers to the name, so it is never reused."""

    __tablename__ = "user_account"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    display: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str]
    roles: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class Setting(Base):
    """A setting that is changed while the service runs."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(120))


class SystemState(Base):
    """Whether entering into a legacy system is paused, by a person or because it kept failing."""

    __tablename__ = "system_state"

    system: Mapped[str] = mapped_column(String(80), primary_key=True)
    paused: Mapped[bool] = mapped_column(default=False)
    circuit_open: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Alert(Base):
    """An alert on the board; at most one is open for a code and subject."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_open", "cleared_at", "code", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(200), default="")
    # `said` is the column's first name; only a migration could change it.
    sentences: Mapped[list[Any]] = mapped_column("said", JSON, default=list)
    message: Mapped[str] = mapped_column(default="")
    """The Japanese text of an alert from before `said` existed (migration 0004)."""
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    cleared_at: Mapped[datetime | None]
