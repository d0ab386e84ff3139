"""The whole system as one ASGI application, with its control endpoints for tests."""

from json import JSONDecodeError

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from samples.legacy_system.data.database import Database
from samples.legacy_system.data.registers import REGISTERS
from samples.legacy_system.errors import LegacySystemError
from samples.legacy_system.faults import FaultPlan
from samples.legacy_system.login import LoginPages
from samples.legacy_system.middleware import FaultMiddleware, OpenConnections, Stats
from samples.legacy_system.screens import Screens
from samples.legacy_system.sessions import Sessions
from samples.legacy_system.settings import Settings

# "testclient" is the host name that Starlette's test client reports.
_LOCAL = frozenset({"127.0.0.1", "::1", "testclient"})


class Control:
    """``/__faults``, ``/__rows`` and ``/__stats``: answered to this machine only."""

    def __init__(self, database: Database, faults: FaultPlan, stats: Stats) -> None:
        self._database = database
        self._faults = faults
        self._stats = stats

    def routes(self) -> list[Route]:
        """The three control addresses."""
        return [
            Route("/__faults", self.faults, methods=["GET", "POST"]),
            Route("/__rows", self.rows),
            Route("/__stats", self.stats, methods=["GET", "DELETE"]),
        ]

    async def faults(self, request: Request) -> Response:
        """GET returns the faults and how often each fired; POST changes them (see ``FaultPlan.set``)."""
        if not _is_local(request):
            return Response(status_code=404)
        if request.method == "POST":
            try:
                changes = await request.json()
                if not isinstance(changes, dict):
                    return JSONResponse({"error": "a JSON object is needed"}, 400)
                self._faults.set(**changes)
            except (LegacySystemError, JSONDecodeError, UnicodeDecodeError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(self._faults.state())

    async def rows(self, request: Request) -> Response:
        """Return all rows of ``?register=…``."""
        register = REGISTERS.get(request.query_params.get("register", ""))
        if not _is_local(request) or register is None:
            return JSONResponse({"error": f"register must be one of {', '.join(REGISTERS)}"}, 404)
        return JSONResponse(self._database.rows(register))

    async def stats(self, request: Request) -> Response:
        """GET returns the system's own response time so far; DELETE resets it."""
        if not _is_local(request):
            return Response(status_code=404)
        if request.method == "DELETE":
            self._stats.clear()
        return JSONResponse(self._stats.summary())


def _is_local(request: Request) -> bool:
    return request.client is not None and request.client.host in _LOCAL


def build(
    settings: Settings, database: Database, faults: FaultPlan, stats: Stats, connections: OpenConnections
) -> FaultMiddleware:
    """Assemble the ASGI application from its parts."""
    sessions = Sessions(settings.session_minutes)
    login = LoginPages(settings, sessions)
    screens = Screens(database, login)
    control = Control(database, faults, stats)
    app = Starlette(routes=[*login.routes(), *screens.routes(), *control.routes()])
    return FaultMiddleware(app, settings, sessions, faults, stats, connections)
