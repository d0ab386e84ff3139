"""The few things that are asked of Prefect's server from outside its flows, over its HTTP interface.

Only courtesies: work is found by the deployments' own schedules anyway, and is claimed by leases in our database.
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
from pipelines.settings import Settings
from pipelines.workers import living_runs

log = logging.getLogger("utsushi.prefect")
SECONDS = 10.0
MARK = "machine:"
_ENDED = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]
_UNFINISHED = ["RUNNING", "PENDING", "CANCELLING"]


def ask_for(settings: Settings, name: str, young: float = 0.0) -> bool:
    """Asks for a run of the deployment ``name`` of the flow of that name, unless one is waiting to start already.

    Args:
        young: a run that began in these last seconds counts as waiting, too: it may not have come to its work yet.

    Returns:
        False when Prefect does not answer, or has not answered everything within ``SECONDS``.
    """
    try:
        with _within(settings, SECONDS) as api:
            deployment = _answer(api.get(f"/deployments/name/{name}/{name}"))["id"]
            if not _waiting(api, deployment) and not _young(api, deployment, young):
                _answer(
                    api.post(
                        f"/deployments/{deployment}/create_flow_run", json={"state": {"type": "SCHEDULED"}}
                    )
                )
    except httpx.HTTPError as error:
        log.warning("could not ask for %s (%s); its schedule will find the work", name, type(error).__name__)
        return False
    return True


def deployed(settings: Settings, pools: Iterable[str], names: Iterable[str]) -> bool:
    """Whether the work pools and every deployment are there; False, too, when Prefect does not say."""
    try:
        with httpx.Client(base_url=settings.prefect_api, timeout=SECONDS, verify=tls()) as api:
            for pool in pools:
                _answer(api.get(f"/work_pools/{pool}"))
            for name in names:
                _answer(api.get(f"/deployments/name/{name}/{name}"))
    except httpx.HTTPError:
        return False
    return True


def settle_dead_runs(settings: Settings, without_worker: str = "") -> int:
    """Ends unfinished runs of this machine whose process is gone, so that they hold no place; gives their number.

    A run outlives its worker and goes on. Runs that carry another machine's mark are left to that machine.

    Args:
        without_worker: a work pool whose worker has died here: its runs without any mark were lost with it.

    Raises:
        httpx.HTTPError: Prefect does not answer.
    """
    living = living_runs(settings.prefect_api)
    if living is None and not without_worker:
        return 0
    crashed = {"type": "CRASHED", "name": "Crashed", "message": "its process is gone"}
    here, settled = machine_mark(), 0
    with httpx.Client(base_url=settings.prefect_api, timeout=SECONDS, verify=tls()) as api:
        for run in _answer(
            api.post("/flow_runs/filter", json={"flow_runs": {"state": {"type": {"any_": _UNFINISHED}}}})
        ):
            lost = bool(without_worker) and run["work_pool_name"] == without_worker
            marks = [tag for tag in run["tags"] if tag.startswith(MARK)]
            if run["id"] not in (living or {}) and (here in marks or (lost and not marks)):
                _answer(api.post(f"/flow_runs/{run['id']}/set_state", json={"state": crashed}))
                settled += 1
    return settled


def machine_mark() -> str:
    """The tag of the runs of this machine."""
    return f"{MARK}{socket.gethostname()[:60]}"


def forget_old(settings: Settings, days: float = 14.0, limit: int = 2000) -> int:
    """Removes ended runs older than `days` from Prefect's database, at most `limit`; gives their number.

    What happened stands in our own audit chain; Prefect's database would grow by half a million runs a year.
    """
    before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    ended = {"state": {"type": {"any_": _ENDED}}, "end_time": {"before_": before}}
    removed = 0
    with httpx.Client(base_url=settings.prefect_api, timeout=SECONDS, verify=tls()) as api:
        while removed < limit:
            query = {"flow_runs": ended, "limit": 200, "sort": "END_TIME_DESC"}
            found = _answer(api.post("/flow_runs/filter", json=query))
            for run in found:
                api.delete(f"/flow_runs/{run['id']}").raise_for_status()
            removed += len(found)
            if not found:
                break
    return removed


def _within(settings: Settings, seconds: float) -> httpx.Client:
    """A client whose questions take ``seconds`` together: with a limit for each, a stuck server holds us for long."""
    limit = time.monotonic() + seconds

    def shorten(request: httpx.Request) -> None:
        left = max(limit - time.monotonic(), 0.01)
        request.extensions["timeout"] = httpx.Timeout(left).as_dict()

    return httpx.Client(base_url=settings.prefect_api, verify=tls(), event_hooks={"request": [shorten]})


def _waiting(api: httpx.Client, deployment: str) -> bool:
    """Whether a run is due. One that a worker has taken is not: it may have died with the worker unnoticed."""
    return _some(api, deployment, ["SCHEDULED"], {"before_": datetime.now(UTC).isoformat()})


def _young(api: httpx.Client, deployment: str, seconds: float) -> bool:
    """Whether a run that a worker has taken was due in the last seconds."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    return seconds > 0 and _some(api, deployment, ["PENDING", "RUNNING"], {"after_": since.isoformat()})


def _some(api: httpx.Client, deployment: str, states: list[str], expected: dict[str, str]) -> bool:
    query = {
        "deployments": {"id": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": states}}, "expected_start_time": expected},
        "limit": 1,
    }
    return bool(_answer(api.post("/flow_runs/filter", json=query)))


def _answer(response: httpx.Response) -> Any:
    response.raise_for_status()
    try:
        return response.json()
    except ValueError as error:  # another program has Prefect's port
        raise httpx.DecodingError("no JSON", request=response.request) from error
