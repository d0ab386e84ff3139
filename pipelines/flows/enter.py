"""enter: settled records are typed into the legacy systems and read back."""

from __future__ import annotations

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipelines.office import this_office
from pipelines.steps.enter import enter_system, systems_with_work


@task(name="enter-system", cache_policy=NO_CACHE, task_run_name="enter-{system}")
def enter_one(system: str) -> dict[str, int]:
    """Enters what waits for one system; the journal, not a retry of Prefect, decides what is tried again."""
    return enter_system(this_office(), system)


@flow(name="enter", log_prints=True)
def enter() -> dict[str, dict[str, int]]:
    """Gives per system how many entries ended in which state."""
    results = {system: enter_one(system) for system in systems_with_work(this_office())}
    rows = [
        {"業務システム": s, "結果": state, "件数": n}
        for s, done in results.items()
        for state, n in done.items()
    ]
    if rows:
        create_table_artifact(key="entries", table=rows, description="入力の結果 (entries)")
    print(f"入力 {results}")
    return results
