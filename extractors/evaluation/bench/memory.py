"""Memory use of a run, and whether it grows with the number of pages."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

import numpy as np

_MIB = 1024 * 1024
_EVERY_SECONDS = 0.02
_FEWEST = 50  # pages; a slope over fewer means nothing
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one long run.

    Attributes:
        pages: pages of the run.
        before: MiB before it, with the models loaded.
        peak: highest MiB at any time, sampled fifty times a second.
        at_tenth: MiB after a tenth of the pages (median of the pages around it).
        at_end: MiB at the end (median of the last tenth).
        per_100_pages: MiB that each 100 pages add, by a linear fit over the last nine tenths; None for a run
            that is too short.

    Poppler, which draws PDF pages in a separate process, is not counted.
    """

    pages: int
    before: float
    peak: float
    at_tenth: float
    at_end: float
    per_100_pages: float | None


def resident_mib() -> float:
    """MiB of this process that are resident now; the highest so far on systems that report no more."""
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / _MIB
    # getrusage(2): macOS reports bytes, Linux KiB. It is a maximum that never falls, so /proc is better where it
    # exists.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


class MemorySampler:
    """Samples the memory of this process in a thread while its ``with`` block runs."""

    def __init__(self) -> None:
        self.before = resident_mib()
        self.peak = self.before
        self._stop = Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> MemorySampler:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.peak = max(self.peak, resident_mib())


def measure_memory(run: Iterable[object]) -> Memory:
    """Iterates over a run page by page and measures its memory.

    Args:
        run: yields once per page, as ``read_paths`` does.
    """
    after: list[float] = []
    with MemorySampler() as watch:
        for _ in run:
            after.append(resident_mib())
    return summarise_memory(after, watch.before, max(watch.peak, *after) if after else watch.peak)


def summarise_memory(after: list[float], before: float, peak: float) -> Memory:
    """The figures of a run from the MiB after each of its pages."""
    if not after:
        return Memory(0, before, peak, before, before, None)
    window = max(1, len(after) // 10)
    tenth = after[max(0, window - 1 - window // 2) : window + window // 2 + 1]
    rest = after[window:]
    # Without the first tenth, in which caches fill up.
    slope = 100 * float(np.polyfit(np.arange(len(rest)), rest, 1)[0]) if len(rest) >= _FEWEST else None
    return Memory(
        pages=len(after),
        before=before,
        peak=peak,
        at_tenth=float(np.median(tenth)),
        at_end=float(np.median(after[-window:])),
        per_100_pages=slope,
    )
