"""Enters records while the sample system fails in many ways, and checks its rows afterwards.

    python -m benchmarks.faults [--records 500] [--each 20] [--bots 2] [--seed 1] [--response-ms 300]

First each fault alone, until it has happened, then all mixed. Several bots share the Records, each with an account and
a browser of its own and all with one journal. One Record in ten is unfit on purpose (an unknown branch, a character
outside cp932, a text too long, a birth date to come). A run that ends with unknown Records is repeated with the
same file, as an operator would. Prints records per minute and the share of the time in which the system itself
was answering.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord, Outcome
from samples.legacy_system.server import LegacySystem
from tests.bots.systems.sogo import BOT, FORM, faults_in_rows, log_in, record

FAULTS: dict[str, float] = {
    "slow": 0.02,
    "error500": 0.02,
    "blank500": 0.02,
    "lost_session": 0.02,
    "db_error_page": 0.03,
    "cut_before_save": 0.2,
    "cut_after_save": 0.2,
}
# Alone, each must happen within a few records.
ALONE = {name: max(rate, 0.05) for name, rate in FAULTS.items()} | {
    "cut_before_save": 0.4,
    "cut_after_save": 0.4,
}
UNFIT = (
    {"branch_code": "999"},
    {"applicant_name": "𠮷田　一"},
    {"address": "東京都" + "千代田区" * 12},
    {"birth_date": "2090-01-01"},
)
WORDS = ("E121", "U+20BB7", "長すぎます", "E112")
MOST_ROUNDS = 8


def records(first: int, count: int) -> tuple[list[BotRecord], dict[str, str]]:
    """Records, and for the unfit ones among them the text that their refusal must contain."""
    made: list[BotRecord] = []
    refusals: dict[str, str] = {}
    for number in range(first, first + count):
        which = (number // 10) % len(UNFIT)
        if number % 10 == 9:
            made.append(record(number, **UNFIT[which]))
            refusals[made[-1].key] = WORDS[which]
        else:
            made.append(record(number, household_size=str(1 + number % 9)))
    return made, refusals


def enter(
    system: LegacySystem, folder: Path, wanted: list[BotRecord], bots: int = 1
) -> tuple[dict[str, Outcome], float, float]:
    """Share the Records among bots, one account each; outcomes, seconds, and seconds of the system's own."""
    shares = [(f"A{n + 1}" if bots > 1 else "", wanted[n::bots]) for n in range(bots)]
    with ThreadPoolExecutor(max_workers=bots) as pool:
        ended = list(pool.map(lambda share: _enter(system, folder, *share), shares))
    done = {key: outcome for outcomes, _, _ in ended for key, outcome in outcomes.items()}
    return done, sum(s for _, s, _ in ended), sum(s for _, _, s in ended)


def _enter(
    system: LegacySystem, folder: Path, account: str, wanted: list[BotRecord]
) -> tuple[dict[str, Outcome], float, float]:
    """Run one account until nothing is unknown any more."""
    bot = load_bot(BOT, FORM)
    bot = replace(bot, policy=replace(bot.policy, back_off=0.2, settle=1.0))
    journal = SqliteJournal(folder / "journal.db")
    done: dict[str, Outcome] = {}
    seconds = system_seconds = 0.0
    for _ in range(MOST_ROUNDS):
        left = [r for r in wanted if r.key not in done or done[r.key].status == "unknown"]
        if not left:
            break
        settings = RunSettings(base_url=system.url, lock_dir=folder, account=account)
        outcomes = Runner(bot, journal, folder / "evidence", settings).run(left)
        seconds += sum(o.seconds for o in outcomes)
        system_seconds += sum(o.system_seconds for o in outcomes)
        done |= {o.key: o for o in outcomes}
    journal.close()
    return done, seconds, system_seconds


def trial(
    name: str,
    system: LegacySystem,
    folder: Path,
    first: int,
    count: int,
    faults: Mapping[str, object],
    seed: int,
    bots: int = 1,
) -> list[str]:
    """Runs one set of faults over some records; returns what is wrong. A fault that never happened is wrong, too."""
    wanted, refusals = records(first, count)
    system.faults(clear=True, seed=seed, **faults)
    started = time.monotonic()
    done, seconds, system_seconds = enter(system, folder, wanted, bots)
    fired = {n: s["fired"] for n, s in system.faults()["faults"].items() if s["fired"]}  # type: ignore[attr-defined]
    system.faults(clear=True)
    good = [r for r in wanted if r.key not in refusals]
    rows = system.rows(FORM)
    wrong = faults_in_rows(rows, good) + [f"{name}: {f} never happened" for f in faults if f not in fired]
    wrong += [
        f"{r.key}: {done[r.key].status} {done[r.key].reason}"
        for r in good
        if done[r.key].status != "confirmed"
    ]
    wrong += [f"{k}: stored though unfit" for k in refusals if any(r["application_no"] == k for r in rows)]
    wrong += [
        f"{k}: {done[k].status} {done[k].reason}"
        for k, words in refusals.items()
        if done[k].status != "refused" or words not in done[k].reason
    ]
    minutes = (time.monotonic() - started) / 60
    share = system_seconds / seconds if seconds else 0.0
    counts = dict(Counter(o.status for o in done.values()))
    print(
        f"{name}: {counts}, faults {fired}, {len(wanted) / minutes:.1f} records a minute, "
        f"the system's own share {share:.0%}, wrong: {len(wrong)}",
        flush=True,
    )
    return wrong


def main() -> int:
    """Run the trials and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--bots", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--response-ms", type=float, default=0.0)
    chosen = parser.parse_args()
    for number in range(chosen.bots):
        log_in(account=f"A{number + 1}" if chosen.bots > 1 else "")
    wrong: list[str] = []
    more = (chosen.seed, chosen.bots)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        database = folder / "legacy.db"
        with LegacySystem(
            port=0,
            database=database,
            keep_alive=True,
            slow_seconds=(0.5, 1.5),
            response_ms=chosen.response_ms,
        ) as system:
            wrong += trial("no fault", system, folder, 100_000, max(chosen.each, 1), {}, *more)
            for number, (fault, rate) in enumerate(ALONE.items()):
                if chosen.each:
                    first = 200_000 + 10_000 * number
                    wrong += trial(fault, system, folder, first, chosen.each, {fault: rate}, *more)
            if chosen.records:
                wrong += trial("all mixed", system, folder, 500_000, chosen.records, FAULTS, *more)
    print("\n".join(wrong) or "none lost, none doubled, every refusal with its reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
