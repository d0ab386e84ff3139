"""Draws labelled boxes: a character by pen, from a font or real, placed in a box, and scanned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.cutting import glyph_input
from extractors.training import fonts, mnist, negatives
from extractors.training.alphabet import ALPHABET, CAPITALS, DIGITS, NOT_A_CHARACTER, SMALL, training_weights
from extractors.training.pen import Canvas, Placement, draw_glyph, draw_strokes
from extractors.training.scan import NoiseBank, ScanStyle, add_frame, add_specks, cut_by_frame_removal, scan
from extractors.training.strokes import Shape, WriterStyle, deform, load_shapes

_DOTS = ".・"


@dataclass(frozen=True)
class Sources:
    """All sources of characters; an empty source is not used."""

    shapes: dict[str, list[Shape]]
    glyphs: dict[str, list[NDArray[np.uint8]]]
    printed: dict[str, list[NDArray[np.uint8]]]
    digits: dict[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Style:
    """Shares and variability of the synthesis.

    `mnist`: share of real digits among digits, `untouched` of them as they were scanned, the rest warped by
    `digit_bend`; `font`, `font_capitals`: shares of fonts; `everyday`: share of calm samples.
    """

    writer: WriterStyle = field(default_factory=lambda: WriterStyle(0.95))
    scan: ScanStyle = field(default_factory=lambda: ScanStyle(0.85, 0.85, 1.0))
    mnist: float = 0.65
    font: float = 0.17
    font_capitals: float = 0.35
    smallest_px: int = 16
    largest_px: int = 84
    everyday: float = 0.55
    untouched: float = 0.35
    digit_bend: float = 0.6

    def calm(self) -> Style:
        """The same with steadier writing and better scans: typical of most forms."""
        writer = WriterStyle(0.8 * self.writer.freedom, 0.8 * self.writer.slant, 0.7 * self.writer.joining)
        scan_style = ScanStyle(0.35 * self.scan.noise, 0.5 * self.scan.blur, 0.5 * self.scan.dirt)
        return replace(self, writer=writer, scan=scan_style, digit_bend=0.5 * self.digit_bend)


@dataclass(frozen=True)
class Pool:
    """Prepared samples: `pictures` uint8 [N, 48, 48], `places` float32 [N, 4], `labels` int64 [N]."""

    pictures: NDArray[np.uint8]
    places: NDArray[np.float32]
    labels: NDArray[np.int64]


def load_sources(data: Path, font_folders: list[Path], held_out: bool = False) -> Sources:
    """Loads strokes, fonts and digits; the held-out fonts and digits instead of those for training if requested."""
    names = (fonts.HELD_OUT, ()) if held_out else (fonts.HANDWRITTEN, fonts.PRINT)
    written, printed = (fonts.draw_fonts(fonts.find_fonts(font_folders, part)) for part in names)
    return Sources(
        load_shapes(data / "kanjivg_strokes.npz"),
        written,
        printed,
        mnist.load(data / "mnist_train.npz", held_out),
    )


class Drawer:
    """Draws boxes from the sources; one random generator determines everything."""

    def __init__(self, sources: Sources, style: Style, seed: int) -> None:
        self._sources = sources
        self._style = style
        self._styles = (style, style.calm())
        self._rng = np.random.default_rng(seed)
        # A fixed seed: the bank is shared by all samples, and only the place cut from it varies.
        self._noise = NoiseBank(np.random.default_rng(7))
        drawable = (sources.shapes, sources.glyphs, sources.printed, sources.digits)
        self._characters = [c for c in ALPHABET if any(c in source for source in drawable)]

    def cell(self, character: str) -> NDArray[np.uint8]:
        """Draws one box, uint8 [h, w] dark ink on light, with the character (or with ink that is no character)."""
        rng = self._rng
        style = self._style = self._styles[int(rng.random() < self._styles[0].everyday)]
        real = self._sources.digits.get(character)
        if real is not None and rng.random() < style.mnist * style.untouched:
            return np.asarray(255 - real[rng.integers(len(real))], np.uint8)
        low, high = np.log(style.smallest_px), np.log(style.largest_px)
        # Sizes are drawn on a log scale, with a slight preference for large boxes.
        height = round(np.exp(low + (high - low) * rng.random() ** 0.75))
        width = max(10, round(height * rng.uniform(0.68, 1.3)))
        # Small boxes are drawn enlarged and reduced by the simulated scan, which blurs as a scanner does.
        fine = max(1, round(112 / height))
        canvas = np.zeros((height * fine, width * fine), np.uint8)
        if character == NOT_A_CHARACTER:
            self._draw_negative(canvas)
        else:
            self._draw(canvas, character, self._placement(canvas, character))
            self._add_surroundings(canvas)
        return scan(rng, canvas, (height, width), self._noise, style.scan)

    def pool(self, count: int, characters: str | None = None) -> Pool:
        """Draws and prepares `count` boxes of classes by training weight, or evenly of the given characters."""
        if characters is None:
            weights = training_weights()
            names, shares = list(weights), np.array(list(weights.values()))
        else:
            names, shares = list(characters), np.full(len(characters), 1 / len(characters))
        chosen = self._rng.choice(len(names), count, p=shares)
        pictures = np.zeros((count, glyph_input.SIDE, glyph_input.SIDE), np.uint8)
        places = np.zeros((count, glyph_input.PLACE), np.float32)
        for i, name in enumerate(chosen):
            picture, place = self._prepared(names[name])
            pictures[i] = np.rint(picture[0, 0] * 255)
            places[i] = place[0]
        classes = np.array([ALPHABET.index(name) for name in names], np.int64)
        return Pool(pictures, places, classes[chosen])

    def _prepared(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A box as the network's input; if the scan lost the character, the box is drawn again."""
        for _ in range(20):
            picture, place = glyph_input.prepare_many([self.cell(name)])
            if name == NOT_A_CHARACTER or picture.any():
                break
        return picture, place

    def _placement(self, canvas: Canvas, character: str) -> Placement:
        """Position and size in the box: small kana small and low, dots tiny, all others from half to full size."""
        rng = self._rng
        height, width = canvas.shape
        side = min(height, width)
        if character in SMALL:
            share = rng.uniform(0.24, 0.6)
            x = np.clip(rng.normal(0.48, 0.13), share / 2, 1 - share / 2)
            y = np.clip(rng.normal(0.68, 0.09), 0, 1 - share * 0.42)
        elif character in _DOTS:
            share = rng.uniform(0.05, 0.2)
            x = rng.normal(0.45, 0.13)
            y = rng.normal(0.8, 0.08) if character == "." else rng.normal(0.5, 0.09)
        else:
            share = rng.uniform(0.42, 0.97) if rng.random() < 0.9 else rng.uniform(0.3, 1.06)
            free = max(0.03, (1 - share) * 0.3)
            x, y = np.clip(rng.normal(0.5, free, 2), 0.3, 0.7)
        return Placement(float(x * width), float(y * height), float(share * side))

    def _draw(self, canvas: Canvas, character: str, placement: Placement) -> None:
        rng, style, sources = self._rng, self._style, self._sources
        real = sources.digits.get(character)
        if real is not None and rng.random() < style.mnist:
            digit = real[rng.integers(len(real))]
            ys, xs = np.nonzero(digit > 40)
            tight = np.pad(digit[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], 2)
            draw_glyph(rng, canvas, tight, placement, bend=style.digit_bend)
            return
        font = style.font_capitals if character in CAPITALS or character in DIGITS else style.font
        shapes = sources.shapes.get(character, [])
        glyphs = self._glyphs(character)
        if glyphs and (not shapes or rng.random() < font):
            draw_glyph(rng, canvas, glyphs[rng.integers(len(glyphs))], placement, bend=1.0)
            return
        shape = shapes[0 if len(shapes) == 1 or rng.random() < 0.4 else rng.integers(len(shapes))]
        width = max(placement.size * np.exp(rng.uniform(np.log(0.028), np.log(0.17))), 1.2)
        if character in _DOTS:
            width = placement.size * rng.uniform(0.4, 0.9)
        draw_strokes(rng, canvas, deform(rng, shape, style.writer), placement, width)

    def _glyphs(self, character: str) -> list[NDArray[np.uint8]]:
        printed = self._sources.printed.get(character, [])
        written = self._sources.glyphs.get(character, [])
        return printed if printed and (not written or self._rng.random() < 0.25) else written

    def _add_surroundings(self, canvas: Canvas) -> None:
        """Sometimes adds frame pieces, dust, or the ink of the neighbouring box."""
        rng, dirt = self._rng, self._style.scan.dirt
        if rng.random() < 0.2 * dirt:
            add_frame(rng, canvas)
        if rng.random() < 0.15 * dirt:
            add_specks(rng, canvas, 3)
        if rng.random() < 0.1 * dirt:
            self._add_neighbour(canvas)
        if rng.random() < 0.06 * dirt:
            cut_by_frame_removal(rng, canvas)

    def _add_neighbour(self, canvas: Canvas, deepest: float = 0.1) -> None:
        """Another character, of which only a little extends into this box."""
        rng = self._rng
        height, width = canvas.shape
        size = rng.uniform(0.5, 0.9) * min(height, width)
        inside = rng.uniform(0.01, deepest) * width
        x = -size / 2 + inside if rng.random() < 0.5 else width + size / 2 - inside
        placement = Placement(float(x), float(rng.normal(0.5, 0.06) * height), float(size))
        beside = np.zeros_like(canvas)
        self._draw(beside, self._random_character(), placement)
        np.maximum(canvas, beside, out=canvas)

    def _random_character(self) -> str:
        return self._characters[self._rng.integers(len(self._characters))]

    def _draw_negative(self, canvas: Canvas) -> None:
        rng = self._rng
        height, width = canvas.shape
        pen = min(height, width) * np.exp(rng.uniform(np.log(0.02), np.log(0.09)))
        choice = rng.random()
        if choice < 0.26:
            negatives.dirt(rng, canvas)
        elif choice < 0.45:
            self._add_neighbour(canvas, deepest=0.22)
        elif choice < 0.65:
            negatives.scribble(rng, canvas, pen)
        else:
            character = self._random_character()
            placement = self._placement(canvas, "あ")
            self._draw(canvas, character, placement)
            (negatives.scribble if rng.random() < 0.35 else negatives.strike_out)(rng, canvas, pen)
            self._add_surroundings(canvas)
