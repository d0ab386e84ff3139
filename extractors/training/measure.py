"""Measures a glyph reader: accuracy, confusions and calibration under each field type's alphabet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.training.alphabet import ALPHABET, GROUPS, NOT_A_CHARACTER, SMALL
from extractors.training.samples import Pool

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """Accuracy of one set under its alphabet (`masked`), under all classes, and calibration of the scores."""

    name: str
    count: int
    masked: float
    masked_big: float
    everything: float
    ece: float
    log_loss: float
    confusions: tuple[tuple[str, str, int], ...]

    def line(self) -> str:
        worst = " ".join(f"{truth or '∅'}→{read or '∅'}{times}" for truth, read, times in self.confusions)
        return (
            f"{self.name:28s} n={self.count:6d} masked {self.masked:.4%} (sizes merged {self.masked_big:.4%}) "
            f"all {self.everything:.4%} ece {self.ece:.4f} nll {self.log_loss:.4f}  {worst}"
        )


def masked(logits: Logits, allowed: Iterable[str], temperature: float = 1.0) -> Logits:
    """Softmax over the allowed classes and NOT_A_CHARACTER; the others get 0."""
    keep = np.zeros(len(ALPHABET), bool)
    keep[[ALPHABET.index(character) for character in (*allowed, NOT_A_CHARACTER)]] = True
    scaled = np.where(keep, logits / temperature, -np.inf)
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over bins of equal count (Guo et al. 2017, with adaptive bins)."""
    order = np.argsort(confidence)
    parts = zip(np.array_split(confidence[order], bins), np.array_split(right[order], bins), strict=True)
    return float(sum(len(c) * abs(c.mean() - r.mean()) for c, r in parts if len(c)) / max(len(confidence), 1))


def figures(name: str, logits: Logits, labels: NDArray[np.int64], group: str, temperature: float) -> Figures:
    """Returns the figures of one set of one group."""
    scores = masked(logits, GROUPS[group], temperature)
    read = scores.argmax(axis=1)
    right = read == labels
    big = np.array([ALPHABET.index(SMALL.get(c, c)) for c in ALPHABET])
    pairs = Counter((ALPHABET[t], ALPHABET[r]) for t, r in zip(labels[~right], read[~right], strict=True))
    chance = scores[np.arange(len(labels)), labels]
    return Figures(
        name,
        len(labels),
        float(right.mean()),
        float((big[read] == big[labels]).mean()),
        float((logits.argmax(axis=1) == labels).mean()),
        calibration_error(scores.max(axis=1), right),
        float(-np.log(np.maximum(chance, 1e-9)).mean()),
        tuple((truth, wrong, times) for (truth, wrong), times in pairs.most_common(14)),
    )


def fit_temperature(sets: Iterable[tuple[Logits, Pool, str]]) -> float:
    """Temperature with the least log loss of masked scores, each set having equal weight."""
    known = list(sets)
    best, chosen = np.inf, 1.0
    for temperature in np.exp(np.linspace(np.log(0.4), np.log(2.5), 74)):
        loss = 0.0
        for logits, pool, group in known:
            scores = masked(logits, GROUPS[group], float(temperature))
            loss += float(-np.log(np.maximum(scores[np.arange(len(pool.labels)), pool.labels], 1e-9)).mean())
        if loss < best:
            best, chosen = loss, float(temperature)
    return round(chosen, 4)
