"""enter: settled records are typed into the legacy systems and read back, systems beside each other.

Two runs may overlap: which of them works at a system is decided by a lock in the office's folder, not by Prefect.
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
from pipelines.flows.naming import enter_name, mark_machine
from pipelines.steps.entry.enter import enter_system, systems_with_work
from store.base.errors import StoreError

BROWSERS = 4
RETRY_SECONDS = [2.0, 5.0, 10.0, 30.0]  # a database is back after seconds or after long
BESIDE_EACH_OTHER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=BROWSERS))


def passes(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether what went wrong is a machine's matter that a little time can mend: the store is away, full or busy."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and error.retry


@task(
    name="systems-waiting",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=passes,
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
    retry_condition_fn=passes,
)
def enter_one(system: str) -> dict[str, int]:
    """Enters what waits for one system; whether a record that may have been sent is sent again, the journal decides."""
    try:
        return enter_system(this_office(), system)
    except JournalBusy:  # it goes on until nothing waits, and the schedule looks again
        print(f"{system}: 別の実行が入力中です (another run is at it)")
        return {}


@flow(
    name="enter",
    flow_run_name=enter_name,
    log_prints=True,
    task_runner=BESIDE_EACH_OTHER,
)
def enter() -> dict[str, dict[str, int]]:
    """Gives per system how many entries ended in which state."""
    mark_machine()
    asked = {system: enter_one.submit(system) for system in systems_waiting()}
    wait(list(asked.values()))  # a system that fails keeps no other from being worked at
    results = {system: future.result() for system, future in asked.items()}
    rows = [
        {"業務システム": s, "結果": state, "件数": n}
        for s, done in results.items()
        for state, n in done.items()
    ]
    if rows:
        create_table_artifact(key="entries", table=rows, description="入力の結果 (entries)")
    print(f"入力 {results}")
    return results
