"""Finds the installed form that a page shows: a short list by features, then a rough fit of each."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base import threads
from extractors.base.ink import flatten
from extractors.base.model import Image, Matrix
from extractors.base.opencv import cv2
from extractors.registration.blank_sheet import BlankSheet, Features, find_features, prepare, resize_by
from templates_forms.model import Form

# Only the strongest features of a page vote for the short list.
_VOTERS = 300
_SHORT_LIST = 2
_SAME_VOTE = 0.02  # near-identical editions are equally similar: both get the vote
_THICKEN_MM = 0.6
_AGREE_MM = 1.2
_LARGEST_SHEET_MM = 450.0
_SMALLEST_SHEET_MM = 80.0


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Resolution and strictness of one attempt to match a page.

    Attributes:
        dpi: resolution at which features are compared.
        max_features: number of the page's features, strongest first, that are matched.
        ratio: how much nearer a match must be than the second nearest (Lowe 2004).
        worn: whether the print is thickened first.
    """

    dpi: int
    max_features: int
    ratio: float
    worn: bool = False


QUICK = MatchSettings(33, 500, 0.9)
USUAL = MatchSettings(50, 900, 0.9)
WORN = MatchSettings(50, 1400, 0.95, worn=True)
MATCH_ROUNDS = (QUICK, USUAL, WORN)
"""Tried in order until the form is found: most pages are found by the first, which is the fastest."""


@dataclass(frozen=True, slots=True, eq=False)
class RoughFit:
    """A rough fit of one blank sheet.

    Attributes:
        sheet: the blank.
        mm_to_px: float64 [3, 3], to pixels of the page.
        inliers: features that agree with it.
        matched: features that had a match at all.
    """

    sheet: BlankSheet
    mm_to_px: Matrix
    inliers: int
    matched: int


@dataclass(frozen=True, slots=True, eq=False)
class PageView:
    """A page prepared for matching.

    Attributes:
        picture: uint8 grey at about the resolution of the settings, flattened.
        features: points in pixels of the original page.
        scale: pixels of ``picture`` per pixel of the page.
        settings: the settings that it was prepared with.
    """

    picture: Image
    features: Features
    scale: float
    settings: MatchSettings = USUAL


class Library:
    """All installed forms, their blank pages prepared once.

    Args:
        forms: the templates to distinguish.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        threads.limit_to_one_thread()
        self.forms: dict[str, Form] = {form.id: form for form in forms}
        pages = [(form, page.number) for form in self.forms.values() for page in form.pages]
        with ThreadPoolExecutor(threads.page_threads()) as pool:
            self.sheets: tuple[BlankSheet, ...] = tuple(pool.map(_prepare_for_matching, pages))
        self._joined: dict[int, tuple[NDArray[np.float32], NDArray[np.int64]]] = {}

    def _descriptors(self, dpi: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The descriptors of all blanks in one matrix, and the first row of each blank; computed once."""
        if dpi not in self._joined:
            found = [sheet.features(dpi).descriptors for sheet in self.sheets]
            starts = np.concatenate([[0], np.cumsum([len(part) for part in found])]).astype(np.int64)
            self._joined[dpi] = np.concatenate([np.zeros((0, 128), np.float32), *found]), starts
        return self._joined[dpi]

    def sheet(self, form_id: str, page_no: int) -> BlankSheet:
        """Returns the prepared blank of one page; KeyError when it is not installed."""
        for sheet in self.sheets:
            if sheet.form.id == form_id and sheet.page_no == page_no:
                return sheet
        raise KeyError((form_id, page_no))

    def usual_length_mm(self) -> float:
        """Median of the longer sides of the installed sheets, mm."""
        return float(np.median([max(sheet.form.size_mm) for sheet in self.sheets])) if self.sheets else 297.0

    def short_list(self, view: PageView, form_id: str | None) -> list[BlankSheet]:
        """Returns the blanks that share most features with the page, best first."""
        features = view.features
        sheets = [i for i, s in enumerate(self.sheets) if form_id is None or s.form.id == form_id]
        if len(sheets) <= 1 or not len(features.descriptors):
            return [self.sheets[i] for i in sheets]
        blanks, starts = self._descriptors(view.settings.dpi)
        similar = features.descriptors[:_VOTERS] @ blanks.T
        best = np.stack([similar[:, starts[i] : starts[i + 1]].max(axis=1, initial=0.0) for i in sheets])
        top = best.max(axis=0)
        votes = ((best > top - _SAME_VOTE) & (top > 0.8)).sum(axis=1)
        order = np.argsort(-votes, kind="stable")
        wanted = [k for n, k in enumerate(order) if n < _SHORT_LIST or votes[k] > 0.7 * votes[order[0]]]
        return [self.sheets[sheets[k]] for k in wanted]


