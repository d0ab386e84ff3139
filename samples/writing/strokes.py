"""Characters as pen strokes: loads a stroke file, varies each stroke like handwriting, and draws it with a round pen.

The stroke file is a NumPy archive made from KanjiVG (CC BY-SA 3.0, © Ulrich Apel): ``chars``, ``stroke_count`` and
``points``, 24 points per stroke, 2 × KanjiVG units + 10. Two variant characters that KanjiVG lacks, 髙 and 﨑, are
composed from the strokes of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.float32]

_UNITS = 109.0  # KanjiVG draws every character in a square of 109 × 109 units
# Drawn four times larger and averaged, for smooth edges.
_OVERSAMPLING = 4


@dataclass(frozen=True, slots=True)
class StrokeStyle:
    """How one handwriting differs from the model strokes; lengths as fractions of the character's square."""

    sloppiness: float
    roundness: int
    cursive: float
    taper: float
    slant: float


@cache
def load_strokes(path: Path) -> dict[str, Floats]:
    """Return the strokes of every character: float32 [strokes, 24, 2], x and y from 0 to 1, y down.

    Raises:
        OSError: the file does not exist.
        KeyError: the archive is not a stroke file.
    """
    with np.load(path) as archive:
        counts = archive["stroke_count"].astype(int)
        points = (archive["points"].astype(np.float32) - 10) / (2 * _UNITS)
        ends = np.cumsum(counts)
        found = {
            str(char): points[end - count : end]
            for char, count, end in zip(archive["chars"], counts, ends, strict=True)
        }
    return {**found, **_composed(found)}


def _composed(found: dict[str, Floats]) -> dict[str, Floats]:
    composed = {}
    if "高" in found:
        composed["髙"] = _ladder_taka(found["高"])
    if all(char in found for char in "崎立可"):
        left = found["崎"][:3]
        top = _fit(found["立"], 0.42, 0.10, 0.94, 0.46)
        bottom = _fit(found["可"], 0.40, 0.50, 0.96, 0.95)
        composed["﨑"] = np.concatenate([left, top, bottom])
    return composed


def _ladder_taka(taka: Floats) -> Floats:
    """Compose 髙 (はしごだか) from 高: the upper 口 becomes a ladder on a wide base line."""
    rows = [
        ((0.36, 0.22), (0.36, 0.47)),
        ((0.64, 0.22), (0.64, 0.47)),
        ((0.37, 0.345), (0.63, 0.345)),
        ((0.20, 0.475), (0.80, 0.47)),
    ]
    steps = np.linspace(0, 1, 24, dtype=np.float32)[:, None]
    ends = np.array(rows, np.float32)
    ladder = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * steps
    lower = taka[5:].copy()
    lower[..., 1] = 0.56 + (lower[..., 1] - lower[..., 1].min()) * 0.92
    return np.asarray(np.concatenate([taka[:2], ladder, lower]), np.float32)


def _fit(strokes: Floats, left: float, top: float, right: float, bottom: float) -> Floats:
    low, high = strokes.min((0, 1)), strokes.max((0, 1))
    scale = np.array([right - left, bottom - top], np.float32) / np.maximum(high - low, 1e-3)
    return np.asarray((strokes - low) * scale + np.array([left, top]), np.float32)


def vary(
    strokes: Floats, style: StrokeStyle, habit: np.random.Generator, rng: np.random.Generator
) -> list[Floats]:
    """Return the strokes with this writer's variation.

    Args:
        strokes: float32 [n, 24, 2] in the unit square.
        style: the writer's style.
        habit: a generator with the same seed each time that this writer writes this character.
        rng: different each time.

    Returns:
        One array [m, 2] for each stroke; joined strokes are one array.
    """
    amount = style.sloppiness
    lines = []
    for stroke in strokes:
        line = _nudged(stroke, amount, habit)
        line = _nudged(line, amount * 0.45, rng)
        lines.append(_smoothed(line, style.roundness))
    lines = _joined(lines, style.cursive, rng)
    warp = habit.normal(0, 0.022 * amount, (2, 2, 2)) + rng.normal(0, 0.01 * amount, (2, 2, 2))
    return [_slanted(_warped(line, warp.astype(np.float32)), style.slant) for line in lines]


