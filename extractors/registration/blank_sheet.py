"""Everything that is computed once about an empty sheet: its print, features and patches."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil

from extractors.base.ink import darkness, flatten
from extractors.base.model import SHEET_DPI, Image
from extractors.base.opencv import cv2
from templates_forms.model import Form

PATCH_DPI = 100
"""Resolution at which printed patches are matched."""
PATCH_PX = 33
"""Side of a printed patch at ``PATCH_DPI``: 8.4 mm."""
BLOCK_PX = 96
"""Side of the blocks in which print is compared, at ``SHEET_DPI``: 12 mm."""
HALVE = 0.6
"""Below this factor a picture is halved first: larger sampling steps would miss thin lines, softened or not."""
_PATCHES = 260
_FEATURES = 1400

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Key points and their descriptors.

    Attributes:
        points: float32 [n, 2], mm for a blank and pixels for a page.
        descriptors: float32 [n, 128], unit length (RootSIFT).
        strength: float32 [n], the detector's response.
    """

    points: Floats
    descriptors: Floats
    strength: Floats


@dataclass(frozen=True, eq=False)
class BlankSheet:
    """One page of a form with nothing written on it, prepared for comparison.

    Attributes:
        form, page_no: the form and its page.
        picture: uint8 grey at ``SHEET_DPI``, flattened.
        cache: values that later steps compute once for this page.
    """

    form: Form
    page_no: int
    picture: Image
    cache: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def features(self, dpi: int) -> Features:
        """Features of the picture at a resolution, points in mm; computed once."""
        if ("features", dpi) not in self.cache:
            found = find_features(resize_by(self.picture, dpi / SHEET_DPI))
            points = (found.points + np.float32(0.5)) * np.float32(25.4 / dpi)
            self.cache["features", dpi] = Features(points, found.descriptors, found.strength)
        known: Features = self.cache["features", dpi]
        return known

    @cached_property
    def print_mask(self) -> NDArray[np.bool_]:
        """Pixels of solid print, at ``SHEET_DPI``."""
        return darkness(self.picture) > 90

    @cached_property
    def print_places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Flat indexes of printed pixels, and the block of ``BLOCK_PX`` that contains each, row by row."""
        places = np.flatnonzero(self.print_mask)
        width = self.picture.shape[1]
        across = -(-width // BLOCK_PX)
        blocks = places // width // BLOCK_PX * across + places % width // BLOCK_PX
        return places.astype(np.int64), blocks.astype(np.int64)

    @cached_property
    def print_darkness(self) -> float:
        """Median darkness of printed pixels, 0 to 255."""
        return float(np.median(darkness(self.picture)[self.print_mask])) if self.print_mask.any() else 255.0

    @cached_property
    def small(self) -> Image:
        """The picture at ``PATCH_DPI``."""
        return resize_by(self.picture, PATCH_DPI / SHEET_DPI)

    @cached_property
    def patches(self) -> NDArray[np.int64]:
        """Centres (x, y) of well-structured printed patches at ``PATCH_DPI``, int64 [n, 2]."""
        return _patch_centres(self.small)


def resize_by(picture: Image, factor: float) -> Image:
    """Scales a picture; large reductions go in halves and are then softened: nearly an average, and far faster.

    It is scaled by exactly the factor, whatever size results: scaling to a rounded size would stretch it.
    """
    while factor < HALVE and min(picture.shape[:2]) > 1:
        picture, factor = halved(picture), 2 * factor
    if factor == 1:
        return picture
    factor = max(factor, 1 / min(picture.shape[:2]))
    source, way = (picture, cv2.INTER_CUBIC) if factor > 1 else (softened(picture), cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(source, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def softened(picture: Image) -> Image:
    """Mixes a tenth of each neighbour into each pixel, so that thin lines are not lost between sampling points."""
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0.5), np.uint8)


def halved(picture: Image) -> Image:
    """Averages blocks of two by two pixels; an odd last row or column is left out."""
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    size = (width // 2, height // 2)
    return np.asarray(cv2.resize(picture[:height, :width], size, interpolation=cv2.INTER_AREA), np.uint8)


def sheet_size(form: Form) -> tuple[int, int]:
    """Width and height in pixels of a form's sheet at ``SHEET_DPI``."""
    return round(form.size_mm[0] * SHEET_DPI / 25.4), round(form.size_mm[1] * SHEET_DPI / 25.4)


def prepare(form: Form, page_no: int) -> BlankSheet:
    """Loads a blank page.

    Args:
        form: the template.
        page_no: from 1.
    """
    with Pil.open(form.pages[page_no - 1].blank) as opened:
        pixels = np.asarray(opened.convert("L"), np.uint8)
    size = sheet_size(form)
    way = cv2.INTER_AREA if pixels.shape[1] > size[0] else cv2.INTER_CUBIC
    picture = flatten(np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8))
    return BlankSheet(form, page_no, picture)


def find_features(picture: Image, count: int = _FEATURES) -> Features:
    """RootSIFT features of a flattened grey picture (Lowe 2004; Arandjelović and Zisserman 2012).

    Args:
        picture: uint8 grey [h, w] at 25 to 60 dpi.
        count: largest number of features.

    Returns:
        Strongest first, points in pixels of the picture.
    """
    dark = darkness(picture)
    top = max(float(np.percentile(dark, 99.0)), 24.0)
    # At most sixfold, because paper grain is stretched together with faint print.
    stretched = cv2.convertScaleAbs(dark, alpha=min(255.0 / top, 6.0))
    finder = cv2.SIFT_create(nfeatures=count, contrastThreshold=0.03, edgeThreshold=12)
    keys, descriptors = finder.detectAndCompute(stretched, None)
    if not keys or descriptors is None:
        empty = np.zeros(0, np.float32)
        return Features(empty.reshape(0, 2), empty.reshape(0, 128), empty)
    strength = np.array([key.response for key in keys], np.float32)
    order = np.argsort(-strength)
    points = np.array([key.pt for key in keys], np.float32)
    # RootSIFT: the square root of the L1-normalised descriptor; the dot product then is the Hellinger kernel.
    unit = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    return Features(points[order], np.sqrt(unit[order]).astype(np.float32), strength[order])


def _patch_centres(small: Image) -> NDArray[np.int64]:
    smooth = cv2.GaussianBlur(darkness(small), (0, 0), 1.5)
    half = PATCH_PX // 2 + 1
    inside = np.zeros_like(smooth)
    inside[half:-half, half:-half] = 255
    # Corners, because patches on a straight line can slide along it.
    corners = cv2.goodFeaturesToTrack(smooth, _PATCHES, 0.004, 20, mask=inside, blockSize=15)
    if corners is None:
        return np.zeros((0, 2), np.int64)
    return np.asarray(np.rint(corners.reshape(-1, 2)), np.int64)
