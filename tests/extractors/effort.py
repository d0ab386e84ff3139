"""What work costs, so that a test which says "at once" says the same on a busy machine."""

from __future__ import annotations

import resource
import time


def cpu_seconds() -> float:
    """CPU seconds of this process and of the programs that it has waited for, so far."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime
