"""Runs the demo from the first file to the last row, and checks every record in the legacy system."""

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
from pipelines.demo import record_check
from pipelines.demo.clerk import clear_exceptions
from pipelines.demo.demo_office import SCANS, DemoOffice, create_accounts, drop, set_up
from pipelines.demo.person import ScriptedPerson
from pipelines.demo.progress import DemoProgress, count_progress
from pipelines.demo.truth import Truth
from pipelines.service import serve
from pipelines.service.supervisor import Supervisor
from pipelines.steps.accounting.account import build_report, verify_chain
from reports.exports import headline

CHECK_SECONDS = 0.5
LONGEST_HEADLESS_SECONDS = 1500.0


def run_demo(home: Path, *, headless: bool, samples: Path | None) -> bool:
    """Runs the whole job once.

    Args:
        home: an empty folder for everything that the demo makes.
        headless: a script verifies in the real pages; otherwise people do so.
        samples: scans with ``truth.csv``; those of the repository when None.

    Returns:
        True only if every record stands correctly in the legacy system and nothing failed.
    """
    console = Console()
    # As an exception, so that the supervisor below ends its programs. 143 is what a shell reports after SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scans = samples or SCANS
    stage = set_up(home)
    office = Office(stage.settings)
    create_accounts(office, stage.people)
    started = time.monotonic()
    with Supervisor(home / "logs") as supervisor:
        console.print("旧業務システムを起動しています (starting the sample legacy system)")
        supervisor.start(stage.legacy())
        serve.start(supervisor, stage.settings, console.print)
        console.print(
            f"見本 {drop(scans, stage.settings.inbox_folder)} ファイルを受付フォルダーに入れました (files dropped)"
        )
        if not headless:
            _show_accounts(console, stage)
        failures = _wait_for_end(supervisor, office, stage, Truth(scans, office.forms), headless)
        serve.run_and_wait(stage.settings, "report/report")
        check = record_check.check_records(office, stage.legacy_database)
        _summary(console, office, stage, check, failures, time.monotonic() - started)
        passed = check.good and not failures and verify_chain(office).ok
        if not headless:
            _keep_running(console, supervisor, stage)
    return passed


def _wait_for_end(
    supervisor: Supervisor, office: Office, stage: DemoOffice, truth: Truth, headless: bool
) -> list[str]:
    """Shows progress until nothing is left to do; returns failures of people and programs."""
    stopped = threading.Event()
    people = _scripted_people(stage, truth, stopped) if headless else []
    for person in people:
        person.start()
    limit = time.monotonic() + LONGEST_HEADLESS_SECONDS
    failures: list[str] = []
    with _bars() as bars:
        tasks = {name: bars.add_task(name, total=None) for name in DemoProgress.BARS}
        while True:
            failures += supervisor.check()
            progress = count_progress(office)
            _show(bars, tasks, progress)
            if progress.finished:  # counted in the database: Prefect has no state for "nothing waits"
                break
            if headless and (time.monotonic() > limit or all(person.failure for person in people)):
                failures.append("時間内に終わりませんでした (did not finish)")
                break
            time.sleep(CHECK_SECONDS)
    stopped.set()
    for person in people:
        person.join(30)
    return [*failures, *(person.failure for person in people if person.failure)]


def _scripted_people(stage: DemoOffice, truth: Truth, stopped: threading.Event) -> list[ScriptedPerson]:
    """Two verifiers, and a lead who also settles the exceptions."""
    people = [ScriptedPerson(stage, person, truth, stopped) for person in stage.people]
    people[-1].other_work = lambda page: clear_exceptions(page, stage.pages, truth)
    return people


def _bars() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def _show(bars: Progress, tasks: dict[str, TaskID], progress: DemoProgress) -> None:
    for name, (done, total) in progress.bars().items():
        bars.update(tasks[name], completed=done, total=total or None)


def _show_accounts(console: Console, stage: DemoOffice) -> None:
    console.print("\n[bold]確認をお願いします[/bold] (please verify; a double needs two different people)")
    console.print(f"  {stage.pages}/verify")
    for person in stage.people:
        console.print(f"  {person.display}: {person.name} / {person.password}", highlight=False, markup=False)
    console.print(f"  例外 (exceptions): {stage.pages}/exceptions\n")


def _summary(
    console: Console,
    office: Office,
    stage: DemoOffice,
    check: record_check.RecordCheck,
    failures: list[str],
    seconds: float,
) -> None:
    table = Table("結果", "件数", title="写し 実演の結果 (demo)")
    for state, count in check.states.items():
        table.add_row(state, str(count))
    table.add_row("業務システムの行と一致 (rows equal, once each)", str(check.entered))
    table.add_row("隔離したファイル (quarantined files)", str(check.quarantined))
    console.print(table)
    console.print(headline(build_report(office, clock.today())), highlight=False)
    chain = verify_chain(office)
    console.print(f"監査記録 {chain.chain.events} 件: {'正常 (intact)' if chain.ok else '異常 (broken)'}")
    for what, where in serve.addresses(stage.settings).items():
        console.print(f"{what}: {where}", highlight=False)
    console.print(f"業務システム (legacy system): {stage.legacy_url} (kenshu / kenshu)", highlight=False)
    console.print(f"報告 (report): {stage.settings.reports_folder}", highlight=False)
    console.print(f"{seconds:.0f} 秒 (seconds)")
    for fault in (*check.faults, *failures):
        console.print(f"✗ {fault}", style="red", highlight=False)


def _keep_running(console: Console, supervisor: Supervisor, stage: DemoOffice) -> None:
    """Keeps everything running, so that people can try the pages."""
    console.print("Ctrl-C で終了します (stops everything)")
    try:
        while True:
            supervisor.check()
            time.sleep(1)
    except KeyboardInterrupt:
        return
