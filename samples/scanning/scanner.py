"""Simulates printing and scanning: converts a drawn sheet at 300 dpi to the picture that a scanner would store."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.scanning.faults import Faults
from samples.writing.sheet import DPI, PX_MM, Sheet

Pixels = NDArray[np.uint8]


def print_faintly(sheet: Sheet, toner: float, chance: np.random.Generator) -> None:
    """Simulate low toner, before the form is filled in: below 1, lines are grey and partly broken."""
    if toner >= 1:
        return
    height, width = sheet.pixels.shape[:2]
    coarse = chance.uniform(0.75, 1.25, (12, 9)).astype(np.float32)
    strength = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    specks = chance.random((height // 2, width // 2), np.float32)
    grain = cv2.resize(specks, (width, height), interpolation=cv2.INTER_LINEAR)
    cover = np.clip(toner * strength * (0.6 + 0.8 * grain), 0, 1)[..., None]
    sheet.pixels[:] = (255 - (255 - sheet.pixels.astype(np.float32)) * cover).astype(np.uint8)


def scan(sheet: Sheet, faults: Faults, chance: np.random.Generator, back: Sheet | None = None) -> Pixels:
    """Return one side of paper as the scanner stores it.

    Args:
        sheet: the paper; it is not changed.
        faults: the faults to apply.
        chance: the random source of dust and noise.
        back: the other side, for show-through.

    Returns:
        uint8 [H, W] grey (0 or 255 only when ``bilevel``), or [H, W, 3] BGR when ``colour``, at ``faults.dpi``.
    """
    paper = sheet.pixels.copy()
    if back is not None and faults.show_through:
        _show_through(paper, back.pixels, faults.show_through)
    if faults.paper != (1.0, 1.0, 1.0):
        tint = np.round(np.array(faults.paper) * 256).astype(np.uint16)
        paper[:] = (paper.astype(np.uint16) * tint >> 8).astype(np.uint8)
    if not faults.colour:
        paper = np.asarray(cv2.cvtColor(paper, cv2.COLOR_BGR2GRAY), np.uint8)
    _fold(paper, faults.fold, chance)
    if faults.holes:
        punch(paper)
    picture = _place_on_glass(paper, faults)
    picture = _capture(picture, faults, chance)
    # After the lens, which does not blur it: dirt on the glass is sharp.
    _add_dirt(picture, faults, chance)
    if faults.bilevel:
        picture = _threshold(picture, faults, chance)
    return np.ascontiguousarray(np.rot90(picture, -faults.turn))


def _show_through(paper: Pixels, back: Pixels, amount: float) -> None:
    # Seen through the paper, the back is mirrored and blurred.
    other = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 5)
    other = cv2.resize(other, (paper.shape[1], paper.shape[0]))
    paper[:] = np.clip(paper.astype(np.float32) - (255 - other.astype(np.float32)) * amount, 0, 255)


def _fold(paper: Pixels, size_mm: float, chance: np.random.Generator) -> None:
    """Fold a corner over: its back covers the sheet, grey at the crease; the area under it is hidden."""
    if size_mm <= 0:
        return
    height, width = paper.shape[:2]
    a, b = size_mm * PX_MM, size_mm * PX_MM * float(chance.uniform(0.6, 1.5))
    right, low = bool(chance.random() < 0.6), bool(chance.random() < 0.4)
    corner = np.array([[0, 0], [a, 0], [0, b]])
    # The corner mirrored at the crease: where its point comes to lie.
    tip = np.array([2 * a * b * b, 2 * a * a * b]) / (a * a + b * b)
    flap = np.array([[a, 0], [0, b], tip])
    for points, value in ((corner, 205), (flap, 246)):
        placed = points.copy()
        placed[:, 0] = width - placed[:, 0] if right else placed[:, 0]
        placed[:, 1] = height - placed[:, 1] if low else placed[:, 1]
        cv2.fillPoly(paper, [placed.astype(np.int32)], (value,) * 3)
        if value == 246:
            crease = placed[:2].astype(np.int32)
            cv2.line(paper, crease[0].tolist(), crease[1].tolist(), (150,) * 3, 3, cv2.LINE_AA)
            cv2.polylines(paper, [placed.astype(np.int32)], True, (190,) * 3, 2, cv2.LINE_AA)


def punch(paper: Pixels, left: bool = True) -> None:
    """Punch two holes, 80 mm apart (ISO 838); on a back they are on the right."""
    inset = round(12 * PX_MM)
    x = inset if left else paper.shape[1] - inset
    middle = paper.shape[0] // 2
    for offset in (-40, 40):
        at = (x, middle + round(offset * PX_MM))
        cv2.circle(paper, at, round(3 * PX_MM), (70,) * 3, -1, cv2.LINE_AA)
        cv2.circle(paper, at, round(3 * PX_MM), (150,) * 3, 2, cv2.LINE_AA)


def _place_on_glass(paper: Pixels, faults: Faults) -> Pixels:
    """Place the sheet on the glass: rotated, scaled, stretched, shifted, at the file's resolution."""
    height, width = paper.shape[:2]
    ratio = faults.dpi / DPI
    # Low-pass before downscaling, or thin lines would alias.
    if ratio < 1:
        paper = np.asarray(cv2.GaussianBlur(paper, (0, 0), 0.42 / ratio), np.uint8)
    out_w, out_h = round(width * ratio), round(height * ratio)
    angle = np.deg2rad(faults.skew)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([faults.scale, faults.scale * faults.stretch]) * ratio
    middle = np.array([width / 2, height / 2])
    shift = np.array(faults.shift_mm) * faults.dpi / 25.4
    offset = np.array([out_w / 2, out_h / 2]) + shift - matrix @ middle
    affine = np.concatenate([matrix, offset[:, None]], axis=1)
    # The lid of a scanner is slightly darker than white paper.
    glass = (244, 246, 246) if paper.ndim == 3 else (246,)
    laid = cv2.warpAffine(
        paper,
        affine,
        (out_w, out_h),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=glass,
    )
    return np.asarray(laid, np.uint8)


