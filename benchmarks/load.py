"""Measures pages per hour from the folder to the queue: `python -m benchmarks.load --pages 60`.

The sample scans are dropped again and again, each copy with different bytes, and pass through the real steps:
taken, split, read, routed. Measured: pages per hour, memory of each reader and size of the database as they grow, and
what database and Prefect cost against reading alone (`--overhead`). `--workers 2` adds a second reading process; with
`--database` the same runs over PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks.rigs.running import ROOT, Running, scratch, wait_for
from extractors.reader.read_paths import read_paths
from pipelines.context import Office
from pipelines.settings import Settings, prefect_environment
from pipelines.steps.accounting.account import verify_chain
from pipelines.steps.intake import take_in
from pipelines.steps.reading.read_loop import read_everything
from store.base.model import DocumentState
from store.base.schema import Document, Page

SCANS = ("kyufukin_06.jpg", "kyufukin_05.jpg", "jido_04.jpg", "jido_05.png", "kyufukin_07.png")


def main() -> int:
    """Runs and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="of one inference; default: half of its cores")
    parser.add_argument(
        "--database", default="", help="PostgreSQL URL of an empty database; SQLite when empty"
    )
    parser.add_argument(
        "--overhead", action="store_true", help="also: reading alone, and the same through Prefect"
    )
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often, in turn; shares are medians of the rounds"
    )
    parser.add_argument("--where", type=Path)
    options = parser.parse_args()
    if options.database and options.rounds > 1:
        parser.error("each round needs an empty database: one round with --database")
    threads = options.threads or max(1, (os.cpu_count() or 1) // options.workers // 2)
    with scratch(options.where) as folder:
        scans = copies(folder / "scans", options.pages)
        figures = {"pages": options.pages, "workers": options.workers, "threads of one inference": threads}
        figures |= {"cores": os.cpu_count(), "load average before": os.getloadavg()[0]}
        rounds = [
            one_round(folder / f"round-{number}", scans, options, threads) for number in range(options.rounds)
        ]
        figures |= rounds[-1] | compared(rounds)
        figures["good"] = all(one["good"] for one in rounds)
        figures["load average after"] = os.getloadavg()[0]
    print(json.dumps(figures, indent=1))
    return 0 if figures["good"] else 1


def one_round(
    folder: Path, scans: list[Path], options: argparse.Namespace, threads: int
) -> dict[str, object]:
    """Reading alone, the steps, and the steps through Prefect, one after the other, on the same pages."""
    folder.mkdir()
    figures: dict[str, object] = {}
    if options.overhead:
        figures["reading alone, s"] = alone(scans, threads)
    figures |= steps(folder / "steps", scans, options.workers, threads, options.database)
    if options.overhead:
        figures["through Prefect, s"] = through_prefect(folder / "prefect", scans, threads)
    return figures


def copies(folder: Path, pages: int) -> list[Path]:
    """Single-page scans, all different: a number follows the picture's end, which decoders ignore."""
    folder.mkdir(parents=True)
    found = []
    for number in range(pages):
        name = SCANS[number % len(SCANS)]
        path = folder / f"{number:06d}_{name}"
        path.write_bytes((ROOT / "samples" / "scans" / name).read_bytes() + f"copy {number}".encode())
        found.append(path)
    return found


def alone(scans: list[Path], threads: int) -> float:
    """Seconds of the same reading without database and Prefect, after the engines are warm."""
    office = Office(Settings(home=scans[0].parent / "alone", threads=threads))
    list(read_paths(scans[:1], office.forms, reader=office.reader))
    began = time.monotonic()
    list(read_paths(scans, office.forms, reader=office.reader))
    return round(time.monotonic() - began, 1)


def steps(home: Path, scans: list[Path], workers: int, threads: int, url: str) -> dict[str, object]:
    """The way from the folder to the queue by `workers` processes; the time counts from when they are warm."""
    settings = Settings(
        home=home, stable_seconds=0.0, threads=threads, database_url=url or None, disk_reserve_mib=0.0
    )
    office = Office(settings)
    for path in scans:
        (office.settings.inbox_folder / path.name).write_bytes(path.read_bytes())
    began = time.monotonic()
    taken = take_in.wait_and_take(office, patience=-1)
    intake_seconds = time.monotonic() - began
    context = multiprocessing.get_context("spawn")
    ready, go = context.Barrier(workers + 1), context.Barrier(workers + 1)
    readers = [
        context.Process(target=_reader, args=(home, threads, url, ready, go, home / f"reader-{n}.jsonl"))
        for n in range(workers)
    ]
    for reader in readers:
        reader.start()
    ready.wait()
    size = database_bytes(office)
    go.wait()
    began = time.monotonic()
    for reader in readers:
        reader.join()
    seconds = time.monotonic() - began
    with office.store.read() as session:
        pages = int(session.scalar(select(func.count()).select_from(Page)) or 0)
        waiting = int(
            session.scalar(select(func.count()).where(Document.state == DocumentState.RECEIVED)) or 0
        )
    lines = [
        [json.loads(line) for line in (home / f"reader-{n}.jsonl").read_text().splitlines()]
        for n in range(workers)
    ]
    grown = database_bytes(office) - size
    return {
        "good": taken == len(scans) == pages and not waiting and verify_chain(office).ok
        and all(reader.exitcode == 0 for reader in readers),
        "database": office.store.engine.dialect.name,
        "intake alone, files/s": round(taken / intake_seconds, 1),
        "folder to queue, s": round(seconds, 1),
        "pages per hour": round(3600 * pages / seconds),
        "database growth, MiB per 10,000 pages": round(grown / 2**20 / pages * 10_000),
        "kept files, MiB per 10,000 pages": round(_folder_bytes(home / "files") / 2**20 / pages * 10_000),
        "reader memory, MiB: first tenth, last tenth": [_ends([one["mib"] for one in reader]) for reader in lines],
        "seconds per page: first half, second half": [_halves(reader) for reader in lines],
    }  # fmt: skip


def _reader(home: Path, threads: int, url: str, ready, go, log: Path) -> None:
    """One reading process; logs time and memory at each report of progress."""
    office = Office(Settings(home=home, stable_seconds=0.0, threads=threads, database_url=url or None))
    assert office.library and office.store
    list(read_paths([ROOT / "samples" / "scans" / SCANS[0]], office.forms, reader=office.reader))
    ready.wait()
    go.wait()
    with log.open("w") as out:

        def on_progress(progress) -> None:
            line = {"at": time.monotonic(), "read": progress.read, "mib": _rss()}
            out.write(json.dumps(line) + "\n")
            out.flush()

        read_everything(office, on_progress)


def _rss() -> float:
    text_ = Path("/proc/self/status").read_text()
    return int(text_.split("VmRSS:")[1].split()[0]) / 1024


def _ends(values: list[float]) -> list[int]:
    tenth = max(1, len(values) // 10)
    return [round(statistics.median(values[:tenth])), round(statistics.median(values[-tenth:]))]


def _halves(lines: list[dict]) -> list[float]:
    """Whether the last pages take longer than the first."""
    lines = [line for line in lines if line["read"]]
    if len(lines) < 3:
        return []
    middle = lines[len(lines) // 2]
    found = []
    for start, end in ((lines[0], middle), (middle, lines[-1])):
        done = end["read"] - start["read"]
        found.append(round((end["at"] - start["at"]) / done, 2) if done else 0.0)
    return found


def database_bytes(office: Office) -> int:
    """Size of the database, its log included."""
    if office.store.engine.dialect.name == "postgresql":
        with office.store.read() as session:
            return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return sum(path.stat().st_size for path in office.settings.home.glob("utsushi.db*"))


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def through_prefect(home: Path, scans: list[Path], threads: int) -> float:
    """Seconds of a `read` flow over the same files under a running Prefect server, its start not included."""
    home.mkdir()
    running = Running(home, {"UTSUSHI_THREADS": str(threads), "UTSUSHI_PARTS": '["prefect"]'})
    office = running.office()
    for path in scans:
        (office.settings.inbox_folder / path.name).write_bytes(path.read_bytes())
    take_in.wait_and_take(office, patience=5)
    running.start()
    try:
        wait_for(lambda: "受付フォルダー" in (home / "serve.log").read_text(), 300, 1.0)
        code = (
            "import time\nfrom pathlib import Path\nfrom extractors.reader.read_paths import read_paths\n"
            "from pipelines.context import this_office\nfrom pipelines.flows.read import read\n"
            f"o = this_office(); o.library\n"
            f"list(read_paths([Path({str(scans[0])!r})], o.forms, reader=o.reader))\n"
            "b = time.monotonic(); read(then_enter=False); print('SECONDS', time.monotonic() - b)"
        )
        environment = running.environment | {
            **prefect_environment(office.settings),
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return round(float(done.stdout.split("SECONDS")[1]), 1)
    finally:
        running.stop()


def compared(rounds: list[dict]) -> dict[str, object]:
    """Seconds of every round, and shares of the reading time: the medians of the rounds' own ratios."""
    found: dict[str, object] = {}
    if len(rounds) > 1:
        for name in ("reading alone, s", "folder to queue, s", "through Prefect, s", "pages per hour"):
            if name in rounds[0]:
                found[f"{name}, by round"] = [one[name] for one in rounds]
    for name, whole in (("database", "folder to queue, s"), ("database and Prefect", "through Prefect, s")):
        ratios = [one[whole] / one["reading alone, s"] for one in rounds if "reading alone, s" in one]
        if ratios:
            found[f"{name} over reading, %"] = round(100 * (statistics.median(ratios) - 1), 1)
    return found


if __name__ == "__main__":
    sys.exit(main())
