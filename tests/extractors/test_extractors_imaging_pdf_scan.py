"""A PDF page that is one JPEG is decoded directly; poppler draws any other page."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pypdf
import pytest
from PIL import Image, ImageDraw
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject, NumberObject, RectangleObject

from extractors.base.errors import UnreadableFile
from extractors.files import pdf as decode_pdf
from extractors.files.decode import open_pages
from extractors.files.limits import Limits
from extractors.files.pdf_scan import EmbeddedScans
from tests.extractors.effort import cpu_seconds

SIZE = (1654, 2339)
Change = Callable[[pypdf.PageObject, pypdf.PdfWriter], None]


def scan(word: str = "12345", mode: str = "L", **options: object) -> bytes:
    """An A4 page at 200 dpi as JPEG."""
    page = Image.new(mode, SIZE, "white")
    ImageDraw.Draw(page).text((300, 400), word, fill=0, font_size=90)
    store = io.BytesIO()
    page.save(store, "JPEG", quality=85, **options)
    return store.getvalue()


def pdf(path: Path, jpegs: list[bytes], change: Change | None = None, colors: str = "/DeviceGray") -> Path:
    """A PDF as scanners write it, one JPEG a page; ``change`` spoils the last one's page."""
    writer = pypdf.PdfWriter()
    for jpeg in jpegs:
        page = writer.add_blank_page(595.44, 842.04)
        picture = DecodedStreamObject()
        picture.set_data(jpeg)
        for key, value in {"/Type": "/XObject", "/Subtype": "/Image", "/Filter": "/DCTDecode"}.items():
            picture[NameObject(key)] = NameObject(value)
        for key, number in {"/Width": SIZE[0], "/Height": SIZE[1], "/BitsPerComponent": 8}.items():
            picture[NameObject(key)] = NumberObject(number)
        picture[NameObject("/ColorSpace")] = NameObject(colors)
        pictures = pypdf.generic.DictionaryObject({NameObject("/Im0"): writer._add_object(picture)})
        page[NameObject("/Resources")] = pypdf.generic.DictionaryObject({NameObject("/XObject"): pictures})
        draws(page, writer, b"q 595.44 0 0 842.04 0 0 cm /Im0 Do Q")
    if change is not None:
        change(page, writer)
    writer.write(path)
    return path


def draws(page: pypdf.PageObject, writer: pypdf.PdfWriter, content: bytes, packed: bool = False) -> None:
    stream = DecodedStreamObject()
    stream.set_data(zlib.compress(content) if packed else content)
    if packed:
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(stream)


def picture_of(page: pypdf.PageObject) -> pypdf.generic.StreamObject:
    return page["/Resources"]["/XObject"]["/Im0"].get_object()  # type: ignore[index,no-any-return]


@pytest.mark.parametrize(("mode", "colors"), [("L", "/DeviceGray"), ("RGB", "/DeviceRGB")])
def test_a_bare_scan_is_its_own_jpeg_to_the_last_pixel(
    tmp_path: Path, mode: str, colors: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jpegs = [scan(word, mode) for word in ("first", "second")]
    monkeypatch.setattr(decode_pdf, "_draw_pages", lambda *_: pytest.fail("drawn, though it is a bare scan"))
    found = list(open_pages(pdf(tmp_path / "scan.pdf", jpegs, colors=colors)))
    assert [(p.index, p.dpi) for p in found] == [(1, 200.0), (2, 200.0)]
    for page, jpeg in zip(found, jpegs, strict=True):
        own = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert np.array_equal(page.pixels, own)


def turned(page: pypdf.PageObject, _: pypdf.PdfWriter) -> None:
    page.rotate(90)


def cropped(page: pypdf.PageObject, _: pypdf.PdfWriter) -> None:
    page.cropbox = RectangleObject((0, 0, 400, 600))


def annotated(page: pypdf.PageObject, writer: pypdf.PdfWriter) -> None:
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(pypdf.generic.DictionaryObject())])


def smaller(page: pypdf.PageObject, writer: pypdf.PdfWriter) -> None:
    draws(page, writer, b"q 500 0 0 800 40 20 cm /Im0 Do Q")


def flipped(page: pypdf.PageObject, writer: pypdf.PdfWriter) -> None:
    draws(page, writer, b"q 595.44 0 0 -842.04 0 842.04 cm /Im0 Do Q")