def _capture(picture: Pixels, faults: Faults, chance: np.random.Generator) -> Pixels:
    """Apply lens blur, exposure and sensor noise; a scanner clips clean paper to white."""
    blur = faults.blur * faults.dpi / DPI
    # Below a fifth of a pixel a blur changes nothing.
    captured = cv2.GaussianBlur(picture, (0, 0), blur) if blur > 0.2 else picture
    levels = np.arange(256, dtype=np.float32) / 255
    if faults.exposure < 0:
        levels = np.clip(levels ** (1 - faults.exposure * 1.6) - 0.22 * -faults.exposure, 0, 1)
    elif faults.exposure > 0:
        levels = 1 - (1 - levels) * (1 - 0.75 * faults.exposure)
    captured = np.asarray(cv2.LUT(np.asarray(captured, np.uint8), (levels * 255).astype(np.uint8)), np.uint8)
    if faults.noise > 0:
        grain = _grain(captured, faults.noise, chance)
        noisy = captured.astype(np.int16) + (grain if captured.ndim == 2 else grain[..., None])
        captured = np.clip(noisy, 0, 255).astype(np.uint8)
    # Clean paper becomes white, as with the background removal of office scanners.
    clip = np.where(np.arange(256) > 243, 255, np.arange(256)).astype(np.uint8)
    return np.asarray(cv2.LUT(captured, clip), np.uint8) if faults.exposure >= 0 else captured


def _add_dirt(picture: Pixels, faults: Faults, chance: np.random.Generator) -> None:
    """Add specks and hairs on the glass, and a streak along the whole page."""
    height, width = picture.shape[:2]
    unit = faults.dpi / 200
    for _ in range(faults.dust):
        at = (int(chance.integers(width)), int(chance.integers(height)))
        shade = (int(chance.integers(20, 170)),) * 3
        if chance.random() < 0.12:
            steps = np.cumsum(chance.normal(0, 5 * unit, (5, 2)), axis=0) + at
            cv2.polylines(picture, [steps.astype(np.int32)], False, shade, 1, cv2.LINE_AA)
        else:
            cv2.circle(
                picture, at, max(1, round(float(chance.exponential(0.9)) * unit)), shade, -1, cv2.LINE_AA
            )
    if faults.streak:
        x = int(chance.integers(width // 10, width * 9 // 10))
        cv2.line(picture, (x, 0), (x + int(chance.integers(-3, 4)), height), (120,) * 3, max(1, round(unit)))


def _grain(picture: Pixels, amount: float, chance: np.random.Generator) -> NDArray[np.int16]:
    """Return normal noise of ``amount`` grey levels; OpenCV generates it ten times faster than NumPy."""
    grain = np.empty(picture.shape[:2], np.int16)
    # OpenCV has its own generator; seeding it keeps the scan reproducible.
    cv2.setRNGSeed(int(chance.integers(2**31)))
    cv2.randn(grain, np.zeros(1), np.full(1, amount))
    return grain


def _threshold(picture: Pixels, faults: Faults, chance: np.random.Generator) -> Pixels:
    """Binarise like a fax: one threshold for the whole page, with the resulting specks at edges."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture, np.uint8)
    rough = _grain(grey, 7.0, chance)
    # Dark copies need a lower threshold, or the page would become black.
    level = 182 if faults.exposure >= 0 else 140
    # Tints become white: office scanners keep line art, not shading.
    return np.where(grey.astype(np.int16) + rough > level, 255, 0).astype(np.uint8)
