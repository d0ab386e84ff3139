"""The plain data that flows through the reader: pages, registered sheets, cuts, and readings.

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

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]

SHEET_DPI = 200
PX_PER_MM = SHEET_DPI / 25.4


class Decision(StrEnum):
    """Who has to look at a reading: nobody, one person, two people who do not see each other."""

    ACCEPT = "accept"
    VERIFY = "verify"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as it came out of a file.

    Attributes:
        source: the file's name.
        index: the page's number inside the file, from 1.
        pixels: uint8 BGR [height, width, 3].
        dpi: what the file says of its resolution; None when it says nothing believable.
    """

    source: str
    index: int
    pixels: Image
    dpi: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A page laid over its template.

    Attributes:
        form: the template.
        page_no: the template's page, from 1.
        page: the picture as it came.
        mm_to_px: float64 [3, 3], takes sheet millimetres to pixels of ``page.pixels``.
        inliers: printed patches that agree with the fit.
        residual_mm: typical distance of those patches from the fit, after refinement.
        score: share of the blank's printed ink found on the page where it should be, 0 to 1.
        rotation: how the page lay in the file: 0, 90, 180 or 270 degrees clockwise from upright.
        sheet: uint8 grey, the page warped upright onto the sheet at ``SHEET_DPI``.
        sheet_color: uint8 BGR of the same size.
        blank: uint8 grey, the template's empty sheet at the same size.
        clean: uint8 grey of the same size, the sheet with paper brought to 255 and uneven light removed.
        print_gain: how dark this page shows print, against the blank's own print, about 0.2 to 1.2.
        noise: standard deviation of bare paper in ``clean``, grey levels.
        weak: true when the fit is good enough to read but not to trust blindly.
        memory: what has been worked out about this blank page, shared by all pages laid over it.
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
    memory: dict[Hashable, Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def template(self) -> PageTemplate:
        """The page template that the sheet was laid over."""
        return self.form.pages[self.page_no - 1]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value with its probability, and who says so."""

    value: str
    probability: float
    source: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine believes a field says.

    Attributes:
        field: the field's name.
        page: the template's page, from 1.
        value: in the normal form of the field's type; empty for nothing written.
        confidence: calibrated probability that ``value`` is right; None before calibration.
        decision: None before the decision step.
        reasons: reason codes to doubt it, e.g. ``readers_disagree``.
        candidates: best first.
        box: where it stands on the sheet, mm.
        weak: indexes of the doubtful characters in ``value``.
        cells: for each character of ``value`` the printed box that it stands in, from 0 over the whole row, -1 for
            none; empty where the value was not read box by box.
        features: named numbers that the calibrator looks at.
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
    """A row of printed character boxes, cut apart with its frame removed.

    Attributes:
        cells: one uint8 grey picture [h, w] per cell, dark ink on 255, about 48 to 64 px high.
        line: uint8 grey [h, w], the cells side by side at even pitch, no frame.
        empty: per cell, whether there is too little ink for a character.
        ink: per cell, share of its area that is ink, 0 to 1.
        ink_outside: share of the field's handwritten ink that lies outside every cell, 0 to 1.
        boxes: per cell, where it really is on the sheet, mm.
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
    """Free writing with the printed parts removed.

    Attributes:
        image: uint8 grey of the whole field, dark ink on 255.
        lines: the same split into written lines, top to bottom; empty when nothing is written.
        ink: share of the field's area that is handwritten ink, 0 to 1.
        struck_out: evidence that the writing was crossed out, 0 to 1.
        ink_outside: share of the field's ink that runs out of the box, 0 to 1.
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
    """How much handwritten ink an option has, as features for the mark decision.

    Attributes:
        value: the option's value; ``true`` for the box of a single check.
        label: the printed word.
        share: handwritten ink inside the box, as a share of its area.
        ring: share of angles around the word at which there is handwritten ink, 0 to 1.
        centre: handwritten ink in the middle half of the box, as a share of that area.
        fill: share of the box that is solidly filled.
        cancel: evidence that the mark was struck out again, 0 to 1.
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
