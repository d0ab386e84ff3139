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


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server; gives a URL with `{}` in place of the database's name."""
    folder = binaries()
    assert folder is not None
    user = _user()
    home = Path(tempfile.mkdtemp(prefix="utsushi-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, user)
    data = home / "data"
    options = f"-k {home} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c shared_buffers=16MB"
    try:
        _run(user, folder / "initdb", "-D", data, "-U", "utsushi", "-A", "trust", "-E", "UTF8", "--no-sync")
        _run(user, folder / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://utsushi@/{{}}?host={home}"
        finally:
            _run(user, folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


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
