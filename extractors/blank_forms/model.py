"""The data passed between the steps that read a blank form."""

from __future__ import annotations

from dataclasses import dataclass

from extractors.base.model import Image
from templates_forms.authoring.print.model import Print

WORK_DPI = 300
PX = WORK_DPI / 25.4
"""Pixels per mm of a straightened blank."""


@dataclass(frozen=True, slots=True, eq=False)
class StraightenedPage:
    """A straightened blank page.

    Attributes:
        grey: uint8 [h, w] at ``WORK_DPI``, paper 255, tints kept.
        clean: the same without tints and uneven light.
        size_mm: of the sheet.
        angle: degrees by which it was rotated.
        colour: uint8 BGR of the same, for finding seal ink; None for grey files.
    """

    grey: Image
    clean: Image
    size_mm: tuple[float, float]
    angle: float
    colour: Image | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BlankPage:
    """One page of an empty form: its print, and its picture for the template.

    Attributes:
        print: rules, letters, rings.
        picture: uint8 grey [h, w] at ``dpi``.
        dpi: 200 or more.
        mean_probability: of the letters that were read from pixels; None when they came from the file.
        colour: uint8 BGR of the straightened scan, for finding seals and coloured ink; None for drawings.
    """

    print: Print
    picture: Image
    dpi: int
    mean_probability: float | None = None
    colour: Image | None = None
