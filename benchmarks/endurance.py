"""Checks that no answer is lost or doubled with many verifiers, closed browsers, double clicks and server restarts.

`python -m benchmarks.endurance [--minutes 10] [--items 5000] [--verifiers 20] [--browsers 2]`

The people type the values on the paper with a few errors, so that third people and leads get items, too. The server is
killed (SIGKILL) and started again twice. Afterwards the database is compared with the answers that were acknowledged.
Exit status 1 on any violation: an item that is not settled exactly once (a double by two different people), an
acknowledged answer that is lost or changed, a person who was given their own double, a document without exactly one
record, a broken audit chain, an error of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

from playwright.async_api import async_playwright

from benchmarks.rigs import crowd
from benchmarks.rigs.endurance_people import BrowserVerifier, Day, HttpVerifier, Ledger
from bots.browser.launch import arguments
from store.audit import chain
from store.base.model import DocumentState, ItemMode, ItemState
from store.base.schema import AuditEvent, Document, Item, Record, Verification
from store.database import Store
from store.documents import documents, readings

LEASE_SECONDS = 20.0
RESTARTS = (0.35, 0.7)
STALLED_SECONDS = 90.0


async def live(filled: crowd.Crowd, server: crowd.Server, minutes: float, browsers: int) -> Ledger:
    """Runs until every item is answered, or nothing changes any more."""
    people = len(filled.names)
    pace = minutes * 60 * people / filled.items * 0.8
    day = Day(server, filled.truth, Ledger(), pace, asyncio.Event(), LEASE_SECONDS / 3)
    async with async_playwright() as playwright:
        options = {"executable_path": crowd.chromium(), "args": arguments(("127.0.0.1",))}
        browser = await playwright.chromium.launch(**options) if browsers else None  # type: ignore[arg-type]
        workers: list[HttpVerifier | BrowserVerifier] = [
            BrowserVerifier(day, name, Random(name), browser)
            if browser and place < browsers
            else HttpVerifier(day, name, Random(name))
            for place, name in enumerate(filled.names)
        ]
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        watch = asyncio.create_task(_watch(filled, day, minutes))
        await asyncio.gather(watch, *tasks)
        if browser:
            await browser.close()
    return day.ledger


async def _watch(filled: crowd.Crowd, day: Day, minutes: float) -> None:
    """Restarts the server at its times; ends the run when nothing is left or nothing was settled for long."""
    store, began, restarts = crowd.opened(filled.folder), time.monotonic(), list(RESTARTS)
    before, moved = -1, began
    try:
        while not day.over.is_set():
            await asyncio.sleep(1.0)
            seconds = time.monotonic() - began
            passed = seconds / (minutes * 60)
            left = await asyncio.to_thread(crowd.open_items, store)
            if restarts and passed > restarts[0]:
                restarts.pop(0)
                day.ledger.events["server killed"] += 1
                await asyncio.to_thread(day.server.kill)
                await asyncio.sleep(1.0)
                await asyncio.to_thread(day.server.start)
            if left != before:
                before, moved = left, time.monotonic()
            if left == 0 or time.monotonic() - moved > STALLED_SECONDS:
                day.over.set()
    finally:
        day.over.set()
        store.close()


def check(store: Store, ledger: Ledger) -> list[str]:
    """Returns the violations as text; empty without any."""
    found = list(ledger.violations)
    with store.read() as session:
        items = list(session.query(Item))
        answers = defaultdict(list)
        for row in session.query(Verification).order_by(Verification.id):
            answers[row.item_id].append(row)
        reopened: Counter[int] = Counter()
        for event in session.query(AuditEvent).filter(AuditEvent.act == "item.reopened"):
            reopened[int(event.detail.split('"item":')[1].split(",")[0].rstrip("}"))] += 1
        found += _settled_once(items, answers, reopened)
        found += _different_people(items)
        found += _nothing_lost(session, answers, ledger)
        found += _one_record_each(session)
        result = chain.verify(session)
        if not result.ok:
            found.append(f"audit chain broken at {result.broken_seq}: {result.reason}")
    return found


def _settled_once(items, answers, reopened) -> list[str]:
    found = []
    for item in items:
        if item.state is ItemState.CANCELLED:
            if item.mode is not ItemMode.THIRD:
                found.append(f"item {item.id} was cancelled")
        elif item.state is not ItemState.DONE:
            found.append(f"item {item.id} is {item.state}")
        elif len(answers[item.id]) != 1 + reopened[item.id]:
            found.append(f"item {item.id}: {len(answers[item.id])} answers, {reopened[item.id]} taken back")
    return found


def _different_people(items) -> list[str]:
    people: dict[tuple[int, int, str], list[str]] = defaultdict(list)
    for item in items:
        if (
            item.mode in {ItemMode.DOUBLE, ItemMode.THIRD, ItemMode.VERIFY}
            and item.role is None
            and item.done_by
        ):
            people[item.document_id, item.round, item.field].append(item.done_by)
    return [
        f"{key} answered twice by one person: {names}"
        for key, names in people.items()
        if len(set(names)) != len(names)
    ]


def _nothing_lost(session, answers, ledger: Ledger) -> list[str]:
    stored = {row.token: row for rows in answers.values() for row in rows}
    found = []
    for token, (item, user, value) in ledger.acknowledged.items():
        row = stored.get(token)
        if row is None or (row.item_id, row.user) != (item, user):
            found.append(f"an acknowledged answer to item {item} of {user} is lost")
            continue
        kept = readings.decrypt_value(session, row.document_id, row.field, row.value, secret=row.secret)
        if kept.replace("　", "").replace(" ", "") != value.replace("　", "").replace(" ", ""):
            found.append(f"item {item}: {kept!r} in place of {value!r}")
    return found


def _one_record_each(session) -> list[str]:
    found = []
    records = Counter(number for (number,) in session.query(Record.document_id))
    for row in session.query(Document):
        if documents.get(session, row.id).state is not DocumentState.VERIFIED or records[row.id] != 1:
            found.append(f"document {row.id}: {row.state}, {records[row.id]} records")
    return found


def run(minutes: float, items: int, verifiers: int, browsers: int) -> list[str]:
    """Fill an office, let people work, compare; prints the figures and returns the violations."""
    with tempfile.TemporaryDirectory() as folder:
        filled = crowd.fill(Path(folder), items, verifiers)
        print(f"{filled.items} items, {verifiers} verifiers ({browsers} in real browsers)", flush=True)
        began = time.monotonic()
        with crowd.serving(filled.folder, lease_seconds=LEASE_SECONDS) as server:
            ledger = crowd.run_apart(live(filled, server, minutes, browsers))
        seconds = time.monotonic() - began
        store = crowd.opened(filled.folder)
        found = check(store, ledger)
        _print_figures(store, ledger, seconds)
        store.close()
    for sentence in found[:20]:
        print(f"VIOLATION {sentence}")
    print(f"{len(found)} violations")
    return found


def _print_figures(store: Store, ledger: Ledger, seconds: float) -> None:
    with store.read() as session:
        modes = Counter(item.mode.value for item in session.query(Item).filter(Item.state == ItemState.DONE))
        answers = session.query(Verification).count()
        states = Counter(row.state.value for row in session.query(Document))
    print(f"{seconds / 60:.1f} minutes; items settled: {dict(modes)}; answers stored: {answers}")
    print(f"documents: {dict(states)}")
    print("what people did: " + ", ".join(f"{name} {n}" for name, n in sorted(ledger.events.items())))
    if len(ledger.seconds) > 20:
        middle = statistics.median(ledger.seconds) * 1000
        late = statistics.quantiles(ledger.seconds, n=20)[-1] * 1000
        print(f"requests: {len(ledger.seconds)}, median {middle:.0f} ms, 95th {late:.0f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--verifiers", type=int, default=20)
    parser.add_argument(
        "--browsers", type=int, default=2, help="how many of the verifiers sit at a real browser"
    )
    asked = parser.parse_args()
    return 1 if run(asked.minutes, asked.items, asked.verifiers, asked.browsers) else 0


if __name__ == "__main__":
    sys.exit(main())
