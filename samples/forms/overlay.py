"""Draws the boxes of a template over its blank pages, to check their positions by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from templates_forms.model import Box, Field, Form

_CELL, _BOX, _OPTION = (0, 110, 255), (255, 0, 0), (0, 160, 0)


def overlay(form: Form, out: Path) -> list[Path]:
    """Write ``<id>_<page>.png`` into ``out``: cells blue, boxes red, options green."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for page in form.pages:
        with Image.open(page.blank) as blank:
            picture = blank.convert("RGB")
        # px per mm; the width is enough, because a blank has the proportions of its sheet.
        scale = picture.width / form.size_mm[0]
        draw = ImageDraw.Draw(picture)
        for field in page.fields:
            for box, colour in _boxes(field):
                draw.rectangle(
                    [v * scale for v in (box.x, box.y, box.right, box.bottom)], outline=colour, width=2
                )
        written.append(out / f"{form.id}_{page.number}.png")
        picture.save(written[-1])
    return written


def _boxes(field: Field) -> Iterator[tuple[Box, tuple[int, int, int]]]:
    parts = [part for part in (field.year, field.month, field.day) if part]
    options = field.options + (field.era.options if field.era else ())
    if not options and not parts:
        yield field.box, _BOX
    for cell in field.cell_boxes() + tuple(cell for part in parts for cell in part.cell_boxes()):
        yield cell, _CELL
    for option in options:
        yield option.box, _OPTION
