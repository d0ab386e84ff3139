"""Kills the runner at every crash point and at random instants, and checks the system's rows afterwards.

    python -m benchmarks.kill [--random 200] [--no-boundaries] [--cut 0.2] [--seed 1]

The sample legacy system runs in this process; the runner in a child that is killed with SIGKILL, alone or
together with its browser (a power cut). It is started again on the same journal until it finishes. ``--cut``
also drops that share of connections after the save, before the answer.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bots.base.crash_points import no_crash
from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from samples.legacy_system.server import LegacySystem
from tests.bots.systems.sogo import BOT, FORM, faults_in_rows, log_in, record

FIRST_SECONDS, LAST_SECONDS = 0.3, 7.0


class KillAt:
    """Ends the process at one crash point: ``"7"`` at the seventh it reaches, else at the first of that name."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._passed = itertools.count(1)

    def __call__(self, name: str) -> None:
        number = next(self._passed)
        if self._at in (str(number), name):
            print(f"killed at crash point {number}: {name}", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def child(folder: Path, url: str, first: int, number: int, kill_at: str) -> None:
    """Enter ``number`` Records from the one with the number ``first``; the process that gets killed."""
    log_in()
    kept = SqliteJournal(folder / "journal.db")
    crash_points = KillAt(kill_at) if kill_at else no_crash
    settings = RunSettings(base_url=url, lock_dir=folder, trace="never", crash_points=crash_points)
    records = (record(n) for n in range(first, first + number))
    Runner(load_bot(BOT, FORM), kept, folder / "evidence", settings).run(records)


def start(folder: Path, url: str, first: int, count: int, kill_at: str = "") -> subprocess.Popen[bytes]:
    """Start the child in a process group of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.kill",
        "--child",
        str(folder),
        url,
        str(first),
        str(count),
        kill_at,
    ]
    return subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for a child and its browser to end; return exit code and output."""
    assert process.stderr is not None
    _, said = process.communicate()
    kill_group(process)
    return process.returncode, said.decode(errors="replace")


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child's own process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def boundaries(
    folder: Path, system: LegacySystem, first: int, names: list[str] | None = None
) -> list[BotRecord]:
    """Kill at each crash point (or each named one) of a Record of its own, then let one run settle them all."""
    done: list[BotRecord] = []
    number = 0
    while True:
        number += 1
        if names is not None and number > len(names):
            break
        kill_at = names[number - 1] if names is not None else str(number)
        code, said = finish(start(folder, system.url, first + number, 1, kill_at))
        done.append(record(first + number))
        print(f"crash point {kill_at}: exit {code} {said.strip().splitlines()[-1:]}", flush=True)
        if code == 0:
            break  # one Record has no such point any more
        if code != -signal.SIGKILL:
            raise SystemExit(f"the child failed by itself: {said}")
    code, said = finish(start(folder, system.url, first + 1, len(done)))
    if code != 0:
        raise SystemExit(f"the last run failed: {said}")
    return done


def at_random(
    folder: Path, system: LegacySystem, first: int, kills: int, dice: random.Random
) -> list[BotRecord]:
    """Kill at random instants while Records go in, starting again each time, until enough kills are done."""
    count = max(2, kills // 2)
    killed = 0
    while killed < kills:
        process = start(folder, system.url, first, count)
        try:
            process.wait(dice.uniform(FIRST_SECONDS, LAST_SECONDS))
        except subprocess.TimeoutExpired:
            if dice.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        code, said = finish(process)
        if code == 0:
            first_new = first + count
            count += max(4, kills // 2)
            print(f"all in; Records from {first_new} are added", flush=True)
        elif code == -signal.SIGKILL:
            killed += 1
            if killed % 20 == 0:
                print(f"killed {killed} times", flush=True)
        else:
            raise SystemExit(f"the child failed by itself: {said}")
    code, said = finish(start(folder, system.url, first, count))
    if code != 0:
        raise SystemExit(f"the last run failed: {said}")
    print(f"killed at {killed} random instants over {count} records", flush=True)
    return [record(n) for n in range(first, first + count)]


def find_faults(folder: Path, system: LegacySystem, records: list[BotRecord]) -> list[str]:
    """Return the faults in the system's database and in the journal."""
    wrong = faults_in_rows(system.rows(FORM), records)
    journal = SqliteJournal(folder / "journal.db")
    rows = {r.key: r for r in journal.rows(f"fukushi_sogo.{FORM}")}
    wrong += [
        f"{r.key}: journal {rows[r.key].state} {rows[r.key].reason}"
        for r in records
        if rows[r.key].state != "confirmed"
    ]
    twice = sum(1 for r in rows.values() if r.submissions > 1)
    print(f"{len(records)} records, {twice} of them submitted more than once after a certain no", flush=True)
    journal.close()
    return wrong


def main() -> int:
    """Run the trial and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--no-boundaries", action="store_true")
    parser.add_argument("--cut", type=float, default=0.0)
    parser.add_argument("--keep-alive", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=5, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        place, url, first, number, kill_at = chosen.child
        child(Path(place), url, int(first), int(number), kill_at)
        return 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with LegacySystem(port=0, database=folder / "legacy.db", keep_alive=chosen.keep_alive) as system:
            if chosen.cut:
                system.faults(cut_after_save=chosen.cut, seed=chosen.seed)
            records = [] if chosen.no_boundaries else boundaries(folder, system, 10_000)
            if chosen.random:
                records += at_random(folder, system, 20_000, chosen.random, random.Random(chosen.seed))
            wrong = find_faults(folder, system, records)
    print(
        "\n".join(wrong) or f"every record exactly once, all confirmed, in {time.monotonic() - started:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
