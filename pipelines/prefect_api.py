"""Requests to Prefect's server from outside its flows, over its HTTP interface.

None of them is needed for correctness: the deployments' schedules find work anyway, and leases in our own database
decide who does it.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from pipelines.network import tls
from pipelines.settings import Settings, prefect_password
from pipelines.workers import live_runs

log = logging.getLogger("utsushi.prefect")
TIMEOUT_SECONDS = 10.0
MACHINE_TAG = "machine:"
_ENDED = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]
_UNFINISHED = ["RUNNING", "PENDING", "CANCELLING"]


def client(settings: Settings, timeout: float | None = TIMEOUT_SECONDS, **more: Any) -> httpx.Client:
    """A client of Prefect's server that knows its password."""
    name, _, password = prefect_password(settings).partition(":")
    return httpx.Client(
        base_url=settings.prefect_api, timeout=timeout, verify=tls(), auth=(name, password), **more
    )


def request_run(settings: Settings, name: str, started_within: float = 0.0) -> bool:
    """Requests a run of the deployment ``name`` of the flow of that name, unless one is already waiting to start.

    Args:
        started_within: a run that began within so many seconds counts as waiting, too: it may not have reached its
            work yet.

    Returns:
        False when Prefect does not answer, or has not answered everything within ``TIMEOUT_SECONDS``.
    """
    try:
        with _client_with_deadline(settings, TIMEOUT_SECONDS) as api:
            deployment = _json(api.get(f"/deployments/name/{name}/{name}"))["id"]
            # At most one waiting run per deployment: it takes everything there is, so more would find nothing.
            if not _run_is_due(api, deployment) and not _run_started(api, deployment, started_within):
                _json(
                    api.post(
                        f"/deployments/{deployment}/create_flow_run", json={"state": {"type": "SCHEDULED"}}
                    )
                )
    except httpx.HTTPError as error:
        log.warning("could not request %s (%s); its schedule will find the work", name, type(error).__name__)
        return False
    return True


def deployed(settings: Settings, pools: Iterable[str], names: Iterable[str]) -> bool:
    """Whether the work pools and every deployment exist; False also when Prefect does not answer."""
    try:
        with client(settings) as api:
            for pool in pools:
                _json(api.get(f"/work_pools/{pool}"))
            for name in names:
                _json(api.get(f"/deployments/name/{name}/{name}"))
    except httpx.HTTPError:
        return False
    return True


def end_dead_runs(settings: Settings, without_worker: str = "") -> int:
    """Ends unfinished runs of this machine whose process is gone; returns their number.

    A dead run would keep its concurrency slot for minutes. Runs with another machine's tag are left to that machine.

    Args:
        without_worker: a work pool whose worker has died here: its runs without any tag died with it.

    Raises:
        httpx.HTTPError: Prefect does not answer.
    """
    alive = live_runs(settings.prefect_api)
    if alive is None and not without_worker:
        return 0
    # A run outlives its worker, so only a missing process shows that it is dead, never a missing worker.
    crashed = {"type": "CRASHED", "name": "Crashed", "message": "its process is gone"}
    this_machine, ended = machine_tag(), 0
    with client(settings) as api:
        for run in _json(
            api.post("/flow_runs/filter", json={"flow_runs": {"state": {"type": {"any_": _UNFINISHED}}}})
        ):
            lost = bool(without_worker) and run["work_pool_name"] == without_worker
            marks = [tag for tag in run["tags"] if tag.startswith(MACHINE_TAG)]
            if run["id"] not in (alive or {}) and (this_machine in marks or (lost and not marks)):
                _json(api.post(f"/flow_runs/{run['id']}/set_state", json={"state": crashed}))
                ended += 1
    return ended


def machine_tag() -> str:
    """The tag of this machine's runs."""
    return f"{MACHINE_TAG}{socket.gethostname()[:60]}"


def delete_old_runs(settings: Settings, days: float = 14.0, limit: int = 2000) -> int:
    """Deletes ended runs older than `days` from Prefect's database, at most `limit`; returns their number.

    The audit chain keeps what happened; Prefect's database would grow by half a million runs a year.
    """
    before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    ended = {"state": {"type": {"any_": _ENDED}}, "end_time": {"before_": before}}
    removed = 0
    with client(settings) as api:
        while removed < limit:
            # 200 is the most that Prefect's server returns for one request.
            query = {"flow_runs": ended, "limit": 200, "sort": "END_TIME_DESC"}
            found = _json(api.post("/flow_runs/filter", json=query))
            for run in found:
                api.delete(f"/flow_runs/{run['id']}").raise_for_status()
            removed += len(found)
            if not found:
                break
    return removed


def _client_with_deadline(settings: Settings, seconds: float) -> httpx.Client:
    """A client whose requests take ``seconds`` in all."""
    # With a limit for each request, a server that is stuck (its SQLite locked) would hold us for several of them.
    limit = time.monotonic() + seconds

    def shorten(request: httpx.Request) -> None:
        left = max(limit - time.monotonic(), 0.01)
        request.extensions["timeout"] = httpx.Timeout(left).as_dict()

    return client(settings, event_hooks={"request": [shorten]})


def _run_is_due(api: httpx.Client, deployment: str) -> bool:
    """Whether a run waits to start. One that a worker has taken does not count: it may have died with the worker."""
    return _any_run(api, deployment, ["SCHEDULED"], {"before_": datetime.now(UTC).isoformat()})


def _run_started(api: httpx.Client, deployment: str, seconds: float) -> bool:
    """Whether a worker has taken a run that was due in the last seconds."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    return seconds > 0 and _any_run(api, deployment, ["PENDING", "RUNNING"], {"after_": since.isoformat()})


def _any_run(api: httpx.Client, deployment: str, states: list[str], expected: dict[str, str]) -> bool:
    query = {
        "deployments": {"id": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": states}}, "expected_start_time": expected},
        "limit": 1,
    }
    return bool(_json(api.post("/flow_runs/filter", json=query)))


def _json(response: httpx.Response) -> Any:
    response.raise_for_status()
    try:
        return response.json()
    except ValueError as error:  # another program listens on Prefect's port
        raise httpx.DecodingError("no JSON", request=response.request) from error
