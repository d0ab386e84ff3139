"""The two protocols that a recogniser must implement; any engine that implements them can be used."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import Image

Probabilities = NDArray[np.float32]


class LineRecogniser(Protocol):
    """Reads a written line as a sequence of steps (CTC, class 0 is the blank)."""

    @property
    def alphabet(self) -> Sequence[str]:
        """Characters by class index; index 0 is the blank, as an empty string."""
        ...

    def probabilities(
        self, lines: Sequence[Image], columns: Sequence[NDArray[np.intp] | None]
    ) -> list[Probabilities]:
        """Softmax per step for each line.

        Args:
            lines: uint8 BGR [h, w, 3] or grey [h, w] pictures of one line each.
            columns: per line, the class indexes wanted, index 0 first; None for all classes.

        Returns:
            Per line float32 [steps, len(columns)], not renormalised: the rest to 1 in a row is the probability of all
            classes that were not requested. Steps are spaced evenly over the line's width.
        """
        ...


class GlyphReader(Protocol):
    """Reads pictures of one character each."""

    @property
    def alphabet(self) -> tuple[str, ...]:
        """Characters by class index; an empty string means "not a character"."""
        ...

    def probabilities(self, cells: Sequence[Image]) -> Probabilities:
        """Calibrated softmax, float32 [len(cells), classes], for uint8 grey cells with dark ink on white."""
        ...


# PaddleOCR's predictors are not safe to share between threads, so a lock is needed.
class LockedLineRecogniser:
    """A line recogniser for several threads: a lock lets one call run at a time."""

    def __init__(self, engine: LineRecogniser, lock: Lock) -> None:
        self._engine, self._lock = engine, lock

    @property
    def alphabet(self) -> Sequence[str]:
        """See ``LineRecogniser.alphabet``."""
        with self._lock:  # the first access may load the model
            return self._engine.alphabet

    def probabilities(
        self, lines: Sequence[Image], columns: Sequence[NDArray[np.intp] | None]
    ) -> list[Probabilities]:
        """See ``LineRecogniser.probabilities``."""
        with self._lock:
            return self._engine.probabilities(lines, columns)


class LockedGlyphReader:
    """A glyph reader for several threads: a lock lets one call run at a time."""

    def __init__(self, engine: GlyphReader, lock: Lock) -> None:
        self._engine, self._lock = engine, lock

    @property
    def alphabet(self) -> tuple[str, ...]:
        """See ``GlyphReader.alphabet``."""
        return self._engine.alphabet

    def probabilities(self, cells: Sequence[Image]) -> Probabilities:
        """See ``GlyphReader.probabilities``."""
        with self._lock:
            return self._engine.probabilities(cells)
