"""Measures the start of the service: `python -m benchmarks.start`.

Three figures: from `utsushi serve` in a new folder to the first file taken; from `serve` in a used folder; and from a
kill -9 of everything, in the middle of reading, to a file taken, and to the interrupted one read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.rigs.running import ROOT, Running, drop, scratch, wait_for
from store.base.errors import StoreError
from store.base.model import DocumentState, FileState
from store.base.schema import Document, SourceFile

SCAN = ROOT / "samples" / "scans" / "kyufukin_06.jpg"
PATIENCE = 300.0


def main() -> int:
    """Runs and prints; returns 0 when everything was taken and read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--where", type=Path, help="folder for the scratch home (default: the system's)")
    options = parser.parse_args()
    with scratch(options.where) as home:
        running = Running(home)
        try:
            figures = measure(running)
        except TimeoutError as error:
            print(f"✗ {error}", file=sys.stderr)
            return 1
        finally:
            running.stop()
    print(json.dumps(figures | {"load average of the machine": os.getloadavg()[0]}, indent=1))
    return 0


def measure(running: Running) -> dict[str, float]:
    """All figures, in seconds."""
    inbox = running.home / "inbox"
    drop(inbox, "1.jpg", _scan(1))
    running.start()
    figures = {"new folder, serve to file taken": wait_for(lambda: taken(running) == 1, PATIENCE)}
    wait_for(lambda: reading(running), PATIENCE, 0.02)
    began = time.monotonic()
    killed = running.kill_all()
    drop(inbox, "2.jpg", _scan(2))
    running.start()
    wait_for(lambda: taken(running) == 2, PATIENCE)
    figures["kill -9 of everything, to a file taken"] = time.monotonic() - began
    wait_for(lambda: read(running) == 2, PATIENCE)
    figures["kill -9 of everything, to the interrupted file read"] = time.monotonic() - began
    running.stop()
    drop(inbox, "3.jpg", _scan(3))
    began = time.monotonic()
    running.start()
    wait_for(lambda: taken(running) == 3, PATIENCE)
    figures["used folder, serve to file taken"] = time.monotonic() - began
    figures["processes killed"] = killed
    return {name: round(value, 1) for name, value in figures.items()}


def _scan(number: int) -> bytes:
    """The same sheet with different bytes after the picture's end, which decoders ignore."""
    return SCAN.read_bytes() + f"copy {number}".encode()


def _count(running: Running, query: object) -> int:
    if not (running.home / "utsushi.db").exists():
        return 0
    office = running.office()
    try:
        with office.store.read() as session:
            return int(session.scalar(query) or 0)
    except StoreError:
        return 0
    finally:
        office.store.close()


def taken(running: Running) -> int:
    """Number of files in the database."""
    return _count(running, select(func.count()).select_from(SourceFile))


def reading(running: Running) -> bool:
    """Whether a reader holds a file now."""
    held = SourceFile.lease_owner.is_not(None)
    return bool(_count(running, select(func.count()).where(SourceFile.state == FileState.RECEIVED, held)))


def read(running: Running) -> int:
    """Number of documents that have been read."""
    return _count(running, select(func.count()).where(Document.state.not_in([DocumentState.RECEIVED])))


if __name__ == "__main__":
    sys.exit(main())
