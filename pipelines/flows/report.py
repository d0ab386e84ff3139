"""report: the day is sealed in the audit chain, and the month's figures are written."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from foundation import clock
from pipelines.context import this_office
from pipelines.flows.naming import mark_machine, report_name
from pipelines.prefect_api import forget_old
from pipelines.steps.accounting.account import seal, write_report
from pipelines.steps.reading import acceptance


@task(name="seal", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def seal_chain() -> str:
    """Signs the head of the audit chain."""
    return seal(this_office())


@task(name="renew-promises", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def renew_promises() -> int:
    """Fits what may be accepted unseen from all that people have judged; gives the number of proven field types."""
    office = this_office()
    return sum(
        one.threshold is not None for one in acceptance.renew_thresholds(office.store, office.forms).values()
    )


@task(name="write-report", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def write() -> Path:
    """Writes the report of the present month."""
    return write_report(this_office(), clock.today())["html"]


@task(name="forget-runs", retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def forget_runs() -> int:
    """Keeps Prefect's own database small."""
    return forget_old(this_office().settings)


@flow(name="report", flow_run_name=report_name, log_prints=True)
def report() -> Path:
    """Gives the path of the report's page."""
    mark_machine()
    print(f"監査記録 {seal_chain()}")
    print(f"実証済みの項目の種類 {renew_promises()} (field types proven)")
    print(f"古い実行記録 {forget_runs()} 件を消去 (old runs forgotten)")
    path = write()
    print(f"報告 {path}")
    return path
