"""A small test form with narrow boxes, and a simulated pen whose ink is known exactly."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from extractors.base.model import PageImage, RegisteredPage
from extractors.registration.identify import Library
from extractors.registration.register import locate
from templates_forms.loader import load_form, load_library

PX = 200 / 25.4
TEMPLATES = Path(__file__).parents[2] / "templates_forms"
# One font by its file name, wherever it is installed (`./run setup` installs it): what a test draws, and so what it
# measures, must not change with the fonts that a machine has besides.
_FONT = "ipaexg.ttf"
YAML = """
id: narrow
title: 狭い枠の帳票
edition: "1"
size_mm: [210, 297]
record_key: [solid]
pages:
  - blank: page1.png
    fields:
      - {name: solid, type: digits, box: [40, 60, 28, 5], cells: 8}
      - {name: dotted, type: digits, box: [40, 80, 35, 5], cells: 10}
      - {name: grouped, type: postal_code, box: [40, 100, 40, 5], cells: [3, 4]}
      - {name: free, type: text, box: [40, 120, 100, 12]}
      - {name: sex, type: choice, mark: circle, options: [
          {value: m, label: 男, box: [45, 145, 8, 6]}, {value: f, label: 女, box: [65, 145, 8, 6]}]}
      - {name: agree, type: check, box: [45, 165, 4, 4]}
"""


def font(size: int) -> ImageFont.FreeTypeFont:
    """The Japanese font the tests draw with."""
    return ImageFont.truetype(_FONT, size)


def mm(*values: float) -> tuple[int, ...]:
    """Millimetres to pixels of a 200 dpi sheet."""
    return tuple(round(v * PX) for v in values)


def narrow_form(folder: Path) -> Library:
    """Draws the form and loads it: solid and dotted dividers, groups that stand apart, marks."""
    picture = Image.new("L", (1654, 2339), 255)
    pen = ImageDraw.Draw(picture)
    pen.text(mm(60, 20), "狭い枠の検査用申請書", fill=0, font=font(46))
    for row, text in enumerate(
        ("申請者の情報を記入してください", "黒のボールペンを使うこと", "記入例は裏面にあります")
    ):
        pen.text(mm(20, 35 + 6 * row), text, fill=0, font=font(24))
    pen.rectangle((*mm(15, 55), *mm(195, 175)), outline=0, width=3)
    for y in (75, 95, 115, 135, 155):
        pen.line((*mm(15, y), *mm(195, y)), fill=0, width=2)
    for y, text in (
        (60, "番号"),
        (80, "口座"),
        (100, "郵便番号"),
        (120, "氏名"),
        (145, "性別"),
        (165, "同意"),
    ):
        pen.text(mm(18, y), text, fill=0, font=font(30))
    _boxes(pen, 40, 60, 3.5, 8, 0)
    _boxes(pen, 40, 80, 3.5, 10, 5)
    _boxes(pen, 40, 100, 5, 3, 0)
    _boxes(pen, 60, 100, 5, 4, 0)
    pen.line((*mm(56.5, 102.5), *mm(58.5, 102.5)), fill=0, width=3)
    pen.text(mm(47, 146), "男", fill=0, font=font(30))
    pen.text(mm(67, 146), "女", fill=0, font=font(30))
    pen.rectangle((*mm(45, 165), *mm(49, 169)), outline=0, width=2)
    for row in range(10):
        pen.text(
            mm(20, 190 + 8 * row),
            f"注意事項{row + 1}　提出の前に記入漏れがないか確かめてください",
            fill=0,
            font=font(26),
        )
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / "page1.png", dpi=(200, 200))
    (folder / "form.yaml").write_text(YAML, encoding="utf-8")
    return Library([load_form(folder)])


def _boxes(pen: ImageDraw.ImageDraw, x: float, y: float, pitch: float, count: int, dots: int) -> None:
    pen.rectangle((*mm(x, y), *mm(x + pitch * count, y + 5)), outline=0, width=3)
    for index in range(1, count):
        column, top = mm(x + pitch * index, y)
        bottom = mm(y + 5)[0]
        if dots:
            for start in range(top, bottom, dots):
                pen.line((column, start, column, min(start + dots // 2, bottom)), fill=60, width=2)
        else:
            pen.line((column, top, column, bottom), fill=0, width=2)


class Pen:
    """Writes on a layer of its own, so that a test knows which ink is handwriting."""

    def __init__(self) -> None:
        self.ink = np.zeros((2339, 1654), np.uint8)

    def text(self, words: str, x: float, y: float, size: int = 34, thick: int = 1) -> Pen:
        """Writes words with the top left corner of their ink at x, y mm."""
        layer = Image.new("L", (1654, 2339), 0)
        ImageDraw.Draw(layer).text(
            mm(x, y), words, fill=255, font=font(size), stroke_width=thick // 2, anchor="lt"
        )
        self.ink = np.maximum(self.ink, np.asarray(layer))
        return self

    def stroke(self, *points: tuple[float, float], width: int = 4) -> Pen:
        """Draws a line through points in mm."""
        cv2.polylines(self.ink, [np.array([mm(*p) for p in points])], False, 255, width, cv2.LINE_AA)
        return self

    def ring(self, x: float, y: float, across: float, down: float, start: int = 0, stop: int = 360) -> Pen:
        """Draws a ring with half axes in mm."""
        cv2.ellipse(self.ink, mm(x, y), mm(across, down), 0, start, stop, 255, 4, cv2.LINE_AA)
        return self

    def on(self, library: Library, darkness: float = 0.8) -> np.ndarray:
        """The filled sheet, BGR."""
        paper = library.sheets[0].picture.astype(np.float32) * (1 - darkness * self.ink / 255.0)
        return cv2.cvtColor(paper.astype(np.uint8), cv2.COLOR_GRAY2BGR)


def laid(library: Library, picture: np.ndarray, dpi: float | None = 200.0) -> RegisteredPage:
    """Locates a picture."""
    return locate(PageImage("test.png", 1, picture, dpi), library)


def sample_library() -> Library:
    """The project's own three forms."""
    return Library(load_library(TEMPLATES).values())
