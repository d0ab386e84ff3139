"""Barcodes: one code in the field is its value; none, or two that differ, are not read."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import zxingcpp

from extractors.base import reasons
from extractors.base.model import PX_PER_MM, Candidate, Image, PageImage, RegisteredPage
from extractors.values.barcode import read_barcode
from extractors.values.draft import Draft
from templates_forms.model import Box, Field, FieldType, Form

FIELD = Field("code", "code", FieldType.BARCODE, 1, Box(20, 30, 30, 20))


def code(text: str, module: int) -> Image:
    """A QR code whose modules are so many pixels wide."""
    made = zxingcpp.write_barcode(zxingcpp.BarcodeFormat.QRCode, text, quiet_zone=0)
    return np.kron(np.asarray(made, np.uint8), np.ones((module, module), np.uint8))


def read(
    *codes: tuple[str, float, float], scale: float = PX_PER_MM, module: int = 4, turned: bool = False
) -> Draft:
    """What is read on a white page with QR codes at (x, y) mm; ``scale`` in px per mm, perhaps upside down."""
    height, width = round(80 * scale), round(90 * scale)
    pixels = np.full((height, width), 255, np.uint8)
    for text, x, y in codes:
        drawn = code(text, module)
        top, left = round(y * scale), round(x * scale)
        pixels[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    matrix = np.diag([scale, scale, 1.0])
    if turned:
        pixels, matrix = pixels[::-1, ::-1], np.array([[-scale, 0, width], [0, -scale, height], [0, 0, 1.0]])
    return read_barcode(located(np.dstack([pixels] * 3), matrix), FIELD)


def located(pixels: Image, matrix: np.ndarray) -> RegisteredPage:
    none = np.zeros((1, 1), np.uint8)
    page = PageImage("a", 1, np.ascontiguousarray(pixels))
    return RegisteredPage(cast(Form, None), 1, page, matrix, 0, 0.0, 1.0, 0, none, none, none, none, 1.0, 0.0)


def test_the_code_in_the_field_is_its_value() -> None:
    found = read(("A-1", 25.0, 32.0), ("B-2", 70.0, 60.0))
    assert found == Draft(
        "A-1", (), (Candidate("A-1", 1.0, "barcode"),), (), {"product": 8.0, "written": 1.0}
    )


@pytest.mark.parametrize(("codes", "written"), [((), 0.0), ((("A", 22.0, 31.0), ("B", 38.0, 31.0)), 1.0)])
def test_none_or_two_are_not_read(codes: tuple[tuple[str, float, float], ...], written: float) -> None:
    found = read(*codes)
    assert found == Draft("", (reasons.BARCODE_UNREADABLE,), (), (), {"product": -8.0, "written": written})


def test_the_same_code_twice_is_one() -> None:
    assert read(("A", 22.0, 31.0), ("A", 38.0, 31.0)).value == "A"


@pytest.mark.parametrize(
    ("x", "y", "value"),
    [
        (16.5, 35.0, "A"), (45.0, 35.0, "A"), (30.0, 26.5, "A"), (30.0, 45.0, "A"),
        (12.0, 35.0, ""), (50.0, 35.0, ""), (30.0, 22.0, ""), (30.0, 50.0, ""),
    ],
)  # fmt: skip
def test_a_code_may_run_four_millimetres_out_of_its_field(x: float, y: float, value: str) -> None:
    side = code("A", 3).shape[0] / PX_PER_MM
    assert 7 < side < 9, "the places above suit this size in mm"
    assert read(("A", x, y), module=3).value == value


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 3.0, 6.0])
def test_pages_of_every_resolution_and_side_up(factor: float, turned: bool) -> None:
    module = max(2, round(4 * factor))
    assert (
        read(("受付-0001", 25.0, 32.0), scale=PX_PER_MM * factor, module=module, turned=turned).value
        == "受付-0001"
    )


def test_the_pixels_of_a_finer_page_are_used() -> None:
    fine = read(("A-1", 25.0, 32.0), scale=PX_PER_MM * 3, module=3)
    assert fine.value == "A-1", "one module is one pixel at the resolution of the sheet"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """The pictures that are handed to the decoder, which finds nothing in them."""
    pictures: list[Image] = []
    monkeypatch.setattr(zxingcpp, "read_barcodes", lambda picture: pictures.append(picture) or ())
    return pictures


@pytest.mark.parametrize(("factor", "crop"), [(0.5, 1), (1, 1), (2, 2), (3, 3), (4, 3)])
def test_the_field_is_decoded_at_one_and_two_times_its_size(
    decoded: list[Image], factor: float, crop: int
) -> None:
    scale = PX_PER_MM * factor
    page = np.zeros((round(80 * scale), round(90 * scale), 3), np.uint8)
    read_barcode(located(page, np.diag([scale, scale, 1.0])), FIELD)
    size = (round(28 * crop * PX_PER_MM), round(38 * crop * PX_PER_MM), 3)
    assert [picture.shape for picture in decoded] == [size, (size[0] * 2, size[1] * 2, 3)]


@pytest.mark.parametrize("factor", [1, 2])
def test_the_decoder_sees_the_field_four_millimetres_around_it_and_white_beyond_the_page(
    decoded: list[Image], factor: int
) -> None:
    scale = round(PX_PER_MM * factor)
    page = np.random.default_rng(5).integers(0, 255, (50 * scale, 50 * scale, 3), np.uint8)
    read_barcode(located(page, np.diag([scale, scale, 1.0])), FIELD)
    seen = np.full((28 * scale, 38 * scale, 3), 255, np.uint8)
    seen[: 24 * scale, : 34 * scale] = page[26 * scale :, 16 * scale :]
    assert np.array_equal(decoded[0], seen)


def test_a_code_of_tiny_modules_is_read_at_twice_its_size() -> None:
    assert read(("A-1", 25.0, 32.0), module=2).value == "A-1"
