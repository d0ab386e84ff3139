"""The web process: the verification app over this office's store, with the ports that need pixels."""

from __future__ import annotations

import uvicorn

from pipelines.context import this_office
from pipelines.editor_worker.ports import EditorWorkerPort
from pipelines.logs import set_up
from pipelines.service.web_ports import PixelPorts
from pipelines.service.web_settings import web_settings
from pipelines.workshop_worker.ports import WorkshopWorkerPort
from verification.app import create_app


def main() -> None:
    """Serves until a signal ends it."""
    set_up("web")
    office = this_office()
    bots = WorkshopWorkerPort(office)
    app = create_app(
        office.store,
        office.forms,
        web_settings(office),
        PixelPorts(office),
        EditorWorkerPort(office),
        bot_workshop=bots,
    )
    settings = office.settings
    try:
        # No access log: paths hold numbers of applications, and the audit chain already keeps who saw what.
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)
    finally:
        bots.close_all()


if __name__ == "__main__":
    main()
