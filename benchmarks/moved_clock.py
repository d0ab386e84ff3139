"""Runs the quick tests under other clocks, in other orders and with other fonts: results must not change.

`./run bench moved_clock [PATH…]`. The clock is moved by libfaketime for the tests and every program they start (files
keep the times that the kernel gives them); moments are Japanese wall time, whatever the zone of the machine. Fonts are
hidden from fontconfig by a configuration of its own and, where this runs as root, from programs that search folders by
a mount that nothing else sees.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
OFFICE_ZONE = ZoneInfo("Asia/Tokyo")
PATHS = tuple(
    f"tests/{room}" for room in ("store", "reports", "templates_forms", "samples", "bots", "extractors")
)
MOMENTS = ((2, 28, 12, 0), (12, 31, 23, 59), (1, 1, 0, 0), (12, 1, 4, 0))
"""Month, day, hour, minute; the next time that each comes. At 04:00 it is still the month before in UTC."""
ZONES = ("Asia/Tokyo", "UTC")
ORDERS = 2
RED, NOT_RUN = 1, 2
SLEEP = """\
import select
import time

time.sleep = lambda seconds: select.select((), (), (), seconds)
"""
"""Python sleeps until a time of the monotonic clock; libfaketime 0.9.10 moves that time, and the kernel refuses it."""
NO_FAKETIME = "faketime がありません (not installed): apt-get install faketime"
NO_NOTO = "Noto CJK がありません (not installed): apt-get install fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the tests; `missing` is the reason why it cannot run, `within` a prefix of its command."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    moment: datetime | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a trial; `failed` are the tests' names."""

    passed: int
    skipped: int
    failed: tuple[str, ...]
    seconds: float
    red: bool


def clocks(moments: Sequence[datetime], zones: Sequence[str], folder: Path) -> Iterator[Trial]:
    """Every moment in every zone of the machine. `folder` receives a module for sleeping under libfaketime."""
    (folder / "sitecustomize.py").write_text(SLEEP, encoding="utf-8")
    library = next(iter(sorted(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))), None)
    for moment in moments:
        for zone in zones:
            environment = {"TZ": zone, "LD_PRELOAD": str(library), "PYTHONPATH": str(folder)}
            environment["FAKETIME_DONT_FAKE_MONOTONIC"] = (
                "1"  # else Event.wait(1) waits as long as the clock was moved
            )
            name = f"時計 clock {moment:%Y-%m-%d %H:%M} JST, TZ={zone}"
            yield Trial(name, environment, moment=moment, missing="" if library else NO_FAKETIME)


def orders(seeds: Sequence[int]) -> Iterator[Trial]:
    """The tests shuffled; a seed shuffles them the same way again."""
    for seed in seeds:
        yield Trial(f"順序 order {seed}", options=("--random-order", f"--random-order-seed={seed}"))


def fonts(folder: Path) -> Iterator[Trial]:
    """With and without Noto CJK, each with a font list of its own for matplotlib.

    Args:
        folder: takes the configuration and the lists.
    """
    found = sorted(Path("/usr/share/fonts").rglob("Noto*CJK*"))
    missing = "" if found else NO_NOTO
    yield Trial("書体 fonts with Noto CJK", {"MPLCONFIGDIR": str(folder / "with")}, missing=missing)
    hidden = folder / "fonts.conf"
    hidden.write_text(
        '<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>'
        "<selectfont><rejectfont><glob>*/Noto*CJK*</glob></rejectfont></selectfont></fontconfig>",
        encoding="utf-8",
    )
    environment = {"FONTCONFIG_FILE": str(hidden), "MPLCONFIGDIR": str(folder / "without")}
    yield Trial("書体 fonts without Noto CJK", environment, within=_hiding({path.parent for path in found}))


def _hiding(folders: set[Path]) -> tuple[str, ...]:
    """A command prefix that hides folders from one command; empty where that is not allowed."""
    if not folders or os.geteuid() != 0:
        return ()
    script = "".join(f"mount -t tmpfs none '{folder}' && " for folder in sorted(folders)) + 'exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh")


