"""Shared by all tables: the declarative base, UTC times, states as text, and the lease columns."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Enum, MetaData, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

FAR_FUTURE = datetime(9999, 12, 31, tzinfo=UTC)
"""Means "no deadline"; sorts after every real one on both databases, which NULL would not."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on every database; SQLite itself stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store everything else as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            # A naive time could be UTC or the office's: nine hours apart, and nobody would notice.
            raise ValueError("times in the store carry a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values_of(states: type[enum.Enum]) -> list[str]:
    return [str(state.value) for state in states]


class Base(DeclarativeBase):
    """Declarative base of all tables, with named constraints so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
        # Text in a plain column, not a database enum: a new state then needs no migration.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=24, values_callable=_values_of),
    }


class Leased:
    """Columns of rows that one process or person leases (see `store.base.claims`)."""

    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
