"""How one instance of the sample system is set up."""

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What can be chosen at start.

    Attributes:
        database: the SQLite file, made where missing.
        session_minutes: idle time after which a login is forgotten.
        response_ms: time that every page takes at least, as an old machine would.
        keep_alive: keep HTTP connections open. Off by default, as in HTTP/1.0: over a kept connection a
            browser may by itself send a cut-off save again, and then two rows appear that nobody asked for.
    """

    database: Path
    user: str = field(default_factory=lambda: os.environ.get("LEGACY_USER", "kenshu"))
    password: str = field(default_factory=lambda: os.environ.get("LEGACY_PASSWORD", "kenshu"), repr=False)
    session_minutes: float = 15.0
    response_ms: float = 0.0
    keep_alive: bool = False
