"""The store as a whole: opening SQLite or PostgreSQL, migrating, and the two kinds of transaction.

    store = Store("sqlite:////var/lib/utsushi/utsushi.db", Path("/var/lib/utsushi"))
    store.migrate()
    with store.write() as session:      # one transaction, its audit events inside it
        documents.advance(session, 12, DocumentState.READ, "reader-1")
    with store.read() as session:       # a consistent view; changes are refused
        ...

SQLite runs in WAL mode with foreign keys on and full fsync; writers start with BEGIN IMMEDIATE, so they wait for
each other instead of failing at their first write. On PostgreSQL rows are locked one by one. Rows stay
usable after the session ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from store.audit import chain
from store.audit.seals import SealKeys
from store.base.errors import (
    AppendOnlyViolation,
    DatabaseDamaged,
    DatabaseUnavailable,
    KeyFileMissing,
    SchemaOutdated,
    StorageFull,
    StoreBusy,
    StoreError,
)
from store.base.files import FileStore
from store.base.schema import APPEND_ONLY, Setting
from store.base.secrets import Vault
from store.base.session import Clock, now, transaction_lock, utc_now

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WRITES = "utsushi_writes"
_DAMAGE = ("malformed", "not a database")
_KEY_SETTING = "vault.key_made"


class Store:
    """Database, stored files and keys of one installation. One per process; safe for threads."""

    def __init__(
        self,
        url: str,
        root: Path,
        keys: Path | None = None,
        *,
        clock: Clock = utc_now,
        busy_seconds: float = 30.0,
    ) -> None:
        """Open without touching the disk; call `migrate` once before first use.

        Args:
            url: SQLAlchemy URL, or "" for SQLite at `root/utsushi.db`.
            root: folder of all state, created with mode 0700.
            keys: folder of the key files; keep it out of database backups. Default `root/keys`.
            clock: returns aware times; tests replace it.
            busy_seconds: how long a writer waits for others before StoreBusy.
        """
        self.root = root
        self.keys = keys or root / "keys"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.files = FileStore(root / "files")
        self.vault = Vault(self.keys / "fields.json")
        self.seal_keys = SealKeys(self.keys)
        self.seal_copies = root / "seals"
        self.engine = _engine(url or f"sqlite:///{root / 'utsushi.db'}", busy_seconds)
        info: dict[Any, Any] = {"clock": clock, "vault": self.vault}
        writes = self.engine.execution_options(**{_WRITES: True})
        self._writer = sessionmaker(writes, expire_on_commit=False, info=info)
        self._reader = sessionmaker(self.engine, expire_on_commit=False, info=info)
        event.listen(self._writer, "before_flush", _refuse_rewriting)
        event.listen(self._reader, "before_flush", _refuse_writing)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: commits at the end together with its audit events, rolls back on any error.

        Raises StoreBusy, StorageFull, DatabaseUnavailable, DatabaseDamaged in place of the database's own errors.
        """
        with _translated_errors(), self._writer() as session, session.begin():
            yield session
            # All rows first and the chain last, so that its lock is held as briefly as possible.
            session.flush()
            chain.write_pending(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view that changes nothing."""
        with _translated_errors(), self._reader() as session:
            yield session  # closing rolls back and, unlike rollback(), leaves the rows that were read usable

    def migrate(self) -> None:
        """Bring the schema up to date and create the keys of a new installation. Safe to call at every start.

        Raises KeyFileMissing when the database has been used before and its key file is missing.
        """
        self._restrict_access()
        with self.write() as session:
            transaction_lock(session, "utsushi.migrate")
            upgrade(session.connection())
            used = session.get(Setting, _KEY_SETTING) is not None
            if used and not self.vault.exists:
                # A new key file would start without complaint and could open none of the stored secrets.
                raise KeyFileMissing(self.vault_path.name)
            if not used:
                self.vault.create()
                self.seal_keys.create()
                marker = Setting(key=_KEY_SETTING, value=True, updated_at=now(session), updated_by="system")
                session.add(marker)

    def migrate_schema(self) -> None:
        """Bring the schema alone up to date, keys left as they are: for a database that is being restored."""
        with self.write() as session:
            transaction_lock(session, "utsushi.migrate")
            upgrade(session.connection())

    def check_schema(self) -> None:
        """Raise SchemaOutdated unless the database has exactly this program's schema."""
        with self.read() as session:
            found = MigrationContext.configure(session.connection()).get_current_revision()
        wanted = ScriptDirectory.from_config(_config()).get_current_head()
        if found != wanted:
            raise SchemaOutdated(f"{found} / {wanted}")

    @property
    def vault_path(self) -> Path:
        """The key file of secret fields."""
        return self.keys / "fields.json"

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _restrict_access(self) -> None:
        """SQLite creates its WAL and index with the mode of the database file, which is therefore restricted first."""
        database = self.engine.url.database
        if self.engine.dialect.name == "sqlite" and database:
            Path(database).touch(mode=0o600)
            Path(database).chmod(0o600)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema behind a connection up to `revision`, inside the connection's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Downgrade the schema to `revision` ("base": no tables); data of the newer columns is lost."""
    config = _config()
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def _engine(url: str, busy_seconds: float) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        # pool_pre_ping: a restarted server leaves dead connections in the pool.
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    engine = create_engine(
        parsed,
        connect_args={"timeout": busy_seconds},
        pool_size=10,
        max_overflow=20,
        pool_timeout=busy_seconds,
        hide_parameters=True,  # error texts are logged and would contain what people wrote
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions late and deferred, which can fail at the first write: see `_begin_sqlite`.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",  # NORMAL can lose committed transactions in a power cut
        "secure_delete=ON",  # erased values must not remain in free pages
        "temp_store=MEMORY",  # no temporary files with people's data
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    # A deferred transaction that has read fails at its first write if another one wrote meanwhile; it cannot wait.
    connection.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))


def _config() -> Config:
    config = Config()
    # Alembic's options go through ConfigParser, where % begins an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _refuse_rewriting(session: Session, *_: object) -> None:
    changed = [row for row in session.dirty if session.is_modified(row)]
    for row in [*changed, *session.deleted]:
        if isinstance(row, APPEND_ONLY):
            raise AppendOnlyViolation(type(row).__name__)


def _refuse_writing(session: Session, *_: object) -> None:
    if session.new or session.deleted or any(session.is_modified(row) for row in session.dirty):
        raise StoreError("read")


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        # SQLite reports damage as a plain DatabaseError, PostgreSQL as an InternalError of class XX.
        if any(word in str(error.orig).lower() for word in _DAMAGE) or _state_of(error).startswith("XX"):
            raise DatabaseDamaged(type(error.orig).__name__) from error
        if not isinstance(error, OperationalError):
            raise
        raise _translate(error) from error


def _state_of(error: DatabaseError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _translate(error: OperationalError) -> StoreError:
    message = str(error.orig).lower()
    if any(word in message for word in ("locked", "busy", "deadlock", "could not obtain lock")):
        return StoreBusy()
    if any(
        word in message
        for word in ("full", "no space", "readonly", "read-only", "disk i/o", "unable to open")
    ):
        return StorageFull()
    return DatabaseUnavailable(type(error.orig).__name__)