def run(trial: Trial, tests: Sequence[str]) -> Result:
    """One trial. Without a result file pytest itself has failed, and its last words are the failure.

    Args:
        trial: what is changed.
        tests: the part of pytest's command line that chooses the tests.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "result.xml"
        command = [*trial.within, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [f"--junitxml={report}", *trial.options, *tests]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(trial), capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - began
        if not report.exists():
            words = (done.stdout + done.stderr).splitlines()[-5:]
            return Result(0, 0, (f"pytest: exit {done.returncode}", *words), seconds, red=True)
        return _read(report, seconds, done.returncode != 0)


def _environment(trial: Trial) -> dict[str, str]:
    """The clock is moved by a number of seconds, so that it is the same in every program and goes on."""
    environment = {**os.environ, **trial.environment}
    if trial.moment is not None:
        environment["FAKETIME"] = f"{trial.moment.timestamp() - time.time():+.0f}"
    return environment


def _read(report: Path, seconds: float, red: bool) -> Result:
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = [one for one in cases if one.find("failure") is not None or one.find("error") is not None]
    skipped = sum(one.find("skipped") is not None for one in cases)
    names = tuple(f"{one.get('classname')}::{one.get('name')}" for one in failed)
    return Result(len(cases) - len(failed) - skipped, skipped, names, seconds, red)


def next_times(now: datetime) -> list[datetime]:
    """The next time of each of `MOMENTS`."""
    years = (now.year, now.year + 1)
    found = []
    for month, day, hour, minute in MOMENTS:
        all_of_them = [datetime(year, month, day, hour, minute, tzinfo=OFFICE_ZONE) for year in years]
        found.append(next(moment for moment in all_of_them if moment > now))
    return found


def show(results: Sequence[tuple[Trial, Result]], console: Console) -> None:
    """The table, and below it every test that failed."""
    table = Table("条件 condition", "合格 passed", "失敗 failed", "省略 skipped", "秒 s", "判定 verdict")
    for trial, result in results:
        figures = (result.passed, len(result.failed), result.skipped, round(result.seconds))
        table.add_row(trial.name, *map(str, figures), "赤 red" if result.red else "緑 green")
    table.columns[0].no_wrap = True
    console.print(table)
    for trial, result in results:
        for name in result.failed:
            console.print(f"{trial.name}: {name}", highlight=False, markup=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every trial passed, 1 when one failed, 2 when one could not run."""
    chosen = _parser().parse_args(arguments)
    console = Console()
    tests = ["-m", chosen.marks, "-k", chosen.keyword, *(chosen.paths or PATHS)]
    with tempfile.TemporaryDirectory() as folder:
        trials = list(_trials(chosen, Path(folder)))
        results = []
        for trial in trials:
            said = f"実行できません (not run): {trial.missing}" if trial.missing else "…"
            console.print(f"{trial.name} {said}", highlight=False)
            if not trial.missing:
                results.append((trial, run(trial, tests)))
    show(results, console)
    if any(result.red for _, result in results):
        return RED
    return NOT_RUN if len(results) < len(trials) else 0


def _trials(chosen: argparse.Namespace, folder: Path) -> Iterator[Trial]:
    if "clock" in chosen.kind:
        yield from clocks(chosen.moment or next_times(datetime.now(OFFICE_ZONE)), chosen.zone, folder)
    if "order" in chosen.kind:
        yield from orders(chosen.seed or random.sample(range(1, 10_000), ORDERS))
    if "fonts" in chosen.kind:
        yield from fonts(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="moved_clock", description=__doc__)
    parser.add_argument("paths", nargs="*", help=f"試験の場所 (tests to run; default: {' '.join(PATHS)})")
    kinds = ("clock", "order", "fonts")
    parser.add_argument("--kind", nargs="+", choices=kinds, default=kinds, help="変えるもの (what to change)")
    wanted = "日本時間、例 2028-02-29T09:00 (Japanese wall time)"
    parser.add_argument("--moment", nargs="+", type=_moment, help=wanted)
    parser.add_argument("--zone", nargs="+", default=ZONES, help="機械の時間帯 (TZ of the machine)")
    parser.add_argument("--seed", nargs="+", type=int, help="順序の種 (repeats an order)")
    parser.add_argument("--marks", default="not browser and not slow", help="pytest -m")
    parser.add_argument("--keyword", default="", help="pytest -k")
    return parser


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


if __name__ == "__main__":
    sys.exit(main())
