"""A private PostgreSQL cluster for the tests: made in a temporary folder, without network, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine


def binaries() -> Path | None:
    """The folder of the newest server's programs, None where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).resolve().parent if path else None


def _user() -> str:
    """The server refuses to run as root."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() != 0:
        return me
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Server:
    """A server of our own in a folder of its own; it can be killed and started again as an init system would.

    `hasty`: without fsync, for tests in which nothing dies.
    """

    def __init__(self, home: Path, *, hasty: bool) -> None:
        self._home, self._data, self._user = home, home / "data", _user()
        folder = binaries()
        assert folder is not None
        self._programs = folder
        options = f"-k {home} -c listen_addresses='' -c shared_buffers=16MB"
        self._options = options + (" -c fsync=off -c full_page_writes=off" if hasty else "")
        self.url = f"postgresql://utsushi@/{{}}?host={home}"
        if os.geteuid() == 0:
            shutil.chown(home, self._user)
        _run(
            self._user,
            *(folder / "initdb", "-D", self._data, "-U", "utsushi", "-A", "trust", "-E", "UTF8"),
            *(["--no-sync"] if hasty else []),
        )

    def start(self) -> None:
        """Starts it and waits until it answers. Raises CalledProcessError, also while killed ones still go down."""
        log = self._home / "log"
        _run(
            self._user,
            *(self._programs / "pg_ctl", "-D", self._data, "-l", log, "-w", "-o", self._options, "start"),
        )

    def stop(self) -> None:
        """Ends it at once."""
        _run(self._user, self._programs / "pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def processes(self) -> list[int]:
        """The postmaster, if it runs, and its children."""
        try:
            main = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii")
        except (OSError, ValueError):
            return []
        return [main, *map(int, children.split())]


@contextmanager
def server(*, hasty: bool = False) -> Iterator[Server]:
    """A started server, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="utsushi-pg-"))
    try:
        one = Server(home, hasty=hasty)
        one.start()
        try:
            yield one
        finally:
            if one.processes():
                one.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server; gives a URL with `{}` in place of the database's name."""
    with server(hasty=True) as one:
        yield one.url


def _run(user: str, *command: str | Path) -> None:
    prefix: list[str] = []
    if os.geteuid() == 0:
        group = str(pwd.getpwnam(user).pw_gid)
        prefix = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    subprocess.run(
        [*prefix, *map(str, command)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        timeout=60,
    )


def administer(url: str, sql: str) -> None:
    """Run one statement outside any transaction."""
    server = url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(sql)
    engine.dispose()
