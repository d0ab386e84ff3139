"""Pure inference time: replays exactly the crops that a run gave to the engines, and nothing else."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from extractors.base.engines import GlyphReader, LineRecogniser, Probabilities
from extractors.base.model import Image

Columns = Sequence[NDArray[np.intp] | None]


@dataclass(frozen=True, slots=True)
class InferenceTime:
    """The time that some work took.

    Attributes:
        wall: wall time, seconds.
        cpu: processor seconds of this process with all its threads, and of child processes that have ended.
    """

    wall: float
    cpu: float


def inference_time(work: Callable[[], object]) -> InferenceTime:
    """Runs a function and returns its time."""
    start, before = perf_counter(), _cpu()
    work()
    return InferenceTime(perf_counter() - start, _cpu() - before)


def _cpu() -> float:
    # With the children: Poppler draws PDF pages in a process of its own.
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


# Recording the very calls makes the batches the same, so that the comparison is fair.
class RecordedLines:
    """A line recogniser that records its calls while ``keep`` is true."""

    def __init__(self, engine: LineRecogniser) -> None:
        self.engine = engine
        self.keep = False
        self.calls: list[tuple[list[Image], list[NDArray[np.intp] | None]]] = []

    @property
    def alphabet(self) -> Sequence[str]:
        """See ``LineRecogniser.alphabet``."""
        return self.engine.alphabet

    def probabilities(self, lines: Sequence[Image], columns: Columns) -> list[Probabilities]:
        """See ``LineRecogniser.probabilities``."""
        if self.keep:
            self.calls.append((list(lines), list(columns)))
        return self.engine.probabilities(lines, columns)

    def replay(self) -> None:
        """Repeats all recorded calls."""
        for lines, columns in self.calls:
            self.engine.probabilities(lines, columns)


class RecordedGlyphs:
    """A glyph reader that records its calls while ``keep`` is true."""

    def __init__(self, engine: GlyphReader) -> None:
        self.engine = engine
        self.keep = False
        self.calls: list[list[Image]] = []

    @property
    def alphabet(self) -> tuple[str, ...]:
        """See ``GlyphReader.alphabet``."""
        return self.engine.alphabet

    def probabilities(self, cells: Sequence[Image]) -> Probabilities:
        """See ``GlyphReader.probabilities``."""
        if self.keep:
            self.calls.append(list(cells))
        return self.engine.probabilities(cells)

    def replay(self) -> None:
        """Repeats all recorded calls."""
        for cells in self.calls:
            self.engine.probabilities(cells)
