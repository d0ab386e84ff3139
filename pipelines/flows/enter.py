"""enter: types settled records into the legacy systems and reads them back, several systems in parallel.

Two runs may overlap: a lock in the office's folder decides which of them enters into a system, not Prefect.
"""

from __future__ import annotations

from typing import Any, cast

from prefect import State, Task, flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.futures import PrefectFuture, wait
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from bots.base.errors import JournalBusy
from pipelines.context import this_office
from pipelines.flows.naming import enter_name, tag_machine
from pipelines.steps.entry.enter import enter_system, systems_with_work
from store.base.errors import StoreError

BROWSERS = 4  # each system has a browser of its own while it is entered
RETRY_SECONDS = [2.0, 5.0, 10.0, 30.0]  # a database is back after seconds or after long
# Threads: a process pool costs 120 ms and more per task, and the bots mostly wait for their browsers.
PARALLEL = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=BROWSERS))


def is_temporary(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the error may pass by itself: the store is unreachable, full or busy."""
    # Anything else is for a person; a bot's own retries are in the journal, and Prefect must not repeat them.
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and error.retry


@task(
    name="systems-waiting",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=is_temporary,
)
def systems_waiting() -> list[str]:
    """The systems that have something to enter and may run now."""
    return systems_with_work(this_office())


@task(
    name="enter-system",
    task_run_name="enter-{system}",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=is_temporary,
)
def enter_one(system: str) -> dict[str, int]:
    """Enters what waits for one system. After a retry the journal decides whether a record may be sent again."""
    try:
        return enter_system(this_office(), system)
    except JournalBusy:  # the other run continues until nothing waits
        print(f"{system}: 別の実行が入力中です (another run is at it)")
        return {}


@flow(
    name="enter",
    flow_run_name=enter_name,
    log_prints=True,
    task_runner=PARALLEL,
)
def enter() -> dict[str, dict[str, int]]:
    """Returns for each system how many entries ended in which state."""
    tag_machine()
    submitted = {system: enter_one.submit(system) for system in systems_waiting()}
    wait(list(submitted.values()))  # before any result: a failed system must not end the run of the others
    results = {system: future.result() for system, future in submitted.items()}
    rows = [
        {"業務システム": s, "結果": state, "件数": n}
        for s, done in results.items()
        for state, n in done.items()
    ]
    if rows:
        create_table_artifact(key="entries", table=rows, description="入力の結果 (entries)")
    print(f"入力 {results}")
    return results
