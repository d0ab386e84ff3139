"""Who a working process is, so that its work comes back at once when it is dead, not only when its lease ends.

A name is `host:namespace:pid:start`: the machine, its process namespace (a container has its own), the process, and
when it was started (a number that another process with the same pid cannot have). Of a process on another machine or
in another namespace nobody here can tell; its work comes back when its lease has run out.
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


def surely_dead(owner: str) -> bool:
    """True only for a process of this machine and namespace that is not there any more."""
    parts = owner.rsplit(":", 3)
    if len(parts) != 4 or not parts[2].isdigit():
        return False
    host, namespace, pid, started = parts
    if host != socket.gethostname()[:60] or namespace != _namespace() or namespace == "0":
        return False
    return (start_time(int(pid)) or "0") != started


def release_dead(store: Store) -> int:
    """Gives back what dead processes of this machine held; gives how many pieces of work."""
    with store.read() as session:
        dead = [owner for owner in claims.owners(session) if surely_dead(owner)]
    if not dead:
        return 0
    with store.write() as session:
        return claims.release_all(session, dead)


def living_runs(prefect_api: str) -> dict[str, int] | None:
    """Flow runs of this Prefect's that have a process on this machine: run → pid; None where /proc does not tell."""
    if not (_PROC / "self/environ").is_file():
        return None
    runs = {}
    ours = f"PREFECT_API_URL={prefect_api}".encode()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if any(word == b"prefect" or word.startswith(b"prefect.") for word in words):  # not its browser
                told = (folder / "environ").read_bytes().split(b"\0")
                run = next((one.partition(b"=")[2] for one in told if one.startswith(_RUN)), None)
                if run and ours in told:
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
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]
