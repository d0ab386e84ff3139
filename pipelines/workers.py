"""Names of working processes, so that a dead one's work is released at once and not only when its lease ends.

A name is `host:namespace:pid:start`: the machine, its process namespace (a container has its own), the process, and
its start time (a number that another process with the same pid cannot have). Whether a process of another machine or
namespace lives is not known here; its work is released when its lease expires.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

from store.base import claims
from store.database import Store

_PROC = Path("/proc")
_RUN = b"PREFECT__FLOW_RUN_ID="


@cache
def _name(pid: int) -> str:
    return f"{socket.gethostname()[:60]}:{_namespace()}:{pid}:{start_time(pid) or 0}"


def name() -> str:
    """This process's name."""
    return _name(os.getpid())


def certainly_dead(owner: str) -> bool:
    """True only for a process of this machine and namespace that no longer exists."""
    parts = owner.rsplit(":", 3)
    if len(parts) != 4 or not parts[2].isdigit():
        return False
    host, namespace, pid, started = parts
    # Namespace "0" means no /proc: pids of two containers could then not be distinguished.
    if host != socket.gethostname()[:60] or namespace != _namespace() or namespace == "0":
        return False
    return (start_time(int(pid)) or "0") != started


def release_dead(store: Store) -> int:
    """Releases the leases of dead processes of this machine; returns their number."""
    with store.read() as session:
        # Read first: mostly nobody is dead, and then no write lock is taken.
        dead = [owner for owner in claims.owners(session) if certainly_dead(owner)]
    if not dead:
        return 0
    with store.write() as session:
        return claims.release_all(session, dead)


def live_runs(prefect_api: str) -> dict[str, int] | None:
    """Flow runs of this Prefect server with a process on this machine: run → pid; None without /proc."""
    if not (_PROC / "self/environ").is_file():
        return None
    runs = {}
    our_server = f"PREFECT_API_URL={prefect_api}".encode()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # it may end while we look, or belong to another user
            # A browser that a bot starts inherits the environment, so the command line decides as well.
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if any(word == b"prefect" or word.startswith(b"prefect.") for word in words):
                variables = (folder / "environ").read_bytes().split(b"\0")
                run = next((one.partition(b"=")[2] for one in variables if one.startswith(_RUN)), None)
                if run and our_server in variables:
                    runs[run.decode("ascii", "replace")] = int(folder.name)
    return runs


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        return "0"


def start_time(pid: int) -> str | None:
    """Clock ticks since the machine's start, from /proc; None when there is no such process."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets, which may itself hold spaces and brackets (proc(5)).
    fields = text.rpartition(")")[2].split()
    # Field 3 is the state: Z and X are dead processes that nobody has waited for yet. Field 22 is the start time.
    return None if fields[0] in {"Z", "X"} else fields[19]
