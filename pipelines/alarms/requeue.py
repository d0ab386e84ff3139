"""Requests runs for waiting work that no process holds, long before the deployments' schedules would find it.

A flow run that is killed together with its worker or its server counts as running for minutes, until Prefect has missed
its heartbeats. The leases in our own database show at once that nobody holds its work. A run too many does no harm:
runs that overlap never get the same row.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from pipelines.context import Office
from pipelines.prefect_api import end_dead_runs, request_run
from pipelines.steps.accounting.board import waiting_work
from pipelines.steps.entry.enter import systems_with_work
from pipelines.workers import certainly_dead
from store.base import claims
from store.base.schema import Document, Entry, SourceFile

FIRST_PAUSE_SECONDS = 10.0
START_SECONDS = 30.0  # Prefect starts a process for each run, which then loads the reader's libraries
LONGEST_PAUSE_SECONDS = 300.0  # work that fails again and again must not start a run every few seconds


def unattended_work(office: Office) -> set[str]:
    """The flows whose waiting work is held by no live process of this machine and by no other machine."""
    with office.store.read() as session:
        readers = claims.owners(session, (SourceFile, Document))
        bots = claims.owners(session, (Entry,))
    unattended = set()
    if all(map(certainly_dead, readers)) and waiting_work(office):
        unattended.add("read")
    if all(map(certainly_dead, bots)) and systems_with_work(office):
        unattended.add("enter")
    return unattended


def _request(office: Office, name: str) -> bool:
    """Requests a run."""
    # First: a dead run would keep the deployment's concurrency slot for minutes, and the new one would wait.
    try:
        end_dead_runs(office.settings)
    except httpx.HTTPError:
        return False
    return request_run(office.settings, name, START_SECONDS)


class Requeue:
    """Requests a flow whose work has waited for ten seconds, then with growing pauses up to five minutes.

    Work that waits at the first check was left by an earlier process and is requested at once. A run that began less
    than ``START_SECONDS`` ago may not have reached its work yet: no other is requested beside it.
    """

    def __init__(
        self,
        office: Office,
        request: Callable[[str], bool] | None = None,
        find_work: Callable[[Office], set[str]] = unattended_work,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._office = office
        self._request = request or (lambda name: _request(office, name))
        self._find_work = find_work
        self._clock = clock
        self._first_delay = 0.0
        self._due: dict[str, tuple[float, float]] = {}  # flow: when to request it, and the pause after that

    def run_once(self) -> list[str]:
        """One check; returns the flows that were requested.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock()
        unattended = self._find_work(self._office)
        self._due = {
            name: self._due.get(name, (now + self._first_delay, FIRST_PAUSE_SECONDS))
            for name in sorted(unattended)
        }
        self._first_delay = FIRST_PAUSE_SECONDS
        requested = []
        for name, (at, pause) in self._due.items():
            if now >= at and self._request(name):
                longer = min(2 * pause, LONGEST_PAUSE_SECONDS)
                self._due[name] = (now + longer, longer)
                requested.append(name)
        return requested
