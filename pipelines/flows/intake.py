"""intake: files that have arrived in the inbox are kept and recorded; then reading is asked for."""

from __future__ import annotations

import time

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines.context import this_office
from pipelines.flows.naming import intake_name, mark_machine
from pipelines.prefect_api import ask_for
from pipelines.steps.intake.take_in import wait_and_take

RETRY_SECONDS = [5.0, 20.0, 60.0]
LINGER_SECONDS = 20.0
ASK_SECONDS = 5.0


@task(
    name="take", retries=3, retry_delay_seconds=RETRY_SECONDS, retry_jitter_factor=0.5, cache_policy=NO_CACHE
)
def take(then_read: bool) -> int:
    """Takes what has arrived, and what arrives while files keep coming; reading begins with the first."""
    office, ask_at = this_office(), 0.0

    def tell(_: int) -> None:
        nonlocal ask_at
        if then_read and time.monotonic() >= ask_at:
            ask_for(office.settings, "read")
            ask_at = time.monotonic() + ASK_SECONDS

    return wait_and_take(office, linger=LINGER_SECONDS, tell=tell)


@flow(name="intake", flow_run_name=intake_name, log_prints=True)
def intake(then_read: bool = True) -> int:
    """Gives the number of files taken; starts the read deployment when there were any."""
    mark_machine()
    taken = take(then_read)
    print(f"受付 {taken} ファイル (files taken)")
    if taken and then_read:
        ask_for(this_office().settings, "read")
    return taken
