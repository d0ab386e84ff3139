"""The plain data of reading: pages, registered sheets, cuts and readings.

Pictures are ``uint8`` arrays: colour ones are BGR ``[height, width, 3]``, grey ones ``[height, width]``
with 255 for paper and dark values for ink. Lengths on the sheet are millimetres from its top left corner.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from templates_forms.model import Box, Form, PageTemplate

# BGR is OpenCV's channel order; converting to RGB and back would copy every page.
Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]

# Finer scans are reduced to this, coarser ones enlarged: all later lengths in pixels assume it.
SHEET_DPI = 200
PX_PER_MM = SHEET_DPI / 25.4


class Decision(StrEnum):
    """Who must check a reading: nobody, one person, or two people who do not see each other's answers."""

    ACCEPT = "accept"
    VERIFY = "verify"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as decoded from a file.

    Attributes:
        source: the file's name.
        index: the page's number inside the file, from 1.
        pixels: uint8 BGR [height, width, 3].
        dpi: resolution stated in the file; None when it is missing or not plausible.
    """

    source: str
    index: int
    pixels: Image
    dpi: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPage:
    """A page registered to its template.

    Attributes:
        form: the template.
        page_no: the template's page, from 1.
        page: the page as decoded.
        mm_to_px: float64 [3, 3], maps sheet millimetres to pixels of ``page.pixels``.
        inliers: printed patches that agree with the fit.
        residual_mm: typical distance of those patches from the fit, after refinement.
        score: share of the blank's printed ink found on the page at its expected position, 0 to 1.
        rotation: orientation of the page in the file: 0, 90, 180 or 270 degrees clockwise from upright.
        sheet: uint8 grey, the page warped upright onto the sheet at ``SHEET_DPI``.
        sheet_color: uint8 BGR of the same size.
        blank: uint8 grey, the template's empty sheet at the same size.
        clean: uint8 grey of the same size, the sheet with paper at 255 and uneven light removed.
        print_gain: darkness of this page's print relative to the blank's print, about 0.2 to 1.2.
        noise: standard deviation of bare paper in ``clean``, grey levels.
        weak: true when the fit is good enough to read but not to accept readings unseen.
        cache: values computed once for this blank page, shared by all pages registered to it.
    """

    form: Form
    page_no: int
    page: PageImage
    mm_to_px: Matrix
    inliers: int
    residual_mm: float
    score: float
    rotation: int
    sheet: Image
    sheet_color: Image
    blank: Image
    clean: Image
    print_gain: float
    noise: float
    weak: bool = False
    cache: dict[Hashable, Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def template(self) -> PageTemplate:
        """The page template that the sheet was registered to."""
        return self.form.pages[self.page_no - 1]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value with its probability and its source."""

    value: str
    probability: float
    source: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of one field.

    Attributes:
        field: the field's name.
        page: the template's page, from 1.
        value: in the normal form of the field's type; empty when nothing is written.
        confidence: calibrated probability that ``value`` is right; None before calibration.
        decision: None before the decision step.
        reasons: reason codes to doubt the value, e.g. ``readers_disagree``.
        candidates: best first.
        box: position on the sheet, mm.
        weak: indexes of the doubtful characters in ``value``.
        cells: for each character of ``value`` the index of its printed box, from 0 over the whole row, -1 for
            none; empty where the value was not read box by box.
        features: named numbers for the calibrator.
    """

    field: str
    page: int
    value: str
    confidence: float | None
    decision: Decision | None
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    box: Box
    weak: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()
    features: dict[str, float] = dataclasses.field(default_factory=dict, hash=False)

    def with_reasons(self, *reasons: str) -> Reading:
        """A copy with these reason codes added, each at most once and in a stable order."""
        return replace(self, reasons=tuple(dict.fromkeys((*self.reasons, *reasons))))

    def changed(self, **changes: Any) -> Reading:
        """A copy with some attributes replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, eq=False)
class CellCut:
    """A row of printed character boxes, cut apart, with the frame removed.

    Attributes:
        cells: one uint8 grey picture [h, w] per cell, dark ink on 255, about 48 to 64 px high.
        line: uint8 grey [h, w], the cells side by side at even pitch, no frame.
        empty: per cell, whether there is too little ink for a character.
        ink: per cell, share of its area that is ink, 0 to 1.
        ink_outside: share of the field's handwritten ink that lies outside every cell, 0 to 1.
        boxes: per cell, its actual position on the sheet, mm.
        cell_pitch_px: width of one cell in ``line``.
        struck_out: evidence that the writing was crossed out, 0 to 1.
        contrast: ink darkness against the paper, 0 (faint) to 1 (black).
    """

    cells: tuple[Image, ...]
    line: Image
    empty: tuple[bool, ...]
    ink: tuple[float, ...]
    ink_outside: float
    boxes: tuple[Box, ...]
    cell_pitch_px: float
    struck_out: float
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class FreeCut:
    """Free writing with the printed form removed.

    Attributes:
        image: uint8 grey of the whole field, dark ink on 255.
        lines: the same split into written lines, top to bottom; empty when nothing is written.
        ink: share of the field's area that is handwritten ink, 0 to 1.
        struck_out: evidence that the writing was crossed out, 0 to 1.
        ink_outside: share of the field's ink outside the box, 0 to 1.
        contrast: ink darkness against the paper, 0 (faint) to 1 (black).
    """

    image: Image
    lines: tuple[Image, ...]
    ink: float
    struck_out: float
    ink_outside: float
    contrast: float


@dataclass(frozen=True, slots=True)
class OptionInk:
    """Handwritten ink of one option, as features for the mark decision.

    Attributes:
        value: the option's value; ``true`` for the box of a single check.
        label: the printed word.
        share: handwritten ink inside the box, as a share of its area.
        ring: share of directions around the word in which there is handwritten ink, 0 to 1.
        centre: handwritten ink in the middle half of the box, as a share of that area.
        fill: share of the box that is filled solidly.
        cancel: evidence that the mark was cancelled, 0 to 1.
        box: the option's box on the sheet, mm.
    """

    value: str
    label: str
    share: float
    ring: float
    centre: float
    fill: float
    cancel: float
    box: Box
