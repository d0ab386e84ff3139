"""Sends damaged files through the real intake and decoder: `python -m benchmarks.fuzz --count 10000`.

Every file is dropped into an inbox, taken, and opened page by page in a worker process whose time and memory are
watched for each file alone. At the end every file must be accounted for: in the database in a final state, with a
reason if it could not be opened, and its bytes stored; or, for links and pipes, left in the inbox.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.rigs.damage import files
from benchmarks.rigs.running import scratch
from pipelines.context import Office
from pipelines.settings import Settings
from pipelines.steps.accounting.account import verify_chain
from pipelines.steps.intake import take_in
from pipelines.steps.intake.split import split_next
from pipelines.workers import release_dead
from store.base.model import FileState
from store.base.schema import Document, SourceFile

SECONDS_LIMIT, MIB_LIMIT = 90.0, 2048.0
WAVE = 200


def main() -> int:
    """Runs and prints; returns 0 when everything is accounted for within the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--where", type=Path, help="folder for the scratch home")
    parser.add_argument("--keep", action="store_true", help="leave the scratch home to be looked at")
    options = parser.parse_args()
    with scratch(options.where, options.keep) as home:
        figures = run(home, options.count, options.seed)
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    return 0 if figures["good"] else 1


def run(home: Path, count: int, seed: int) -> dict[str, object]:
    """Drops, takes and opens `count` files; returns the figures."""
    office = Office(Settings(home=home, stable_seconds=0.0, disk_reserve_mib=0.0))
    kinds: Counter[str] = Counter()
    _litter(office.settings.inbox_folder)
    began, crashes = time.monotonic(), 0
    for made, damaged in enumerate(files(count, seed), start=1):
        kinds[damaged.kind] += 1
        with open(os.path.join(os.fsencode(office.settings.inbox_folder), damaged.name), "wb") as out:  # noqa: PTH118, PTH123
            out.write(damaged.data)
        if made % WAVE == 0 or made == count:
            take_in.wait_and_take(office, patience=-1)
            crashes += _open_all(office, home / "worker.jsonl")
            print(f"{made} of {count} files, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return _figures(office, kinds, crashes, home / "worker.jsonl", time.monotonic() - began)


def _litter(inbox: Path) -> None:
    """Adds links out of the inbox, and a pipe that blocks any process that opens it."""
    (inbox / "link.pdf").symlink_to("/etc/passwd")
    (inbox / "folder").symlink_to("/etc")
    os.mkfifo(inbox / "pipe.pdf")


def _open_all(office: Office, log: Path) -> int:
    """Runs workers until nothing is left; returns how many of them died."""
    crashes = 0
    context = multiprocessing.get_context("spawn")
    while _waiting(office):
        release_dead(office.store)
        worker = context.Process(target=_work, args=(office.settings.home, log))
        worker.start()
        worker.join()
        crashes += worker.exitcode != 0
    return crashes


def _waiting(office: Office) -> int:
    with office.store.read() as session:
        waiting = select(func.count()).where(SourceFile.state == FileState.RECEIVED)
        return int(session.scalar(waiting) or 0)


def _work(home: Path, log: Path) -> None:
    """One worker process: opens file after file and logs seconds and peak memory of each."""
    office = Office(Settings(home=home, stable_seconds=0.0))
    assert office.library
    with log.open("a") as out:
        while True:
            _reset_peak()
            began = time.monotonic()
            fresh = split_next(office)
            if fresh is None:
                return
            documents = sum(1 for _ in fresh)
            line = {"seconds": time.monotonic() - began, "mib": _peak_mib(), "documents": documents}
            out.write(json.dumps(line) + "\n")
            out.flush()


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def _figures(
    office: Office, kinds: Counter[str], crashes: int, log: Path, seconds: float
) -> dict[str, object]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    each = sorted(line["seconds"] for line in lines)
    with office.store.read() as session:
        rows = list(session.scalars(select(SourceFile)))
        documents = int(session.scalar(select(func.count()).select_from(Document)) or 0)
    dropped = [row for row in rows if row.parent_id is None]
    lost = [row.id for row in rows if not office.store.files.verify(row.sha256)]
    silent = [row.id for row in rows if row.state is FileState.QUARANTINED and not (row.reason and row.error)]
    left = sorted(path.name for path in office.settings.inbox_folder.iterdir())
    states = Counter(row.state.value for row in rows)
    most = max(line["mib"] for line in lines)
    escaped = Path("/tmp/evil.pdf").exists() or Path("/etc/cron.d/evil").exists()
    good = (
        len(dropped) == kinds.total()
        and not lost
        and not silent
        and not escaped
        and left == ["folder", "link.pdf", "pipe.pdf"]
        and not states["received"]
        and each[-1] < SECONDS_LIMIT
        and most < MIB_LIMIT
        and verify_chain(office).ok
    )
    return {
        "good": good,
        "files dropped": kinds.total(),
        "kinds": dict(kinds.most_common()),
        "files known (with ZIP members)": len(rows),
        "states": dict(states),
        "reasons": dict(
            Counter(row.reason for row in rows if row.state is FileState.QUARANTINED).most_common()
        ),
        "documents made": documents,
        "worker deaths": crashes,
        "left in the inbox": left,
        "bytes lost": lost,
        "quarantined without a reason": silent,
        "seconds per file: median, p95, most": [round(each[int(len(each) * q)], 2) for q in (0.5, 0.95)]
        + [round(each[-1], 2)],
        "peak MiB of any file": round(most),
        "seconds": round(seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
