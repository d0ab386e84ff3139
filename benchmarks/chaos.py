"""Kills every process at random: `python -m benchmarks.chaos --documents 1000 --kill-every 5`. Nothing may be lost.

`utsushi serve` runs with the sample legacy system beside it. Once it has started, applications are dropped, read,
verified by two scripted people and entered by the bot, while one randomly chosen part after the other is killed
(kill -9) if it runs at that moment: watch, flow runs (intake, reader, bot), browser, web, Prefect's server and
worker, alarms, `serve` alone, now and then `serve` with all of them. With `--postgresql` the data stand in a server of
their own, which is among them (its first process or one of its others). With `--fill N` (as root) the home is a small
file system of its own, which is filled to the last byte N times.

At the end every application must be in exactly one final state, each settled record in the legacy system exactly once
with equal values, every dropped file known and kept, the audit chain and its seals whole.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from sqlalchemy import select

from benchmarks.rigs.running import ROOT, Running, drop, free_ports, scratch, wait_for
from pipelines.context import Office
from pipelines.demo import record_check
from pipelines.demo.progress import count_progress
from pipelines.steps.accounting.account import seal, verify_chain
from store.base.errors import StoreError
from store.base.model import Answer, DocumentState, EntryState, FileState, ItemMode, Outcome
from store.base.schema import Document, Entry, SourceFile
from store.documents import documents
from store.entry import entries
from store.ops import restore
from store.queue import review_queue
from templates_forms.blocking import blocking_rules
from tests.store import store_postgresql

SYSTEM = "fukushi_sogo"
FORM = "kyufukin_shinsei"
PEOPLE = ("sato", "suzuki", "tanaka")
POSTGRESQL = "PostgreSQL"
PARTS = {
    "watch": "pipelines.service.watch",
    "web": "pipelines.service.web",
    "alarms": "alarms.monitor",
    "Prefect server": "prefect --no-prompt server",
    "Prefect worker": "prefect --no-prompt worker",
    "flow run starting": "prefect.runner._workspace",
    "flow run": "prefect.engine",
    "browser": "chrom",
    "serve": "pipelines serve",
}


def main() -> int:
    """Runs and prints; returns 0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--kill-every", type=float, default=8.0, help="seconds from lot to lot")
    parser.add_argument("--everything", type=float, default=0.08, help="share of lots that kill all at once")
    parser.add_argument("--fill", type=int, default=0, help="how often the disk is filled (needs root)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds until it counts as stuck")
    parser.add_argument("--scans", type=Path, help="a folder that `samples.make` filled for an earlier run")
    parser.add_argument("--where", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument(
        "--postgresql", action="store_true", help="with a server of its own, which is killed too"
    )
    options = parser.parse_args()
    size = f"{1200 + 2 * options.documents}m" if options.fill else ""
    with (
        scratch(options.where, options.keep) as folder,
        _disk(folder / "home", size) as home,
        store_postgresql.server() if options.postgresql else nullcontext() as database,
    ):
        figures = Chaos(home, folder, options, database).run()
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    return 0 if figures["good"] else 1


@contextmanager
def _disk(home: Path, size: str):
    """Yields the home folder; with ``--fill`` a file system of its own with a fixed size."""
    home.mkdir()
    if size:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(home)], check=True)
    try:
        yield home
    finally:
        if size:
            subprocess.run(["umount", "-l", str(home)], check=False)


