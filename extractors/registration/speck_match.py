"""Compares print that is too worn to read by its remaining specks: do they lie where the blank prints?

A faint one-bit page loses most of its small print. Its words correlate with nothing, but the remaining specks
still lie exactly on the blank's own strokes, in hundreds of places. Of other words barely half would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import PX_PER_MM, Image
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import BlankSheet
from extractors.registration.wording import TILE_PX, word_tiles

# Components of printed words are smaller; writing, seals and stamps are larger
_LARGEST_PX = round(6 * PX_PER_MM)
_LEAST_INK_PX = 12
_LEAST_ON_PRINT = 0.6
_MOST_STRAYED = 2
_MOST_STRAYED_SHARE = 0.01
_ALMOST_ALL = 0.99
_INKED = 0.35


@dataclass(frozen=True, slots=True)
class SpeckMatch:
    """Position of the small ink in the tiles of printed words.

    Attributes:
        tiles: tiles compared.
        inked: of these, tiles with enough ink to compare.
        strayed: of these, tiles whose ink does not follow the blank's strokes.
        on_print: share of all this ink that lies on the blank's strokes, 0 to 1.
    """

    tiles: int
    inked: int
    strayed: int
    on_print: float

    @property
    def foreign(self) -> bool:
        """Whether some places must contain other words."""
        return self.strayed > min(_MOST_STRAYED, max(1.0, _MOST_STRAYED_SHARE * self.inked))

    @property
    def confirms(self) -> bool:
        """Whether so much of the print is present and in its place that it can be no other form's."""
        return not self.foreign and self.on_print >= _ALMOST_ALL and self.inked >= _INKED * self.tiles


def match_specks(blank: BlankSheet, clean: Image, level: float) -> SpeckMatch:
    """Compares the small ink of a registered page with the blank's words.

    Args:
        blank: the empty sheet.
        clean: uint8 grey, the flattened page on the sheet.
        level: darkness from which a pixel counts as ink.
    """
    ink = _small_ink(clean, level)
    # One pixel of tolerance for the registration.
    strokes = cv2.dilate(blank.print_mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    places = word_tiles(blank)
    total, lying = (
        np.array([part[y : y + TILE_PX, x : x + TILE_PX].sum() for x, y in places], np.int64)
        for part in (ink, ink & strokes)
    )
    enough = total >= _LEAST_INK_PX
    strayed = int((lying[enough] < _LEAST_ON_PRINT * total[enough]).sum())
    return SpeckMatch(len(places), int(enough.sum()), strayed, float(lying.sum() / max(total.sum(), 1)))


def _small_ink(clean: Image, level: float) -> NDArray[np.bool_]:
    ink = (darkness(clean) > level).astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    small = np.max(boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]], axis=1) < _LARGEST_PX
    small[0] = False
    return np.asarray(small.take(labels), np.bool_)
