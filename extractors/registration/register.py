"""Finds the form on a page and registers the page to it, or refuses with the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractors.base.errors import BlankPage, Unidentified, Unregistered
from extractors.base.ink import darkness, flatten, grey, paper_noise
from extractors.base.model import Image, Matrix, PageImage, RegisteredPage
from extractors.base.opencv import cv2
from extractors.registration import blank_agreement, refine
from extractors.registration.blank_sheet import PATCH_DPI, BlankSheet, resize_by, sheet_size
from extractors.registration.identify import (
    MATCH_ROUNDS,
    QUICK,
    USUAL,
    Library,
    PageView,
    RoughFit,
    prepare_view,
    rough_fit,
)
from extractors.registration.refine import Fit
from extractors.registration.scan_streaks import without_streaks
from templates_forms.model import Form

_FEWEST_FEATURES = 12
_RIVAL_SHARE = 0.3
_MOST_RIVALS = 3
# Evidence between two near-identical forms below this is too weak: the page is refused rather than guessed.
_LEAST_EVIDENCE = 0.15
_CLEARLY_BETTER = 0.12
_NEGATIVE_BELOW = 100  # grey levels of the middle pixel: paper is above even on poor scans
_NEAR_MM = 0.6  # patches closer than this were matched without distortion: no further round is needed


@dataclass(frozen=True, slots=True, eq=False)
class _Registration:
    """A page registered to one blank, with the data for comparing such registrations."""

    blank: BlankSheet
    fit: Fit
    sheet: Image
    clean: Image
    agreement: blank_agreement.BlankAgreement


def locate(page: PageImage, library: Library, form_id: str | None = None) -> RegisteredPage:
    """Identifies the form on a page and registers it, from printed structure only.

    A negative (white print on black) is recognised, and registered as its positive.

    Args:
        page: the picture.
        library: the installed forms.
        form_id: when a person has chosen the form, only that one is tried.

    Raises:
        BlankPage: nothing is printed on it.
        Unidentified: no form fits with certainty, or two fit alike.
        Unregistered: the form is known but its print is not where it should be.
    """
    plain = grey(page.pixels)
    _refuse_uniform(plain)
    try:
        return _locate(page, plain, library, form_id)
    except (Unidentified, Unregistered):
        # A dark picture may also be a sheet on a dark table, so this comes second.
        if float(np.median(plain[::4, ::4])) >= _NEGATIVE_BELOW:
            raise
        positive = replace(page, pixels=np.asarray(255 - page.pixels, np.uint8))
        try:
            return _locate(positive, grey(positive.pixels), library, form_id)
        except (BlankPage, Unidentified, Unregistered):
            pass
        raise


def is_mirrored(page: PageImage, library: Library) -> bool:
    """Whether the page shows an installed form the wrong way round, as the back of a film or a wrong setting does."""
    mirrored = replace(page, pixels=np.ascontiguousarray(page.pixels[:, ::-1]))
    try:
        locate(mirrored, library)
    except (BlankPage, Unidentified, Unregistered):
        return False
    return True


def _locate(page: PageImage, plain: Image, library: Library, form_id: str | None) -> RegisteredPage:
    registrations = _registrations(page, plain, library, form_id)
    best = registrations[0]
    suggestions = [
        (one.blank.form.id, one.blank.page_no, round(one.agreement.score, 3)) for one in registrations
    ]
    for rival in registrations[1:]:
        evidence = _evidence(best, rival)
        if abs(evidence) < _LEAST_EVIDENCE:
            raise Unidentified(suggestions)
        best = best if evidence > 0 else rival
    if not best.agreement.accepted(best.fit):
        other = best.agreement.other_edition(best.fit)
        if form_id is None:
            raise Unidentified(suggestions, edition_of=best.blank.form.id if other else None)
        residual = _finite(best.fit.residual_mm)
        raise Unregistered(best.blank.form.id, best.blank.page_no, best.agreement.score, residual, other)
    return _located(page, best)


def locate_by_corners(
    page: PageImage, form: Form, page_no: int, corners_px: NDArray[np.float64], library: Library | None = None
) -> RegisteredPage:
    """Registers a page whose corners a person has clicked; the printed patches still refine the fit.

    Args:
        page: the picture.
        form: the template.
        page_no: its page, from 1.
        corners_px: [4, 2], top-left, top-right, bottom-right, bottom-left of the upright sheet.
        library: avoids preparing the blank again when the form is installed there.

    Raises:
        Unregistered: the four points cannot be the corners of a sheet.
    """
    blank = (
        library.sheet(form.id, page_no)
        if library and form.id in library.forms
        else prepare_one(form, page_no)
    )
    width, height = form.size_mm
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = np.asarray(corners_px, np.float32).reshape(4, 2)
    area = float(cv2.contourArea(corners, oriented=True))
    # An area of 2% of the picture is far smaller than any sheet: then the clicks were wrong.
    if area < 0.02 * page.pixels.shape[0] * page.pixels.shape[1] or not cv2.isContourConvex(corners):
        raise Unregistered(form.id, page_no, 0.0, None)
    matrix = np.asarray(cv2.getPerspectiveTransform(source, corners), np.float64)
    plain = grey(page.pixels)
    registration = _refine_guess(plain, RoughFit(blank, matrix, 0, 0), reaches=(24, 12, 9, 9))
    if registration is not None and registration.agreement.accepted(registration.fit):
        return _located(page, registration)
    flat = refine.bend(_no_matches(), form.size_mm)[0]
    fit = Fit(matrix, flat, 0, len(blank.patches), float("inf"))
    return _located(page, _register(plain, blank, fit), weak=True)


def prepare_one(form: Form, page_no: int) -> BlankSheet:
    """Prepares the blank of a form that is in no library."""
    return Library([form]).sheet(form.id, page_no)


def _no_matches() -> refine.Matches:
    return refine.Matches(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), 1.0)


def _refuse_uniform(plain: Image) -> None:
    part = plain[::4, ::4]
    # Quantiles instead of minimum and maximum: a few specks do not make a blank page printed.
    shares = np.cumsum(np.bincount(part.ravel(), minlength=256)) / max(part.size, 1)
    low, high = (int(v) for v in np.searchsorted(shares, [0.002, 0.998]))
    if high < 60:
        raise Unidentified([], all_black=True)
    if high - low < 12:
        raise BlankPage


def _evidence(first: _Registration, second: _Registration) -> float:
    """Which of two fits is right: from 1, certainly the first, to -1, certainly the second."""
    gap = second.agreement.wording.different - first.agreement.wording.different
    if (
        first.agreement.wording.legible
        and second.agreement.wording.legible
        and abs(gap) > 2 * blank_agreement.MOST_OTHER_WORDS
    ):
        return 1.0 if gap > 0 else -1.0
    if abs(first.agreement.score - second.agreement.score) > _CLEARLY_BETTER:
        return 1.0 if first.agreement.score > second.agreement.score else -1.0
    # A wrong edition can be bent until it fits. The places at which the print differs are therefore compared in both
    # fits, and the fit that was bent less gets the higher weight.
    total, weight = 0.0, 0.0
    for registration in (first, second):
        evidence = blank_agreement.evidence_for(first.blank, second.blank, registration.clean)
        if evidence is not None:
            trust = 1.0 / (0.01 + registration.fit.strain_mm) ** 2
            total, weight = total + trust * evidence, weight + trust
    return total / weight if weight else 0.0


def _is_blank(view: PageView) -> bool:
    """Whether the inside of the page has hardly any dark ink; show-through from the back is light."""
    height, width = view.picture.shape
    inside = view.picture[height // 20 : -height // 20, width // 16 : -width // 16]
    dark = cv2.medianBlur(darkness(inside), 3)
    return float((dark > 64).mean()) < 0.0003


def _registrations(
    page: PageImage, plain: Image, library: Library, form_id: str | None
) -> list[_Registration]:
    """Registers the page to every blank that it may show, best first; tries more thorough settings if none fits.

    Raises:
        BlankPage, Unidentified, Unregistered: it cannot be registered to any.
    """
    rough_fits: list[RoughFit] = []
    for settings in MATCH_ROUNDS:
        view = prepare_view(plain, page.dpi, library.usual_length_mm(), settings)
        if not (found := _rough_fits(view, library, form_id)):
            if settings is USUAL and _is_blank(view):
                raise BlankPage
            continue
        rough_fits = found
        registrations = [one for rough in rough_fits if (one := _refine_guess(plain, rough)) is not None]
        if registrations and (
            settings is not QUICK or any(one.agreement.accepted(one.fit) for one in registrations)
        ):
            return sorted(registrations, key=lambda one: -one.agreement.score)
    raise _refusal(rough_fits)


def _rough_fits(view: PageView, library: Library, form_id: str | None) -> list[RoughFit]:
    """Rough fits worth refining, those with most agreeing features first."""
    sheets = library.short_list(view, form_id)
    found = [rough for sheet in sheets if (rough := rough_fit(view, sheet)) is not None]
    found = [rough for rough in found if rough.inliers >= _FEWEST_FEATURES]
    found.sort(key=lambda rough: -rough.inliers)
    return [g for g in found if g.inliers >= _RIVAL_SHARE * found[0].inliers][:_MOST_RIVALS]


def _refusal(rough_fits: list[RoughFit]) -> Unidentified | Unregistered:
    if len(rough_fits) == 1:
        return Unregistered(rough_fits[0].sheet.form.id, rough_fits[0].sheet.page_no, 0.0, None)
    return Unidentified([(g.sheet.form.id, g.sheet.page_no, 0.0) for g in rough_fits])


def _refine_guess(
    plain: Image, rough: RoughFit, reaches: tuple[int, ...] = (12, 9, 9)
) -> _Registration | None:
    """Refines a rough fit in a few rounds of patch matching; None when the print is not found."""
    blank, matrix = rough.sheet, rough.mm_to_px
    factor = min(1.0, 1.3 * (PATCH_DPI / 25.4) / refine.pixels_per_mm(matrix))
    page = flatten(resize_by(plain, factor), shrink=max(2, round(8 * factor)))
    for reach in reaches:
        small = refine.warp_small(page, refine.scaled_fit(matrix, factor), blank)
        matches = refine.match_patches(small, blank, reach)
        better = refine.improve(matrix, matches, 0.5)
        if better is None:
            return None
        matches = refine.rebased(matches, matrix, better)
        off = float(np.median(np.hypot(*matches.shifts_mm[matches.good].T))) if matches.good.any() else 9.0
        moved = _largest_shift_mm(matrix, better, blank.form.size_mm)
        matrix = better
        if moved < _NEAR_MM and off < _NEAR_MM:
            break
    nodes, inliers, residual = refine.bend(matches, blank.form.size_mm)
    return _register(plain, blank, Fit(matrix, nodes, inliers, len(blank.patches), residual))


def _largest_shift_mm(before: Matrix, after: Matrix, size_mm: tuple[float, float]) -> float:
    """Largest shift of the sheet's corners between two fits."""
    width, height = size_mm
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    back = refine.transform(refine.transform(corners, after), np.asarray(np.linalg.inv(before), np.float64))
    return float(np.hypot(*(back - corners).T).max())


