"""Pictures for evidence: as scanned and as read, with the secret fields covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from store.base.errors import FileDamaged
from templates_forms.model import Box

LONGEST_PX = 2400  # A4 at about 200 dpi: small print stays legible, and a bundle of many pages stays small
QUALITY = 84
MARGIN_MM = 1.2  # handwriting runs over the edge of its box
_MM_PER_INCH = 25.4
_COVER = (208, 208, 212)


def covered_scan(
    pixels: NDArray[Any], mm_to_px: Sequence[Sequence[float]] | None, boxes: Sequence[Box]
) -> bytes:
    """JPEG of a page as it was scanned.

    Args:
        pixels: BGR, uint8.
        mm_to_px: homography from sheet mm to px of `pixels`; needed when there are boxes.
        boxes: what to cover, in sheet mm.

    Raises:
        FileDamaged: there are boxes to cover and no homography.
    """
    if boxes and mm_to_px is None:
        raise FileDamaged("homography")
    picture = pixels.copy()
    for box in boxes:
        corners = np.array([_corners(box)], np.float64)
        # A polygon, not a rectangle: on a tilted scan the box is tilted, too.
        polygon = cv2.perspectiveTransform(corners, np.asarray(mm_to_px, np.float64))[0]
        cv2.fillConvexPoly(picture, np.round(polygon).astype(np.int32), _COVER)
    return _jpeg(picture)


def covered_sheet(data: bytes, dpi: float, boxes: Sequence[Box]) -> bytes:
    """JPEG of a stored upright sheet, `boxes` (mm) covered. Raises FileDamaged."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileDamaged("picture")
    scale = dpi / _MM_PER_INCH
    return covered_scan(np.asarray(picture), [[scale, 0, 0], [0, scale, 0], [0, 0, 1]], boxes)


def _corners(box: Box) -> list[tuple[float, float]]:
    left, top = box.x - MARGIN_MM, box.y - MARGIN_MM
    right, bottom = box.right + MARGIN_MM, box.bottom + MARGIN_MM
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _jpeg(picture: NDArray[Any]) -> bytes:
    longest = max(picture.shape[:2])
    if longest > LONGEST_PX:
        scale = LONGEST_PX / longest
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