def _prepare_for_matching(page: tuple[Form, int]) -> BlankSheet:
    """Prepares a blank with the features that every page is first compared by."""
    sheet = prepare(*page)
    sheet.features(QUICK.dpi)
    return sheet


def prepare_view(
    page: Image, dpi: float | None, usual_length_mm: float, settings: MatchSettings = USUAL
) -> PageView:
    """Scales a page (uint8 grey) to feature resolution and finds its features.

    Args:
        page: uint8 grey [H, W].
        dpi: as stated in the file; ignored when no sheet could be that large or small.
        usual_length_mm: the longer side of the sheet to assume without ``dpi``.
        settings: resolution and number of features.
    """
    longest = max(page.shape)
    # Some files state a default such as 72 dpi for every scan.
    length_mm = longest / dpi * 25.4 if dpi else 0.0
    if not _SMALLEST_SHEET_MM <= length_mm <= _LARGEST_SHEET_MM:
        length_mm = usual_length_mm
    scale = min(settings.dpi / 25.4 * length_mm / longest, 2.0)
    if settings.worn:
        page = _thicken(page, longest / length_mm)
    picture = flatten(resize_by(page, scale), shrink=3)
    found = find_features(picture, settings.max_features)
    points = (found.points + np.float32(0.5)) / np.float32(scale) - np.float32(0.5)
    return PageView(picture, Features(points, found.descriptors, found.strength), scale, settings)


def _thicken(page: Image, per_mm: float) -> Image:
    """Joins print that a faint one-bit scan left as specks, which would disappear when the page is reduced."""
    side = max(3, round(_THICKEN_MM * per_mm)) | 1
    return np.asarray(cv2.erode(page, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.uint8)


def rough_fit(view: PageView, sheet: BlankSheet) -> RoughFit | None:
    """Estimates a homography from features shared by blank and page; None when no scan can have it.

    Args:
        view: the page.
        sheet: the blank.
    """
    features, known = view.features, sheet.features(view.settings.dpi)
    pairs = _mutual_matches(
        features.descriptors[: view.settings.max_features], known.descriptors, view.settings.ratio
    )
    if len(pairs) < 8:
        return None
    source = known.points[pairs[:, 1]].astype(np.float64)
    target = features.points[pairs[:, 0]].astype(np.float64)
    per_mm = _pixels_per_mm(target, source)
    # MAGSAC++ needs no exact inlier threshold, which differs between scans.
    found, mask = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, _AGREE_MM * per_mm, maxIters=2000, confidence=0.999
    )
    if found is None or mask is None or not plausible(found, sheet.form.size_mm):
        return None
    return RoughFit(sheet, np.asarray(found, np.float64), int(mask.sum()), len(pairs))


def _pixels_per_mm(target: NDArray[np.float64], source: NDArray[np.float64]) -> float:
    spread = np.median(np.abs(source - np.median(source, axis=0))) + 1e-6
    return float(np.clip(np.median(np.abs(target - np.median(target, axis=0))) / spread, 1.0, 30.0))


def _mutual_matches(page: NDArray[np.float32], blank: NDArray[np.float32], ratio: float) -> NDArray[np.int64]:
    """Pairs (page index, blank index) that are mutual nearest neighbours and clearly nearer than the second."""
    if len(page) < 2 or len(blank) < 2:
        return np.zeros((0, 2), np.int64)
    # Descriptors have unit length, so the dot product orders them as the distance does.
    similar = page @ blank.T
    best = similar.argmax(axis=1)
    rows = np.arange(len(page))
    top = similar[rows, best]
    # Largest in its column too; much faster than computing where the largest is.
    mutual = top == similar.max(axis=0)[best]
    similar[rows, best] = -1.0
    second = similar.max(axis=1)
    clear = (1.0 - top) < ratio**2 * (1.0 - second)
    keep = np.flatnonzero(mutual & clear)
    return np.column_stack([keep, best[keep]]).astype(np.int64)


def plausible(matrix: Matrix, size_mm: tuple[float, float]) -> bool:
    """Whether a scanner or a steady camera can have produced this fit: no mirroring, little shear and perspective."""
    width, height = size_mm
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64).reshape(-1, 1, 2)
    x = cv2.perspectiveTransform(corners, matrix).reshape(4, 2)
    if not np.isfinite(x).all():
        return False
    sides = np.roll(x, -1, axis=0) - x
    lengths = np.hypot(*sides.T) / np.array([width, height, width, height])
    if lengths.min() < 0.5 or lengths.max() > 1.25 * lengths.min():
        return False
    turns = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1] - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    along = (sides * np.roll(sides, -1, axis=0)).sum(axis=1)
    sines = along / (np.hypot(*sides.T) * np.hypot(*np.roll(sides, -1, axis=0).T))
    return bool((turns > 0).all() and np.abs(sines).max() < 0.12)
