"""The ruled lines of a template's blank page, for an editor in which boxes snap to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.base.ink import flatten, grey
from extractors.base.opencv import cv2
from extractors.blank_forms.model import PX, StraightenedPage
from extractors.blank_forms.pixels.dividers import find_dividers
from extractors.blank_forms.pixels.ruled_lines import find_lines
from extractors.files.decode import open_pages
from templates_forms.authoring.print.faces import find_faces
from templates_forms.authoring.print.model import Ruling
from templates_forms.model import Box


def page_lines(picture: Path, size_mm: tuple[float, float]) -> tuple[Ruling, ...]:
    """Returns lines, sides of tick boxes and the dividers of character boxes, mm.

    Args:
        picture: a straightened blank, as templates contain it.
        size_mm: of the sheet.

    Raises:
        UnreadableFile: the picture cannot be opened.
    """
    page = next(iter(open_pages(picture)))
    size = (round(size_mm[0] * PX), round(size_mm[1] * PX))
    plain = np.asarray(cv2.resize(grey(page.pixels), size, interpolation=cv2.INTER_CUBIC), np.uint8)
    straight = StraightenedPage(plain, flatten(plain, shrink=12), size_mm, 0.0)
    lines = find_lines(straight)
    dividers = find_dividers(straight.clean, find_faces(lines.rulings, size_mm))
    return (*lines.rulings, *dividers, *_sides(lines.squares))


def _sides(squares: Sequence[Box]) -> list[Ruling]:
    sides: list[Ruling] = []
    for box in squares:
        sides += [Ruling(True, y, box.x, box.right) for y in (box.y, box.bottom)]
        sides += [Ruling(False, x, box.y, box.bottom) for x in (box.x, box.right)]
    return sides
