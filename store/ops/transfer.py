"""Copies every row of one database into another of the same schema, SQLite or PostgreSQL, in either direction.

A PostgreSQL store is backed up into one SQLite file this way, and a backup becomes a store of either kind again.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select, text

from store.base.columns import Base

CHUNK = 1000


def copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    """Copy all tables in the order of their foreign keys; gives the number of rows by table.

    Both connections are in the caller's transactions: what is read is one consistent picture as far as the source's
    isolation makes it one, and the target has all of it or nothing.
    """
    counts: dict[str, int] = {}
    for table in Base.metadata.sorted_tables:
        counts[table.name] = _copy_table(source, target, table)
        if target.dialect.name == "postgresql" and "id" in table.c:
            _set_sequence(target, table)
    return counts


def row_counts(connection: Connection) -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Base.metadata.sorted_tables
    }


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    # By primary key, so that a row comes after the older one of its table that it points to.
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=CHUNK)
    copied = 0
    for part in source.execute(query).mappings().partitions():
        target.execute(insert(table), [dict(row) for row in part])
        copied += len(part)
    return copied


def _set_sequence(target: Connection, table: Table) -> None:
    """PostgreSQL counts new ids by itself; tell it where the copied ones ended."""
    target.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), COALESCE(MAX(id), 1),"
            f' MAX(id) IS NOT NULL) FROM "{table.name}"'
        )
    )
