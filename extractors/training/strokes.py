"""Characters as pen strokes, and their variation between writers.

Drawn characters resemble those of many writers only with varied geometry, so every level of it varies:
points along a stroke, corners, ends, whole strokes, the dakuten as a group, the whole character.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.training.alphabet import ALPHABET
from extractors.training.shapes import POINTS, variants

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """One way to write a character.

    `points` float32 [strokes, 24, 2] in a unit square; `bend` float32 [strokes, 24, knots] distributes the shifts
    of a stroke's ends and corners over its points; `marks` is the number of last strokes that are the (han)dakuten.
    """

    points: Points
    bend: NDArray[np.float32]
    marks: int


@dataclass(frozen=True)
class WriterStyle:
    """Strength of the deformation of strokes; 1.0 everywhere is the strength used in training."""

    freedom: float = 1.0
    slant: float = 1.0
    joining: float = 1.0


_KNOTS = 5


def load_shapes(strokes_npz: Path) -> dict[str, list[Shape]]:
    """Every way to write each class: the stroke collection's first, then the hand-designed ones.

    Args:
        strokes_npz: `kanjivg_strokes.npz` with `chars`, `stroke_count`, `points` (see `train_glyphs`).
    """
    with np.load(strokes_npz) as data:
        chars, counts, points = data["chars"], data["stroke_count"].astype(int), data["points"]
    first = np.concatenate([[0], np.cumsum(counts)])
    shapes: dict[str, list[Shape]] = {}
    wanted = set(ALPHABET) - {".", "・"}  # the collection draws these two as rings
    for i, character in enumerate(str(c) for c in chars):
        if character in wanted:
            # Stored as 2 × KanjiVG units + 10; the KanjiVG square has 109 units.
            raw = (points[first[i] : first[i + 1]].astype(np.float32) - 10) / 2 / 109
            shapes[character] = [_shape(raw, character)]
    for character, drawn in designed_shapes().items():
        shapes.setdefault(character, []).extend(drawn)
    return shapes


def designed_shapes() -> dict[str, list[Shape]]:
    """The hand-designed shapes alone, which need no data file."""
    return {
        character: [_shape(points, character) for points in drawn] for character, drawn in variants().items()
    }


def _shape(points: Points, character: str) -> Shape:
    parts = unicodedata.normalize("NFD", character)
    # Unicode decomposes a voiced kana into its base and a combining dakuten (2 strokes) or handakuten (1).
    marks = {"\u3099": 2, "\u309a": 1}.get(parts[-1], 0) if len(parts) > 1 else 0
    return Shape(points, np.stack([_bend(stroke) for stroke in points]), marks)


def _bend(stroke: Points) -> NDArray[np.float32]:
    """Weights that distribute knots (ends, the sharpest corners, else even positions) linearly over the points."""
    steps = np.diff(stroke, axis=0)
    angle = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    turn = np.zeros(POINTS)
    turn[2:-2] = np.abs(angle[3:] - angle[:-3])[: POINTS - 4]
    knots = [0, POINTS - 1]
    for place in np.argsort(-turn):
        if turn[place] > 0.7 and min(abs(place - knot) for knot in knots) > 2 and len(knots) < _KNOTS:
            knots.append(int(place))
    # Strokes with few corners get knots at even positions, the middle first.
    for place in (12, 6, 18, 9, 15, 3, 21):
        if min(abs(place - knot) for knot in knots) > 2 and len(knots) < _KNOTS:
            knots.append(place)
    knots.sort()
    weights = np.zeros((POINTS, _KNOTS), np.float32)
    for i in range(len(knots)):
        weights[:, i] = np.interp(np.arange(POINTS), knots, np.eye(len(knots))[i])
    return weights


def _smoothing() -> list[NDArray[np.float32]]:
    """Matrices [24, 24] that round a stroke's corners, from slightly to strongly; ends stay fixed."""
    place = np.arange(POINTS)
    out = []
    for width in (0.6, 1.0, 1.6, 2.4):
        kernel = np.exp(-(((place[:, None] - place[None]) / width) ** 2) / 2)
        kernel /= kernel.sum(axis=1, keepdims=True)
        # Fixed ends, so that strokes that meet still meet.
        kernel[0], kernel[-1] = np.eye(POINTS)[0], np.eye(POINTS)[-1]
        out.append(kernel.astype(np.float32))
    return out


_SMOOTHING = _smoothing()
_BOW = np.sin(np.linspace(0, np.pi, POINTS)).astype(np.float32)
_PLACES = np.arange(POINTS, dtype=np.float32)


