"""Faults of scanners, copiers and people, drawn on a picture: a small set for the imaging tests."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

WHITE = (250, 250, 250)


def place(
    sheet: np.ndarray,
    angle: float = 0.0,
    scale: tuple[float, float] = (1.0, 1.0),
    shift_mm: tuple[float, float] = (0.0, 0.0),
    dpi: int = 200,
    perspective: float = 0.0,
    paper: tuple[int, int, int] = WHITE,
) -> np.ndarray:
    """A 200 dpi BGR sheet as a scanner of ``dpi`` captures it: rotated, stretched and shifted."""
    height, width = sheet.shape[:2]
    out = (round(width * dpi / 200), round(height * dpi / 200))
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    stretch = np.diag([scale[0] * dpi / 200, scale[1] * dpi / 200, 1.0])
    turn = np.radians(angle)
    rotate = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    tilt = np.array([[1, 0, 0], [0, 1, 0], [perspective / width, 0.5 * perspective / height, 1.0]])
    px = dpi / 25.4
    back = np.array(
        [[1, 0, out[0] / 2 + shift_mm[0] * px], [0, 1, out[1] / 2 + shift_mm[1] * px], [0, 0, 1.0]]
    )
    matrix = back @ rotate @ stretch @ tilt @ centre
    return cv2.warpPerspective(sheet, matrix, out, flags=cv2.INTER_AREA, borderValue=paper)


def faint(page: np.ndarray, strength: float = 0.3, noise: float = 4.0, seed: int = 0) -> np.ndarray:
    """Little toner: ink keeps only ``strength`` of its darkness."""
    light = 255 - (255 - page.astype(np.float32)) * strength
    return _grain(light - 8, noise, seed)


def dark(page: np.ndarray, seed: int = 0) -> np.ndarray:
    """A copy made too dark: thick lines on grey paper."""
    thick = cv2.erode(page, np.ones((3, 3), np.uint8))
    return _grain(thick.astype(np.float32) * 0.68, 7.0, seed)


def fax(page: np.ndarray) -> np.ndarray:
    """One bit a pixel."""
    plain = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(np.where(plain > 150, 255, 0).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def worn_fax(page: np.ndarray, toner: float = 0.5, seed: int = 0) -> np.ndarray:
    """Faint, uneven toner at one bit a pixel: heavy lines stay, small print is left as specks."""
    random = np.random.default_rng(seed)
    height, width = page.shape[:2]
    uneven = cv2.resize(random.uniform(0.8, 1.2, (12, 9)).astype(np.float32), (width, height))
    grain = cv2.resize(random.random((height // 2, width // 2), np.float32), (width, height))
    ink = 255.0 - cv2.GaussianBlur(page, (0, 0), 0.8).astype(np.float32)
    light = 255.0 - ink * (toner * uneven * (0.6 + 0.8 * grain))[..., None]
    return fax(_grain(light, 6.0, seed))


def coloured(page: np.ndarray, paper: tuple[float, float, float] = (0.72, 0.93, 0.98)) -> np.ndarray:
    """Coloured paper, factors for B, G, R."""
    return np.clip(page.astype(np.float32) * np.array(paper), 0, 255).astype(np.uint8)


def show_through(page: np.ndarray, back: np.ndarray, strength: float = 0.16) -> np.ndarray:
    """The mirrored back shines through."""
    mirrored = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 1.6)
    mirrored = cv2.resize(mirrored, (page.shape[1], page.shape[0]))
    return np.clip(page.astype(np.float32) - strength * (255.0 - mirrored), 0, 255).astype(np.uint8)


def folded_corner(page: np.ndarray, size_px: int = 190) -> np.ndarray:
    """The top right corner is folded over and leaves a shadow."""
    out = page.copy()
    width = page.shape[1]
    triangle = np.array([[width - size_px, 0], [width, 0], [width, size_px]], np.int32)
    cv2.fillConvexPoly(out, triangle, (205, 205, 205))
    cv2.line(out, (width - size_px, 0), (width, size_px), (120, 120, 120), 3, cv2.LINE_AA)
    return out


def punched(page: np.ndarray, px_per_mm: float = 200 / 25.4) -> np.ndarray:
    """Two holes in the left margin with the scanner's dark lid behind them."""
    out = page.copy()
    for shift in (-40, 40):
        at = (round(12 * px_per_mm), round(page.shape[0] / 2 + shift * px_per_mm))
        cv2.circle(out, at, round(3 * px_per_mm), (60, 60, 60), -1, cv2.LINE_AA)
    return out


def jpeg(page: np.ndarray, quality: int = 25) -> np.ndarray:
    """JPEG blocks."""
    store = io.BytesIO()
    Image.fromarray(page[:, :, ::-1]).save(store, "JPEG", quality=quality)
    return cv2.imdecode(np.frombuffer(store.getvalue(), np.uint8), cv2.IMREAD_COLOR)


def wavy(page: np.ndarray, amount_px: float = 5.0) -> np.ndarray:
    """Paper fed unevenly: a slow wave that no homography can follow."""
    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    xs += amount_px * np.sin(ys / height * 4.2 + 0.5).astype(np.float32)
    ys += amount_px * np.sin(ys / height * 5.5).astype(np.float32)
    return cv2.remap(page, xs, ys, cv2.INTER_LINEAR, borderValue=WHITE)


def dusty(page: np.ndarray, seed: int = 0) -> np.ndarray:
    """Specks and a hair."""
    random = np.random.default_rng(seed)
    out = page.copy()
    for _ in range(160):
        at = (int(random.integers(page.shape[1])), int(random.integers(page.shape[0])))
        cv2.circle(out, at, int(random.integers(1, 3)), (70, 70, 70), -1)
    points = np.cumsum(random.normal(0, 9, (40, 2)), axis=0) + np.array([600, 900])
    cv2.polylines(out, [points.astype(np.int32)], False, (90, 90, 90), 1, cv2.LINE_AA)
    return out


def _grain(picture: np.ndarray, noise: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.clip(picture + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
