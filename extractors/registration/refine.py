"""Matches printed patches of the blank on the page, and refines and bends the fit accordingly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from extractors.base.model import PX_PER_MM, Image, Matrix
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import HALVE, PATCH_DPI, PATCH_PX, BlankSheet, halved, softened

_MM_TO_SMALL = PATCH_DPI / 25.4
_NODE_MM = 14.0
_REACH_MM = 16.0
_GOOD_MATCH = 0.5
_LARGEST_BEND_MM = 2.5
# Regularisation of the local fits (shift, slope in x, slope in y): keeps areas without patches flat.
_REGULARISATION = (0.08, 0.15, 0.15)
_FLAT_MM = 0.035  # bends below a quarter of a pixel are ignored
_SOFTEN = 0.8  # pixels of the sheet per pixel of the page
_WHITE = (255, 255, 255)

# A pixel's centre lies half a pixel inside its corner; picture coordinates start at centres, the sheet's at the corner.
_CENTRE = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Positions at which the blank's patches were found on the page.

    Attributes:
        points_mm: float64 [n, 2], expected positions.
        shifts_mm: float64 [n, 2], deviations from them.
        similarity: float64 [n], normalised cross-correlation, -1 to 1.
        reach_mm: largest deviation searched.
    """

    points_mm: Floats
    shifts_mm: Floats
    similarity: Floats
    reach_mm: float

    @property
    def good(self) -> NDArray[np.bool_]:
        """Patches that were found with certainty."""
        return np.asarray(self.similarity > _GOOD_MATCH, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The registration of a page to its blank.

    Attributes:
        mm_to_px: float64 [3, 3].
        bend: float64 [rows, columns, 2], local shift in mm at nodes 14 mm apart, from the sheet's corner.
        inliers: patches that agree.
        patches: patches searched inside the picture.
        residual_mm: median distance of the agreeing patches after bending.
    """

    mm_to_px: Matrix
    bend: Floats
    inliers: int
    patches: int
    residual_mm: float

    @property
    def strain_mm(self) -> float:
        """Largest unevenness of the bending, mm from node to node, plus the remaining residual."""
        inside = self.bend[2:-2, 2:-2]  # there are no patches at the outermost nodes
        uneven = [np.abs(np.diff(inside, n=2, axis=axis)) for axis in (0, 1)]
        largest = max((float(np.percentile(part, 98)) for part in uneven if part.size), default=0.0)
        return largest + self.residual_mm


def warp_small(page: Image, mm_to_px: Matrix, blank: BlankSheet) -> Image:
    """The page warped onto the sheet at ``PATCH_DPI``; white outside the picture."""
    height, width = blank.small.shape
    small_to_px = mm_to_px @ np.diag([1 / _MM_TO_SMALL, 1 / _MM_TO_SMALL, 1.0]) @ _CENTRE
    return np.asarray(
        cv2.warpPerspective(
            page,
            small_to_px,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=255,
        ),
        np.uint8,
    )


def match_patches(small: Image, blank: BlankSheet, reach_px: int) -> Matches:
    """Searches for each printed patch of the blank around its expected position.

    Args:
        small: uint8 grey, the page on the sheet at ``PATCH_DPI``.
        blank: the empty sheet.
        reach_px: largest shift in each direction.
    """
    half = PATCH_PX // 2
    padded = cv2.copyMakeBorder(small, reach_px, reach_px, reach_px, reach_px, cv2.BORDER_REPLICATE)
    count, side = len(blank.patches), 2 * reach_px + 1
    found = np.zeros((count, side, side), np.float32)
    for i, (x, y) in enumerate(blank.patches):
        patch = blank.small[y - half : y + half + 1, x - half : x + half + 1]
        around = padded[
            y - half : y + half + 1 + 2 * reach_px,
            x - half : x + half + 1 + 2 * reach_px,
        ]
        cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED, found[i])
    peaks, similarity = _peaks(found)
    points = np.asarray((blank.patches + 0.5) / _MM_TO_SMALL, np.float64)
    shifts_mm = np.asarray((peaks - reach_px) / _MM_TO_SMALL, np.float64)
    return Matches(points, shifts_mm, similarity, reach_px / _MM_TO_SMALL)


def _peaks(found: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Sub-pixel positions (x, y) of correlation peaks, by a parabola in each direction, and their heights."""
    count, side, _ = found.shape
    each = np.arange(count)
    best = found.reshape(count, -1).argmax(axis=1)
    rows, columns = best // side, best % side
    top = found[each, rows, columns].astype(np.float64)
    places = np.column_stack([columns, rows]).astype(np.float64)
    for axis, at, (down, across) in ((0, columns, (0, 1)), (1, rows, (1, 0))):
        inner = np.clip(at, 1, side - 2) - at  # a peak on the edge stays where it is
        before, after = (
            found[each, rows + down * (inner + step), columns + across * (inner + step)].astype(np.float64)
            for step in (-1, 1)
        )
        curve = before - 2 * top + after
        usable = (inner == 0) & (curve < -1e-9)
        vertex = 0.5 * (before - after) / np.where(usable, curve, -1.0)
        places[:, axis] += np.where(usable, np.clip(vertex, -0.5, 0.5), 0.0)
    return places, top


def transform(points: Floats, matrix: Matrix) -> Floats:
    """Applies a homography to float64 [n, 2] points."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix).reshape(-1, 2), np.float64)


def improve(mm_to_px: Matrix, matches: Matches, limit_mm: float) -> Matrix | None:
    """Estimates a better homography from found patches; None when too few agree."""
    good = matches.good
    if good.sum() < 8:
        return None
    source = matches.points_mm[good]
    target = transform(source + matches.shifts_mm[good], mm_to_px)
    limit_px = limit_mm * pixels_per_mm(mm_to_px)
    found, mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, limit_px, maxIters=500)
    if found is None or int(mask.sum()) < 8:
        return None
    return np.asarray(found, np.float64)


def rebased(matches: Matches, before: Matrix, after: Matrix) -> Matches:
    """The same found positions, with shifts relative to a better homography."""
    seen = transform(matches.points_mm + matches.shifts_mm, before)
    shifts = transform(seen, np.asarray(np.linalg.inv(after), np.float64)) - matches.points_mm
    return Matches(matches.points_mm, shifts, matches.similarity, matches.reach_mm)


def bend(matches: Matches, size_mm: tuple[float, float]) -> tuple[Floats, int, float]:
    """Computes smooth local shifts from the residuals of the homography.

    Returns:
        Nodes [rows, columns, 2] in mm, the number of agreeing patches, their median residual in mm.
    """
    columns, rows = (int(np.ceil(length / _NODE_MM)) + 1 for length in size_mm)
    nodes = np.zeros((rows, columns, 2))
    keep = matches.good & (np.hypot(*matches.shifts_mm.T) < min(_LARGEST_BEND_MM, 0.95 * matches.reach_mm))
    points, shifts, weight = matches.points_mm[keep], matches.shifts_mm[keep], matches.similarity[keep] ** 2
    if len(points) < 8:
        return nodes, len(points), float("inf")
    agree = _agreeing(points, shifts)
    points, shifts, weight = points[agree], shifts[agree], weight[agree]
    if len(points) < 8:
        return nodes, len(points), float("inf")
    ys, xs = np.mgrid[0:rows, 0:columns] * _NODE_MM
    flat = np.column_stack([xs.ravel(), ys.ravel()])
    nodes = _smooth(flat, points, shifts, weight).reshape(rows, columns, 2)
    left = shifts - _smooth(points, points, shifts, weight)
    return nodes, len(points), float(np.median(np.hypot(left[:, 0], left[:, 1])))


def _agreeing(points: Floats, shifts: Floats) -> NDArray[np.bool_]:
    """Patches with a shift similar to that of their neighbours."""
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    near = np.argsort(apart, axis=1)[:, 1:8]
    usual = np.median(shifts[near], axis=1)
    return np.asarray(np.hypot(*(shifts - usual).T) < 0.35, np.bool_)


def _smooth(positions: Floats, points: Floats, shifts: Floats, weight: Floats) -> Floats:
    """Local linear fits, regularised towards no shift and no slope where there are few patches."""
    at, seen = positions / _REACH_MM, points / _REACH_MM
    near = np.exp(-2 * cdist(at, seen, "sqeuclidean")) * weight
    # All sums over the patches at once: of 1, x, y, x², xy, y² and of the shifts times 1, x, y.
    x, y = seen.T
    moved = np.concatenate([shifts, shifts * seen[:, :1], shifts * seen[:, 1:]], axis=1)
    sums = near @ np.column_stack([np.ones(len(x)), x, y, x * x, x * y, y * y, moved])
    n, sx, sy, sxx, sxy, syy = sums[:, :6].T
    u, v = at.T
    dx, dy = sx - u * n, sy - v * n
    dxx, dyy = sxx - 2 * u * sx + u * u * n, syy - 2 * v * sy + v * v * n
    dxy = sxy - u * sy - v * sx + u * v * n
    normal = np.stack([n, dx, dy, dx, dxx, dxy, dy, dxy, dyy], axis=1).reshape(-1, 3, 3) + np.diag(
        _REGULARISATION
    )
    flat, by_x, by_y = sums[:, 6:8], sums[:, 8:10], sums[:, 10:12]
    right = np.stack([flat, by_x - u[:, None] * flat, by_y - v[:, None] * flat], axis=1)
    return np.asarray(np.linalg.solve(normal, right)[:, 0], np.float64)


def warp_sheet(pixels: Image, fit_matrix: Matrix, nodes: Floats, size_px: tuple[int, int]) -> Image:
    """Warps the page upright onto its sheet at ``SHEET_DPI``.

    Args:
        pixels: the page, grey or BGR.
        fit_matrix: mm to page pixels.
        nodes: local shifts from ``bend``.
        size_px: width and height of the sheet.
    """
    pixels, fit_matrix = _antialiased(pixels, fit_matrix)
    if float(np.abs(nodes).max(initial=0.0)) < _FLAT_MM:
        return _warp_flat(pixels, fit_matrix, size_px)
    width, height = size_px
    step = 16
    columns, rows = width // step + 3, height // step + 3
    # The centres of blocks of 16 pixels, the first block outside the sheet: ``resize`` interpolates between these.
    ys, xs = np.mgrid[0:rows, 0:columns].astype(np.float64) * step - (step + 1) / 2
    mm = np.column_stack([(xs.ravel() + 0.5) / PX_PER_MM, (ys.ravel() + 0.5) / PX_PER_MM])
    node = (mm / _NODE_MM).astype(np.float32).reshape(rows, columns, 2)
    local = cv2.remap(nodes.astype(np.float32), node, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    target = transform(mm + local.reshape(-1, 2), fit_matrix).astype(np.float32).reshape(rows, columns, 2)
    full = cv2.resize(target, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)
    full = full[step : step + height, step : step + width]
    return np.asarray(
        cv2.remap(pixels, full, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_WHITE),
        np.uint8,
    )


def _warp_flat(pixels: Image, matrix: Matrix, size_px: tuple[int, int]) -> Image:
    """Warps without bends: one homography is enough, at a fraction of the cost."""
    sheet_to_px = matrix @ np.diag([1 / PX_PER_MM, 1 / PX_PER_MM, 1.0]) @ _CENTRE
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(
            pixels, sheet_to_px, size_px, flags=way, borderMode=cv2.BORDER_CONSTANT, borderValue=_WHITE
        ),
        np.uint8,
    )


def _antialiased(pixels: Image, matrix: Matrix) -> tuple[Image, Matrix]:
    """Halves and softens a page of more than ``SHEET_DPI`` first: sampling alone would lose thin lines."""
    factor = PX_PER_MM / pixels_per_mm(matrix)
    while factor < HALVE and min(pixels.shape[:2]) > 1:
        pixels, matrix, factor = halved(pixels), scaled_fit(matrix, 0.5), 2 * factor
    return (softened(pixels) if factor < _SOFTEN else pixels), matrix


def scaled_fit(matrix: Matrix, factor: float) -> Matrix:
    """The fit of a page that was scaled by ``factor``."""
    shift = 0.5 * factor - 0.5
    return np.asarray(np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]]) @ matrix, np.float64)


def pixels_per_mm(matrix: Matrix) -> float:
    """Typical number of page pixels per millimetre of a fit."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2]))))
