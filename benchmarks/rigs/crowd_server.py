"""Serves a filled store: `python -m benchmarks.rigs.crowd_server FOLDER PORT '{"lease_seconds": 20}'`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uvicorn

from store.database import Store
from tests.fakes.ports import NoPorts
from tests.verification import seeding
from verification.app import create_app


def main(folder: Path, port: int, changed: dict[str, object]) -> None:
    store = Store("", folder)
    app = create_app(store, seeding.forms(), seeding.settings(**changed), NoPorts())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
