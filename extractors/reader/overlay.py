"""Draws the result of reading over the sheet, for people: fields, character boxes, options, values and doubt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from extractors.base.model import PX_PER_MM, Decision, Image, Reading, RegisteredPage
from extractors.cutting.cell_layout import cell_layout
from templates_forms.model import Box, Field, Part

_FIELD = (40, 110, 220)
_CELL = (120, 180, 240)
_OPTION = (90, 160, 90)
_COLOURS = {
    Decision.ACCEPT: (20, 140, 60),
    Decision.VERIFY: (215, 120, 0),
    Decision.DOUBLE: (200, 30, 60),
    None: _FIELD,
}
# The first of these that is installed; values contain Japanese characters.
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
)
_TEXT_PX = 20


def draw(located: RegisteredPage, readings: Sequence[Reading] | None = None) -> Image:
    """Returns the sheet with its fields, and with the values above them when there are readings.

    Args:
        located: the registered page.
        readings: of this page; those of other pages are left out.

    Returns:
        uint8 BGR at ``SHEET_DPI``.
    """
    picture = Pil.fromarray(np.ascontiguousarray(located.sheet_color[:, :, ::-1]))
    pen = ImageDraw.Draw(picture)
    by_field = {r.field: r for r in readings or () if r.page == located.page_no}
    for field in located.template.fields:
        reading = by_field.get(field.name)
        colour = _COLOURS[reading.decision] if reading else _FIELD
        _draw_places(pen, located, field)
        pen.rectangle(_corners(field.box), outline=colour, width=3)
        if reading:
            _draw_value(pen, field.box, reading, colour)
    return np.ascontiguousarray(np.asarray(picture, np.uint8)[:, :, ::-1])


def _draw_places(pen: ImageDraw.ImageDraw, located: RegisteredPage, field: Field) -> None:
    places: list[Field | Part] = [part for part in (field.year, field.month, field.day) if part]
    for place in [field, *places]:
        if place.cells:
            for box in cell_layout(located, place.box, place.cells).boxes:
                pen.rectangle(_corners(box), outline=_CELL, width=1)
    options = [*field.options, *(field.era.options if field.era else ())]
    for option in options:
        pen.rectangle(_corners(option.box), outline=_OPTION, width=2)


def _draw_value(pen: ImageDraw.ImageDraw, box: Box, reading: Reading, colour: tuple[int, int, int]) -> None:
    left, top, _, _ = _corners(box)
    confidence = "" if reading.confidence is None else f" {reading.confidence:.3f}"
    text = (reading.value or "（空）") + confidence
    place = (left, top - _TEXT_PX - 4)
    pen.rectangle(pen.textbbox(place, text, font=_font()), fill=(255, 255, 255))
    pen.text(place, text, fill=colour, font=_font())


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x * PX_PER_MM, box.y * PX_PER_MM, box.right * PX_PER_MM, box.bottom * PX_PER_MM


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FONTS:
        if Path(path).is_file():
            return ImageFont.truetype(path, _TEXT_PX)
    return ImageFont.load_default(_TEXT_PX)
