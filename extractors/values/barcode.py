"""Barcodes and QR codes, by zxing-cpp."""

from __future__ import annotations

import numpy as np
import zxingcpp

from extractors.base import reasons
from extractors.base.model import PX_PER_MM, Candidate, Image, RegisteredPage
from extractors.base.opencv import cv2
from extractors.values.draft import Draft
from templates_forms.model import Field

_MARGIN_MM = 4.0


def read_barcode(located: RegisteredPage, field: Field) -> Draft:
    """Returns the text of the only code in the field; its own check digits make it either right or unreadable."""
    texts = [found for scale in (1.0, 2.0) for found in _decode(_crop(located, field), scale)]
    distinct = tuple(dict.fromkeys(texts))
    features = {"product": 8.0 if len(distinct) == 1 else -8.0, "written": float(bool(distinct))}
    if len(distinct) == 1:
        return Draft(distinct[0], (), (Candidate(distinct[0], 1.0, "barcode"),), (), features)
    return Draft("", (reasons.BARCODE_UNREADABLE,), (), (), features)


def _crop(located: RegisteredPage, field: Field) -> Image:
    """Crops the field with the quiet zone around it, from the page itself when that has more pixels."""
    box = field.box
    corners = np.array(
        [
            [box.x - _MARGIN_MM, box.y - _MARGIN_MM],
            [box.right + _MARGIN_MM, box.y - _MARGIN_MM],
            [box.right + _MARGIN_MM, box.bottom + _MARGIN_MM],
            [box.x - _MARGIN_MM, box.bottom + _MARGIN_MM],
        ]
    )
    page_px = cv2.perspectiveTransform(corners[None], located.mm_to_px)[0]
    scale = float(np.linalg.norm(page_px[1] - page_px[0]) / np.linalg.norm(corners[1] - corners[0]))
    scale = float(np.clip(scale, PX_PER_MM, 3 * PX_PER_MM))
    width = round((box.width + 2 * _MARGIN_MM) * scale)
    height = round((box.height + 2 * _MARGIN_MM) * scale)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(page_px.astype(np.float32), target)
    pixels = located.page.pixels
    return np.asarray(
        cv2.warpPerspective(pixels, matrix, (width, height), borderValue=(255, 255, 255)), np.uint8
    )


def _decode(picture: Image, scale: float) -> list[str]:
    if scale != 1.0:
        picture = np.asarray(
            cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    return [code.text for code in zxingcpp.read_barcodes(np.ascontiguousarray(picture)) if code.valid]
