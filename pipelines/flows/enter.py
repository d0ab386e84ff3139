"""enter: settled records are typed into the legacy systems and read back, systems beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, cast

import httpx
from prefect import flow, get_client, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.futures import PrefectFuture, wait
from prefect.runtime import flow_run
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from pipelines.flows.naming import enter_name, mark_machine
from pipelines.office import this_office
from pipelines.prefect_api import running, settle_dead_runs
from pipelines.steps.enter import enter_system, systems_with_work

BROWSERS = 4
LEASE_SECONDS = 60.0
FIRST_SECONDS = 5.0
PATIENCE_SECONDS = 90.0
BESIDE_EACH_OTHER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=BROWSERS))


@contextmanager
def sole_place(system: str) -> Iterator[None]:
    """One run at a time on a system's account, over all machines: a global limit of Prefect's named like it.

    A dead run's place is taken away from it as soon as it is known to be dead, else it is free after
    ``LEASE_SECONDS``. A courtesy that spares a second browser the wait: what keeps an account from being used twice
    is the bot's own lock.

    Raises:
        TimeoutError: another run has held the account for ``PATIENCE_SECONDS``.
    """
    name = f"account-{system}"
    _furnish(name)
    with ExitStack() as place:
        try:
            place.enter_context(_place(name, FIRST_SECONDS))
        except TimeoutError:
            if _all_others_are_dead():
                _furnish(name, anew=True)
            place.enter_context(_place(name, PATIENCE_SECONDS))
        yield


def _place(name: str, seconds: float) -> AbstractContextManager[None]:
    return concurrency(name, timeout_seconds=seconds, lease_duration=LEASE_SECONDS)


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


@task(name="enter-system", cache_policy=NO_CACHE, task_run_name="enter-{system}")
def enter_one(system: str) -> dict[str, int]:
    """Enters what waits for one system; the journal, not a retry of Prefect, decides what is tried again."""
    with ExitStack() as place:
        try:
            place.enter_context(sole_place(system))
        except TimeoutError:
            print(f"{system}: 別の実行が入力中です (another run is at it)")
            return {}
        return enter_system(this_office(), system)


@flow(
    name="enter",
    flow_run_name=enter_name,
    log_prints=True,
    task_runner=BESIDE_EACH_OTHER,
)
def enter() -> dict[str, dict[str, int]]:
    """Gives per system how many entries ended in which state."""
    mark_machine()
    asked = {system: enter_one.submit(system) for system in systems_with_work(this_office())}
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
