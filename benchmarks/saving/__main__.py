"""Saves one record in every way a page has, with slow answers, faults and kills, and counts what was stored.

    ./run bench saving [--ways form_post xhr …] [--delays 0 0.2 2 30] [--no-kills] [--jobs 4]

Each cell of the matrix has a system of its own that counts the saving requests at the socket. Right is a cell whose
record is stored exactly once and ``confirmed``, or ``unknown`` (a person looks); wrong is a doubled row, ``confirmed``
without exactly one row, and ``refused`` although it is stored.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bots.base.crash_points import CrashPoints, no_crash
from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.saving_system import WAYS, SavingSystem

BOT = Path(__file__).parents[2] / "tests" / "bots" / "saving_bot.yaml"
RECORD = BotRecord("A1", {"no": "A1", "name": "山田"})
FAULTS = ("cut_before", "cut_after", "error", "lost")
# The last one: while the system works on the save, a moment after the click.
KILLS = ("form filled", "submitting is written", "irreversible", "after the irreversible step", "under way")
UNDER_WAY_SECONDS = 0.15
FAULT_DELAY = 0.2


@dataclass(frozen=True)
class Cell:
    """One way of saving under one trouble."""

    way: str
    delay: float
    fault: str = ""
    kill: str = ""

    @property
    def trouble(self) -> str:
        """The column of the table."""
        return self.fault or (f"kill: {self.kill}" if self.kill else f"{self.delay:g} s")


def cells(ways: list[str], delays: list[float], kills: bool) -> Iterator[Cell]:
    """Every delay, every fault and every kill point for each way."""
    for way in ways:
        yield from (Cell(way, delay) for delay in delays)
        yield from (Cell(way, FAULT_DELAY, fault) for fault in FAULTS)
        yield from (Cell(way, FAULT_DELAY, kill=kill) for kill in KILLS if kills)


def enter(folder: Path, url: str, crash_points: CrashPoints = no_crash) -> str:
    """Enter the record, or go on with it; returns its status."""
    settings = RunSettings(base_url=url, lock_dir=folder, trace="never", crash_points=crash_points)
    journal = SqliteJournal(folder / "journal.db")
    [outcome] = Runner(load_bot(BOT), journal, folder / "evidence", settings).run([RECORD])
    journal.close()
    return outcome.status


def kill_at(wanted: str) -> CrashPoints:
    """Return a callback that ends the process at the crash point, or some time after the irreversible step began."""

    def crash(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        if wanted == "under way" and name == "irreversible":
            threading.Timer(UNDER_WAY_SECONDS, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()

    return crash


def killed(folder: Path, url: str, kill: str) -> None:
    """Enter the record in a process that is killed together with its browser."""
    command = [sys.executable, "-m", "benchmarks.saving", "--child", str(folder), url, kill]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def result(cell: Cell) -> tuple[str, bool]:
    """Run one cell; returns what came of it and whether that is right."""
    with SavingSystem(cell.way, cell.delay, cell.fault) as system, tempfile.TemporaryDirectory() as place:
        if cell.kill:
            killed(Path(place), system.url, cell.kill)
        status = enter(Path(place), system.url)
        time.sleep(cell.delay if status == "unknown" else 0)
        rows = len(system.rows)
        right = rows <= 1 and {"confirmed": rows == 1, "refused": rows == 0}.get(status, True)
        return f"{status} {rows}", right


def results(wanted: list[Cell], jobs: int) -> Iterator[tuple[Cell, tuple[str, bool]]]:
    """Run the cells, each with a browser of its thread. The slowest begin first, so that no job is left with them."""
    with ThreadPoolExecutor(jobs) as pool:
        begun = {pool.submit(result, cell): cell for cell in sorted(wanted, key=lambda one: -one.delay)}
        for done in as_completed(begun):
            yield begun[done], done.result()


def main() -> int:
    """Run the matrix and print it."""
    parser = argparse.ArgumentParser(prog="saving", description=__doc__)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--delays", nargs="+", type=float, default=[0.0, 0.2, 2.0, 30.0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cells at a time: most of them wait")
    parser.add_argument("--no-kills", action="store_true")
    parser.add_argument("--child", nargs=3, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        place, url, kill = chosen.child
        enter(Path(place), url, kill_at(kill))
        return 0
    wanted = list(cells(chosen.ways, chosen.delays, not chosen.no_kills))
    found = dict(track(results(wanted, chosen.jobs), description="保存 / saving", total=len(wanted)))
    columns = list(dict.fromkeys(cell.trouble for cell in wanted))
    table = Table("", *columns, title="status and rows stored; ✗ is wrong")
    for way in chosen.ways:
        mine = {cell.trouble: found[cell] for cell in wanted if cell.way == way}
        table.add_row(way, *(f"{'' if right else '✗ '}{words}" for words, right in mine.values()))
    console = Console(width=200)
    console.print(table)
    console.print(dict(Counter(words for words, _ in found.values())))
    wrong = [cell for cell, (_, right) in found.items() if not right]
    console.print(f"{len(found)} cells, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
