"""The web process: the verification app over this office's store, with what only the pixels' side can do."""

from __future__ import annotations

import uvicorn

from pipelines.context import this_office
from pipelines.editor_worker.ports import EditorWorkerPort
from pipelines.logs import set_up
from pipelines.service.web_ports import PixelPorts
from pipelines.service.web_settings import web_settings
from verification.app import create_app


def main() -> None:
    """Serves until it is told to stop."""
    set_up("web")
    office = this_office()
    app = create_app(
        office.store, office.forms, web_settings(office), PixelPorts(office), EditorWorkerPort(office)
    )
    settings = office.settings
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
