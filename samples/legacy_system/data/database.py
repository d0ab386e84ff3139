"""The system's own SQLite file: one table for each register, columns named like the record fields."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from samples.legacy_system.checks import Row
from samples.legacy_system.data.registers import REGISTERS
from samples.legacy_system.model import Register

# Rows on one page of results; bots must turn pages to see the rest.
PAGE = 20


class Database:
    """Rows of the three registers. One connection; all calls must come from one thread."""

    def __init__(self, path: Path) -> None:
        """Open the file, and create it and its tables when missing.

        Args:
            path: the SQLite file; its folder must exist.
        """
        # Opened in one thread and used in the server's thread.
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # WAL: tests read the file while the system writes to it.
        self._connection.execute("PRAGMA journal_mode=WAL")
        for register in REGISTERS.values():
            columns = ", ".join(f"{item.field} TEXT NOT NULL" for item in register.items)
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS {register.id} (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                f"receipt_no TEXT NOT NULL, {columns}, stored_by TEXT NOT NULL, stored_at TEXT NOT NULL)"
            )
        self._connection.commit()

    def store(self, register: Register, row: Row, user: str, now: dt.datetime) -> str:
        """Store a row and commit it, without a check for duplicates.

        Returns:
            The receipt number, for example ``F26-000123``.
        """
        fields = [item.field for item in register.items]
        columns = ", ".join(("receipt_no", *fields, "stored_by", "stored_at"))
        marks = ", ".join("?" * (len(fields) + 3))
        values = ["", *(row[name] for name in fields), user, now.isoformat(timespec="seconds")]
        with self._connection:
            cursor = self._connection.execute(
                f"INSERT INTO {register.id} ({columns}) VALUES ({marks})", values
            )
            # The number contains the row's id, which exists only after the insert.
            receipt = f"{register.prefix}{now.year % 100:02d}-{cursor.lastrowid:06d}"
            self._connection.execute(
                f"UPDATE {register.id} SET receipt_no = ? WHERE id = ?", (receipt, cursor.lastrowid)
            )
        return receipt

    def change(self, register: Register, receipt: str, row: Row, user: str, now: dt.datetime) -> None:
        """Overwrite the row with a receipt number; the old values are lost."""
        fields = [item.field for item in register.items]
        marks = ", ".join(f"{name} = ?" for name in (*fields, "stored_by", "stored_at"))
        values = [*(row[name] for name in fields), user, now.isoformat(timespec="seconds"), receipt]
        with self._connection:
            self._connection.execute(f"UPDATE {register.id} SET {marks} WHERE receipt_no = ?", values)

    def search(self, register: Register, number: str, kana: str, page: int) -> tuple[list[Row], int]:
        """Return one page of results, oldest first, and the total number of rows.

        Args:
            register: the register to search.
            number: the whole application number, or empty.
            kana: the beginning of the kana name (full-width), or empty.
            page: from 0, ``PAGE`` rows each.
        """
        where, values = ["1=1"], []
        if number:
            where.append("application_no = ?")
            values.append(number)
        if kana:
            # Not LIKE: a `%` or `_` in the input would be a wildcard.
            where.append(f"substr({register.kana_field}, 1, length(?)) = ?")
            values += [kana, kana]
        condition = " AND ".join(where)
        count = self._all(f"SELECT count(*) AS n FROM {register.id} WHERE {condition}", values)[0]["n"]
        rows = self._all(
            f"SELECT * FROM {register.id} WHERE {condition} ORDER BY id LIMIT {PAGE} OFFSET {page * PAGE}",
            values,
        )
        return rows, int(count)

    def by_receipt(self, register: Register, receipt: str) -> Row | None:
        """Return the row with a receipt number, or None."""
        rows = self._all(f"SELECT * FROM {register.id} WHERE receipt_no = ?", [receipt])
        return rows[0] if rows else None

    def rows(self, register: Register) -> list[Row]:
        """Return every row, oldest first, with ``receipt_no``, ``stored_by`` and ``stored_at`` beside the fields."""
        return self._all(f"SELECT * FROM {register.id} ORDER BY id", [])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _all(self, sql: str, values: Sequence[str]) -> list[Row]:
        return [
            {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118 (a sqlite3.Row iterates values)
            for row in self._connection.execute(sql, values)
        ]