class Chaos:
    """One run."""

    def __init__(
        self,
        home: Path,
        folder: Path,
        options: argparse.Namespace,
        database: store_postgresql.Server | None = None,
    ) -> None:
        self.database = database
        if database is not None:
            store_postgresql.administer(database.url.format("postgres"), "CREATE DATABASE utsushi")
        self.home, self.folder, self.options = home, folder, options
        self.dice = random.Random(options.seed)
        self.kills: Counter[str] = Counter()
        [self.legacy_port] = free_ports(1)
        self.legacy_database = folder / "legacy.db"
        (folder / "secrets.env").write_text("FUKUSHI_USER=kenshu\nFUKUSHI_PASSWORD=kenshu\n")
        (folder / "secrets.env").chmod(0o600)
        self.running = Running(
            home,
            {
                "UTSUSHI_SECRETS_FILE": str(folder / "secrets.env"),
                "UTSUSHI_SYSTEM_URLS": json.dumps({SYSTEM: f"http://127.0.0.1:{self.legacy_port}"}),
                "UTSUSHI_BOT_SECRETS": json.dumps({SYSTEM: ["FUKUSHI_*"]}),
                "UTSUSHI_DISK_RESERVE_MIB": "100",
                "UTSUSHI_LEASE_SECONDS": "60",
                **({"UTSUSHI_DATABASE_URL": database.url.format("utsushi")} if database else {}),
            },
        )
        self.truth: dict[str, dict[str, str]] = {}
        self.filled = 0
        self.undecided: Counter[str] = Counter()
        self.read_again = 0

    def run(self) -> dict[str, object]:
        """The whole run."""
        began = time.monotonic()
        scans = self._scans()
        legacy = self._legacy()
        try:
            office = self.running.office()
            assert office.store and office.forms
            self.running.start()
            wait_for(lambda: "受付フォルダー" in (self.home / "serve.log").read_text(), 300, 0.5)
            self._run_with_kills(office, scans, began)
            wait_for(lambda: self._finish_undisturbed(office), self.options.patience, 1.0)
            self.running.stop()
            return self._verify(office, len(scans), time.monotonic() - began)
        finally:
            self.running.stop()
            legacy.kill()
            legacy.wait()

    def _scans(self) -> list[Path]:
        """Makes applications with unique numbers."""
        out: Path = self.options.scans or self.folder / "scans"
        if self.options.scans is None:
            command = [sys.executable, "-m", "samples.make", "--out", str(out), "--forms", FORM]
            command += ["--count", str(self.options.documents), "--seed", str(self.options.seed)]
            command += ["--faults", "none", "--slips", "0", "--formats", "jpeg,png"]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with (out / "truth.csv").open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                self.truth.setdefault(row["file"], {})[row["field"]] = row["value"]
        return sorted(out / name for name in self.truth)[: self.options.documents]

    def _legacy(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "samples.legacy_system", "--port", str(self.legacy_port)]
        return subprocess.Popen(
            [*command, "--database", str(self.legacy_database)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _run_with_kills(self, office: Office, scans: list[Path], began: float) -> None:
        """Drops, answers and kills until every application is in a final state."""
        waiting = list(scans)
        next_kill = time.monotonic() + self.options.kill_every
        fills = [len(scans) * (n + 1) // (self.options.fill + 1) for n in range(self.options.fill)]
        printed_at = 0.0
        while True:
            if waiting and self.dice.random() < 0.5:
                path = waiting.pop(0)
                with suppress(OSError):
                    drop(self.home / "inbox", path.name, path.read_bytes())
                if not (self.home / "inbox" / path.name).exists() and not self._is_known(office, path):
                    waiting.insert(0, path)  # the disk was full: the scanner tries again
            if fills and len(scans) - len(waiting) >= fills[0]:
                fills.pop(0)
                self._fill_disk()
            self._people(office)
            if time.monotonic() > next_kill:
                self._kill_one()
                next_kill = time.monotonic() + self.options.kill_every * self.dice.uniform(0.5, 1.5)
            self._restart()
            if time.monotonic() - printed_at > 20:
                printed_at = time.monotonic()
                kills = f"{self.kills.total()} kills: {dict(self.kills)}"
                print(f"{printed_at - began:.0f} s: {self._states(office)}, {kills}", file=sys.stderr)
            if not waiting and self._finished(office):
                return
            if time.monotonic() - began > self.options.patience:
                print("✗ out of patience", file=sys.stderr)
                return
            time.sleep(0.4)

    def _kill_one(self) -> None:
        """Kills a process of a randomly chosen part, so that a browser's many processes do not hide the others.

        Parts that do not run can be chosen, too: otherwise the first ones of a start would be killed most often.
        """
        if self.dice.random() < self.options.everything:
            self.kills["everything at once"] += 1
            self.running.kill_all()
            return
        part = self.dice.choice(sorted([*PARTS, POSTGRESQL] if self.database else PARTS))
        found = [
            pid
            for pid, words in self.running.all().items()
            if part == next((name for name, mark in PARTS.items() if mark in words), None)
        ]
        if part == POSTGRESQL and self.database and (found := self.database.processes()):
            found = [found[0], self.dice.choice(found)]  # the first as often as all the others
        if found:
            with suppress(ProcessLookupError):
                os.kill(self.dice.choice(found), signal.SIGKILL)
                self.kills[part] += 1

    def _fill_disk(self) -> None:
        """Fills the disk for a while."""
        ballast = self.home / "ballast"
        with suppress(OSError), ballast.open("wb") as out:
            while True:
                out.write(b"\0" * 1_000_000)
                out.flush()
        time.sleep(12)
        ballast.unlink()
        self.filled += 1

    def _people(self, office: Office) -> None:
        """Verifiers answer the waiting items from the truth; a lead settles what the bot and the reader could not."""
        for person in PEOPLE:
            with suppress(StoreError):
                self._answer(office, person)
        with suppress(StoreError):
            self._settle(office)
        with suppress(StoreError):
            self._read_again(office)

    def _answer(self, office: Office, person: str) -> None:
        rules = blocking_rules(office.forms[FORM])
        with office.store.write() as session:
            items = review_queue.claim_next(session, person, roles={"verifier", "lead"}, limit=8)
            names = {
                item.id: session.get_one(
                    SourceFile, session.get_one(Document, item.document_id).file_id
                ).original_name
                for item in items
            }
        for item in items:
            value = self.truth[names[item.id]].get(item.field, "")
            outcome = Outcome.CORRECTED if value else Outcome.BLANK
            note = ""
            if item.mode is ItemMode.OVERRIDE:
                outcome, note = Outcome.CONFIRMED, "記載のとおり"
            answer = Answer(outcome, value, 1.0, item.presentation, note)
            with office.store.write() as session:
                review_queue.submit(session, item.id, str(item.claim_token), person, answer, rules=rules)

    def _settle(self, office: Office) -> None:
        """Settles an unknown entry as a person would who looks it up in the legacy system."""
        states = (EntryState.UNKNOWN, EntryState.PARKED, EntryState.REFUSED, EntryState.MISMATCH)
        with office.store.read() as session:
            stopped = [
                entry
                for entry in entries.in_state(session, *states)
                if not (entry.state is EntryState.UNKNOWN and entry.reason == entries.CUT_OFF)
            ]
        if not stopped:
            return
        there = {
            row["application_no"]
            for rows in record_check.stored_rows(self.legacy_database).values()
            for row in rows
        }
        for entry in stopped:
            to = EntryState.CONFIRMED if entry.key in there else EntryState.PLANNED
            self.undecided[f"{entry.state.value} → {to.value}"] += 1
            with office.store.write() as session:
                if entry.state is EntryState.REFUSED and to is EntryState.CONFIRMED:
                    entries.resolve(session, entry.id, EntryState.PLANNED, actor="tanaka", reason="lookup")
                entries.resolve(session, entry.id, to, actor="tanaka", reason="lookup")

    def _read_again(self, office: Office) -> None:
        """Takes in again what six readers were killed with: it was sent to people as if it had crashed them."""
        with office.store.read() as session:
            stopped = documents.in_state(session, DocumentState.UNREGISTERED)
        for document in stopped:
            with office.store.write() as session:
                documents.advance(session, document.id, DocumentState.RECEIVED, "tanaka")
            self.read_again += 1

    def _finished(self, office: Office) -> bool:
        with suppress(StoreError):
            scene = count_progress(office)
            return scene.finished and scene.documents[1] >= self.options.documents
        return False

    def _finish_undisturbed(self, office: Office) -> bool:
        """Without further kills, lets people work until nothing is left to do."""
        self._people(office)
        self._restart()
        return self._finished(office)

    def _restart(self) -> None:
        """Restarts `serve` and the database, as an init system would."""
        if self.running.process is not None and self.running.process.poll() is not None:
            self.running.start()
        if self.database is not None and not self.database.processes():
            with suppress(subprocess.CalledProcessError):  # those of the killed one still go down
                self.database.start()

    def _is_known(self, office: Office, path: Path) -> bool:
        with suppress(StoreError), office.store.read() as session:
            return (
                session.scalar(select(SourceFile.id).where(SourceFile.original_name == path.name)) is not None
            )
        return True

    def _states(self, office: Office) -> dict[str, int]:
        with suppress(StoreError), office.store.read() as session:
            return dict(Counter(row.value for row in session.scalars(select(Document.state))))
        return {}

    def _verify(self, office: Office, dropped: int, seconds: float) -> dict[str, object]:
        seal(office)
        found = record_check.check_records(office, self.legacy_database)
        whole = restore.check_store(office.store)
        chain = verify_chain(office)
        with office.store.read() as session:
            documents = list(session.scalars(select(Document)))
            files = list(session.scalars(select(SourceFile)))
            attempts = [entry.attempts for entry in session.scalars(select(Entry))]
        first = [file for file in files if file.state is not FileState.DUPLICATE]
        final = {
            DocumentState.ENTERED,
            DocumentState.RETURNED,
            DocumentState.DISMISSED,
            DocumentState.REFUSED,
        }
        good = (
            found.good
            and whole.ok
            and chain.ok
            and found.entered == dropped == len(documents) == len(first)
            and {document.state for document in documents} <= final
            and not [path for path in (self.home / "inbox").rglob("*") if path.is_file()]
        )
        return {
            "good": good,
            "applications dropped": dropped,
            "applications known": len(documents),
            "states": found.states,
            "in the legacy system exactly once, equal": found.entered,
            "faults": [*found.faults, *whole.faults][:20],
            "kills": dict(self.kills.most_common()),
            "kills survived": self.kills.total(),
            "disk filled": self.filled,
            "files seen again after a cut (duplicates of themselves)": len(files) - len(first),
            "settled by a person's look into the legacy system": dict(self.undecided),
            "given up by the readers, taken in again by a person": self.read_again,
            "most attempts of one entry": max(attempts, default=0),
            "audit events, chain and seals": f"{chain.chain.events}, {'whole' if chain.ok else 'broken'}",
            "kept files checked": whole.files,
            "seconds": round(seconds),
            "load average": os.getloadavg()[0],
        }


if __name__ == "__main__":
    shutil.which("chromium")
    sys.exit(main())
