"""read: received files become documents with readings; what is doubtful waits for people."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import cast
from uuid import UUID

import httpx
from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from pipelines.flows.naming import read_name
from pipelines.office import this_office
from pipelines.prefect_api import ask_for
from pipelines.steps.board import state_counts, waiting_work
from pipelines.steps.journey import Progress, read_everything

RETRY_SECONDS = [10.0, 30.0, 90.0]
TELL_SECONDS = 5.0  # between two moves of the progress bar


@task(
    name="read", retries=3, retry_delay_seconds=RETRY_SECONDS, retry_jitter_factor=0.5, cache_policy=NO_CACHE
)
def read_all() -> Progress:
    """Reads everything that waits; a retry goes on where the last try stopped."""
    office = this_office()
    expected = max(1, waiting_work(office))
    artifact = cast(
        "UUID", create_progress_artifact(progress=0.0, key="reading", description="読取の進み (reading)")
    )

    told = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() < told + TELL_SECONDS:
            return
        told = time.monotonic()
        share = min(99.0, 100.0 * (progress.files + progress.routed) / expected)
        with suppress(httpx.HTTPError):  # reading goes on without a server to tell of it
            update_progress_artifact(artifact_id=artifact, progress=share)

    progress = read_everything(office, tell)
    update_progress_artifact(artifact_id=artifact, progress=100.0)
    return progress


@flow(name="read", flow_run_name=read_name, log_prints=True)
def read(then_enter: bool = True) -> int:
    """Gives the number of documents read; starts entry when some needed nobody's eyes."""
    progress = read_all()
    counts = state_counts(this_office())
    rows = [{"状態": state, "件数": number} for state, number in counts.items()]
    create_table_artifact(key="documents", table=rows, description="申請書の状態 (documents by state)")
    print(f"読取 {progress.read} 件 (documents read)")
    if then_enter and counts.get("verified"):
        ask_for(this_office().settings, "enter")
    return progress.read