def _nudged(line: Floats, amount: float, chance: np.random.Generator) -> Floats:
    """Return one stroke shifted, rotated, scaled, bent, and drawn too far or not far enough."""
    shift = chance.normal(0, 0.014 * amount, 2)
    angle = chance.normal(0, 0.06 * amount)
    scale = 1 + chance.normal(0, 0.05 * amount)
    bend = chance.normal(0, 0.035 * amount)
    over = chance.normal(0.01, 0.04 * amount)
    middle = line.mean(0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    placed = (line - middle) @ turn.T + middle + shift
    chord = placed[-1] - placed[0]
    along = np.linspace(0, 1, len(line))[:, None]
    placed = placed + np.array([-chord[1], chord[0]]) * bend * np.sin(np.pi * along)
    placed = placed + (placed[-1] - placed[-4]) * over * 4 * np.clip(along - 0.6, 0, 1)
    return np.asarray(placed, np.float32)


def _smoothed(line: Floats, window: int) -> Floats:
    if window < 2:
        return line
    pad = np.pad(line, ((window, window), (0, 0)), mode="edge")
    kernel = np.ones(2 * window + 1) / (2 * window + 1)
    soft = np.stack([np.convolve(pad[:, axis], kernel, mode="valid") for axis in (0, 1)], axis=1)
    # Smoothing must not shorten a stroke.
    soft[0], soft[-1] = line[0], line[-1]
    return soft.astype(np.float32)


def _joined(lines: list[Floats], cursive: float, chance: np.random.Generator) -> list[Floats]:
    """Join some strokes whose end is near the next beginning, with probability ``cursive``."""
    done = [lines[0]]
    for line in lines[1:]:
        gap = float(np.linalg.norm(line[0] - done[-1][-1]))
        if gap < 0.3 and chance.random() < cursive:
            done[-1] = np.concatenate([done[-1], line])
        else:
            done.append(line)
    return done


def _warped(line: Floats, warp: Floats) -> Floats:
    phase = np.sin(np.pi * line) @ warp[0] + np.sin(2 * np.pi * line) @ warp[1]
    return np.asarray(line + phase, np.float32)


def _slanted(line: Floats, slant: float) -> Floats:
    return np.stack([line[:, 0] + slant * (0.5 - line[:, 1]), line[:, 1]], axis=1)


def render(
    lines: list[Floats],
    size: tuple[float, float],
    pen: float,
    pad: int,
    taper: float,
    chance: np.random.Generator,
) -> Mask:
    """Draw strokes with a round pen and varying pressure.

    Args:
        lines: strokes in the unit square.
        size: width and height of the square in px.
        pen: width of the line in px.
        pad: margin around the square in px, for strokes that leave it.
        taper: 0 to 1, how thin a stroke ends.
        chance: the random source of the pressure.

    Returns:
        float32 [height + 2 pad, width + 2 pad], ink from 0 to 1.
    """
    width, height = round(size[0]) + 2 * pad, round(size[1]) + 2 * pad
    many = _OVERSAMPLING
    canvas = np.zeros((height * many, width * many), np.uint8)
    for line in lines:
        pressure = 1 + chance.normal(0, 0.1)
        # Eighths of a pixel: `polylines` takes whole numbers and shifts them by three bits.
        pixels = np.round((line * np.array(size, np.float32) + pad) * many * 8).astype(np.int32)
        # Short pieces, because the width of a polyline is constant.
        for start in range(0, len(pixels) - 1, 4):
            along = start / len(pixels)
            thick = pen * pressure * (1 - taper * max(0.0, along - 0.55) * 1.6)
            piece = pixels[start : start + 5].reshape(-1, 1, 2)
            # Hard edges: the averaging below makes them smooth.
            cv2.polylines(canvas, [piece], False, (255,), max(1, round(thick * many)), cv2.LINE_8, 3)
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255), np.float32)
