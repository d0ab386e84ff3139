"""The result of a value module: the value with all evidence for and against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from extractors.base import reasons
from extractors.base.model import Candidate, CellCut, FreeCut
from extractors.recognition.fusion import Row

_WEAK = 0.9
_OUTSIDE = 0.12
_STRUCK = 0.3
_FAINT = 0.22
_UNREAD = 0.45


@dataclass(frozen=True, slots=True)
class Draft:
    """A value before calibration.

    Attributes:
        value: in the normal form of the field's type.
        reasons: reason codes.
        candidates: best first.
        weak: indexes of doubtful characters in ``value``.
        cells: printed box of each character of ``value``, -1 for none; empty where that is not known.
        features: named numbers for the calibrator.
    """

    value: str
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    weak: tuple[int, ...] = ()
    features: dict[str, float] = field(default_factory=dict)
    cells: tuple[int, ...] = ()


def logit(p: float) -> float:
    """Log odds, limited to ±12."""
    q = min(max(p, 1e-6), 1.0 - 1e-6)
    return float(np.clip(np.log(q / (1.0 - q)), -12.0, 12.0))


def row_features(row: Row, cut: CellCut) -> dict[str, float]:
    """Features of one row of cells: weakest character, agreement, ink inside and outside the boxes."""
    empty_ink = [ink for place, ink in enumerate(cut.ink) if place not in row.order]
    common = {
        "length": float(len(row.order)),
        "outside": cut.ink_outside,
        "empty_ink": max(empty_ink, default=0.0),
        "struck": cut.struck_out,
        "contrast": cut.contrast,
    }
    if not len(row.fused):
        return common | {"written": 0.0}
    chosen = np.arange(len(row.fused)), row.best
    ordered = np.sort(row.fused, axis=1)
    return common | {
        "written": 1.0,
        "product": logit(float(np.prod(row.top()))),
        "weakest": logit(float(row.top().min())),
        "margin": float(np.log((ordered[:, -1] + 1e-9) / (ordered[:, -2] + 1e-9)).min()),
        "glyph": logit(float(row.glyph[chosen].min())) if row.glyph is not None else 0.0,
        "line": logit(float(row.line[chosen].min())) if row.line is not None else 0.0,
        "disagree": float(len(row.disagreements())),
        "nothing": logit(float(row.not_character.max())) if row.glyph is not None else -12.0,
        "exact": row.log_exact,
    }


def joined_features(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    """Combines the features of several rows: sums for counts, the worse value otherwise."""
    joined: dict[str, float] = {}
    for name in dict.fromkeys(key for part in parts for key in part):
        values = [part[name] for part in parts if name in part]
        if name in ("length", "disagree"):
            joined[name] = float(sum(values))
        elif name in ("outside", "empty_ink", "struck", "nothing"):
            joined[name] = max(values)
        else:
            joined[name] = min(values)
    return joined


def row_reasons(row: Row, cut: CellCut) -> list[str]:
    """Reasons to doubt one row of cells."""
    found = []
    if row.disagreements():
        found.append(reasons.READERS_DISAGREE)
    if row.confusable_cells():
        found.append(reasons.CONFUSABLE)
    if len(row.not_character) and float(row.not_character.max()) > 0.5:
        found.append(reasons.NO_CHARACTER)
    return found + ink_reasons(cut)


def ink_reasons(cut: CellCut | FreeCut) -> list[str]:
    """Reasons that depend on the ink alone, not on what is read from it."""
    found = []
    if cut.ink_outside > _OUTSIDE:
        found.append(reasons.INK_OUTSIDE_BOX)
    if cut.struck_out > _STRUCK:
        found.append(reasons.STRUCK_OUT)
    written = not all(cut.empty) if isinstance(cut, CellCut) else bool(cut.lines)
    if written and cut.contrast < _FAINT:
        found.append(reasons.FAINT)
    return found


def unread_reason(unread: float) -> list[str]:
    """``ink_unread`` when about half a character of ink is unexplained."""
    return [reasons.INK_UNREAD] if unread > _UNREAD else []


def weak_cells(row: Row) -> list[int]:
    """Written cells that a verifier should check first, including all cells that caused a reason of the row."""
    doubtful = set(np.flatnonzero(row.top() < _WEAK).tolist()) | set(row.disagreements())
    doubtful |= set(row.confusable_cells())
    return sorted(int(i) for i in doubtful)


def candidates(pairs: Sequence[tuple[str, float]], source: str) -> tuple[Candidate, ...]:
    """Candidates of one source, best first; equal values are merged."""
    best: dict[str, float] = {}
    for value, probability in pairs:
        best[value] = best.get(value, 0.0) + probability
    ordered = sorted(best.items(), key=lambda pair: -pair[1])
    return tuple(Candidate(value, min(float(p), 1.0), source) for value, p in ordered)


def merge_candidates(*groups: Sequence[Candidate], keep: int = 8) -> tuple[Candidate, ...]:
    """Candidates of several sources, best first; a value keeps its first (most trusted) source."""
    seen: dict[str, Candidate] = {}
    for group in groups:
        for candidate in group:
            seen.setdefault(candidate.value, candidate)
    return tuple(sorted(seen.values(), key=lambda c: -c.probability))[:keep]


def single_reader_candidates(row: Row, value_of: Callable[[str], str]) -> tuple[Candidate, ...]:
    """The value according to each reader alone, in the field's normal form."""
    found = []
    for part, source in ((row.glyph, "glyph"), (row.line, "line")):
        if part is not None and len(part):
            text = "".join(row.alphabet.characters[k] for k in part.argmax(axis=1))
            found.append(Candidate(value_of(text), float(np.prod(part.max(axis=1))), source))
    return tuple(found)
