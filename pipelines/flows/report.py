"""report: seals the day in the audit chain and writes the month's figures."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from foundation import clock
from pipelines.context import this_office
from pipelines.flows.naming import report_name, tag_machine
from pipelines.prefect_api import delete_old_runs
from pipelines.steps.accounting.account import seal, write_report
from pipelines.steps.reading import acceptance


@task(name="seal", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def seal_chain() -> str:
    """Signs the head of the audit chain."""
    return seal(this_office())


# The task's name predates the term "acceptance threshold"; it stays, since Prefect keeps runs under it.
@task(name="renew-promises", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def renew_thresholds() -> int:
    """Fits the acceptance thresholds from all verifications; returns the number of proven field types."""
    office = this_office()
    return sum(
        one.threshold is not None for one in acceptance.renew_thresholds(office.store, office.forms).values()
    )


@task(name="write-report", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def write() -> Path:
    """Writes the report of the present month."""
    return write_report(this_office(), clock.today())["html"]


@task(name="forget-runs", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def delete_runs() -> int:
    """Keeps Prefect's own database small."""
    return delete_old_runs(this_office().settings)


@flow(name="report", flow_run_name=report_name, log_prints=True)
def report() -> Path:
    """Returns the path of the report's page."""
    tag_machine()
    # The seal first: it must be made even when one of the others fails.
    print(f"監査記録 {seal_chain()}")
    print(f"実証済みの項目の種類 {renew_thresholds()} (field types proven)")
    print(f"古い実行記録 {delete_runs()} 件を消去 (old runs deleted)")
    path = write()
    print(f"報告 {path}")
    return path
