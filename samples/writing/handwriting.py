"""A writer: one person's handwriting with its pen, slant, size and habits, for any character.

Characters come from pen strokes (a stroke file), from real digits (an MNIST-like file) and from handwriting-like
fonts; each writer mixes them in its own proportion. Without the two files, all characters come from the fonts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.errors import NoHandwriting
from samples.writing import strokes, typefaces

Mask = NDArray[np.float32]
Colour = tuple[float, float, float]

DIGITS = "0123456789"
RESERVED_SHARE = 6
"""Only the last sixth of each digit of a digit file is used: the reader is trained on the others."""

PENS: dict[str, tuple[Colour, float]] = {
    "black ballpoint": ((0.16, 0.14, 0.14), 0.95),
    "blue ballpoint": ((0.62, 0.25, 0.16), 0.92),
    "black gel pen": ((0.08, 0.08, 0.08), 1.0),
    "pencil": ((0.3, 0.29, 0.29), 0.85),
}
"""Pen type to its colour (BGR, 0 to 1) and its opacity."""

_SMALL_KANA = "ァィゥェォッャュョヮぁぃぅぇぉっゃゅょ"


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that contain characters, in addition to the fonts of the machine."""

    strokes: Path | None = None
    digits: Path | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """The parameters of one handwriting: lengths in mm or as a share of the cell, angles as shear."""

    pen: str
    pen_mm: float
    colour: Colour
    cover: float
    slant: float
    size: float
    squareness: float
    wobble: float
    spacing: float
    sloppiness: float
    cursive: float
    roundness: int
    taper: float
    align: tuple[float, float]
    plain_one: bool
    stroke_share: float
    digit_share: float
    font: str


@dataclass(slots=True)
class Writer:
    """One writer. The same seed is the same handwriting; ``rng`` advances with every character written."""

    seed: int
    sources: Sources
    style: Style
    rng: np.random.Generator
    _digits: dict[str, list[NDArray[np.uint8]]] = field(default_factory=dict)

    def glyph(self, char: str, size: tuple[float, float], px_mm: float) -> tuple[Mask, int]:
        """Write one character.

        Args:
            char: one character, not a space.
            size: width and height in px of the square that a full-size character fills.
            px_mm: px per mm, for the width of the pen.

        Returns:
            float32 ink from 0 to 1, and the margin in px on every side of the square.

        Raises:
            NoHandwriting: neither the stroke file nor a font has the character.
        """
        pen = self.style.pen_mm * px_mm * (1 + self.rng.normal(0, 0.05))
        # Slanted and careless strokes leave their square.
        pad = max(4, round(0.3 * max(size)))
        chance = self.rng.random()
        if char in DIGITS and self.sources.digits and chance < self.style.digit_share:
            return self._real_digit(char, size, pen, pad), pad
        known = strokes.load_strokes(self.sources.strokes) if self.sources.strokes else {}
        if char == "1" and self.style.plain_one:
            return self._render_strokes(_bar(), char, size, pen, pad), pad
        if char in "-－":
            return self._render_strokes(_dash(), "-", size, pen, pad), pad
        if char in known and chance < self.style.stroke_share:
            return self._render_strokes(_upright(char, known[char]), char, size, pen, pad), pad
        font = self._font_for(char)
        if font is None:
            if char in known:
                return self._render_strokes(_upright(char, known[char]), char, size, pen, pad), pad
            raise NoHandwriting(char)
        style = self.style
        ink = typefaces.render(font, char, size, pen, pad, style.slant, style.sloppiness, self.rng)
        return ink, pad

    def _render_strokes(
        self, shape: strokes.Floats, char: str, size: tuple[float, float], pen: float, pad: int
    ) -> Mask:
        style = self.style
        how = strokes.StrokeStyle(style.sloppiness, style.roundness, style.cursive, style.taper, style.slant)
        # The same seed whenever this writer writes this character: a habit repeats itself.
        habit = np.random.default_rng([self.seed, ord(char)])
        lines = strokes.vary(shape, how, habit, self.rng)
        return strokes.render(lines, size, pen, pad, style.taper, self.rng)

    def _font_for(self, char: str) -> Path | None:
        fonts = typefaces.available((self.style.font, *typefaces.HANDWRITTEN, *typefaces.PRINTED))
        return next((path for path in fonts if typefaces.has_glyph(path, char)), None)

    def _real_digit(self, char: str, size: tuple[float, float], pen: float, pad: int) -> Mask:
        if char not in self._digits:
            self._digits[char] = self._chosen(char)
        picture = self._digits[char][int(self.rng.integers(len(self._digits[char])))]
        ink = picture.astype(np.float32) / 255
        height, width = ink.shape
        scale = min(size[1] * 0.86 / height, size[0] * 0.95 / width)
        large = cv2.resize(
            ink, (max(2, round(width * scale)), max(2, round(height * scale))), interpolation=cv2.INTER_CUBIC
        )
        # A linear ramp around one half sharpens the enlarged 28 px image again.
        crisp = np.clip((np.asarray(large, np.float32) - 0.45) * min(scale, 6) + 0.5, 0, 1)
        square = np.zeros((round(size[1]) + 2 * pad, round(size[0]) + 2 * pad), np.float32)
        top, left = (square.shape[0] - crisp.shape[0]) // 2, (square.shape[1] - crisp.shape[1]) // 2
        square[top : top + crisp.shape[0], left : left + crisp.shape[1]] = crisp
        return typefaces.with_pen_width(square, pen * 1.1)

    def _chosen(self, char: str) -> list[NDArray[np.uint8]]:
        """Return a few real digits with about this writer's slant, so that the digits look alike."""
        assert self.sources.digits is not None
        pictures, slants = load_digits(self.sources.digits)[char]
        habit = np.random.default_rng([self.seed, ord(char), 7])
        # 60 candidates are enough to find four with a similar slant.
        some = habit.choice(len(pictures), size=min(60, len(pictures)), replace=False)
        near = sorted(some.tolist(), key=lambda i: abs(float(slants[i]) - self.style.slant))
        return [pictures[i] for i in near[:4]]


