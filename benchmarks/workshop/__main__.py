"""A scripted member of staff builds bots in the workshop, through its port alone; then records enter through them.

    ./run bench workshop [--records 50] [--systems php django]

Prints for each system the clicks and keys, the minutes, the outcomes, and the rows that the system holds: each record
must be there exactly once. The builder sees only what the page of the workshop would show: the words of its elements.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.workshop import builders
from benchmarks.workshop.php_register import PhpRegister
from benchmarks.workshop.staff import Staff
from bots.run.grants import Grants
from pipelines.workshop_worker.ports import WorkshopWorkerPort

ROOT = Path(__file__).resolve().parents[2]
GRANTS = Grants(("127.0.0.1",), ("KYOKA_*",))
_START_SECONDS = 60
Values = dict[str, str]


@dataclass(frozen=True)
class Trial:
    """One system: how it is served, built for, and asked what it holds."""

    serve: Callable[[Path], Any]
    build: Callable[[Staff], None]
    draft: Mapping[str, Any]
    record: Callable[[int], Values]


@contextmanager
def php(_: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """The register of `php_register`; the second part returns the numbers that it holds."""
    with PhpRegister() as system:
        yield system.url, lambda: [row["no"] for row in system.rows]


@contextmanager
def django(folder: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Django's admin, which nobody here wrote."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = folder / "django.db"
    command = [sys.executable, "-m", "tests.bots.systems.django_kyufu", str(database), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}", lambda: _numbers(database)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the site did not start")


def _numbers(database: Path) -> list[str]:
    with sqlite3.connect(database) as db:
        return [row[0] for row in db.execute("SELECT number FROM django_kyufu_application")]


def php_record(number: int) -> Values:
    """Records that differ in every kind of value."""
    states, day = list(builders.PHP_CHOICES["state"]), number % 28 + 1
    more = {"birth": f"{1950 + number}-{number % 12 + 1:02}-{day:02}", "state": states[number % 3]}
    more |= {
        "amount": str(number * 1000),
        "agree": ("true", "false")[number % 2],
        "memo": f"備考{number}" * (number % 3),
    }
    return {**builders.PHP_SAMPLE, "no": f"2{number:07}", **more}


def django_record(number: int) -> Values:
    """Records that differ in person, day, amount and tick."""
    person = ("10000001", "10000002")[number % 2]
    more = {"person_no": person, "received": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"}
    more |= {"amount": str(number * 100), "approved": ("true", "false")[number % 2]}
    return {**builders.DJANGO_SAMPLE, "application_no": f"2{number:07}", **more}


TRIALS = {
    "php": Trial(
        php, builders.build_php,
        {"id": "josei", "title": {"ja": "助成申請"}, "encoding": "cp932", "key": ["no"], "form": "josei",
         "sample": builders.PHP_SAMPLE, "choices": builders.PHP_CHOICES}, php_record,
    ),
    "django": Trial(
        django, builders.build_django,
        {"id": "django_kyufu", "title": {"ja": "申請台帳"}, "encoding": "utf-8", "key": ["application_no"],
         "form": "kyufu", "sample": builders.DJANGO_SAMPLE}, django_record,
    ),
}  # fmt: skip


def run(trial: Trial, folder: Path, records: int) -> dict[str, Any]:
    """Build the bot, check it, walk it, and enter the records; return what to print."""
    port, draft = WorkshopWorkerPort(grants=GRANTS), folder / "draft"
    with trial.serve(folder) as (url, stored):
        try:
            port.create(draft, {**trial.draft, "base_url": url})
            staff = Staff(
                lambda act: port.act(draft, act), lambda at: port.screen(draft, at), lambda edit: port.edit(draft, edit)
            )  # fmt: skip
            began = time.monotonic()
            trial.build(staff)
            built = time.monotonic() - began
            problems = [p["ja"] for p in port.check(draft)["problems"]]
            values = [trial.record(number) for number in range(1, records + 1)]
            walked = port.dry_walk(draft, values[0])
            began = time.monotonic()
            outcomes = port.rehearse(draft, values, url)
            entered = time.monotonic() - began
        finally:
            port.close_all()
        keys = Counter(stored())
    wanted = [record[trial.draft["key"][0]] for record in values]
    wrong = [f"{key}: {keys[key]}" for key in wanted if keys[key] != 1]
    return {
        "clicks": staff.clicks, "keys": staff.keys, "build_minutes": built / 60, "problems": problems,
        "walk": walked["reason"]["ja"] if walked else "", "enter_minutes": entered / 60, "not_once": wrong,
        "outcomes": Counter(o["status"] for o in outcomes), "reasons": {o["reason"] for o in outcomes if o["reason"]},
        "yaml": (draft / "bot.yaml").read_text(encoding="utf-8"),
    }  # fmt: skip


def main() -> None:
    """Run the chosen systems; exit 1 unless every record is stored exactly once and confirmed."""
    parser = argparse.ArgumentParser(prog="workshop", description=__doc__)
    parser.add_argument("--records", type=int, default=50)
    parser.add_argument("--systems", nargs="+", choices=sorted(TRIALS), default=sorted(TRIALS))
    parser.add_argument(
        "--yaml", action="store_true", help="できた bot.yaml も表示する / print the bot.yaml too"
    )
    chosen = parser.parse_args()
    os.environ.setdefault("UTSUSHI_SECRET_KYOKA_USER", "bot")
    os.environ.setdefault("UTSUSHI_SECRET_KYOKA_PASSWORD", "himitsu-no-kotoba")
    table = Table(
        "system", "clicks", "keys", "build min", "dry walk", "outcomes", "enter min", "not exactly once"
    )
    good, console = True, Console()
    for name in chosen.systems:
        with tempfile.TemporaryDirectory() as folder:
            done = run(TRIALS[name], Path(folder), chosen.records)
        good = good and not done["not_once"] and done["outcomes"] == {"confirmed": chosen.records}
        table.add_row(
            name, str(done["clicks"]), str(done["keys"]), f"{done['build_minutes']:.1f}",
            done["walk"] or "every step found",
            ", ".join(f"{k} {n}" for k, n in done["outcomes"].items()), f"{done['enter_minutes']:.1f}",
            ", ".join(done["not_once"]) or "none",
        )  # fmt: skip
        for line in (*done["problems"], *done["reasons"], *([done["yaml"]] if chosen.yaml else [])):
            console.print(line, markup=False)
    console.print(table)
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
