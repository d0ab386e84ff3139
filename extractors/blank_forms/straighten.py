"""Rotates a scanned blank upright and fits it to a standard sheet size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extractors.base.errors import AuthoringError
from extractors.base.ink import darkness, flatten, grey
from extractors.base.model import Image, PageImage
from extractors.base.opencv import cv2
from extractors.blank_forms.model import PX, StraightenedPage

# A4, A3, B5 and B4 (JIS), A5, US letter.
_SHEETS_MM = ((210.0, 297.0), (297.0, 420.0), (182.0, 257.0), (257.0, 364.0), (148.0, 210.0), (216.0, 279.0))
_NEAR_SIZE = 0.045
_LINE_MM = 22.0
_LONG_MM = 34.0
_MOST_SKEW = 9.0
_MOST_SPREAD = 0.85  # degrees by which the lines of a flat scan may differ in direction
_FEWEST_LINES = 3
# Lines are found at 150 dpi: precise enough for an angle, at a quarter of the pixels of ``WORK_DPI``.
_HOUGH_PX = 150 / 25.4


def straighten(page: PageImage) -> StraightenedPage:
    """Returns the page straightened, on a standard sheet, at ``WORK_DPI``.

    Raises:
        AuthoringError: ``no_lines``, or ``photo`` when its lines do not run parallel.
    """
    size = sheet_size(page)
    plain = grey(page.pixels)
    scale = size[0] * PX / plain.shape[1]
    lines = _lines(_scaled(plain, scale * _HOUGH_PX / PX))
    angle = _angle(lines)
    turned = _rotated(_scaled(plain, scale), angle, size)
    clean = flatten(turned, shrink=12)
    colour = _rotated(_scaled(page.pixels, scale), angle, size) if page.pixels.ndim == 3 else None
    return StraightenedPage(turned, clean, size, angle, colour)


def sheet_size(page: PageImage) -> tuple[float, float]:
    """Width and height in mm: as stated in the file, matched to a standard sheet; by its shape when not stated."""
    height, width = page.pixels.shape[:2]
    for dpi in [page.dpi] if page.dpi else []:
        mm = (width / dpi * 25.4, height / dpi * 25.4)
        near = _standard_size(mm, _NEAR_SIZE)
        if near is not None:
            return near
        # An unusual but plausible size is believed; otherwise the stated resolution is wrong.
        if min(mm) >= 90 and max(mm) <= 450:
            return (round(mm[0], 1), round(mm[1], 1))
    shapes = [
        (abs(np.log(width / height * b / a)), (a, b)) for x, y in _SHEETS_MM for a, b in ((x, y), (y, x))
    ]
    off, best = min(shapes, key=lambda shape: shape[0])
    return best if off < 0.06 else (210.0, round(210.0 * height / width, 1))


def _standard_size(mm: tuple[float, float], within: float) -> tuple[float, float] | None:
    for x, y in _SHEETS_MM:
        for a, b in ((x, y), (y, x)):
            if abs(mm[0] / a - 1) < within and abs(mm[1] / b - 1) < within:
                return a, b
    return None


def _scaled(picture: Image, factor: float) -> Image:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def _lines(small: Image) -> NDArray[np.float64]:
    """Long straight lines as (angle from its axis in degrees, length, x, y, horizontal?) at 150 dpi."""
    dark = darkness(flatten(small, shrink=6))
    mask = (dark > max(40.0, 0.3 * float(np.percentile(dark, 99.5)))).astype(np.uint8) * 255
    found = cv2.HoughLinesP(mask, 1, np.pi / 1800, 90, minLineLength=_LINE_MM * _HOUGH_PX, maxLineGap=6)
    rows = []
    for x0, y0, x1, y1 in found.reshape(-1, 4).astype(float) if found is not None else ():
        angle = (np.degrees(np.arctan2(y1 - y0, x1 - x0)) + 90) % 180 - 90
        level = abs(angle) < 45
        deviation = angle if level else angle - np.copysign(90, angle)
        if abs(deviation) <= _MOST_SKEW:
            rows.append((deviation, np.hypot(x1 - x0, y1 - y0), (x0 + x1) / 2, (y0 + y1) / 2, float(level)))
    return np.array(rows, float).reshape(-1, 5)


def _angle(lines: NDArray[np.float64]) -> float:
    """Rotation of the sheet, degrees clockwise.

    Raises:
        AuthoringError: too few lines, or lines that converge as in a photograph.
    """
    if len(lines) < _FEWEST_LINES:
        raise AuthoringError(
            "no_lines",
            "罫線が見つかりません。記入欄が罫線で囲まれた帳票を指定してください。",
            "No ruled lines were found on the page; give a form whose fields are ruled.",
        )
    angle = _mean_deviation(lines)
    near = lines[np.abs(lines[:, 0] - angle) < 4]
    if _spread(near) > _MOST_SPREAD:
        raise AuthoringError(
            "photo",
            "写真のように見えます（線が平行ではありません）。スキャナーで読み取るか、PDF を指定してください。",
            "The picture looks like a photograph (its lines are not parallel); scan the sheet or give the PDF.",
        )
    return angle


def _spread(lines: NDArray[np.float64]) -> float:
    """Largest difference in direction, degrees: top and bottom, left and right, horizontal and vertical lines."""
    worst = 0.0
    for level, place in ((1.0, 3), (0.0, 2)):
        part = lines[(lines[:, 4] == level) & (lines[:, 1] >= _LONG_MM * _HOUGH_PX)]
        if len(part) < 6 or np.ptp(part[:, place]) < 60 * _HOUGH_PX:
            continue
        low, high = np.percentile(part[:, place], [35, 65])
        first, last = part[part[:, place] <= low], part[part[:, place] >= high]
        worst = max(worst, abs(_mean_deviation(first) - _mean_deviation(last)))
    level_lines, upright = (lines[lines[:, 4] == kind] for kind in (1.0, 0.0))
    if len(level_lines) > 3 and len(upright) > 3:
        worst = max(worst, abs(_mean_deviation(level_lines) - _mean_deviation(upright)))
    return worst


def _mean_deviation(lines: NDArray[np.float64]) -> float:
    # A line's direction is the more precise the longer it is.
    return _weighted_median(lines[:, 0], lines[:, 1] ** 2)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _rotated(picture: Image, angle: float, size: tuple[float, float]) -> Image:
    height, width = picture.shape[:2]
    out = (round(size[0] * PX), round(size[1] * PX))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    matrix[:, 2] += [(out[0] - width) / 2, (out[1] - height) / 2]
    # The area outside the scan is filled with the colour of the paper, so that its edge is not a line.
    border = int(np.percentile(picture, 90))
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            out,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(border,) * 3,
        ),
        np.uint8,
    )
