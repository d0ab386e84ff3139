"""read: received files become documents with readings; what is doubtful waits for people."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import cast
from uuid import UUID

import httpx
from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import PrefectException

from pipelines.context import Office, this_office
from pipelines.flows.naming import mark_machine, read_name
from pipelines.prefect_api import ask_for
from pipelines.steps.accounting.board import state_counts, waiting_work
from pipelines.steps.reading.read_loop import Progress, read_everything
from store.base.errors import StoreError
from store.base.locks import exclusive_lock

RETRY_SECONDS = [3.0, 6.0, 12.0, 30.0, 90.0]  # a database is back after seconds or after long
TELL_SECONDS = 5.0  # between two moves of the progress bar
HELP_SECONDS = 30.0  # between two questions whether there is work for another reader


@task(
    name="read",
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
)
def read_all() -> Progress:
    """Reads everything that waits; a retry goes on where the last try stopped."""
    office = this_office()
    teller = ProgressReporter(office)
    progress = read_everything(office, teller.tell)
    teller.done()
    return progress


class ProgressReporter:
    """Tells Prefect of a run, in a thread of its own: reading waits for no server, and goes on without one.

    It moves the progress bar, and asks for another run while more waits than this one has in hand: another machine
    has hands for it, or this one when this run dies. Files come while a run reads, so it asks again and again.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._expected = max(1, waiting_work(office))
        self._artifact: UUID | None = None
        self._thread = ThreadPoolExecutor(1, "telling")
        self._run = copy_context()  # the bar belongs to the run that this thread stands in
        self._ask_at = 0.0
        self._last = self._thread.submit(self._run.run, self._tell, 0.0)
        self._told = time.monotonic()

    def tell(self, progress: Progress) -> None:
        """Says how far the run is, unless that was said a moment ago or is still being said."""
        if time.monotonic() >= self._told + TELL_SECONDS and self._last.done():
            self._told = time.monotonic()
            share = min(99.0, 100.0 * (progress.files + progress.routed) / self._expected)
            self._last = self._thread.submit(self._run.run, self._tell, share)

    def done(self) -> None:
        """The bar is full; a server that does not answer is not waited for."""
        self._thread.submit(self._run.run, self._move, 100.0)
        self._thread.shutdown(wait=False)

    def _tell(self, share: float) -> None:
        self._move(share)
        if time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + HELP_SECONDS
            with suppress(StoreError):
                if waiting_work(self._office) > self._office.settings.chunk_documents:
                    ask_for(self._office.settings, "read")

    def _move(self, share: float) -> None:
        with suppress(httpx.HTTPError, PrefectException):
            if self._artifact is None:
                self._artifact = cast(
                    "UUID",
                    create_progress_artifact(share, key="reading", description="読取の進み (reading)"),
                )
            else:
                update_progress_artifact(self._artifact, progress=share)


@flow(name="read", flow_run_name=read_name, log_prints=True)
def read(then_enter: bool = True) -> int:
    """Gives the number of documents read; starts entry when some needed nobody's eyes."""
    mark_machine()
    office = this_office()
    with exclusive_lock(office.settings.reading_lock) as alone:
        if not alone:
            print("この機械では別の実行が読取中です (this machine reads already)")
            return 0
        progress = read_all()
    counts = state_counts(office)
    rows = [{"状態": state, "件数": number} for state, number in counts.items()]
    create_table_artifact(key="documents", table=rows, description="申請書の状態 (documents by state)")
    print(f"読取 {progress.read} 件 (documents read)")
    if then_enter and counts.get("verified"):
        ask_for(office.settings, "enter")
    return progress.read
