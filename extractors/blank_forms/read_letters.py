"""Reads typeset lines with the line recogniser and returns every character with its position on the sheet."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from extractors.base.alphabets import text_classes
from extractors.base.engines import LineRecogniser
from extractors.blank_forms.model import PX
from extractors.blank_forms.pixels.letters import Piece, TypesetLine, box_mm
from templates_forms.authoring.print.model import Glyph

# Stands for print that cannot be read (the geta mark, as in Japanese typesetting).
_UNREADABLE = "〓"
_LEAST_UNREAD_MM = 1.2
_LEAST = 0.25  # a letter of lower probability is ignored
_EXTRA = "年月日〒（）()「」・：:／/※＊*①②③④⑤⑥⑦⑧⑨⑩□○●◎◯㊞＿…％%㎡℡"
_SAME_SHAPE = str.maketrans({"丨": "|", "囗": "口", "曰": "日", "⼝": "口", "○": "○"})


@dataclass(frozen=True, slots=True)
class ReadPrint:
    """Letters with their positions, and the mean probability of the reading, 0 to 1."""

    glyphs: tuple[Glyph, ...]
    mean_probability: float


def read_lines(lines: Sequence[TypesetLine], recogniser: LineRecogniser) -> ReadPrint:
    """Reads all lines of a page in one call."""
    if not lines:
        return ReadPrint((), 1.0)
    classes = _classes(tuple(recogniser.alphabet))
    letters = [recogniser.alphabet[k] for k in classes]
    outputs = recogniser.probabilities([line.picture for line in lines], [classes] * len(lines))
    glyphs: list[Glyph] = []
    scores: list[float] = []
    for line, output in zip(lines, outputs, strict=True):
        found = _greedy(np.asarray(output, np.float64), letters)
        scores += [score for _, _, score in found]
        glyphs += _place_characters(line, found, len(output))
    return ReadPrint(tuple(glyphs), float(np.mean(scores)) if scores else 0.0)


@lru_cache(maxsize=2)
def _classes(alphabet: tuple[str, ...]) -> NDArray[np.intp]:
    """Class indexes of Japanese characters and marks of forms; the recogniser also knows similar Chinese characters."""
    wanted = set(text_classes(alphabet).tolist())
    extra = {k for k, char in enumerate(alphabet) if char and char in _EXTRA}
    return np.array(sorted({0} | wanted | extra), np.intp)


def _greedy(output: NDArray[np.float64], letters: Sequence[str]) -> list[tuple[str, float, float]]:
    """Characters of the best path: (character, step, probability)."""
    best = output.argmax(axis=1)
    found: list[tuple[str, float, float]] = []
    start = 0
    while start < len(best):
        stop = start
        while stop < len(best) and best[stop] == best[start]:
            stop += 1
        if best[start] != 0:
            strengths = output[start:stop, best[start]]
            # The centre of the run, weighted by probability, is more precise than its strongest step.
            step = float((np.arange(start, stop) * strengths).sum() / strengths.sum())
            score = float(strengths.max())
            letter = letters[int(best[start])]
            # A run of equal classes is one character in CTC; blanks separate repetitions.
            if score >= _LEAST and letter.strip():
                found.append((letter.translate(_SAME_SHAPE), step, score))
        start = stop
    return found


def _place_characters(line: TypesetLine, found: list[tuple[str, float, float]], steps: int) -> list[Glyph]:
    """Assigns each character to the nearest ink; ink that was not read is kept as a bar or as an unreadable mark."""
    if not found:
        return [_unreadable(piece, line.em) for piece in line.pieces if piece.height > _LEAST_UNREAD_MM * PX]
    width = line.picture.shape[1]
    centres = [(step + 0.5) * width / steps for _, step, _ in found]
    spans = _ink_spans(line)
    owners = [_nearest(spans, x) for x in centres]
    out: list[Glyph] = []
    for number, (letter, _, _) in enumerate(found):
        same = [i for i, owner in enumerate(owners) if owner == owners[number]]
        left, right, piece = spans[owners[number]]
        # Several characters whose ink touches share one run.
        if len(same) > 1:
            left, right = _part_of_run(
                line, spans[owners[number]], [centres[i] for i in same], same.index(number)
            )
        out.append(_glyph(line, letter, left, right, piece))
    return out


def _unreadable(piece: Piece, em: int) -> Glyph:
    """A lone thin bar becomes a 1; any other unread ink becomes an unreadable mark."""
    letter = "1" if piece.width < 0.36 * piece.height else _UNREADABLE
    box = box_mm(piece.x, piece.y, piece.right, piece.bottom)
    return Glyph(letter, box, 1.04 * em / PX)


def _ink_spans(line: TypesetLine) -> list[tuple[int, int, int]]:
    """Runs of inked columns in the typeset line, with close ones of one letter joined: (left, right, piece)."""
    dark = line.picture < 160
    spans: list[tuple[int, int, int]] = []
    gap = max(2, round(0.1 * line.em))
    for number, (piece, start) in enumerate(zip(line.pieces, line.starts, strict=True)):
        columns = np.flatnonzero(dark[:, start : start + piece.width].any(axis=0))
        if not len(columns):
            columns = np.array([0, piece.width - 1])
        first = last = int(columns[0])
        for column in columns[1:].tolist():
            # A letter such as い or 川 has gaps of its own, but is not wider than high.
            if column - last > gap and last - first > 0.55 * line.em:
                spans.append((start + first, start + last + 1, number))
                first = column
            last = column
        spans.append((start + first, start + last + 1, number))
    return spans


def _nearest(spans: list[tuple[int, int, int]], x: float) -> int:
    away = [max(left - x, x - right, 0.0) for left, right, _ in spans]
    return int(np.argmin(away))


def _part_of_run(
    line: TypesetLine, span: tuple[int, int, int], centres: Sequence[float], index: int
) -> tuple[int, int]:
    """The part of a run of ink that belongs to one of its characters: divided where ink is thinnest."""
    left, right, _ = span
    ink = (line.picture < 160).sum(axis=0)
    edges = [left]
    for a, b in itertools.pairwise(centres):
        low, high = int(max(left, a + 0.2 * (b - a))), int(min(right, b - 0.2 * (b - a)) + 1)
        part = ink[low:high]
        cut = (
            low + int(np.flatnonzero(part == part.min())[len(np.flatnonzero(part == part.min())) // 2])
            if len(part)
            else low
        )
        edges.append(min(max(cut, edges[-1] + 1), right))
    edges.append(right)
    return edges[index], max(edges[index + 1], edges[index] + 1)


def _glyph(line: TypesetLine, letter: str, left: int, right: int, number: int) -> Glyph:
    piece, start = line.pieces[number], line.starts[number]
    rows = np.flatnonzero((line.picture[:, max(left, 0) : right] < 160).any(axis=1))
    offset = _top_in_picture(line, piece)
    top, bottom = (int(rows[0]) - offset, int(rows[-1]) + 1 - offset) if len(rows) else (0, piece.height)
    top, bottom = max(top, 0), min(max(bottom, top + 1), piece.height)
    x = piece.x + left - start
    em = line.em if line.downwards or piece.height > 0.5 * line.em else max(piece.height, 0.8 * line.em)
    return Glyph(letter, box_mm(x, piece.y + top, piece.x + right - start, piece.y + bottom), 1.04 * em / PX)


def _top_in_picture(line: TypesetLine, piece: Piece) -> int:
    height = line.picture.shape[0] - 10
    if line.downwards or height > line.em:
        return int(5 + (height - piece.height) // 2)
    return int(5 + piece.y - min(p.y for p in line.pieces))
