"""Work that lies with nobody at it is asked for again, long before the deployments' schedules would find it.

A flow run can die without Prefect knowing: killed together with its worker or its server, it counts as running until
Prefect has missed its heartbeats for minutes. Our own leases know better: what waits and is held by no living process
has nobody. Asking once too often does no harm, since runs that overlap never get one row both.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from pipelines.context import Office
from pipelines.prefect_api import ask_for, settle_dead_runs
from pipelines.steps.accounting.board import waiting_work
from pipelines.steps.entry.enter import systems_with_work
from pipelines.workers import surely_dead
from store.base import claims
from store.base.schema import Document, Entry, SourceFile

FIRST_SECONDS = 10.0
START_SECONDS = 30.0
LONGEST_SECONDS = 300.0


def waiting_unattended(office: Office) -> set[str]:
    """The flows that have work which no living process of this machine, and no other machine, holds."""
    with office.store.read() as session:
        readers = claims.owners(session, (SourceFile, Document))
        bots = claims.owners(session, (Entry,))
    lying = set()
    if all(map(surely_dead, readers)) and waiting_work(office):
        lying.add("read")
    if all(map(surely_dead, bots)) and systems_with_work(office):
        lying.add("enter")
    return lying


def _ask(office: Office, name: str) -> bool:
    """Asks for a run, in whose way no dead one stands: its place would be kept for minutes."""
    try:
        settle_dead_runs(office.settings)
    except httpx.HTTPError:
        return False
    return ask_for(office.settings, name, START_SECONDS)


class Requeue:
    """Asks for a flow whose work has lain for ten seconds, then after ever longer pauses up to five minutes.

    What lies at the first look is left from the last life, and is asked for at once. A run that began less than
    ``START_SECONDS`` ago may not have come to its work yet: no other is asked for beside it.
    """

    def __init__(
        self,
        office: Office,
        ask: Callable[[str], bool] | None = None,
        look: Callable[[Office], set[str]] = waiting_unattended,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._office = office
        self._ask = ask or (lambda name: _ask(office, name))
        self._look = look
        self._clock = clock
        self._wait = 0.0
        self._due: dict[str, tuple[float, float]] = {}  # flow: when to ask, and the pause after that

    def round(self) -> list[str]:
        """One look; gives the flows that were asked for.

        Raises:
            StoreError: the database does not answer.
        """
        now = self._clock()
        lying = self._look(self._office)
        self._due = {name: self._due.get(name, (now + self._wait, FIRST_SECONDS)) for name in sorted(lying)}
        self._wait = FIRST_SECONDS
        urged = []
        for name, (at, pause) in self._due.items():
            if now >= at and self._ask(name):
                longer = min(2 * pause, LONGEST_SECONDS)
                self._due[name] = (now + longer, longer)
                urged.append(name)
        return urged