def overdrawn(page: pypdf.PageObject, writer: pypdf.PdfWriter) -> None:
    draws(page, writer, b"q 595.44 0 0 842.04 0 0 cm /Im0 Do Q 1 0 0 rg 100 100 50 50 re f")


def inverted(page: pypdf.PageObject, _: pypdf.PdfWriter) -> None:
    picture_of(page)[NameObject("/Decode")] = ArrayObject([NumberObject(1), NumberObject(0)])


def lying(page: pypdf.PageObject, _: pypdf.PdfWriter) -> None:
    picture_of(page)[NameObject("/Width")] = NumberObject(SIZE[0] - 4)


@pytest.mark.parametrize(
    "change",
    [turned, cropped, annotated, smaller, flipped, overdrawn, inverted, lying],
    ids=lambda c: c.__name__,
)
def test_a_page_that_is_more_than_its_scan_is_drawn(tmp_path: Path, change: Change) -> None:
    path = pdf(tmp_path / "more.pdf", [scan("first"), scan("second")], change)
    with EmbeddedScans(path) as scans:
        assert scans.jpeg(1, 200) == scan("first")
        assert scans.jpeg(2, 200) is None
    assert [page.index for page in open_pages(path)] == [1, 2]


@pytest.mark.parametrize(
    "jpeg",
    [scan()[:-20], scan(mode="CMYK"), scan(progressive=True), b"\xff\xd8 no picture \xff\xd9"],
    ids=["cut off", "four colours", "progressive", "nonsense"],
)
def test_only_a_whole_plain_jpeg_is_taken(tmp_path: Path, jpeg: bytes) -> None:
    with EmbeddedScans(pdf(tmp_path / "odd.pdf", [jpeg])) as scans:
        assert scans.jpeg(1, 200) is None


def test_bare_and_drawn_pages_keep_their_order(tmp_path: Path) -> None:
    first = pdf(tmp_path / "first.pdf", [scan("first"), scan("second")], overdrawn)
    writer = pypdf.PdfWriter(clone_from=first)
    writer.append(pdf(tmp_path / "second.pdf", [scan("third")]))
    writer.write(tmp_path / "both.pdf")
    found = list(open_pages(tmp_path / "both.pdf"))
    assert [page.index for page in found] == [1, 2, 3]
    red = [bool((page.pixels[..., 2].astype(int) - page.pixels[..., 0] > 100).any()) for page in found]
    assert red == [False, True, False]


def test_hostile_content_is_left_alone_at_once(tmp_path: Path) -> None:
    def bomb(page: pypdf.PageObject, writer: pypdf.PdfWriter) -> None:
        draws(page, writer, b" " * 300_000_000, packed=True)

    path = pdf(tmp_path / "bomb.pdf", [scan()], bomb)
    start = cpu_seconds()
    with EmbeddedScans(path) as scans:
        assert scans.jpeg(1, 200) is None
    assert cpu_seconds() - start < 1


def test_many_slow_pages_are_limited_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "slow.pdf", [scan()] * 6, overdrawn)
    real = decode_pdf._read_ppm

    def slow(*arguments: object) -> object:
        time.sleep(0.7)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(decode_pdf, "_read_ppm", slow)
    monkeypatch.setattr(EmbeddedScans, "jpeg", lambda *_: None)
    assert len(list(open_pages(path, Limits(seconds=5.0, average_seconds=5.0)))) == 6
    with pytest.raises(UnreadableFile, match="時間"):
        list(open_pages(path, Limits(seconds=3.0, average_seconds=0.0)))


def test_a_jpeg_too_small_for_its_pixels_is_damaged(tmp_path: Path) -> None:
    white = Image.new("L", SIZE, "white")
    white.save(tmp_path / "white.jpg", quality=30, optimize=True)
    assert len(list(open_pages(tmp_path / "white.jpg"))) == 1
    hollow = scan()
    (tmp_path / "hollow.jpg").write_bytes(hollow[: hollow.index(b"\xff\xda") + 20] + b"\xff\xd9")
    with pytest.raises(UnreadableFile) as caught:
        list(open_pages(tmp_path / "hollow.jpg"))
    assert caught.value.code == "damaged"
