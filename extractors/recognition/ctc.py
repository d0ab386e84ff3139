"""Decoding of CTC probabilities: a known number of cells, free lines with n-best, and scoring of a text.

CTC: Graves et al. 2006, "Connectionist Temporal Classification". Class 0 is the blank. All inputs are
linear probabilities [steps, classes] whose rows sum to 1 after masking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
_TINY = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The result of aligning a line with a known number of characters.

    Attributes:
        cells: [n, classes - 1], probability of each character at each position; rows sum to 1.
        log_exact: log probability that the line holds exactly n characters at those places.
    """

    cells: Float
    log_exact: float


def align(lines: Sequence[Float], windows: Sequence[Float]) -> list[Alignment]:
    """Posterior of each character, given that a line contains exactly n of them, each near its own position.

    The exact sum over all CTC paths with n characters (forward-backward), for many lines at once.

    Args:
        lines: per line [steps, classes], blank first.
        windows: per line [n, steps], 0 to 1, how plausible a step is for the i-th character.

    Returns:
        One ``Alignment`` per line; a line with n = 0 yields an empty one.
    """
    results: list[Alignment | None] = [None] * len(lines)
    groups: dict[int, list[int]] = defaultdict(list)
    for i, (line, window) in enumerate(zip(lines, windows, strict=True)):
        if len(window) and len(line):
            groups[line.shape[1]].append(i)
        else:
            results[i] = Alignment(np.full((len(window), max(line.shape[1] - 1, 0)), np.nan), 0.0)
    for members in groups.values():
        # Batches of 32 lines bound the memory of the forward and backward states.
        for chunk in range(0, len(members), 32):
            part = members[chunk : chunk + 32]
            for i, found in zip(part, _align_batch(*_pad(part, lines, windows)), strict=True):
                results[i] = found
    return [found for found in results if found is not None]


def _pad(
    members: list[int], lines: Sequence[Float], windows: Sequence[Float]
) -> tuple[Float, Float, NDArray[np.intp]]:
    """Pads steps with certain blanks, which change nothing, and positions with impossible ones."""
    steps = max(len(lines[i]) for i in members)
    count = max(len(windows[i]) for i in members)
    classes = lines[members[0]].shape[1]
    p = np.zeros((len(members), steps, classes))
    p[:, :, 0] = 1.0
    w = np.zeros((len(members), count, steps))
    for row, i in enumerate(members):
        p[row, : len(lines[i])] = lines[i]
        w[row, : len(windows[i]), : windows[i].shape[1]] = windows[i]
    return p, w, np.array([len(windows[i]) for i in members])


def _align_batch(p: Float, w: Float, counts: NDArray[np.intp]) -> list[Alignment]:
    """p [B, T, 1+K], w [B, N, T]. States per step: after i characters, in blank or in character i as class k."""
    batch, steps, _ = p.shape
    positions = w.shape[1]
    emit = p[:, :, None, 1:] * w.transpose(0, 2, 1)[:, :, :, None]
    blank = p[:, :, 0]
    entries, last_char, last_blank, scales = _forward(emit, blank)
    rows = np.arange(batch)
    end = last_blank[rows, counts] + last_char[rows, counts - 1].sum(1)
    logs = np.log(end + _TINY) + scales[steps]
    beta_scale = np.zeros(batch)
    beta_blank = np.zeros((batch, positions + 1))
    beta_char = np.zeros((batch, positions, p.shape[2] - 1))
    beta_blank[rows, counts] = 1.0
    beta_char[rows, counts - 1] = 1.0
    posterior = np.zeros((batch, positions, p.shape[2] - 1))
    for t in range(steps - 1, -1, -1):
        through = emit[:, t] * beta_char
        # Clipped, because the scales of very unlikely lines would overflow in `exp`.
        weight = np.exp(np.clip(scales[t] + beta_scale - logs, -600.0, 600.0))
        posterior += entries[t] * through * weight[:, None, None]
        total = through.sum(-1)
        from_blank = blank[:, t, None] * beta_blank
        from_blank[:, :-1] += total
        stay = blank[:, t, None] * beta_blank
        from_char = through + stay[:, 1:, None]
        from_char[:, :-1] += total[:, 1:, None] - through[:, 1:]
        norm = np.maximum(from_blank.max(1), from_char.max((1, 2))) + _TINY
        beta_blank = from_blank / norm[:, None]
        beta_char = from_char / norm[:, None, None]
        beta_scale += np.log(norm)
    results = []
    for b in range(batch):
        cells = posterior[b, : counts[b]]
        sums = cells.sum(1, keepdims=True)
        # A position without any probability mass gets an even distribution instead of a division by zero.
        even = np.full_like(cells, 1.0 / cells.shape[1])
        cells = np.divide(cells, sums, out=even, where=sums > 0)
        results.append(Alignment(cells, float(logs[b])))
    return results