def _register(plain: Image, blank: BlankSheet, fit: Fit) -> _Registration:
    sheet = refine.warp_sheet(plain, fit.mm_to_px, fit.bend, sheet_size(blank.form))
    clean = flatten(sheet)
    return _Registration(
        blank, fit, sheet, clean, blank_agreement.measure_agreement(blank, clean, fit.mm_to_px, plain.shape)
    )


def _located(page: PageImage, registration: _Registration, weak: bool = False) -> RegisteredPage:
    clean = without_streaks(registration.clean, registration.blank.picture, registration.blank.cache)
    return RegisteredPage(
        form=registration.blank.form,
        page_no=registration.blank.page_no,
        page=page,
        mm_to_px=registration.fit.mm_to_px,
        inliers=registration.fit.inliers,
        residual_mm=registration.fit.residual_mm,
        score=registration.agreement.score,
        rotation=_rotation(registration.fit.mm_to_px),
        sheet=registration.sheet,
        sheet_color=_color_sheet(page.pixels, registration),
        blank=registration.blank.picture,
        clean=clean,
        print_gain=registration.agreement.print_gain,
        noise=paper_noise(clean),
        weak=weak or registration.agreement.weak(registration.fit),
        cache=registration.blank.cache,
    )


def _color_sheet(pixels: Image, registration: _Registration) -> Image:
    """The colour page on the sheet; a page that is actually grey is not warped a second time."""
    sample = pixels[::8, ::8].astype(np.int16)
    if int(np.abs(sample - sample[:, :, 1:2]).max(initial=0)) < 6:
        return np.asarray(cv2.cvtColor(registration.sheet, cv2.COLOR_GRAY2BGR), np.uint8)
    return refine.warp_sheet(
        pixels, registration.fit.mm_to_px, registration.fit.bend, sheet_size(registration.blank.form)
    )


def _rotation(matrix: Matrix) -> int:
    """Quarter turns of the page, degrees clockwise, from the direction of the sheet's x axis."""
    angle = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
    return round(angle / 90) % 4 * 90


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
