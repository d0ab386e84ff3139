"""Asking for another deployment's run. Only a courtesy: its own schedule would find the work anyway."""

from __future__ import annotations

import logging

import httpx
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException

log = logging.getLogger("utsushi.flows")


def ask_for(name: str) -> bool:
    """Asks for a run of the deployment ``name`` of the flow of that name; False when Prefect cannot."""
    try:
        run_deployment(f"{name}/{name}", timeout=0, as_subflow=False)
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("could not ask for %s (%s); its schedule will find the work", name, type(error).__name__)
        return False
    return True
