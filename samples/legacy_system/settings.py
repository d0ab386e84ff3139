"""The settings of one instance of the sample system."""

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The settings at start.

    Attributes:
        database: the SQLite file, created when missing.
        session_minutes: idle time after which a login expires.
        response_ms: minimum time of every page, as on an old machine.
        keep_alive: keep HTTP connections open. Off by default, as in HTTP/1.0: over a reused connection a
            browser may repeat an interrupted save automatically, which stores an unwanted second row.
    """

    database: Path
    user: str = field(default_factory=lambda: os.environ.get("LEGACY_USER", "kenshu"))
    password: str = field(default_factory=lambda: os.environ.get("LEGACY_PASSWORD", "kenshu"), repr=False)
    session_minutes: float = 15.0
    response_ms: float = 0.0
    keep_alive: bool = False
