"""How well a registered page agrees with the print of a blank, and with which of two blanks it agrees better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness, ink_level, paper_noise
from extractors.base.model import PX_PER_MM, Image, Matrix
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import BLOCK_PX, BlankSheet
from extractors.registration.refine import Fit, transform
from extractors.registration.ruling import Ruling
from extractors.registration.ruling import compare as compare_ruling
from extractors.registration.speck_match import SpeckMatch, match_specks
from extractors.registration.wording import FEWEST_TILES, Wording, compare

_TOLERANCE_PX = 5  # side of the search window: 0.3 mm each way
_LEAST_PRINT = 0.012  # share of a block that must be print for the block to count
_FOUND = 0.5
_LEFT = 0.2  # at least this share of a block remains where print is only worn

# Limits for acceptance. Those with WEAK_ accept the page but mark its fields with `registration_weak`.
LOWEST_SCORE = 0.70
LOWEST_WORN_SCORE = 0.55
LOWEST_OTHER_EDITION = 0.5
WEAK_SCORE = 0.90
MOST_MISSING = 0.10
LARGEST_RESIDUAL_MM = 0.35
WEAK_RESIDUAL_MM = 0.18
LARGEST_STRAIN_MM = 0.5
WEAK_STRAIN_MM = 0.2
FEWEST_PATCHES = 0.35
LEAST_COVERED = 0.7
# Single tiles differ on the right edition too, so a few differing places are allowed.
MOST_OTHER_WORDS = 3
MOST_OTHER_SHARE = 0.005
FEWEST_WITH_LINES = 2


@dataclass(frozen=True, slots=True)
class BlankAgreement:
    """The result of comparing a page with a blank's print.

    Attributes:
        score: share of the print that lies inside the picture and was found within 0.3 mm, 0 to 1.
        missing: share of printed blocks of 12 mm, away from the border, whose print is missing.
        covered: share of the blank's print that lies inside the picture at all.
        print_gain: darkness of the print relative to the blank's.
        wording: how the printed words compare.
        gone: as ``missing``, but only blocks of which hardly anything is left.
        specks: comparison of the remaining specks where words are too worn to compare; None on a legible page.
        ruling: how the printed lines compare.
    """

    score: float
    missing: float
    covered: float
    print_gain: float
    wording: Wording
    gone: float
    specks: SpeckMatch | None
    ruling: Ruling

    def accepted(self, fit: Fit) -> bool:
        """Whether the page may be read with this fit."""
        return (
            self.score >= (LOWEST_WORN_SCORE if self.worn_but_matching else LOWEST_SCORE)
            and not self.foreign
            and self.covered >= LEAST_COVERED
            and fit.residual_mm <= LARGEST_RESIDUAL_MM
            # Words that cannot be read cannot distinguish an edition with slightly lower lines from bent paper.
            and fit.strain_mm <= (WEAK_STRAIN_MM if self.specks else LARGEST_STRAIN_MM)
            and fit.inliers >= FEWEST_PATCHES * fit.patches
        )

    @property
    def worn_but_matching(self) -> bool:
        """Whether the page is worn, but everything left of its print is that of this blank."""
        return self.specks is not None and self.specks.confirms

    @property
    def foreign(self) -> bool:
        """Whether printed parts are missing as a whole: another form, or another edition of this one."""
        missing = self.gone if self.worn_but_matching else self.missing
        strayed = self.specks is not None and self.specks.foreign
        return missing > MOST_MISSING or self.other_words or strayed or self._boxes_moved

    def other_edition(self, fit: Fit) -> bool:
        """Whether the page mainly shows this form's print, well aligned, but other print in some parts.

        Pages of other forms do not get this far: no fit is found for them at all.
        """
        laid = fit.inliers >= FEWEST_PATCHES * fit.patches and self.covered >= LEAST_COVERED
        bent = fit.strain_mm > LARGEST_STRAIN_MM  # lines that moved can only be matched by bending the sheet
        return self.score >= LOWEST_OTHER_EDITION and laid and (self.foreign or bent)

    @property
    def other_words(self) -> bool:
        """Whether printed words differ in so many places that it must be another edition."""
        most = max(MOST_OTHER_WORDS, MOST_OTHER_SHARE * self.wording.tiles)
        return self.wording.tiles >= FEWEST_TILES and self.wording.different > most

    @property
    def _boxes_moved(self) -> bool:
        """Whether boxes have moved: shown by the lines alone, or by missing lines and some differing words."""
        return self.ruling.moved or (self.ruling.lost and self.wording.different >= FEWEST_WITH_LINES)

    def weak(self, fit: Fit) -> bool:
        """Whether the fit is poor enough to be a reason to doubt."""
        return (
            self.score < WEAK_SCORE
            or self.specks is not None
            or self.wording.different >= MOST_OTHER_WORDS
            or self.ruling.lost
            or fit.residual_mm > WEAK_RESIDUAL_MM
            or fit.strain_mm > WEAK_STRAIN_MM
            or fit.inliers < 0.5 * fit.patches
        )


def measure_agreement(
    blank: BlankSheet, clean: Image, mm_to_px: Matrix, page_shape: tuple[int, ...]
) -> BlankAgreement:
    """Compares a registered page with its blank.

    Args:
        blank: the empty sheet.
        clean: uint8 grey, the flattened page on the sheet.
        mm_to_px: the fit, which determines what lies outside the picture.
        page_shape: height and width of the picture.
    """
    places, blocks = blank.print_places
    grid = _grid(clean.shape)
    whole = _inside(clean.shape, mm_to_px, page_shape)
    inside = whole.ravel()[places]
    covered = float(inside.mean()) if len(places) else 0.0
    if not inside.any():
        return BlankAgreement(0.0, 1.0, covered, 0.0, Wording(0, 0, 0.0), 1.0, None, Ruling(0, 0))
    places, blocks = places[inside], blocks[inside]
    near = cv2.dilate(darkness(clean), np.ones((_TOLERANCE_PX, _TOLERANCE_PX), np.uint8))
    seen = near.ravel()[places]
    gain = float(np.clip(np.median(seen) / max(blank.print_darkness, 1.0), 0.05, 1.3))
    level = ink_level(gain, paper_noise(clean))
    found = seen > level
    printed = np.bincount(blocks, minlength=grid[0] * grid[1]).reshape(grid)
    there = np.bincount(blocks[found], minlength=grid[0] * grid[1]).reshape(grid)
    words = compare(blank, clean)
    specks = match_specks(blank, clean, level) if words.worn else None
    ruling = compare_ruling(blank, clean, level, whole)
    missing, gone = (_missing(printed, there, share) for share in (_FOUND, _LEFT))
    return BlankAgreement(float(found.mean()), missing, covered, gain, words, gone, specks, ruling)


def _inside(shape: tuple[int, ...], mm_to_px: Matrix, page_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = page_shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    polygon = transform(corners, np.asarray(np.linalg.inv(mm_to_px), np.float64)) * PX_PER_MM
    canvas = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(canvas, np.rint(polygon).astype(np.int32), 1)
    return np.asarray(cv2.erode(canvas, np.ones((9, 9), np.uint8)) > 0, np.bool_)


def _grid(shape: tuple[int, ...]) -> tuple[int, int]:
    return -(-shape[0] // BLOCK_PX), -(-shape[1] // BLOCK_PX)


def _missing(printed: NDArray[np.int64], there: NDArray[np.int64], least: float) -> float:
    """Share of printed blocks of which less than ``least`` is on the page.

    The border is left out: paper folds and scans end there.
    """
    printed, there = printed[1:-1, 1:-1], there[1:-1, 1:-1]
    counts = printed > _LEAST_PRINT * BLOCK_PX**2
    if not counts.any():
        return 1.0
    return float((there[counts] < least * printed[counts]).mean())


def evidence_for(first: BlankSheet, second: BlankSheet, clean: Image) -> float | None:
    """Which of two blanks a page shows, using only the places at which their print differs.

    Args:
        first, second: the blanks.
        clean: uint8 grey, the flattened page registered to one of them.

    Returns:
        From 1 (certainly the first) to -1 (certainly the second); None when their print does not differ enough.
    """
    if first.picture.shape != second.picture.shape:
        return None
    evidence, weight = 0.0, 0.0
    own_tiles = _tiles(_printed_only_in(first, second), clean)
    for own, other in zip(own_tiles, _tiles(_printed_only_in(second, first), clean), strict=True):
        # Capped, so that one large difference does not outweigh all small ones.
        count = min(own[0] + other[0], 400.0)
        if count < 12:
            continue
        share_own = own[1] / own[0] if own[0] >= 8 else 0.5
        share_other = other[1] / other[0] if other[0] >= 8 else 0.5
        evidence += count * (share_own - share_other)
        weight += count
    return evidence / weight if weight >= 25 else None


def _printed_only_in(one: BlankSheet, other: BlankSheet) -> NDArray[np.bool_]:
    near = cv2.dilate(darkness(other.picture), np.ones((7, 7), np.uint8))
    return np.asarray(one.print_mask & (near < 60), np.bool_)


def _tiles(only: NDArray[np.bool_], clean: Image) -> NDArray[np.float64]:
    """Per tile of 8 mm: pixels printed only in this blank, and how many of them the page shows; float64 [n, 2]."""
    near = cv2.dilate(darkness(clean), np.ones((3, 3), np.uint8))
    level = _own_level(near, only, paper_noise(clean))
    side = round(8 * PX_PER_MM)
    rows, columns = (-(-length // side) for length in only.shape)
    out = np.zeros((2, rows * side, columns * side), np.float64)
    out[0, : only.shape[0], : only.shape[1]] = only
    out[1, : only.shape[0], : only.shape[1]] = only & (near > level)
    sums = out.reshape(2, rows, side, columns, side).sum(axis=(2, 4))
    return np.asarray(sums.reshape(2, -1).T)


def _own_level(near: Image, only: NDArray[np.bool_], noise: float) -> float:
    dark = near[near > 60]
    gain = float(np.median(dark)) / 255 if dark.size else 0.3
    return ink_level(gain, noise)
