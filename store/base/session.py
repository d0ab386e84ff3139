"""Attributes of a store session besides its transaction: clock, vault, audit events to be written.

Functions of the store read them from the session, so that tests can set the clock and no module has a global.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from store.base.secrets import Vault

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def now(session: Session) -> datetime:
    """The time by the store's clock."""
    return cast("Clock", session.info["clock"])()


def vault(session: Session) -> Vault:
    """The store's vault for secret fields."""
    return cast("Vault", session.info["vault"])


def is_postgresql(session: Session) -> bool:
    """True when the session's database is PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def transaction_lock(session: Session, word: str) -> None:
    """Take an exclusive lock named `word` until the transaction ends.

    SQLite has one writer at a time (BEGIN IMMEDIATE), so nothing more is needed there.
    """
    if is_postgresql(session):
        # Advisory locks are numbered by a signed 64-bit integer.
        # Hashed, because the word can be of any length.
        number = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": number})
