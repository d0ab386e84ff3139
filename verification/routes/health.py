"""Liveness and readiness for supervisors and load balancers; no information about the data."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from store.base.disk_space import disk_space
from store.base.errors import StorageFull, StoreError
from verification.errors import status_of
from verification.request_context import AppState

router = APIRouter()


@router.get("/healthz")
def healthz() -> JSONResponse:
    """The process answers."""
    # Without the database: a supervisor must not restart the app because of it.
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """The database answers and has this program's schema, and the disk is writable."""
    store = cast("AppState", request.app.state.shared).store
    try:
        store.check_schema()
        if not disk_space(store.root).writable:
            raise StorageFull
    except StoreError as error:
        return JSONResponse({"status": "not_ready", "code": status_of(error)[1]}, status_code=503)
    return JSONResponse({"status": "ready"})
