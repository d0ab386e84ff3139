"""Combines glyph probabilities and line probabilities into one distribution per cell.

A log-linear pool (Genest and Zidek 1986): each reader's log probability has its own weight, and
neither can exclude a character completely, because both are sometimes certain of a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractors.base.alphabets import Alphabet, confusable
from extractors.recognition.kana_sounds import ending_odds, pair_odds_table

Float = NDArray[np.float64]
_FLOOR = 1e-5
_CHARACTERS_PER_CELL = 6  # characters per cell from which alternatives are formed
# In boxes of kana the glyph reader is better by far; of digits the line recogniser contributes more.
_GLYPH_WEIGHT = {"kana": 1.0, "digits": 0.9, "latin": 0.85}
_LINE_WEIGHT = {"kana": 0.25, "digits": 0.35, "latin": 0.35}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The recognition result of the written cells of one row.

    Attributes:
        alphabet: characters by class.
        fused: [n, classes] probability per written cell; rows sum to 1.
        glyph: the glyph reader's distribution, same shape; None when it was not used.
        line: the line recogniser's distribution, same shape; None when it was not used.
        not_character: per cell, the glyph reader's probability that there is no character.
        log_exact: the line recogniser's log probability of exactly this many characters, per character.
        order: for each written cell its index among all cells of the row.
        total: number of cells in the row.
        kind: ``digits``, ``kana``, ``latin`` or ``text``.
    """

    alphabet: Alphabet
    fused: Float
    glyph: Float | None
    line: Float | None
    not_character: Float
    log_exact: float
    order: tuple[int, ...]
    total: int
    kind: str = ""

    @property
    def best(self) -> NDArray[np.intp]:
        """Class index of the likeliest character per written cell."""
        return np.asarray(self.fused.argmax(axis=1), np.intp)

    def characters(self) -> list[str]:
        """The likeliest character per written cell."""
        return [self.alphabet.characters[k] for k in self.best]

    def top(self) -> Float:
        """Probability of the likeliest character per written cell."""
        return self.fused.max(axis=1) if len(self.fused) else np.zeros(0)

    def disagreements(self) -> list[int]:
        """Written cells at which the two readers prefer different characters."""
        if self.glyph is None or self.line is None or not len(self.fused):
            return []
        return [int(i) for i in np.flatnonzero(self.glyph.argmax(1) != self.line.argmax(1))]

    def confusable_cells(self, below: float = 0.98) -> list[int]:
        """Doubtful cells whose two likeliest characters are a known confusable pair."""
        found = []
        for i in np.flatnonzero(self.top() < below):
            first, second = np.argsort(-self.fused[i])[:2]
            if confusable(self.alphabet.characters[first], self.alphabet.characters[second]):
                found.append(int(i))
        return found


def glyph_columns(alphabet: Alphabet, classes: Sequence[str]) -> NDArray[np.intp]:
    """For each character of the alphabet its class in the glyph reader, or -1."""
    place = {char: i for i, char in enumerate(classes) if char}
    return np.array([place.get(char, -1) for char in alphabet.characters], np.intp)


def glyph_share(
    part: NDArray[np.float32], class_indexes: NDArray[np.intp], empty_class: int
) -> tuple[Float, Float]:
    """Restricts the glyph reader's probabilities to an alphabet.

    Characters that it does not know (元) share the probability of the classes outside the alphabet: the glyph reader
    saw something else there, but cannot tell whether it was one of those.

    Args:
        part: float32 [n, classes] as the glyph reader returned them.
        where: from ``glyph_columns``.
        empty_class: index of "not a character".

    Returns:
        [n, len(where)] with rows summing to 1, and [n] the probability of "not a character".
    """
    known = class_indexes >= 0
    out = np.zeros((len(part), len(class_indexes)))
    out[:, known] = part[:, class_indexes[known]]
    if not known.all():
        rest = 1.0 - out.sum(axis=1) - part[:, empty_class]
        out[:, ~known] = np.clip(rest, 0.0, None)[:, None] / int((~known).sum())
    out += 1e-7
    return out / out.sum(axis=1, keepdims=True), np.asarray(part[:, empty_class], np.float64)


def fuse(kind: str, glyph: Float | None, line: Float | None) -> Float:
    """Returns one distribution per cell.

    Args:
        kind: ``digits``, ``kana`` or ``latin``: determines the weight of each reader.
        glyph, line: [n, classes] with rows summing to 1; at least one of them.
    """
    total: Float | None = None
    pairs = ((glyph, _GLYPH_WEIGHT.get(kind, 0.8)), (line, _LINE_WEIGHT.get(kind, 0.5)))
    for part, weight in pairs:
        if part is None:
            continue
        # A single reader is not weighted, so that its calibration is kept.
        logs = np.log(np.maximum(part, _FLOOR)) * (weight if glyph is not None and line is not None else 1.0)
        total = logs if total is None else total + logs
    if total is None:
        raise ValueError("a cell needs at least one reader")
    raised = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def alternatives(row: Row, keep: int = 5, *, width: int = 24) -> list[tuple[str, float]]:
    """Returns the likeliest strings of a row with their probabilities, best first.

    Cells are independent except for kana, where some sequences hardly ever occur.

    Args:
        row: the fused cells.
        keep: number of strings returned.
        width: beam width; probabilities are shares among the strings of the beam.
    """
    uses_pairs = row.kind == "kana"
    characters = row.alphabet.characters
    usual = pair_odds_table(characters) if uses_pairs else None
    beams, texts, ends_in = np.ones(1), [""], np.zeros(1, np.intp)
    last = -2
    for place, cell in zip(row.order, row.fused, strict=True):
        follow = np.argsort(-cell)[:_CHARACTERS_PER_CELL]
        longer = beams[:, None] * cell[follow]
        if usual is not None:
            before = ends_in if place == last + 1 else np.zeros_like(ends_in)
            longer *= usual[before[:, None], follow]
        best = np.argsort(-longer, axis=None, kind="stable")[:width]
        beams, came, went = longer.ravel()[best], best // len(follow), follow[best % len(follow)]
        texts = [texts[i] + characters[k] for i, k in zip(came.tolist(), went.tolist(), strict=True)]
        ends_in = went + 1
        last = place
    if usual is None:
        return list(zip(texts[:keep], beams[:keep].tolist(), strict=True))
    finished = [(text, p * ending_odds(text[-1:])) for text, p in zip(texts, beams.tolist(), strict=True)]
    ranked = sorted(finished, key=lambda pair: -pair[1])
    total = sum(p for _, p in ranked)
    return [(text, p / max(total, 1e-300)) for text, p in ranked[:keep]]


def with_posteriors(row: Row) -> Row:
    """Returns the row with the posterior of each cell, given the likeliest strings."""
    if row.kind != "kana" or not len(row.fused):
        return row
    ranked = alternatives(row, keep=24)
    place = row.alphabet.index()
    # Characters outside the likeliest strings keep a little probability instead of none.
    out = 1e-6 * row.fused
    for text, p in ranked:
        for i, char in enumerate(text):
            out[i, place[char]] += p
    return replace(row, fused=out / out.sum(axis=1, keepdims=True))
