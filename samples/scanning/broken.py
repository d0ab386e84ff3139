"""Writes files that must be rejected with a clear message: truncated, locked, empty, mislabelled, not a form."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject

from samples.forms import foreign
from samples.forms.build import build_template
from samples.scanning import packing, scanner
from samples.scanning.document import Order, Picture, make_document
from samples.scanning.faults import Faults
from samples.writing import lettering
from samples.writing.handwriting import Sources, writer
from samples.writing.sheet import PX_MM, Sheet
from templates_forms.model import Form

PASSWORD = "wakaba2026"
"""Opens ``password.pdf``."""

_LETTER = (
    "拝啓　初夏の候、皆様にはますますご清祥のことと",
    "お慶び申し上げます。",
    "先日お送りいただいた給付金の申請書ですが、書き方が",
    "分からないところがあります。",
    "世帯の人数は、単身赴任中の夫も入れるのでしょうか。",
    "お手数ですが、お電話をいただければ幸いです。",
    "よろしくお願いいたします。　　　　　　　　　　敬具",
)


def write_broken(folder: Path, whole: Form, sources: Sources, twin: Path) -> None:
    """Write the broken and unknown files.

    Args:
        folder: the target folder; the copy goes into its sub-folder ``duplicate/``.
        whole: a one-page form for the truncated and locked files.
        sources: stroke and digit files.
        twin: a good file; ``duplicate/`` gets the same bytes under another name.
    """
    good = make_document(whole, Order(whole.id, 990_001, "light"), sources, dpi=150)
    pdf = packing.pdf_bytes(good.pictures)
    # The cross-reference table of a PDF is at its end, so a truncated file has none.
    packing.write(folder / "cut_off.pdf", pdf[: len(pdf) * 3 // 5])
    packing.write(folder / "password.pdf", _locked(pdf))
    text = "これは PDF ではありません。\r\n拡張子だけを .pdf に変えたテキストファイルです。\r\n"
    packing.write(folder / "text_named.pdf", text.encode("cp932"))
    packing.write(folder / "zero_bytes.pdf", b"")
    packing.write(folder / "letter.pdf", packing.pdf_bytes([letter(sources)]))
    packing.write(folder / "photo.jpg", packing.jpeg_bytes(photo()))
    packing.write(folder / "foreign_form.pdf", packing.pdf_bytes(foreign_form(sources)))
    packing.write(folder / "duplicate" / f"copy_{twin.name}", twin.read_bytes())


class _SameIdentifiers(PdfWriter):
    """Writes the same identifiers every time, because pypdf chooses them at random."""

    def generate_file_identifiers(self) -> None:
        same = ByteStringObject(b"sample-password.")
        self._ID = ArrayObject((same, same))


def _locked(pdf: bytes) -> bytes:
    pages = _SameIdentifiers()
    pages.append(PdfReader(io.BytesIO(pdf)))
    # RC4 needs no random salt, so the file is the same every time.
    pages.encrypt(PASSWORD, algorithm="RC4-128")
    target = io.BytesIO()
    pages.write(target)
    return target.getvalue()


def letter(sources: Sources) -> Picture:
    """Return a handwritten letter on white paper, which is not a form."""
    sheet = Sheet(np.full((round(297 * PX_MM), round(210 * PX_MM), 3), 253, np.uint8))
    hand = writer(990_002, sources)
    for number, line in enumerate(_LETTER):
        row = lettering.Row(line, 24.0, 45.0 + number * 14, 7.2, 6.6)
        lettering.write_row(sheet, hand, row)
    faults = Faults(skew=0.7, blur=1.0, noise=2, quality=45, dpi=150)
    return Picture(scanner.scan(sheet, faults, np.random.default_rng(990_002)), faults, 1)


def photo() -> Picture:
    """Return a picture of a landscape, as if scanned by mistake: hills, a sun, a house."""
    chance = np.random.default_rng(990_003)
    height, width = 1240, 1754
    sky = np.linspace(250, 190, height)[:, None, None] * np.ones((1, width, 1)) * np.array([1.0, 0.9, 0.78])
    pixels = np.asarray(sky, np.uint8).copy()
    cv2.circle(pixels, (1350, 260), 95, (150, 225, 250), -1, cv2.LINE_AA)
    for number, colour in enumerate(((170, 165, 130), (110, 140, 100), (60, 110, 70))):
        xs = np.arange(0, width + 40, 40)
        ys = (
            620
            + 190 * number
            + 70 * np.sin(xs / (260 + 70 * number) + number * 2)
            + chance.normal(0, 6, len(xs))
        )
        hill = np.stack([np.append(xs, [width, 0]), np.append(ys, [height, height])], axis=1)
        cv2.fillPoly(pixels, [hill.astype(np.int32)], colour, cv2.LINE_AA)
    cv2.rectangle(pixels, (420, 800), (680, 1000), (200, 215, 230), -1)
    cv2.fillPoly(
        pixels, [np.array([[390, 800], [550, 680], [710, 800]], np.int32)], (60, 70, 150), cv2.LINE_AA
    )
    cv2.rectangle(pixels, (520, 880), (590, 1000), (70, 90, 110), -1)
    soft = cv2.GaussianBlur(pixels, (0, 0), 3).astype(np.float32) + chance.normal(0, 4, (height, width, 1))
    faults = Faults(quality=40, dpi=150, colour=True)
    return Picture(np.clip(soft, 0, 255).astype(np.uint8), faults, 1)


def foreign_form(sources: Sources) -> tuple[Picture, ...]:
    """Return a filled form of the same city without a template."""
    # It must not stay among the templates: it stands for a form that nobody knows.
    with tempfile.TemporaryDirectory() as place:
        form = build_template(foreign.draw(), Path(place))
        order = Order(form.id, 990_004, "light", slip_rate=0, faults={"quality": 45})
        made = make_document(form, order, sources, dpi=150)
    return tuple(replace(picture) for picture in made.pictures)
