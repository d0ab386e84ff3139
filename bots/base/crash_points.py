"""The instants of an entry that a power cut could separate, each with a name.

A run calls its `RunSettings.crash_points` at each of them. In production it is `no_crash`; a test passes a function
that kills the process, and then checks that nothing is lost and nothing was entered twice.
"""

from __future__ import annotations

from collections.abc import Callable

CrashPoints = Callable[[str], object]


def no_crash(_name: str) -> None:
    """Do nothing: the crash points of a normal run."""
