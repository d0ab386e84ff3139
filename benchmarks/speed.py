"""Measures records per minute, and the share of time spent by the system and by the bot.

    python -m benchmarks.speed [--records 20] [--response-ms 300] [--form kyufukin_shinsei]

The sample system answers every page after ``--response-ms``, as an old machine does. The first record includes
the start of the browser and the login; it is listed separately and left out of the rate. Own overhead is the time in
which no page was being waited for, as a share of the whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Outcome
from samples.legacy_system.server import LegacySystem
from tests.bots.systems.sogo import BOT, FORM, log_in, record


def enter(folder: Path, count: int, response_ms: float) -> tuple[list[Outcome], float, int]:
    """Enter ``count`` Records; the outcomes, the system's own count of its seconds, and its requests."""
    log_in()
    with LegacySystem(port=0, database=folder / "legacy.db", response_ms=response_ms) as system:
        journal = SqliteJournal(folder / "journal.db")
        settings = RunSettings(base_url=system.url, lock_dir=folder)
        runner = Runner(load_bot(BOT, FORM), journal, folder / "evidence", settings)
        outcomes = runner.run(record(number) for number in range(count))
        journal.close()
        stats = system.stats()
    return outcomes, float(str(stats["seconds"])), int(str(stats["requests"]))


def phases(folder: Path) -> dict[str, float]:
    """Seconds of all Records in each part of the work, from their receipts."""
    total: Counter[str] = Counter()
    for file in sorted((folder / "evidence").rglob("receipt.json")):
        total.update(json.loads(file.read_text(encoding="utf-8"))["phases"])
    return dict(total)


def main() -> int:
    """Measure, print, and fail when a Record did not go in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20)
    parser.add_argument("--response-ms", type=float, default=300.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        outcomes, answering, requests = enter(folder, chosen.records + 1, chosen.response_ms)
        parts = phases(folder)
    first, rest = outcomes[0], outcomes[1:]
    seconds = sum(o.seconds for o in rest)
    system = sum(o.system_seconds for o in rest)
    print(f"the first record, with browser start and login: {first.seconds:.1f} s")
    print(
        f"{len(rest)} records in {seconds:.1f} s: {60 * len(rest) / seconds:.1f} a minute, "
        f"{seconds / len(rest):.2f} s each, of which the system {system / len(rest):.2f} s ({system / seconds:.0%}), "
        f"own overhead {1 - system / seconds:.0%}"
    )
    own = median(o.seconds - o.system_seconds for o in rest)
    share = median(1 - o.system_seconds / o.seconds for o in rest)
    print(f"the middle record: own {own:.2f} s, {share:.0%} of its time")
    print(f"the system's own count: {requests} requests, {answering:.1f} s, all records and the login")
    print("seconds each: " + ", ".join(f"{k} {v / len(outcomes):.2f}" for k, v in parts.items()))
    return 0 if all(o.status == "confirmed" for o in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
