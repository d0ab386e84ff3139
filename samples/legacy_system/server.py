"""Runs the sample system: in a thread for tests and demonstrations, or from the command line."""

import argparse
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from samples.legacy_system.application import build
from samples.legacy_system.data.database import Database
from samples.legacy_system.data.registers import REGISTERS
from samples.legacy_system.errors import LegacySystemError
from samples.legacy_system.faults import FAULTS, FaultPlan
from samples.legacy_system.middleware import OpenConnections, Stats
from samples.legacy_system.settings import Settings

START_SECONDS = 15.0


class LegacySystem:
    """The sample system on a port of this machine, as a context manager.

    >>> with LegacySystem(database=Path("fukushi.db")) as system:
    ...     print(system.url, system.rows("kyufukin_shinsei"))
    """

    def __init__(
        self,
        port: int = 0,
        database: Path = Path("fukushi.db"),
        *,
        host: str = "127.0.0.1",
        user: str | None = None,
        password: str | None = None,
        seed: int = 0,
        slow_seconds: tuple[float, float] = (2.0, 5.0),
        session_minutes: float = 15.0,
        response_ms: float = 0.0,
        keep_alive: bool = False,
    ) -> None:
        """Bind the port at once; requests are answered after :meth:`start`.

        Args:
            port: 0 for any free one.
            database: the SQLite file, created when missing.
            host: address to listen on.
            user: 職員番号; the environment's LEGACY_USER or ``kenshu`` when None.
            password: likewise LEGACY_PASSWORD or ``kenshu``.
            seed: of the faults.
            slow_seconds: minimum and maximum seconds of the fault ``slow``.
            session_minutes: idle time after which the login is lost.
            response_ms: minimum time of every page.
            keep_alive: see ``Settings``.

        Raises:
            LegacySystemError: the port is taken.
        """
        login = {name: value for name, value in (("user", user), ("password", password)) if value is not None}
        self.settings = Settings(
            database, session_minutes=session_minutes, response_ms=response_ms, keep_alive=keep_alive, **login
        )
        self.plan = FaultPlan(seed, slow_seconds)
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{host}:{self.port}/"
        self._stats = Stats()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Answer requests from a thread; returns when the system is ready.

        Raises:
            LegacySystemError: it did not start in time.
        """
        self._server = uvicorn.Server(self._config(Database(self.settings.database)))
        # A daemon: a test that fails must not wait for this thread.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        until = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise LegacySystemError(
                    "サンプルシステムを起動できません。", "the sample system did not start"
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop answering; running requests have one second to finish."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=START_SECONDS)
        self._socket.close()

    def run(self) -> None:
        """Answer requests in this thread until SIGTERM or SIGINT."""
        uvicorn.Server(self._config(Database(self.settings.database))).run([self._socket])

    def rows(self, register: str) -> list[dict[str, str]]:
        """Return the stored rows, oldest first: ``receipt_no``, the record fields, ``stored_by``, ``stored_at``.

        Raises:
            LegacySystemError: no such register.
        """
        if register not in REGISTERS:
            known = ", ".join(REGISTERS)
            raise LegacySystemError(
                f"「{register}」という業務はありません: {known}", f"no register {register!r}: {known}"
            )
        database = Database(self.settings.database)
        try:
            return database.rows(REGISTERS[register])
        finally:
            database.close()

    def faults(self, **changes: object) -> dict[str, object]:
        """Change faults (see ``FaultPlan.set``) and return their state, with how often each fired."""
        self.plan.set(**changes)
        return self.plan.state()

    def stats(self) -> dict[str, object]:
        """Return the system's own response time: ``requests``, ``seconds`` and both for each page."""
        return self._stats.summary()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _config(self, database: Database) -> uvicorn.Config:
        connections = OpenConnections()
        app = build(self.settings, database, self.plan, self._stats, connections)
        # proxy_headers off: the control endpoints trust the client's address, which no header may change.
        return uvicorn.Config(
            app, http=connections.protocol(), ws="none", lifespan="off", log_level="warning", access_log=False,
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=1,
        )  # fmt: skip


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A restarted system must get its port back at once.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # from here on a request waits instead of being refused
    except OSError as error:
        listener.close()
        raise LegacySystemError(
            f"ポート {port} は使えません。別のポートを指定してください。",
            f"port {port} cannot be used; choose another",
        ) from error
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        "python -m samples.legacy_system", description="The sample 福祉総合システム."
    )
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument(
        "--fault",
        "--faults",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME[:RATE]",
        help=", ".join(FAULTS),
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--session-minutes", type=float, default=15.0)
    parser.add_argument("--response-ms", type=float, default=0.0, help="least time for every page")
    parser.add_argument("--keep-alive", action="store_true", help="keep HTTP connections open")
    parser.add_argument("--user")
    parser.add_argument("--password", help="better given in the environment as LEGACY_PASSWORD")
    chosen = parser.parse_args(arguments)
    try:
        system = LegacySystem(
            chosen.port, chosen.database, host=chosen.host, user=chosen.user, password=chosen.password,
            seed=chosen.seed, session_minutes=chosen.session_minutes, response_ms=chosen.response_ms,
            keep_alive=chosen.keep_alive,
        )  # fmt: skip
        for change in chosen.fault:
            name, _, rate = change.partition(":")
            system.faults(**{name: rate or 1.0})
    except LegacySystemError as error:
        parser.error(str(error))
    print(f"福祉総合システム（サンプル）: {system.url}", flush=True)
    system.run()
    return 0
