"""read: turns received files into documents with readings; doubtful fields become review items."""

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
from pipelines.flows.naming import read_name, tag_machine
from pipelines.prefect_api import request_run
from pipelines.steps.accounting.board import state_counts, waiting_work
from pipelines.steps.reading.read_loop import Progress, read_everything
from store.base.errors import StoreError
from store.base.locks import exclusive_lock

RETRY_SECONDS = [3.0, 6.0, 12.0, 30.0, 90.0]  # a database is back within seconds, or only after minutes
REPORT_SECONDS = (
    5.0  # between two updates of the progress bar; each is a request and a row in Prefect's database
)
MORE_READERS_SECONDS = 30.0  # between two checks whether there is work for another reader


@task(
    name="read",
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
)
def read_all() -> Progress:
    """Reads everything that waits; a retry continues where the last attempt stopped."""
    office = this_office()
    reporter = ProgressReporter(office)
    progress = read_everything(office, reporter.report)
    reporter.done()
    return progress


class ProgressReporter:
    """Reports a run's progress to Prefect in a thread of its own, so that reading never waits for the server.

    It updates the progress bar, and requests another run while more waits than this one reads at a time: another
    machine may take it, or this one when this run dies. Files arrive while a run reads, so the request is repeated.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._expected = max(1, waiting_work(office))
        self._artifact: UUID | None = None
        self._thread = ThreadPoolExecutor(1, "telling")
        self._run = copy_context()  # Prefect finds the run to which an artifact belongs in the context
        self._next_request_at = 0.0
        self._last = self._thread.submit(self._run.run, self._send, 0.0)
        self._reported_at = time.monotonic()

    def report(self, progress: Progress) -> None:
        """Sends the progress, unless it was sent a moment ago or is still being sent."""
        if time.monotonic() >= self._reported_at + REPORT_SECONDS and self._last.done():
            self._reported_at = time.monotonic()
            # Not above 99: files that arrive during the run were not expected, and the bar would be full too early.
            share = min(99.0, 100.0 * (progress.files + progress.routed) / self._expected)
            self._last = self._thread.submit(self._run.run, self._send, share)

    def done(self) -> None:
        """Fills the bar; does not wait for a server that does not answer."""
        self._thread.submit(self._run.run, self._update_bar, 100.0)
        self._thread.shutdown(wait=False)

    def _send(self, share: float) -> None:
        self._update_bar(share)
        if time.monotonic() >= self._next_request_at:
            self._next_request_at = time.monotonic() + MORE_READERS_SECONDS
            with suppress(StoreError):
                if waiting_work(self._office) > self._office.settings.chunk_documents:
                    request_run(self._office.settings, "read")

    def _update_bar(self, share: float) -> None:
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
    """Returns the number of documents read; requests entry when some needed no person."""
    tag_machine()
    office = this_office()
    # One reader for each machine: it takes about 1.5 GiB of memory.
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
        request_run(office.settings, "enter")
    return progress.read
