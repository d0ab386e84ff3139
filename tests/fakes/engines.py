"""Stand-ins for the two readers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GLYPHS = (*"0123456789", *"アイウエオカキクケコ", "")


class SilentLines:
    """A line recogniser that sees nothing but blanks."""

    alphabet = ("", *"0123456789", "元", "日", "本")

    def probabilities(
        self, lines: Sequence[np.ndarray], columns: Sequence[np.ndarray | None]
    ) -> list[np.ndarray]:
        out = []
        for line, take in zip(lines, columns, strict=True):
            steps = max(1, line.shape[1] // 8)
            full = np.zeros((steps, len(self.alphabet)), np.float32)
            full[:, 0] = 1.0
            out.append(full if take is None else full[:, take])
        return out


class CertainGlyphs:
    """A glyph reader that is sure that everything is the same character."""

    alphabet = GLYPHS

    def __init__(self, character: str) -> None:
        self._index = GLYPHS.index(character)

    def probabilities(self, cells: Sequence[np.ndarray]) -> np.ndarray:
        out = np.full((len(cells), len(GLYPHS)), 1e-6, np.float32)
        out[:, self._index] = 1.0
        return out / out.sum(axis=1, keepdims=True)


class BrokenLines(SilentLines):
    """A line recogniser whose engine fails."""

    def probabilities(
        self, lines: Sequence[np.ndarray], columns: Sequence[np.ndarray | None]
    ) -> list[np.ndarray]:
        raise RuntimeError("inference failed")
