"""intake: files that have arrived in the inbox are kept and recorded; then reading is asked for."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.naming import intake_name
from pipelines.office import this_office
from pipelines.prefect_api import ask_for
from pipelines.steps.intake import wait_and_take

RETRY_SECONDS = [5.0, 20.0, 60.0]


@task(
    name="take", retries=3, retry_delay_seconds=RETRY_SECONDS, retry_jitter_factor=0.5, cache_policy=NO_CACHE
)
def take() -> int:
    """Takes what has arrived."""
    return wait_and_take(this_office())


@flow(name="intake", flow_run_name=intake_name, log_prints=True)
def intake(then_read: bool = True) -> int:
    """Gives the number of files taken; starts the read deployment when there were any."""
    taken = take()
    print(f"受付 {taken} ファイル (files taken)")
    if taken and then_read:
        ask_for(this_office().settings, "read")
    return taken
