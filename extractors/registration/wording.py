"""Compares the printed words of a page with the blank's, tile by tile: different words mean another edition.

Lines and boxes are similar in every edition of a form; the words change. Small tiles of printed words, away
from fields, are correlated with the page. On a bad scan all of them correlate less, so a tile is only
called different relative to the median of the same page. A stamp over words leaves the words' own ink in place, and
a folded corner leaves no ink at all: neither is a different wording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import PX_PER_MM, Image
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import BlankSheet

TILE_PX = 40
"""Side of a tile of printed words, at ``SHEET_DPI``: 5 mm."""
FEWEST_TILES = 8
"""With fewer tiles the comparison is not reliable."""
_SEARCH = 3
_BORDER_MM = 6.0
_FIELD_MARGIN_MM = 2.5
_LEAST_INK, _MOST_INK = 0.05, 0.6
_LONG_LINE = 45  # px: longer runs of print are rules, not words
_USUAL = 0.55
_DIFFERENT = 0.5  # of the median of the page
_THERE = 0.85
_SOME_INK = 0.35


@dataclass(frozen=True, slots=True)
class Wording:
    """How the printed words compare.

    Attributes:
        tiles: tiles compared.
        different: tiles with other words than the blank's.
        usual: median correlation on this page, -1 to 1.
    """

    tiles: int
    different: int
    usual: float

    @property
    def legible(self) -> bool:
        """Whether words survived the scan well enough for a meaningful comparison."""
        return self.tiles >= FEWEST_TILES and self.usual >= _USUAL

    @property
    def worn(self) -> bool:
        """Whether there were words to compare, but the scan lost them."""
        return self.tiles >= FEWEST_TILES and self.usual < _USUAL


def compare(blank: BlankSheet, clean: Image) -> Wording:
    """Correlates each tile of printed words with the page.

    Args:
        blank: the empty sheet.
        clean: uint8 grey, the flattened page on the sheet.
    """
    places = word_tiles(blank)
    if not len(places):
        return Wording(0, 0, 0.0)
    found = _similarities(blank.picture, clean, places)
    usual = float(np.median(found))
    unlike = places[found < _DIFFERENT * usual]
    return Wording(len(found), sum(_other_words(blank, clean, int(x), int(y)) for x, y in unlike), usual)


def _other_words(blank: BlankSheet, clean: Image, x: int, y: int) -> bool:
    """Whether a tile has ink, but not where the blank's words have theirs."""
    tile = blank.print_mask[y : y + TILE_PX, x : x + TILE_PX]
    page = darkness(clean[y : y + TILE_PX, x : x + TILE_PX])
    # Relative to the darkest ink of the tile, because faint pages have faint words.
    level = max(float(np.percentile(page, 97)) * 0.5, 25.0)
    inked = cv2.dilate((page > level).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(inked[tile].mean()) < _THERE and float((page > level).mean()) > _SOME_INK * float(
        tile.mean()
    )


def _similarities(blank: Image, clean: Image, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Per tile the best correlation within the search window, -1 to 1."""
    side = 2 * _SEARCH + 1
    found = np.zeros((len(places), side, side), np.float32)
    for i, (x, y) in enumerate(places.tolist()):
        tile = blank[y : y + TILE_PX, x : x + TILE_PX]
        around = clean[y - _SEARCH : y + TILE_PX + _SEARCH, x - _SEARCH : x + TILE_PX + _SEARCH]
        cv2.matchTemplate(around, tile, cv2.TM_CCOEFF_NORMED, found[i])
    return np.asarray(found.max(axis=(1, 2)), np.float64)


def word_tiles(blank: BlankSheet) -> NDArray[np.int64]:
    """Top left corners (x, y) of tiles with printed words, int64 [n, 2]; computed once."""
    if "word_tiles" not in blank.cache:
        blank.cache["word_tiles"] = _find_tiles(blank)
    tiles: NDArray[np.int64] = blank.cache["word_tiles"]
    return tiles


def _find_tiles(blank: BlankSheet) -> NDArray[np.int64]:
    words = _word_pixels(blank.picture) & _away_from_fields(blank)
    rows, columns = words.shape[0] // TILE_PX, words.shape[1] // TILE_PX
    sums = (
        words[: rows * TILE_PX, : columns * TILE_PX]
        .reshape(rows, TILE_PX, columns, TILE_PX)
        .mean(axis=(1, 3))
    )
    border = int(np.ceil(_BORDER_MM * PX_PER_MM / TILE_PX))
    allowed = np.zeros_like(sums, np.bool_)
    allowed[border:-border, border:-border] = True
    ys, xs = np.nonzero((sums > _LEAST_INK) & (sums < _MOST_INK) & allowed)
    return np.column_stack([xs, ys]).astype(np.int64) * TILE_PX


def _word_pixels(picture: Image) -> NDArray[np.bool_]:
    """Print that is no line: neither a long horizontal or vertical run nor a filled bar."""
    printed = (darkness(picture) > 90).astype(np.uint8)
    rules = np.zeros_like(printed)
    for size in ((_LONG_LINE, 1), (1, _LONG_LINE)):
        rules |= cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(size, np.uint8))
    return np.asarray((printed > 0) & (cv2.dilate(rules, np.ones((3, 3), np.uint8)) == 0), np.bool_)


def _away_from_fields(blank: BlankSheet) -> NDArray[np.bool_]:
    free = np.ones(blank.picture.shape, np.bool_)
    for field in blank.form.pages[blank.page_no - 1].fields:
        boxes = [
            field.box,
            *(o.box for o in field.options),
            *(o.box for o in (field.era.options if field.era else ())),
        ]
        for box in boxes:
            y0, y1 = (round(v * PX_PER_MM) for v in (box.y - _FIELD_MARGIN_MM, box.bottom + _FIELD_MARGIN_MM))
            x0, x1 = (round(v * PX_PER_MM) for v in (box.x - _FIELD_MARGIN_MM, box.right + _FIELD_MARGIN_MM))
            free[max(0, y0) : y1, max(0, x0) : x1] = False
    return free
