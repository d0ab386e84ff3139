"""Draws a separator sheet: A4, black on white."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

from pipelines.errors import PipelineError
from reports.charts import JAPANESE_FONTS

DPI = 300
A4_MM = (210.0, 297.0)
QR_MM = 62.0
MARGIN_MM = 18.0


def draw(text: str, title: str, batch: str, office: str) -> Image.Image:
    """The sheet as a picture.

    Args:
        text: of the QR code.
        title: the form's name as people know it.
        batch: the batch's name.
        office: whose sheet it is.
    """
    sheet = Image.new("L", (_px(A4_MM[0]), _px(A4_MM[1])), 255)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((_px(8), _px(8), _px(202), _px(289)), outline=0, width=_px(1.2))
    _write(pen, "区切り用紙", 22, 16)
    _write(pen, "Separator sheet", 40, 6)
    code = _code(text)
    # Twice, so that a fold or a stain over one of them does no harm.
    for top in (52.0, 297.0 - 24.0 - QR_MM):
        sheet.paste(code, (_px((A4_MM[0] - QR_MM) / 2), _px(top)))
    _write(pen, title or "帳票の指定なし", 128, 11)
    _write(pen, batch, 145, 14)
    _write(pen, "この用紙の後ろに、この束の申請書を重ねてスキャンしてください。", 170, 4.6)
    _write(pen, "何度でも使えます。折り目や汚れのないものを使ってください。", 179, 4.6)
    _write(pen, f"{office}　写し Utsushi", 280, 4)
    return sheet


def save(sheet: Image.Image, path: Path) -> None:
    """Writes the sheet as a PDF of one page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # One bit a pixel: a printer would render grey edges of a module as dots.
    sheet.point(lambda level: 255 if level > 127 else 0, mode="1").save(path, "PDF", resolution=DPI)


def _code(text: str) -> Image.Image:
    # Level H corrects up to 30% of the code.
    code = segno.make(text, error="h", boost_error=False)
    rows = [bytes(0 if module else 255 for module in row) for row in code.matrix]
    small = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    # Nearest: any other filter would blur the borders between the modules.
    return small.resize((_px(QR_MM), _px(QR_MM)), Image.Resampling.NEAREST)


def _write(pen: ImageDraw.ImageDraw, words: str, y_mm: float, height_mm: float) -> None:
    """One centred line, made smaller until it fits between the margins."""
    room = _px(A4_MM[0] - 2 * MARGIN_MM)
    size = height_mm
    while pen.textlength(words, _font(_px(size))) > room and size > 2.0:
        size *= 0.92
    width = pen.textlength(words, _font(_px(size)))
    pen.text(((_px(A4_MM[0]) - width) / 2, _px(y_mm)), words, fill=0, font=_font(_px(size)))


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    from matplotlib import font_manager

    for name in JAPANESE_FONTS:
        try:
            return ImageFont.truetype(font_manager.findfont(name, fallback_to_default=False), pixels)
        except (ValueError, OSError):
            continue
    raise PipelineError(
        "日本語フォントがありません。fonts-ipaexfont などを入れてください", "install a Japanese font"
    )


def _px(mm: float) -> int:
    return round(mm * DPI / 25.4)
