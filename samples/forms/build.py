"""Writes a drawn form as a template folder: ``form.yaml``, ``blank.pdf`` and the page pictures."""

from __future__ import annotations

from pathlib import Path

from pdf2image import convert_from_bytes
from PIL import Image

from samples.forms.kit import Entry, Kit, Sheet
from templates_forms.form_text import field_lines, flow
from templates_forms.loader import load_form
from templates_forms.model import Form

# The reader needs at least 200 dpi for the lines of the blank.
BLANK_DPI = 200
_SUPERSAMPLING = 3  # drawn this many times finer, then averaged: lines are not snapped to whole pixels
_GREYS = 16  # enough for the edges of print, and the file has a third of the size of 256 greys
_HEAD = (
    "# {title}（{title_en}）\n"
    "# Millimetres from the sheet's top left. Drawn by `python -m samples.forms`, so each box is where it is\n"
    "# printed. What every key means: templates_forms/README.md\n"
)


def build_template(kit: Kit, out: Path) -> Form:
    """Write ``out/<id>/`` and load it again, to verify that it is usable.

    Raises:
        templates_forms.errors.TemplateError: the drawing describes a form that violates the schema.
    """
    folder = out / kit.sheet.id
    folder.mkdir(parents=True, exist_ok=True)
    pdf = kit.paper.pdf()
    (folder / "blank.pdf").write_bytes(pdf)
    for number, picture in enumerate(render(pdf), start=1):
        picture.save(folder / f"page{number}.png", optimize=True, dpi=(BLANK_DPI, BLANK_DPI))
    # Last: a drawing that fails leaves no template that could be loaded.
    (folder / "form.yaml").write_text(_form_yaml(kit.sheet, kit.pages), encoding="utf-8")
    return load_form(folder)


def render(pdf: bytes, dpi: int = BLANK_DPI) -> list[Image.Image]:
    """Return the pages as grey pictures (mode L, 0 black to 255 white)."""
    pages = convert_from_bytes(pdf, dpi=dpi * _SUPERSAMPLING, grayscale=True)
    return [_few_greys(page.convert("L").reduce(_SUPERSAMPLING)) for page in pages]


def _few_greys(page: Image.Image) -> Image.Image:
    step = 255 / (_GREYS - 1)
    return page.point([round(round(value / step) * step) for value in range(256)])


def _form_yaml(sheet: Sheet, pages: list[list[Entry]]) -> str:
    """Return the text of ``form.yaml`` for a drawn form; its pages are named page1.png, page2.png, …"""
    lines = [_HEAD.format(title=sheet.title, title_en=sheet.title_en)]
    lines += [f"id: {sheet.id}", f"title: {flow({'ja': sheet.title, 'en': sheet.title_en})}"]
    lines += [f"edition: {flow(sheet.edition, quoted=True)}", f"size_mm: {flow(list(sheet.size_mm))}"]
    lines += [f"record_key: {flow(list(sheet.record_key))}", f"hand_minutes: {sheet.hand_minutes}"]
    lines += [f"hand_minutes_source: {flow(sheet.hand_minutes_source)}", "pages:"]
    for number, fields in enumerate(pages, start=1):
        lines += [f"  - blank: page{number}.png", "    fields:"]
        for entry in fields:
            lines += field_lines(entry)
    if sheet.rules:
        lines.append("rules:")
        lines += [f"  - {flow(rule)}" for rule in sheet.rules]
    return "\n".join(lines) + "\n"
