"""The instants of an entry that a power cut could separate, each with a name.

A run calls its `RunSettings.crash_points` at every one of them. The office's is `go_on`; a test brings one that kills
the process, and then sees that nothing is lost and nothing entered twice.
"""

from __future__ import annotations

from collections.abc import Callable

CrashPoints = Callable[[str], object]


def go_on(_name: str) -> None:
    """Nothing happens here."""
