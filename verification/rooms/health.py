"""Is the app alive, and can it work? For supervisors and load balancers; says nothing about the data."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from store.errors import StoreError
from verification.errors import status_of
from verification.visits import visit

router = APIRouter()


@router.get("/healthz")
def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """The database answers and has this program's schema."""
    try:
        visit(request).place.store.check_schema()
    except StoreError as error:
        return JSONResponse({"status": "not_ready", "code": status_of(error)[1]}, status_code=503)
    return JSONResponse({"status": "ready"})
