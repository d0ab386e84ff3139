"""Draws filled-in sheets for the screens: values in a handwriting-like font on the blank page of a form."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageFont

from templates_forms.model import Box, Field, FieldType, Form
from templates_forms.values import ERAS, to_wareki

DPI = 200
SCALE = DPI / 25.4
INK = (38, 44, 92)
_FONT = "ipaexg.ttf"  # one font (`./run setup` installs it), so that a sheet is the same on every machine


def sheet(form: Form, page: int, values: dict[str, str], seed: int = 0) -> bytes:
    """JPEG of one filled-in page, upright on the sheet at 200 dpi."""
    template = form.pages[page - 1]
    size = (round(form.size_mm[0] * SCALE), round(form.size_mm[1] * SCALE))
    with Image.open(template.blank) as blank:
        picture = blank.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    pen, chance = ImageDraw.Draw(picture), Random(seed)
    for field in template.fields:
        _write(pen, field, values.get(field.name, ""), chance)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _font(height_px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, max(8, round(height_px)))


def _write(pen: ImageDraw.ImageDraw, field: Field, value: str, chance: Random) -> None:
    if not value:
        return
    if field.type is FieldType.DATE:
        _date(pen, field, value, chance)
    elif field.options:
        for option in field.options:
            if option.value in value.split("|"):
                _ring(pen, option.box)
    elif field.type in {FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE}:
        if value == "true":
            _ring(pen, field.box, (170, 40, 40) if field.type is FieldType.SEAL else INK)
    elif field.cells:
        _cells(pen, field.cell_boxes(), value.replace("　", " "), chance)
    else:
        _line(pen, field.box, value)


def _date(pen: ImageDraw.ImageDraw, field: Field, value: str, chance: Random) -> None:
    wareki = to_wareki(value) or ""
    era = next((era for era in ERAS if wareki.startswith(era.name)), None)
    year, month, day = (int(part) for part in value.split("-"))
    if field.era and era:
        for option in field.era.options:
            if option.value == era.letter:
                _ring(pen, option.box)
        year = year - era.first.year + 1
    for part, number in ((field.year, year), (field.month, month), (field.day, day)):
        if part is not None:
            text = str(number)
            boxes = part.cell_boxes()
            _cells(pen, boxes, text.rjust(len(boxes)), chance) if boxes else _line(pen, part.box, text)


def _cells(pen: ImageDraw.ImageDraw, boxes: tuple[Box, ...], text: str, chance: Random) -> None:
    for box, character in zip(boxes, text, strict=False):
        font = _font(min(box.height, box.width * 1.3) * SCALE * chance.uniform(0.78, 0.92))
        x = (box.x + box.width / 2) * SCALE + chance.uniform(-3, 3)
        y = (box.y + box.height / 2) * SCALE + chance.uniform(-2, 2)
        pen.text((x, y), character, fill=INK, font=font, anchor="mm")


def _line(pen: ImageDraw.ImageDraw, box: Box, text: str) -> None:
    height = min(box.height * 0.75, 8.0) * SCALE
    font = _font(height)
    while font.getlength(text) > (box.width - 2) * SCALE and height > 14:
        height *= 0.9
        font = _font(height)
    pen.text(
        ((box.x + 1.5) * SCALE, (box.y + box.height / 2) * SCALE), text, fill=INK, font=font, anchor="lm"
    )


def _ring(pen: ImageDraw.ImageDraw, box: Box, ink: tuple[int, int, int] = INK) -> None:
    around = (box.x * SCALE - 4, box.y * SCALE - 4, box.right * SCALE + 4, box.bottom * SCALE + 4)
    pen.ellipse(around, outline=ink, width=4)