def _forward(emit: Float, blank: Float) -> tuple[list[Float], Float, Float, list[Float]]:
    """Probability mass entering each character state per step, the last alphas, and the log scale before each step."""
    batch, steps, positions, classes = emit.shape
    alpha_char = np.zeros((batch, positions, classes))
    alpha_blank = np.zeros((batch, positions + 1))
    alpha_blank[:, 0] = 1.0
    scales, entries = [np.zeros(batch)], []
    for t in range(steps):
        sums = alpha_char.sum(-1)
        entry = np.repeat(alpha_blank[:, :-1, None], classes, axis=2)
        entry[:, 1:] += sums[:, :-1, None] - alpha_char[:, :-1]
        entries.append(entry)
        new_char = emit[:, t] * (alpha_char + entry)
        new_blank = blank[:, t, None] * alpha_blank
        new_blank[:, 1:] += blank[:, t, None] * sums
        # Rescaled at every step: products of hundreds of probabilities underflow otherwise.
        norm = np.maximum(new_blank.max(1), new_char.max((1, 2))) + _TINY
        alpha_char = new_char / norm[:, None, None]
        alpha_blank = new_blank / norm[:, None]
        scales.append(scales[-1] + np.log(norm))
    return entries, alpha_char, alpha_blank, scales


def cell_windows(centres: Sequence[float], pitch: float, width: float, steps: int) -> Float:
    """How plausible each step is for each cell: 1 inside it, falling off over its neighbours.

    Args:
        centres: x of each written cell's middle, px of the line.
        pitch: width of a cell, px.
        width: width of the line, px.
        steps: number of steps that the recogniser returned for that width.
    """
    x = (np.arange(steps) + 0.5) * width / steps
    off = np.abs(x[None, :] - np.asarray(centres, float)[:, None]) / max(pitch, 1e-6)
    return np.asarray(np.exp(-0.5 * (np.maximum(off - 0.5, 0.0) / 0.22) ** 2) + 1e-6)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded text.

    Attributes:
        text: class indexes, blank-free.
        log_prob: log probability of the whole text (summed over alignments, within the beam).
        steps: for each character, the step of its highest probability.
        scores: for each character, its probability at that step.
    """

    text: tuple[int, ...]
    log_prob: float
    steps: tuple[int, ...]
    scores: tuple[float, ...]


PairOdds = Callable[[int, int], float]
"""Odds of a class after another one (0 before the first); 1 is neutral."""


def beam_search(
    p: Float, *, width: int = 12, keep: int = 8, floor: float = 1e-4, pair_odds: PairOdds | None = None
) -> list[Hypothesis]:
    """Prefix beam search (Hannun et al. 2014): the n best texts, best first.

    Args:
        p: [steps, classes], blank first, rows summing to 1.
        width: prefixes kept after each step.
        keep: hypotheses returned.
        floor: classes below this probability at a step are not extended.
        follows: odds of pairs of neighbours, which weight each new character; they are part of ``log_prob``.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    peaks: dict[tuple[int, ...], tuple[tuple[int, float], ...]] = {(): ()}
    scale = 0.0
    # Probabilities are rescaled at every step, as in the forward algorithm, against underflow.
    for t in range(len(p)):
        beams, peaks = _extend(beams, peaks, p[t], t, floor, pair_odds)
        best = sorted(beams, key=lambda prefix: -sum(beams[prefix]))[:width]
        top = sum(beams[best[0]]) + _TINY
        scale += float(np.log(top))
        beams = {prefix: (beams[prefix][0] / top, beams[prefix][1] / top) for prefix in best}
        peaks = {prefix: peaks[prefix] for prefix in best}
    order = sorted(beams, key=lambda prefix: -sum(beams[prefix]))[:keep]
    return [
        Hypothesis(
            prefix,
            float(np.log(sum(beams[prefix]) + _TINY)) + scale,
            tuple(step for step, _ in peaks[prefix]),
            tuple(score for _, score in peaks[prefix]),
        )
        for prefix in order
    ]


