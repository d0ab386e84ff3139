"""Logs as JSON, one object a line, without personal data.

A line holds time, level, program, logger and message. Of an exception it holds the type and the place, never the text.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime

# Their lines of level INFO are not ours to keep free of personal data: httpx writes whole addresses.
NOISY_LIBRARIES = ("httpx", "httpcore", "PIL", "fontTools", "matplotlib", "alembic")


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def __init__(self, program: str) -> None:
        super().__init__()
        self._program = program

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "program": self._program,
            "pid": os.getpid(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        # Without the exception's text: databases and decoders quote values in theirs.
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-12:]  # the frames nearest to the fault
            line["where"] = [
                # The file's name alone: a full path names the machine's users and folders.
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}"
                for frame in frames
            ]
        return json.dumps(line, ensure_ascii=False)


def set_up(program: str, level: int = logging.INFO) -> None:
    """Sends every log of this process to standard output, as JSON lines under the program's name."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(program))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
