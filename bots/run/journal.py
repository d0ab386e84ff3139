"""The write-ahead journal: every intention is on disk before the bot acts on it.

States of a row::

    planned ──▶ submitting ──▶ confirmed | mismatch | refused | unknown
       │            │  ▲
       │            ▼  │ (certainly absent after all: may be entered again)
       │          absent ◀── unknown | mismatch   (a person has looked and decided: ``decide``)
       └──▶ refused | unknown          (nothing was ever sent)

``submitting`` is on the disk before the irreversible step begins; ``submissions`` counts these and never
decreases. A row that was ever submitted is looked up first, whatever its state.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from bots.base.errors import JournalBusy, JournalStateError
from bots.spec.model.bot import BotRecord, Status

State = Literal["planned", "submitting", "absent", "confirmed", "refused", "unknown", "mismatch"]
SETTLED: frozenset[State] = frozenset({"confirmed", "refused", "mismatch"})
Decision = Literal["absent", "confirmed", "refused"]
"""What a person may decide about a row that the bot could not settle."""


@dataclass(frozen=True)
class JournalRow:
    """The current state of one Record's entry; times are UTC in ISO 8601.

    ``accepted``: the system answered the last submission without refusing it.
    """

    bot: str
    key: str
    state: State
    digest: str
    submissions: int = 0
    receipt: str = ""
    reason: str = ""
    changed_at: str = ""
    submitted_at: str = ""
    accepted: bool = False

    @property
    def settled(self) -> bool:
        """Whether the bot has nothing left to do for the Record."""
        return self.state in SETTLED


class Journal(Protocol):
    """The journal that the runner needs. Every method has made its change durable when it returns."""

    def row(self, bot: str, key: str) -> JournalRow | None:
        """Return the row of one Record, if there is one."""
        ...

    def plan(self, bot: str, record: BotRecord) -> JournalRow:
        """Record that a Record is to be entered; a refused row gets its corrected values and is planned again."""
        ...

    def submitting(self, bot: str, key: str) -> None:
        """Record that the irreversible step begins now. Raises ``JournalStateError`` unless planned or absent."""
        ...

    def accepted(self, bot: str, key: str, receipt: str) -> None:
        """Record that the system accepted the submission, whatever a search says afterwards."""
        ...

    def absent(self, bot: str, key: str, reason: str) -> None:
        """Record that a submitted Record is certainly not in the system."""
        ...

    def settle(self, bot: str, key: str, status: Status, receipt: str, reason: str) -> None:
        """Record the final state of the Record."""
        ...


def digest(record: BotRecord) -> str:
    """Return SHA-256 over the Record's values: the same key with other values is another application."""
    # Sorted: the order of the columns of a CSV makes no other application.
    text = json.dumps(sorted(record.values.items()), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    bot TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, digest TEXT NOT NULL,
    submissions INTEGER NOT NULL DEFAULT 0, receipt TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL, submitted_at TEXT NOT NULL DEFAULT '', accepted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (bot, key)
);
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, bot TEXT NOT NULL, key TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT ''
);
"""
_COLUMNS = "bot, key, state, digest, submissions, receipt, reason, changed_at, submitted_at, accepted"


class SqliteJournal:
    """A journal in one SQLite file. ``synchronous=FULL``: a commit is on the disk when it returns."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        # Used by one thread at a time, which may be another than the one that opened it.
        self._db = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
        # Readers (the board) do not block the bot.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)
        # Journals from before this column existed go on being used.
        if "accepted" not in {name for _, name, *_ in self._db.execute("PRAGMA table_info(entry)")}:
            self._db.execute("ALTER TABLE entry ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def row(self, bot: str, key: str) -> JournalRow | None:
        """See ``Journal.row``."""
        query = f"SELECT {_COLUMNS} FROM entry WHERE bot = ? AND key = ?"
        found = self._db.execute(query, (bot, key)).fetchone()
        return _row(found) if found else None

    def rows(self, bot: str) -> list[JournalRow]:
        """Return every row of one bot, oldest change first."""
        query = f"SELECT {_COLUMNS} FROM entry WHERE bot = ? ORDER BY changed_at, key"
        return [_row(r) for r in self._db.execute(query, (bot,))]

    def events(self, bot: str, key: str) -> list[tuple[str, str, str]]:
        """Return the history of one Record: time, state, reason."""
        query = "SELECT at, state, reason FROM event WHERE bot = ? AND key = ? ORDER BY id"
        return [(str(a), str(s), str(r)) for a, s, r in self._db.execute(query, (bot, key))]

    def plan(self, bot: str, record: BotRecord) -> JournalRow:
        """See ``Journal.plan``."""
        record_digest = digest(record)
        with self._transaction():
            row = self.row(bot, record.key)
            if row is None:
                self._db.execute(
                    "INSERT INTO entry (bot, key, state, digest, changed_at) VALUES (?, ?, 'planned', ?, ?)",
                    (bot, record.key, record_digest, _now()),
                )
                self._event(bot, record.key, "planned", "")
            # Nothing was ever sent, so new values can simply take the place of the old ones.
            elif row.state in ("refused", "unknown", "planned") and row.submissions == 0:
                self._change(bot, record.key, "planned", "", digest=record_digest)
            # It was submitted before, so after the correction it is looked up first.
            elif row.state == "refused" and row.digest != record_digest:
                self._change(bot, record.key, "absent", "corrected values", digest=record_digest)
        planned = self.row(bot, record.key)
        assert planned is not None
        return planned

    def submitting(self, bot: str, key: str) -> None:
        """See ``Journal.submitting``."""
        with self._transaction():
            row = self.row(bot, key)
            if row is None or row.state not in ("planned", "absent"):
                state = row.state if row else "none"
                raise JournalStateError(
                    f"{key}: 状態「{state}」からは登録できません。",
                    f"{key}: cannot submit from the state {state!r}",
                )
            now = _now()
            self._db.execute(
                "UPDATE entry SET state = 'submitting', submissions = submissions + 1, submitted_at = ?, accepted = 0,"
                " changed_at = ? WHERE bot = ? AND key = ?",
                (now, now, bot, key),
            )
            self._event(bot, key, "submitting", "")

    def accepted(self, bot: str, key: str, receipt: str) -> None:
        """See ``Journal.accepted``."""
        with self._transaction():
            self._db.execute(
                "UPDATE entry SET accepted = 1, receipt = ? WHERE bot = ? AND key = ?", (receipt, bot, key)
            )
            self._event(bot, key, "accepted", "")

    def absent(self, bot: str, key: str, reason: str) -> None:
        """See ``Journal.absent``."""
        with self._transaction():
            self._change(bot, key, "absent", reason)

    def settle(self, bot: str, key: str, status: Status, receipt: str, reason: str) -> None:
        """See ``Journal.settle``."""
        with self._transaction():
            self._change(bot, key, status, reason, receipt=receipt)

    def decide(self, bot: str, key: str, decision: Decision, who: str, reason: str) -> None:
        """Record what a person found in the system about a Record that the bot could not settle.

        ``absent``: it is not there and may be entered again, also after the system had accepted it. ``confirmed``: it
        stands there as it should. ``refused``: it is not to be entered.

        Raises:
            JournalStateError: there is no such row, or the bot has not left it to a person.
        """
        with self._transaction():
            row = self.row(bot, key)
            # Not `submitting`: a run may be at it this moment, and after a crash the next run looks it up.
            if row is None or row.state not in ("unknown", "mismatch"):
                state = row.state if row else "none"
                raise JournalStateError(
                    f"{key}: 人の判断を待つ記録ではありません（状態「{state}」）。",
                    f"{key}: does not wait for a person's decision (its state is {state!r})",
                )
            self._change(bot, key, decision, f"{who}: {reason}")
            self._db.execute("UPDATE entry SET accepted = 0 WHERE bot = ? AND key = ?", (bot, key))

    def _change(self, bot: str, key: str, state: State, reason: str, **more: str) -> None:
        sets = "".join(f", {name} = ?" for name in more)
        self._db.execute(
            f"UPDATE entry SET state = ?, reason = ?, changed_at = ?{sets} WHERE bot = ? AND key = ?",
            (state, reason, _now(), *more.values(), bot, key),
        )
        self._event(bot, key, state, reason)

    def _event(self, bot: str, key: str, state: str, reason: str) -> None:
        self._db.execute(
            "INSERT INTO event (at, bot, key, state, reason) VALUES (?, ?, ?, ?, ?)",
            (_now(), bot, key, state, reason),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # IMMEDIATE takes the write lock now: a read first and a write later could fail with SQLITE_BUSY.
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:  # commits, or rolls back when something is raised
            yield


def _row(columns: tuple[Any, ...]) -> JournalRow:
    row = JournalRow(*columns)
    return replace(row, accepted=bool(row.accepted))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


@contextmanager
def exclusive_lock(folder: Path, system: str, account: str) -> Iterator[None]:
    """Lock the single session that an account of a system may have; the lock ends with the process.

    Raises:
        JournalBusy: another run on this machine has the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Hashed, because account names may contain characters that file names cannot.
    name = hashlib.sha256(f"{system}\0{account}".encode()).hexdigest()[:12]
    with (folder / f".{system}-{name}.lock").open("a+") as handle:
        try:
            _lock(handle.fileno())
        except OSError as error:
            raise JournalBusy(
                f"{system} には別の実行が入力中です。終わってからもう一度実行してください。",
                f"another run is entering into {system}; wait for it to end",
            ) from error
        yield


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def shown(values: Mapping[str, str], masked: frozenset[str]) -> dict[str, str]:
    """The values that may be written down: masked ones left out."""
    return {name: value for name, value in values.items() if name not in masked}
