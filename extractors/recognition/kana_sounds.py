"""Odds of kana from Japanese sounds and sizes: ヤ and ャ have the same shape and differ in size and neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
SMALL_OF: dict[str, str] = dict(zip("アイウエオツヤユヨワカケ", "ァィゥェォッャュョヮヵヶ", strict=True))
"""Large kana to the small one of the same shape."""
_BIG_OF = {small: big for big, small in SMALL_OF.items()}

_GLIDES = "ャュョ"
_BEFORE_GLIDE = frozenset("キシチニヒミリギジヂビピ")
_SMALL_VOWELS = "ァィゥェォ"
_BEFORE_SMALL_VOWEL = frozenset("フヴテデウシジチトドツクグスズイ")
_AFTER_STOP = frozenset("カキクケコサシスセソタチツテトパピプペポ")
_SELDOM = 0.3
_VERY_RARE = 0.02  # not impossible: names of foreign origin, and unusual spellings
_RARE = {
    "ヮ": 0.01,
    "ヵ": 0.02,
    "ヶ": 0.1,
    "ヰ": 0.05,
    "ヱ": 0.05,
    "ヂ": 0.15,
    "ヅ": 0.4,
    "ヴ": 0.15,
    "ヲ": 0.3,
    "ゥ": 0.3,
}
_MIDDLE, _STEEPNESS = 0.74, 11.0  # share of the usual height at which small and large are equally likely


def pair_odds(before: str, char: str) -> float:
    """Odds of a kana after another, 1 is neutral; ``before`` is empty at the start."""
    return _RARE.get(char, 1.0) * (_after(before, char) if before else _first(char))


@lru_cache(maxsize=16)
def pair_odds_table(characters: tuple[str, ...]) -> Float:
    """The pair odds of all characters, float64 [1 + classes, classes]: the first row is for the start of a word."""
    return np.array([[pair_odds(before, char) for char in characters] for before in ("", *characters)])


def _first(char: str) -> float:
    if char in _GLIDES or char in _SMALL_VOWELS or char == "ッ":
        return _VERY_RARE
    return _SELDOM if char in "ーンヲ" else 1.0


def _after(before: str, char: str) -> float:
    if char in _GLIDES:
        return 1.0 if before in _BEFORE_GLIDE else _VERY_RARE
    if char in _SMALL_VOWELS:
        return 1.0 if before in _BEFORE_SMALL_VOWEL else _VERY_RARE
    odd = (before == "ッ" and char not in _AFTER_STOP) or (char == "ー" and before in "ンッー")
    return _SELDOM if odd else 1.0


def ending_odds(char: str) -> float:
    """Odds of a kana as the last one of a word."""
    return _VERY_RARE if char == "ッ" else 1.0


def split_by_size(fused: Float, characters: Sequence[str], heights: Sequence[float]) -> Float:
    """Divides the probability of a shape between its large and its small kana by the height of the writing.

    Args:
        fused: [n, classes].
        characters: one per class.
        heights: per cell, height of the ink as a share of the box.
    """
    # The usual height is not known from a single cell.
    if len(heights) < 2:
        return fused
    out = fused.copy()
    place = {char: i for i, char in enumerate(characters)}
    usual = _usual_height(fused, characters, heights)
    for row, height in enumerate(heights):
        small = 1.0 / (1.0 + np.exp(_STEEPNESS * (height / usual - _MIDDLE)))
        for big, little in SMALL_OF.items():
            i, j = place.get(big), place.get(little)
            if i is None or j is None:
                continue
            # The sum is kept: size only decides between the two.
            both = fused[row, i] + fused[row, j]
            prior = fused[row, j] / max(both, 1e-12)
            share = _combined(prior, small)
            out[row, i], out[row, j] = both * (1 - share), both * share
    return out


def _combined(reader: float, size: float) -> float:
    """Combines two estimates of being small; the reader's, which partly rests on size already, has half weight."""
    log_odds = 0.5 * np.log((reader + 1e-3) / (1 - reader + 1e-3)) + np.log((size + 1e-4) / (1 - size + 1e-4))
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def _usual_height(fused: Float, characters: Sequence[str], heights: Sequence[float]) -> float:
    """Median height of the cells that are neither small kana nor flat characters such as ー."""
    best = [characters[k] for k in fused.argmax(axis=1)]
    tall = [h for h, c in zip(heights, best, strict=True) if c not in _BIG_OF and c not in "ーニヘツ"]
    found = float(np.median(tall or list(heights)))
    return max(found, 0.05)
