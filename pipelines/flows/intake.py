"""intake: stores and records files that have arrived in the inbox, then requests reading."""

from __future__ import annotations

import time

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines.context import this_office
from pipelines.flows.naming import intake_name, tag_machine
from pipelines.prefect_api import request_run
from pipelines.steps.intake.take_in import wait_and_take

RETRY_SECONDS = [5.0, 20.0, 60.0]
LINGER_SECONDS = 20.0  # a scanner that writes page by page gives one run and one batch
REQUEST_SECONDS = 5.0


@task(
    name="take", retries=3, retry_delay_seconds=RETRY_SECONDS, retry_jitter_factor=0.5, cache_policy=NO_CACHE
)
def take(then_read: bool) -> int:
    """Takes what has arrived, and what arrives while files keep coming; requests reading with the first."""
    office, next_request_at = this_office(), 0.0

    def start_reading(_: int) -> None:
        nonlocal next_request_at
        if then_read and time.monotonic() >= next_request_at:
            request_run(office.settings, "read")
            next_request_at = time.monotonic() + REQUEST_SECONDS

    return wait_and_take(office, linger=LINGER_SECONDS, on_taken=start_reading)


@flow(name="intake", flow_run_name=intake_name, log_prints=True)
def intake(then_read: bool = True) -> int:
    """Returns the number of files taken; requests the read deployment when there were any."""
    tag_machine()
    taken = take(then_read)
    print(f"受付 {taken} ファイル (files taken)")
    # Once more at the end: the last files may have come after the last request.
    if taken and then_read:
        request_run(this_office().settings, "read")
    return taken
