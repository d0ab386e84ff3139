"""A place to die: the kill tests end the process at every step boundary.

``UTSUSHI_BOT_KILL_AT=7`` kills the process with SIGKILL at its seventh boundary, ``UTSUSHI_BOT_KILL_AT=read
back`` at the first one of that name. Unset (always, outside tests) a boundary only counts.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

_passed = count(1)


def crash_point(name: str) -> None:
    """Mark the instant between two things that a power cut could separate."""
    at = os.environ.get("UTSUSHI_BOT_KILL_AT")
    number = next(_passed)
    if at is not None and at in (str(number), name):
        print(f"killed at boundary {number}: {name}", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
