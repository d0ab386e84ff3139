"""Runs several commands of Prefect's command line in one process: importing it takes longer than each of them.

``python -m pipelines.service.prefect_cli '[["work-pool", "ls"], ["deploy", "--all"]]'``. Ends at the first command that
fails, with its exit code.
"""

from __future__ import annotations

import json
import sys

from prefect.cli import app


def run(arguments: list[str]) -> None:
    """Runs one command. Raises SystemExit when it fails."""
    sys.argv = ["prefect", "--no-prompt", *arguments]
    try:
        app()
    except SystemExit as ended:  # every command ends its process, also after success
        if ended.code:
            raise


if __name__ == "__main__":
    for command in json.loads(sys.argv[1]):
        run(command)
