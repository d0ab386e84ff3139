"""Copies every row of one database into another of the same schema, SQLite or PostgreSQL, in either direction.

Used to back up a PostgreSQL store into one SQLite file, and to restore a backup into either kind.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select, text

from store.base.columns import Base

CHUNK = 1000


def copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    """Copy all tables in the order of their foreign keys; returns the number of rows by table.

    Both connections are in the caller's transactions: the source is consistent as far as its isolation
    level makes it so, and the target gets all rows or none.
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
    # By primary key: a row may refer to an older row of its own table (`parent_id`, `duplicate_of`).
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=CHUNK)
    copied = 0
    for part in source.execute(query).mappings().partitions():
        target.execute(insert(table), [dict(row) for row in part])
        copied += len(part)
    return copied


def _set_sequence(target: Connection, table: Table) -> None:
    """Advance PostgreSQL's id sequence past the copied ids."""
    target.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), COALESCE(MAX(id), 1),"
            f' MAX(id) IS NOT NULL) FROM "{table.name}"'
        )
    )