def deform(rng: np.random.Generator, shape: Shape, writer: WriterStyle) -> list[Points]:
    """Deforms a character as another writer would write it.

    Returns:
        Strokes float32 [n, 2] in no fixed frame (about a unit square), including joining strokes.
    """
    # Varies between characters, as careful and hurried writing do.
    freedom = writer.freedom * rng.uniform(0.3, 1.25)
    points = shape.points
    count = len(points)
    if rng.random() < 0.35:
        points = np.matmul(_SMOOTHING[rng.integers(len(_SMOOTHING))], points)
    # Short strokes move less than long ones, by the root of their size.
    size = np.maximum(np.ptp(points, axis=1).max(axis=1), 0.12)[:, None, None]
    # Ends and corners move, and the points between follow.
    knots = rng.standard_normal((count, _KNOTS, 2), np.float32) * (0.045 * freedom) * np.sqrt(size)
    points = points + np.matmul(shape.bend, knots)
    chord = points[:, -1:] - points[:, :1]
    normal = chord[:, :, ::-1] * np.array([1, -1], np.float32)
    bow = rng.standard_normal((count, 1, 1), np.float32) * (0.07 * freedom)
    points = points + _BOW[None, :, None] * normal * bow
    points = _deform_strokes(rng, points, freedom)
    points = _move_ends(rng, points, freedom)
    if shape.marks:
        points = _deform_marks(rng, points, shape.marks, freedom)
    strokes = list(_deform_character(rng, points, freedom, writer))
    if rng.random() < 0.18 * writer.joining:
        strokes += _join_strokes(rng, strokes)
    if rng.random() < 0.12 * writer.joining:
        strokes += _add_hooks(rng, strokes)
    return strokes


def _deform_strokes(rng: np.random.Generator, points: Points, freedom: float) -> Points:
    """Moves, rotates and stretches each stroke about its own centre."""
    count = len(points)
    centre = points.mean(axis=1, keepdims=True)
    turn = rng.standard_normal(count, np.float32) * (0.075 * freedom)
    size = 1 + rng.standard_normal((count, 1, 2), np.float32) * (0.09 * freedom)
    matrix = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], axis=1).reshape(count, 2, 2)
    shift = rng.standard_normal((count, 1, 2), np.float32) * (0.028 * freedom)
    moved: Points = np.matmul((points - centre) * size, matrix.astype(np.float32)) + centre + shift
    return moved


def _move_ends(rng: np.random.Generator, points: Points, freedom: float) -> Points:
    """Over- and undershoot: each stroke begins and ends a little early or late."""
    count = len(points)
    cut = rng.standard_normal((2, count, 1), np.float32) * (1.3 * freedom)
    cut = np.clip(cut, -3.5, 4.0)
    place = cut[0] + (_PLACES[None] / (POINTS - 1)) * (POINTS - 1 - cut[0] - cut[1])
    whole = np.clip(np.floor(place).astype(np.int32), 0, POINTS - 2)
    share = (place - whole)[..., None]
    rows = np.arange(count)[:, None]
    cut_points: Points = points[rows, whole] * (1 - share) + points[rows, whole + 1] * share
    return cut_points


def _deform_marks(rng: np.random.Generator, points: Points, marks: int, freedom: float) -> Points:
    """Moves, enlarges or merges dakuten and handakuten as one."""
    points = points.copy()
    group = points[-marks:]
    centre = group.mean(axis=(0, 1))
    size = np.exp(rng.normal(0.08, 0.22 * freedom))
    if marks == 2:
        apart = rng.uniform(0.35, 1.5)  # below 0.6 the two strokes touch with a pen of usual width
        middles = group.mean(axis=1, keepdims=True)
        group = group + (middles - centre) * (apart - 1)
    shift = rng.normal(0, 0.05 * freedom, 2)
    points[-marks:] = (group - centre) * size + centre + shift
    return points


def _deform_character(
    rng: np.random.Generator, points: Points, freedom: float, writer: WriterStyle
) -> Points:
    """Slant, proportions, rotation, a narrower foot or head, and a slow wave through the whole character."""
    points = points - points.mean(axis=(0, 1))
    slant = rng.normal(0, 0.14) * writer.slant
    turn = rng.normal(0, 0.055) * writer.slant
    wide = np.exp(rng.normal(0, 0.16))
    # A width factor with its inverse for the height keeps the area.
    matrix = np.array([[wide, 0], [slant, 1 / wide]]) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    points = np.matmul(points, matrix.astype(np.float32))
    lean = rng.normal(0, 0.12, 2)
    points = points * (1 + points[..., ::-1] * lean.astype(np.float32))
    for _ in range(2):
        way = rng.normal(0, 2.2, 2).astype(np.float32)
        amount = (rng.normal(0, 0.02, 2) * freedom).astype(np.float32)
        points = points + np.sin(np.matmul(points, way) * 2 + rng.uniform(0, 6.28))[..., None] * amount
    return points.astype(np.float32)


def _join_strokes(rng: np.random.Generator, strokes: list[Points]) -> list[Points]:
    """Thin lines that a fast pen leaves between one stroke and the next."""
    out = []
    for one, other in pairwise(strokes):
        if rng.random() < 0.45:
            start, end = one[-1], other[0]
            middle = (start + end) / 2 + rng.normal(0, 0.06, 2)
            t = np.linspace(0, 1, 8)[:, None]
            t = t[: rng.integers(4, 9)]
            out.append(((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end).astype(np.float32))
    return out


def _add_hooks(rng: np.random.Generator, strokes: list[Points]) -> list[Points]:
    """Short hooks where the pen touches or leaves the paper."""
    out = []
    for stroke in strokes:
        if rng.random() < 0.4:
            at = stroke[-1] if rng.random() < 0.6 else stroke[0]
            out.append(np.stack([at, at + rng.normal(0, 0.06, 2)]).astype(np.float32))
    return out
