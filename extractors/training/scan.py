"""Simulates paper, frame and scanner: frame pieces, neighbours, specks, low resolution, grey noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractors.training.pen import Canvas, line


@dataclass(frozen=True)
class ScanStyle:
    """Quality of scans: factors for the noise, blur and dirt used in training."""

    noise: float = 1.0
    blur: float = 1.0
    dirt: float = 1.0


class NoiseBank:
    """A bank of noise to sample from: white, streaked along the scan line, and slow."""

    def __init__(self, rng: np.random.Generator, side: int = 512) -> None:
        white = rng.standard_normal((side, side)).astype(np.float32)
        self._layers = [
            _standardised(white),
            _standardised(cv2.blur(white, (9, 1))),
            _standardised(cv2.GaussianBlur(white, (0, 0), 1.2)),
        ]
        # Slow noise imitates uneven paper and shading.
        self._slow = _standardised(cv2.GaussianBlur(white, (0, 0), 14))
        self._side = side

    def sample(
        self, rng: np.random.Generator, shape: tuple[int, int], slow: bool = False
    ) -> NDArray[np.float32]:
        """Noise of mean 0 and standard deviation 1."""
        layer = self._slow if slow else self._layers[rng.integers(len(self._layers))]
        y, x = rng.integers(self._side - shape[0]), rng.integers(self._side - shape[1])
        cut: NDArray[np.float32] = layer[y : y + shape[0], x : x + shape[1]]
        return cut


def _standardised(layer: ArrayLike) -> NDArray[np.float32]:
    flat = np.asarray(layer, np.float32)
    return np.asarray((flat - flat.mean()) / flat.std(), np.float32)


def add_frame(rng: np.random.Generator, canvas: Canvas) -> None:
    """Adds pieces of the printed frame along one or more edges."""
    height, width = canvas.shape
    for _ in range(rng.integers(1, 4)):
        thick = rng.uniform(0.01, 0.04) * height
        ink = rng.uniform(60, 255)
        start, end = np.sort(rng.uniform(-0.1, 1.1, 2))
        off, drift = rng.uniform(0, 0.05), rng.normal(0, 0.008)
        if rng.random() < 0.5:
            y = off * height if rng.random() < 0.5 else (1 - off) * height
            ends = (start * width, y), (end * width, y + drift * height)
        else:
            x = off * width if rng.random() < 0.5 else (1 - off) * width
            ends = (x, start * height), (x + drift * width, end * height)
        line(canvas, np.array(ends), thick, ink)


def cut_by_frame_removal(rng: np.random.Generator, canvas: Canvas) -> None:
    """Erases a thin line from the writing, as the removal of a crossing frame line may do."""
    height, width = canvas.shape
    thick = max(1, round(rng.uniform(0.01, 0.035) * height))
    if rng.random() < 0.5:
        at = int(rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)]) * height)
        canvas[at : at + thick] = 0
    else:
        at = int(rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)]) * width)
        canvas[:, at : at + thick] = 0


def add_specks(rng: np.random.Generator, canvas: Canvas, many: int) -> None:
    """Scatters dust: dots and short hairs much smaller than writing."""
    height, width = canvas.shape
    for _ in range(rng.integers(1, many + 1)):
        at = rng.uniform(0, 1, 2) * (width, height)
        ink = rng.uniform(80, 255)
        if rng.random() < 0.75:
            line(canvas, np.stack([at, at]), 2 * rng.uniform(0.004, 0.022) * height, ink)
        else:
            line(canvas, np.stack([at, at + rng.normal(0, 0.05 * height, 2)]), 1, ink)


def scan(
    rng: np.random.Generator, canvas: Canvas, size: tuple[int, int], noise_bank: NoiseBank, style: ScanStyle
) -> NDArray[np.uint8]:
    """Reduces a canvas (ink 255) to a scanned box.

    Args:
        rng: random generator.
        canvas: uint8 [H, W], larger than the box.
        size: height and width of the box in px.
        noise_bank: bank of noise to sample from.
        style: quality of the scan.

    Returns:
        uint8 [h, w], dark ink on light paper.
    """
    # Area averaging, as the sensor of a scanner does.
    ink: NDArray[np.float32] = np.asarray(
        cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA), np.float32
    ) / np.float32(255)
    blur = rng.gamma(1.2, 0.42) * style.blur * (0.6 + size[0] / 70)
    # Small boxes are blurred less, or their strokes would disappear.
    blur = min(blur, 0.3 + 0.022 * size[0], 2.0)
    if blur > 0.25:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), blur), np.float32)
    top = float(ink.max())
    if top > 0.2:  # a thin pen at low resolution still leaves a visible line
        ink *= min(1.0 / top, 2.0)
    if rng.random() < 0.3:
        ink *= np.clip(1 + rng.uniform(0.1, 0.45) * noise_bank.sample(rng, size), 0.15, 1.0).astype(
            np.float32
        )
    if rng.random() < 0.22:
        return _one_bit(rng, ink, noise_bank, style)
    return _grey(rng, ink, noise_bank, style)


def _one_bit(
    rng: np.random.Generator, ink: NDArray[np.float32], noise_bank: NoiseBank, style: ScanStyle
) -> NDArray[np.uint8]:
    """A black-and-white scan: thresholds every pixel; noise makes the edges ragged."""
    # Noise before the threshold makes edges ragged, as on a fax.
    rough = ink + rng.uniform(0.02, 0.16) * style.noise * noise_bank.sample(rng, _size(ink))
    bits = np.where(rough > rng.uniform(0.28, 0.58) * min(1.0, float(ink.max())), 0, 255).astype(np.uint8)
    return np.asarray(cv2.blur(bits, (2, 2)), np.uint8) if rng.random() < 0.3 else bits


def _grey(
    rng: np.random.Generator, ink: NDArray[np.float32], noise_bank: NoiseBank, style: ScanStyle
) -> NDArray[np.uint8]:
    paper = rng.uniform(165, 255)
    depth = rng.uniform(0.3, 0.95) * paper
    noise = min(rng.gamma(1.3, 4.0) * style.noise, 26.0) * (depth / 150)
    grey = paper - depth * ink + noise * noise_bank.sample(rng, _size(ink))
    if rng.random() < 0.3:
        grey = grey + rng.uniform(2, 12) * (depth / 150) * noise_bank.sample(rng, _size(ink), slow=True)
    grey8: NDArray[np.uint8] = np.clip(grey, 0, 255).astype(np.uint8)
    # Imitates scans with 16 grey levels.
    if rng.random() < 0.2:
        grey8 = np.asarray((grey8 // 16) * 17, np.uint8)
    # Strong JPEG compression leaves visible blocks.
    if rng.random() < 0.06:
        _, packed = cv2.imencode(".jpg", grey8, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 75))])
        grey8 = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey8


def _size(picture: NDArray[np.float32]) -> tuple[int, int]:
    return picture.shape[0], picture.shape[1]
