"""Draws marks that are not characters: rings, ticks, scribbles, double lines, seals, date stamps, barcodes."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from samples.writing import typefaces
from samples.writing.handwriting import Writer
from samples.writing.sheet import PX_MM, Colour, Mask, Sheet
from templates_forms.model import Box

VERMILION: Colour = (0.28, 0.2, 0.82)
STAMP_INK: Colour = (0.55, 0.2, 0.25)
TICKS = ("re", "check", "cross", "fill")


def _pen(sheet: Sheet, writer: Writer, points: NDArray[np.float32], taper: float = 0.2) -> None:
    style = writer.style
    sheet.line(points, style.pen_mm, style.colour, writer.rng, style.cover, taper)


def ring(sheet: Sheet, writer: Writer, box: Box) -> None:
    """Draw an uneven ring around a printed word: off-centre, not quite closed or overlapping."""
    rng, loose = writer.rng, 0.5 + 0.5 * writer.style.sloppiness
    start = rng.uniform(-2.6, -1.0)
    turn = 2 * np.pi + rng.uniform(-0.45, 0.5)
    along = np.linspace(0, 1, 60)
    angle = start - turn * along if rng.random() < 0.7 else start + turn * along
    wave = 1 + 0.05 * loose * np.sin(angle * 2 + rng.uniform(0, 6)) + 0.07 * loose * (along - 0.5)
    wide = box.width / 2 * rng.uniform(0.88, 1.12)
    high = box.height / 2 * rng.uniform(0.82, 1.08)
    x = box.x + box.width / 2 + rng.normal(0, 0.45 * loose) + wide * wave * np.cos(angle)
    y = box.y + box.height / 2 + rng.normal(0, 0.4 * loose) + high * wave * np.sin(angle)
    _pen(sheet, writer, np.stack([x, y], axis=1).astype(np.float32), 0.1)


def tick(sheet: Sheet, writer: Writer, box: Box, kind: str) -> None:
    """Draw a tick in a box: ``re`` レ, ``check`` ✓, ``cross`` × or ``fill``; it may extend beyond the box."""
    rng = writer.rng
    if kind == "fill":
        scribble(sheet, writer, box)
        return
    shapes = {
        "re": [[(0.15, 0.0), (0.22, 0.55), (0.28, 0.95), (0.55, 0.6), (1.15, -0.2)]],
        "check": [[(0.05, 0.5), (0.25, 0.75), (0.36, 0.95), (0.6, 0.45), (1.2, -0.25)]],
        "cross": [[(0.05, 0.05), (0.95, 0.95)], [(0.95, 0.02), (0.05, 0.98)]],
    }
    shift = rng.normal(0, 0.08, 2)
    scale = rng.uniform(0.85, 1.2)
    for shape in shapes[kind]:
        points = np.array(shape) + rng.normal(0, 0.05, (len(shape), 2))
        points = (points - 0.5) * scale + 0.5 + shift
        place = points * [box.width, box.height] + [box.x, box.y]
        _pen(sheet, writer, place.astype(np.float32), 0.3)


def scribble(sheet: Sheet, writer: Writer, box: Box) -> None:
    """Fill a box with a zigzag of the pen."""
    rng, pen = writer.rng, writer.style.pen_mm
    rows = max(4, int(box.height / (pen * 0.8)))
    ys = np.linspace(box.y + 0.12 * box.height, box.bottom - 0.12 * box.height, rows)
    sides = np.where(np.arange(rows) % 2 == 0, 0.14, 0.86) + rng.normal(0, 0.05, rows)
    points = np.stack([box.x + box.width * sides, ys + rng.normal(0, 0.1, rows)], axis=1)
    _pen(sheet, writer, points.astype(np.float32), 0.0)


def strike(sheet: Sheet, writer: Writer, box: Box) -> None:
    """Draw a double line through wrong writing."""
    rng = writer.rng
    tilt = rng.normal(0, 0.02) * box.width
    beyond = min(0.8, 0.12 * box.width)
    for offset in (-0.55, 0.55):
        y = box.y + box.height / 2 + offset + rng.normal(0, 0.1)
        xs = np.linspace(box.x - rng.uniform(0, beyond), box.right + rng.uniform(0, beyond), 5)
        ys = y + np.linspace(-tilt, tilt, 5) + rng.normal(0, 0.08, 5)
        _pen(sheet, writer, np.stack([xs, ys], axis=1).astype(np.float32), 0.1)


def seal(
    sheet: Sheet, words: str, centre: tuple[float, float], diameter: float, rng: np.random.Generator
) -> None:
    """Draw a round red seal with a family name, with uneven pressure and slightly rotated.

    Args:
        sheet: the paper.
        words: the family name.
        centre: in mm.
        diameter: in mm; a 訂正印 is about 6, a seal 10.5.
        rng: decides pressure and angle.
    """
    mask = _rotated(_seal_face(words, round(diameter * PX_MM)), float(rng.normal(0, 9)))
    pressed = mask * _pressure(mask.shape, rng)
    half = mask.shape[0] / 2
    sheet.ink(
        pressed, centre[0] * PX_MM - half, centre[1] * PX_MM - half, VERMILION, float(rng.uniform(0.7, 1))
    )


def _seal_face(words: str, diameter: int) -> Mask:
    side = diameter + 8
    face = np.zeros((side, side), np.uint8)
    cv2.circle(face, (side // 2, side // 2), diameter // 2 - 1, (255,), max(2, diameter // 24), cv2.LINE_AA)
    # A seal has room for three characters, one below the other.
    rows = words[:3]
    step = diameter * 0.8 / max(len(rows), 2)
    canvas = face.astype(np.float32) / np.float32(255)
    for number, char in enumerate(rows):
        letter = typefaces.render_print(char, max(8, int(step * 1.02)), typefaces.SEAL)
        y = side / 2 + (number - (len(rows) - 1) / 2) * step - letter.shape[0] / 2
        x = side / 2 - letter.shape[1] / 2
        _draw_over(canvas, letter, round(x), round(y))
    return canvas


def _draw_over(canvas: Mask, mask: Mask, x: int, y: int) -> None:
    height, width = canvas.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    if x0 < x1 and y0 < y1:
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, mask[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


def _rotated(mask: Mask, degrees: float) -> Mask:
    middle = (mask.shape[1] / 2, mask.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 1)
    return np.asarray(cv2.warpAffine(mask, turn, (mask.shape[1], mask.shape[0])), np.float32)


def _pressure(shape: tuple[int, ...], rng: np.random.Generator) -> Mask:
    """Return uneven ink: large patches with little ink, and small specks."""
    coarse = rng.uniform(0.45, 1.15, (4, 4)).astype(np.float32)
    patches = np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
    specks = rng.normal(1, 0.18, shape).astype(np.float32)
    return np.clip(patches * specks, 0, 1)


def received_stamp(sheet: Sheet, day: date, centre: tuple[float, float], rng: np.random.Generator) -> None:
    """Draw the office's round date stamp 受付."""
    side = round(23 * PX_MM)
    face = np.zeros((side, side), np.uint8)
    middle, radius = side // 2, side // 2 - 4
    cv2.circle(face, (middle, middle), radius, (255,), 4, cv2.LINE_AA)
    for y in (-0.26, 0.26):
        half = int(radius * np.sqrt(1 - (y * 1.15) ** 2))
        row = int(middle + y * radius * 1.15)
        cv2.line(face, (middle - half, row), (middle + half, row), (255,), 3, cv2.LINE_AA)
    canvas = face.astype(np.float32) / np.float32(255)
    # 令和1年 is 2019.
    words = (("受付", -0.62), (f"{day.year - 2018}.{day.month}.{day.day}", 0.0), ("若葉市", 0.62))
    for text, y in words:
        letter = typefaces.render_print(text, 40 if y else 46)
        _draw_over(
            canvas, letter, middle - letter.shape[1] // 2, int(middle + y * radius - letter.shape[0] / 2)
        )
    mask = _rotated(canvas, float(rng.normal(0, 6)))
    mask = mask * _pressure(mask.shape, rng)
    sheet.ink(mask, centre[0] * PX_MM - middle, centre[1] * PX_MM - middle, STAMP_INK, 0.85)


def barcode(sheet: Sheet, text: str, box: Box) -> None:
    """Print a barcode that fills a box: QR when the box is about square, else Code 128."""
    square = box.width < 1.6 * box.height
    kind = zxingcpp.BarcodeFormat.QRCode if square else zxingcpp.BarcodeFormat.Code128
    picture = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=8, add_quiet_zones=False))
    width, height = round(box.width * PX_MM * 0.92), round(box.height * PX_MM * 0.92)
    if square:
        width = height = min(width, height)
    # Every other interpolation makes the edges of the bars grey.
    mask = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
    x = (box.x + box.width / 2) * PX_MM - width / 2
    y = (box.y + box.height / 2) * PX_MM - height / 2
    sheet.ink(np.float32(1) - np.asarray(mask, np.float32) / np.float32(255), x, y, (0.1, 0.1, 0.1))
