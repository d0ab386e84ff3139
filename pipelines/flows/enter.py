"""enter: settled records are typed into the legacy systems and read back, systems beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, cast

import httpx
from prefect import State, Task, flow, get_client, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.futures import PrefectFuture, wait
from prefect.runtime import flow_run
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from bots.base.errors import JournalBusy
from pipelines.context import this_office
from pipelines.flows.naming import enter_name, mark_machine
from pipelines.prefect_api import running, settle_dead_runs
from pipelines.steps.entry.enter import enter_system, systems_with_work
from store.base.errors import StoreError

BROWSERS = 4
LEASE_SECONDS = 60.0
FIRST_SECONDS = 2.0
PATIENCE_SECONDS = 90.0
RETRY_SECONDS = [2.0, 5.0, 10.0, 30.0]  # a database is back after seconds or after long
NO_ANSWER = (httpx.HTTPError, ConcurrencySlotAcquisitionError)
BESIDE_EACH_OTHER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=BROWSERS))


@contextmanager
def sole_place(system: str) -> Iterator[None]:
    """One run at a time on a system's account, over all machines: a global limit of Prefect's named like it.

    A dead run's place is taken away from it as soon as it is known to be dead, else it is free after
    ``LEASE_SECONDS``. A courtesy that spares a second browser the wait, done without while Prefect does not answer:
    what keeps an account from being used twice is the bot's own lock.

    Raises:
        TimeoutError: another run has held the account for ``PATIENCE_SECONDS``.
    """
    with ExitStack() as place:
        try:
            _take(place, f"account-{system}")
        except NO_ANSWER as error:
            print(f"{system}: Prefect が答えないまま進みます (going on without it: {type(error).__name__})")
        yield


def _take(place: ExitStack, name: str) -> None:
    _furnish(name)
    try:
        place.enter_context(_place(name, FIRST_SECONDS))
    except TimeoutError:
        if _all_others_are_dead():
            _furnish(name, anew=True)
        place.enter_context(_place(name, PATIENCE_SECONDS))


@contextmanager
def _place(name: str, seconds: float) -> Iterator[None]:
    held = ExitStack()
    held.enter_context(concurrency(name, timeout_seconds=seconds, lease_duration=LEASE_SECONDS))
    try:
        yield
    finally:
        with suppress(*NO_ANSWER):  # a server that is away frees the place when its lease ends
            held.close()


def _furnish(name: str, anew: bool = False) -> None:
    """The limit of one; made anew, nobody holds a place."""
    with get_client(sync_client=True) as prefect:
        if anew:
            with suppress(ObjectNotFound):
                prefect.delete_global_concurrency_limit_by_name(name)
        with suppress(ObjectAlreadyExists):
            prefect.upsert_global_concurrency_limit_by_name(name, 1)


def _all_others_are_dead() -> bool:
    """Whether no other entry run lives, on any machine."""
    settings, mine = this_office().settings, flow_run.get_id()
    with suppress(httpx.HTTPError):
        settle_dead_runs(settings)
        return mine is not None and running(settings, "enter") == {mine}
    return False


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
    with ExitStack() as place:
        try:
            place.enter_context(sole_place(system))
        except TimeoutError:
            return _left_to_another(system)
        try:
            return enter_system(this_office(), system)
        except JournalBusy:
            return _left_to_another(system)


def _left_to_another(system: str) -> dict[str, int]:
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
