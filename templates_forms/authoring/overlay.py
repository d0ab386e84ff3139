"""Draws a template over the empty page: every field coloured by its kind, with its name and type."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from templates_forms.model import DIGIT_TYPES, Box, Field, FieldType, Form

Colour = tuple[int, int, int]
_CELL: Colour = (0, 110, 220)
_OPTION: Colour = (0, 140, 60)
_COLOURS: dict[str, Colour] = {
    "digits": (0, 90, 200),
    "text": (200, 30, 30),
    "kana": (170, 0, 150),
    "mark": (0, 130, 50),
    "date": (200, 100, 0),
    "seal": (140, 80, 40),
}
_FONTS = ("NotoSansCJK-Regular.ttc", "ipaexg.ttf", "ipag.ttf")
_LABEL_PX = 15
_WASH = 36


def draw_overlay(form: Form, page_no: int) -> Image.Image:
    """Return the blank page in RGB with its fields drawn over it."""
    page = form.pages[page_no - 1]
    with Image.open(page.blank) as blank:
        picture = blank.convert("RGB")
    scale = picture.width / form.size_mm[0]
    wash = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(wash)
    for field in page.fields:
        colour = _colour(field)
        for box, line in _boxes(field, colour):
            edges = [v * scale for v in (box.x, box.y, box.right, box.bottom)]
            draw.rectangle(edges, outline=(*line, 255), width=2, fill=(*line, _WASH))
    picture = Image.alpha_composite(picture.convert("RGBA"), wash).convert("RGB")
    _names(picture, page.fields, scale)
    return picture


def _names(picture: Image.Image, fields: tuple[Field, ...], scale: float) -> None:
    draw = ImageDraw.Draw(picture, "RGBA")
    font = _font()
    for field in fields:
        cells = f" {'-'.join(map(str, field.cells))}" if field.cells else ""
        words = f"{field.label}: {field.name} [{field.type.value}{cells}]{' *' if field.required else ''}"
        x, y = field.box.x * scale, field.box.y * scale - _LABEL_PX - 3
        width = draw.textlength(words, font=font)
        x = max(2.0, min(x, picture.width - width - 4))
        draw.rectangle((x - 2, y, x + width + 2, y + _LABEL_PX + 3), fill=(255, 255, 255, 215))
        draw.text((x, y), words, font=font, fill=_colour(field))


def _boxes(field: Field, colour: Colour) -> Iterator[tuple[Box, Colour]]:
    parts = [part for part in (field.year, field.month, field.day) if part]
    options = field.options + (field.era.options if field.era else ())
    if not options and not parts:
        yield field.box, colour
    for part in parts:
        yield part.box, colour
    for cell in field.cell_boxes() + tuple(cell for part in parts for cell in part.cell_boxes()):
        yield cell, _CELL
    for option in options:
        yield option.box, _OPTION


def _colour(field: Field) -> Colour:
    if field.type in DIGIT_TYPES:
        return _COLOURS["digits"]
    if field.type in (FieldType.CHECK, FieldType.CHOICE, FieldType.MULTI_CHOICE):
        return _COLOURS["mark"]
    return _COLOURS.get(field.type.value, _COLOURS["text"])


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font with Japanese characters; Pillow's own, without them, when the machine has none."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, _LABEL_PX)
        except OSError:
            continue
    found = shutil.which("fc-match")
    if found:
        answer = subprocess.run(
            [found, "-f", "%{file}", ":lang=ja"], capture_output=True, text=True, check=False
        )
        if Path(answer.stdout.strip()).is_file():
            return ImageFont.truetype(answer.stdout.strip(), _LABEL_PX)
    return ImageFont.load_default()