_Beams = dict[tuple[int, ...], tuple[float, float]]
_Peaks = dict[tuple[int, ...], tuple[tuple[int, float], ...]]


def _extend(
    beams: _Beams, peaks: _Peaks, row: Float, t: int, floor: float, pair_odds: PairOdds | None
) -> tuple[_Beams, _Peaks]:
    follow = [int(k) for k in np.flatnonzero(row > floor) if k]
    blank = float(row[0])
    if not follow:
        return {prefix: ((b + c) * blank, 0.0) for prefix, (b, c) in beams.items()}, peaks
    sums: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    new_peaks: _Peaks = {}
    for prefix, (ends_blank, ends_char) in beams.items():
        total = ends_blank + ends_char
        sums[prefix][0] += total * blank
        new_peaks.setdefault(prefix, peaks[prefix])
        for k in follow:
            q = float(row[k])
            # CTC merges repeated labels: the same character again without a blank between is still the same one.
            if prefix and prefix[-1] == k:
                sums[prefix][1] += ends_char * q
                if q > new_peaks[prefix][-1][1]:
                    new_peaks[prefix] = (*peaks[prefix][:-1], (t, q))
                gain = ends_blank * q
            else:
                gain = total * q
            if pair_odds is not None:
                gain *= pair_odds(prefix[-1] if prefix else 0, k)
            if gain > 0.0:
                longer = (*prefix, k)
                sums[longer][1] += gain
                # A longer text that came before its prefix has followed its own peak already.
                if longer not in new_peaks:
                    old = peaks.get(longer)
                    new_peaks[longer] = old if old and old[-1][1] >= q else (*peaks[prefix], (t, q))
    return {prefix: (b, c) for prefix, (b, c) in sums.items()}, new_peaks


def log_score(p: Float, text: Sequence[int]) -> float:
    """Log probability of exactly this text under the CTC rows ``p`` (forward algorithm)."""
    return float(log_scores(p, [text]).item())


def log_scores(p: Float, texts: Sequence[Sequence[int]]) -> Float:
    """``log_score`` of many texts in one pass, float64 [texts]."""
    lengths = np.array([2 * len(text) + 1 for text in texts], np.intp)
    if not len(p):
        return np.where(lengths == 1, 0.0, -np.inf)
    label = np.zeros((len(texts), int(lengths.max(initial=1))), np.intp)
    for row, text in zip(label, texts, strict=True):
        row[1 : 2 * len(text) : 2] = text
    # [steps, texts, labels]; states beyond a text's own labels never flow back into it.
    emitted = p[:, label]
    skip = np.zeros(label.shape, np.float64)
    skip[:, 2:] = (label[:, 2:] != 0) & (label[:, 2:] != label[:, :-2])
    alpha = np.zeros(label.shape)
    alpha[:, :2] = emitted[0, :, :2]
    total = np.zeros(len(texts))
    for t in range(1, len(p)):
        moved = alpha.copy()
        moved[:, 1:] += alpha[:, :-1]
        moved[:, 2:] += skip[:, 2:] * alpha[:, :-2]
        alpha = moved * emitted[t]
        norm = alpha.max(axis=1) + _TINY
        alpha /= norm[:, None]
        total += np.log(norm)
    rows = np.arange(len(texts))
    end = alpha[rows, lengths - 1] + np.where(lengths > 1, alpha[rows, lengths - 2], 0.0)
    return np.asarray(total + np.log(end + _TINY), np.float64)
