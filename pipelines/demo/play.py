"""Plays the demo from the first file to the last row, and says whether every record is where it should be."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from foundation import clock
from pipelines.context import Office
from pipelines.demo import proof
from pipelines.demo.clerk import clear_exceptions
from pipelines.demo.person import Worker
from pipelines.demo.scene import DemoProgress, demo_progress
from pipelines.demo.stage import SCANS, DemoOffice, drop, invite, set_up
from pipelines.demo.truth import Truth
from pipelines.service import serve
from pipelines.service.supervisor import Supervisor
from pipelines.steps.accounting.account import build_report, verify_chain
from reports.exports import headline

LOOK_SECONDS = 0.5
LONGEST_HEADLESS_SECONDS = 1500.0


def play(home: Path, *, headless: bool, samples: Path | None) -> bool:
    """The whole job once.

    Args:
        home: an empty folder for everything that the demo makes.
        headless: a script verifies in the real pages; otherwise people do.
        samples: scans with ``truth.csv``; the committed ones when None.

    Returns:
        True only if every record is where it should be.
    """
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped, too
    scans = samples or SCANS
    stage = set_up(home)
    office = Office(stage.settings)
    invite(office, stage.people)
    started = time.monotonic()
    with Supervisor(home / "logs") as supervisor:
        console.print("旧業務システムを起動しています (starting the sample legacy system)")
        supervisor.start(stage.legacy())
        serve.start(supervisor, stage.settings, console.print)
        console.print(
            f"見本 {drop(scans, stage.settings.inbox_folder)} ファイルを受付フォルダーに入れました (files dropped)"
        )
        if not headless:
            _invite_people(console, stage)
        failures = _day(supervisor, office, stage, Truth(scans, office.forms), headless)
        serve.run_and_wait(stage.settings, "report/report")
        found = proof.prove(office, stage.legacy_database)
        _summary(console, office, stage, found, failures, time.monotonic() - started)
        good = found.good and not failures and verify_chain(office).ok
        if not headless:
            _stay(console, supervisor, stage)
    return good


def _day(
    supervisor: Supervisor, office: Office, stage: DemoOffice, truth: Truth, headless: bool
) -> list[str]:
    """Shows progress until nothing is left to do; gives what went wrong with people or programs."""
    over = threading.Event()
    workers = _workers(stage, truth, over) if headless else []
    for worker in workers:
        worker.start()
    limit = time.monotonic() + LONGEST_HEADLESS_SECONDS
    noticed: list[str] = []
    with _bars() as bars:
        tasks = {name: bars.add_task(name, total=None) for name in DemoProgress.BARS}
        while True:
            noticed += supervisor.check()
            scene = demo_progress(office)
            _show(bars, tasks, scene)
            if scene.finished:
                break
            if headless and (time.monotonic() > limit or all(worker.failure for worker in workers)):
                noticed.append("時間内に終わりませんでした (did not finish)")
                break
            time.sleep(LOOK_SECONDS)
    over.set()
    for worker in workers:
        worker.join(30)
    return [*noticed, *(worker.failure for worker in workers if worker.failure)]


def _workers(stage: DemoOffice, truth: Truth, over: threading.Event) -> list[Worker]:
    """Two verifiers, and a lead who also clears the exceptions."""
    workers = [Worker(stage, person, truth, over) for person in stage.people]
    workers[-1].chore = lambda page: clear_exceptions(page, stage.pages, truth)
    return workers


def _bars() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def _show(bars: Progress, tasks: dict[str, TaskID], scene: DemoProgress) -> None:
    for name, (done, total) in scene.bars().items():
        bars.update(tasks[name], completed=done, total=total or None)


def _invite_people(console: Console, stage: DemoOffice) -> None:
    console.print("\n[bold]確認をお願いします[/bold] (please verify; a double needs two different people)")
    console.print(f"  {stage.pages}/verify")
    for person in stage.people:
        console.print(f"  {person.display}: {person.name} / {person.password}", highlight=False, markup=False)
    console.print(f"  例外 (exceptions): {stage.pages}/exceptions\n")


def _summary(
    console: Console,
    office: Office,
    stage: DemoOffice,
    found: proof.Proof,
    failures: list[str],
    seconds: float,
) -> None:
    table = Table("結果", "件数", title="写し 実演の結果 (demo)")
    for state, count in found.states.items():
        table.add_row(state, str(count))
    table.add_row("業務システムの行と一致 (rows equal, once each)", str(found.entered))
    table.add_row("隔離したファイル (quarantined files)", str(found.quarantined))
    console.print(table)
    console.print(headline(build_report(office, clock.today())), highlight=False)
    chain = verify_chain(office)
    console.print(f"監査記録 {chain.chain.events} 件: {'正常 (whole)' if chain.ok else '異常 (broken)'}")
    for what, where in serve.addresses(stage.settings).items():
        console.print(f"{what}: {where}", highlight=False)
    console.print(f"業務システム (legacy system): {stage.legacy_url} (kenshu / kenshu)", highlight=False)
    console.print(f"報告 (report): {stage.settings.reports_folder}", highlight=False)
    console.print(f"{seconds:.0f} 秒 (seconds)")
    for fault in (*found.faults, *failures):
        console.print(f"✗ {fault}", style="red", highlight=False)


def _stay(console: Console, supervisor: Supervisor, stage: DemoOffice) -> None:
    """Leaves everything running so that people can look around."""
    console.print("Ctrl-C で終了します (stops everything)")
    try:
        while True:
            supervisor.check()
            time.sleep(1)
    except KeyboardInterrupt:
        return