def _dash() -> strokes.Floats:
    xs = np.linspace(0.12, 0.88, 24, dtype=np.float32)
    return np.stack([xs, np.full(24, 0.5, np.float32)], axis=1)[None]


def _bar() -> strokes.Floats:
    """Return the strokes of 1 as most people in Japan write it: one stroke down, without a flag."""
    ys = np.linspace(0.07, 0.93, 24, dtype=np.float32)
    return np.stack([np.full(24, 0.5, np.float32), ys], axis=1)[None]


def _upright(char: str, shape: strokes.Floats) -> strokes.Floats:
    """Scale a digit or capital to the square; place a small kana low and to the left, as in a row of writing."""
    if char.isascii() and char.isalnum():
        low, high = shape.min((0, 1)), shape.max((0, 1))
        height = max(float(high[1] - low[1]), 0.2)
        middle = (low + high) / 2
        return np.asarray((shape - middle) / height * 0.86 + 0.5, np.float32)
    if char in _SMALL_KANA:
        low, high = shape.min((0, 1)), shape.max((0, 1))
        scale = 0.55 / max(float((high - low).max()), 0.2)
        return np.asarray((shape - low) * scale + np.array([0.14, 0.38]), np.float32)
    return shape


@cache
def load_digits(path: Path) -> dict[str, tuple[list[NDArray[np.uint8]], NDArray[np.float32]]]:
    """Return the reserved images of an MNIST-like file, cropped to their ink, with their slants (shear).

    Raises:
        OSError: the file does not exist.
        KeyError: the archive has no ``x`` and ``y``.
    """
    with np.load(path) as archive:
        pictures, labels = archive["x"], archive["y"]
    sets: dict[str, tuple[list[NDArray[np.uint8]], NDArray[np.float32]]] = {}
    for digit in range(10):
        # The split is by position, so it is the same as in training.
        every = pictures[labels == digit]
        chosen = every[len(every) - round(len(every) / RESERVED_SHARE) :]
        crops = [_cropped(picture) for picture in chosen]
        sets[str(digit)] = (crops, np.array([_slant_of(picture) for picture in chosen], np.float32))
    return sets


def _cropped(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.nonzero(picture > 60)
    if not len(rows):
        return picture
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _slant_of(picture: NDArray[np.uint8]) -> float:
    moments = cv2.moments(picture)
    # The shear by second-order moments, as in OpenCV's example of straightening digits.
    return -moments["mu11"] / moments["mu02"] if moments["mu02"] > 1 else 0.0


def writer(seed: int, sources: Sources, style: Style | None = None) -> Writer:
    """Return a writer with a style chosen at random by its seed, or with the given style."""
    chance = np.random.default_rng([seed, 11])
    # Two sequences: another choice of style must not shift the writing.
    return Writer(seed, sources, style or _style(chance), np.random.default_rng([seed, 12]))


def _style(chance: np.random.Generator) -> Style:
    pen = str(chance.choice(list(PENS), p=[0.5, 0.2, 0.2, 0.1]))
    colour, cover = PENS[pen]
    tint = tuple(float(np.clip(c + chance.normal(0, 0.03), 0.02, 0.8)) for c in colour)
    fonts = typefaces.available(typefaces.HANDWRITTEN)
    narrow = {"black ballpoint": 0.36, "blue ballpoint": 0.36, "black gel pen": 0.44, "pencil": 0.44}[pen]
    return Style(
        pen=pen,
        pen_mm=float(narrow * chance.uniform(0.8, 1.25)),
        colour=(tint[0], tint[1], tint[2]),
        cover=float(np.clip(cover * chance.uniform(0.85, 1.03), 0, 1)),
        slant=float(np.clip(chance.normal(0.05, 0.11), -0.22, 0.3)),
        size=float(chance.uniform(0.7, 0.98)),
        squareness=float(chance.uniform(0.9, 1.25)),
        wobble=float(chance.uniform(0.01, 0.07)),
        spacing=float(chance.uniform(0.92, 1.15)),
        sloppiness=float(chance.uniform(0.5, 1.45)),
        cursive=float(chance.choice([0.0, 0.05, 0.2, 0.4])),
        roundness=int(chance.integers(0, 4)),
        taper=float(chance.uniform(0, 0.6)),
        align=(float(chance.normal(0, 0.06)), float(chance.normal(0.02, 0.05))),
        plain_one=bool(chance.random() < 0.8),
        stroke_share=float(chance.choice([1.0, 0.85, 0.0], p=[0.7, 0.15, 0.15])),
        digit_share=float(chance.choice([1.0, 0.7, 0.0], p=[0.6, 0.25, 0.15])),
        font=fonts[int(chance.integers(len(fonts)))].name if fonts else "",
    )
