"""Files of every kind are opened, and the errors of bad ones are distinct and understandable for a clerk."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pypdf
import pytest
from PIL import Image

from extractors.base.errors import UnreadableFile
from extractors.files import archive
from extractors.files.decode import Limits, kind_of, open_pages
from tests.extractors import drawing
from tests.extractors.effort import cpu_seconds


def picture() -> Image.Image:
    """A recognisable page: dark at the top left, light elsewhere."""
    pixels = np.full((600, 400), 240, np.uint8)
    pixels[20:120, 20:120] = 15
    return Image.fromarray(pixels)


def pages(path: Path, limits: Limits | None = None) -> list:
    return list(open_pages(path, limits))


def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableFile) as caught:
        pages(path, limits)
    assert path.name in caught.value.ja
    assert caught.value.ja in str(caught.value)
    return caught.value.code


def is_upright(pixels: np.ndarray) -> bool:
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    dark, light = pixels[40:100, 40:100].mean(), pixels[200:, 200:].mean()
    return dark < 60 and light > 200


PICTURES = Path(__file__).with_name("pictures")
DEEP = np.asarray(picture(), np.uint16) * 257
KINDS = {
    "group4.tif": lambda path: picture().convert("1").save(path, compression="group4", dpi=(200, 200)),
    "lzw.tif": lambda path: picture().save(path, compression="tiff_lzw"),
    "jpeg_in.tif": lambda path: picture().convert("RGB").save(path, compression="jpeg"),
    "deep.tif": lambda path: Image.fromarray(DEEP).save(path),
    "deep.png": lambda path: Image.fromarray(DEEP).save(path),
    "palette.png": lambda path: picture().convert("P").save(path),
    "one_bit.png": lambda path: picture().convert("1").save(path),
    "cmyk.tif": lambda path: picture().convert("CMYK").save(path),
    "cmyk.jpg": lambda path: picture().convert("CMYK").save(path),
    "palette.tif": lambda path: picture().convert("P").save(path),
    "clear_palette.png": lambda path: picture().convert("P").save(path, transparency=240),
    "deep_colour.png": lambda path: cv2.imwrite(str(path), cv2.cvtColor(DEEP, cv2.COLOR_GRAY2BGR)),
    "black_is_zero.tif": lambda path: picture().convert("1").save(path, tiffinfo={262: 1}),
    "clear.png": lambda path: picture().convert("RGBA").save(path),
    "grey.jpg": lambda path: picture().save(path, dpi=(200, 200)),
    "strips.tif": lambda path: picture().save(path, compression="tiff_lzw", tiffinfo={278: 16}),
    "windows.bmp": lambda path: picture().save(path),
    "one_bit.bmp": lambda path: picture().convert("1").save(path),
    "sharp.webp": lambda path: picture().convert("RGB").save(path, lossless=True),
    "clear.webp": lambda path: picture().convert("RGBA").save(path),
    "palette.gif": lambda path: picture().convert("P").save(path),
    "archive.jp2": lambda path: picture().save(path),
    "colour.jp2": lambda path: picture().convert("RGB").save(path, irreversible=True, quality_layers=[40]),
    "stream.j2k": lambda path: picture().save(path),
    "telephone.heic": lambda path: shutil.copy(PICTURES / "upright.heic", path),
    "telephone_turned.heic": lambda path: shutil.copy(PICTURES / "turned.heic", path),
    "named_wrongly.jpg": lambda path: shutil.copy(PICTURES / "upright.heic", path),
    "float.tif": lambda path: Image.fromarray(np.asarray(picture(), np.float32) / 255).save(path),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_is_opened_with_its_ink_in_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    KINDS[name](path)
    (page,) = pages(path)
    assert is_upright(page.pixels)
    assert page.index == 1


def test_tiff_pages_stream_in_order_with_their_resolution(tmp_path: Path) -> None:
    sheets = [Image.new("L", (300, 400), shade) for shade in (250, 180, 90)]
    sheets[0].save(tmp_path / "a.tif", save_all=True, append_images=sheets[1:], dpi=(300, 300))
    found = pages(tmp_path / "a.tif")
    assert [round(p.pixels.mean()) for p in found] == [250, 180, 90]
    assert [p.index for p in found] == [1, 2, 3]
    assert found[0].dpi == pytest.approx(300)


UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", UNDO)
def test_exif_rotation_is_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture().transpose(UNDO[orientation]).save(tmp_path / "turned.jpg", exif=exif)
    assert is_upright(pages(tmp_path / "turned.jpg")[0].pixels)


@pytest.mark.parametrize("rows", [None, 64], ids=["one strip", "strips"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg", "group4"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_every_orientation_of_a_tiff_comes_out_upright(
    tmp_path: Path, mode: str, compression: str | None, rows: int | None
) -> None:
    if (compression, mode) in {("group4", "L"), ("group4", "RGB"), ("jpeg", "1")}:
        pytest.skip("no such TIFF")
    for orientation in range(1, 9):
        tags = {0x0112: orientation, **({278: rows} if rows else {})}
        turned = picture().transpose(UNDO[orientation]) if orientation > 1 else picture()
        turned.convert(mode).save(tmp_path / "a.tif", compression=compression, tiffinfo=tags)
        (page,) = pages(tmp_path / "a.tif")
        assert page.pixels.shape[:2] == (600, 400) and is_upright(page.pixels), orientation


def test_each_frame_of_a_picture_is_a_page(tmp_path: Path) -> None:
    shades = [Image.new("RGB", (300, 400), (shade,) * 3) for shade in (250, 90)]
    for name in ("two.webp", "two.gif"):
        shades[0].save(tmp_path / name, save_all=True, append_images=shades[1:], lossless=True)
        assert [round(p.pixels.mean()) for p in pages(tmp_path / name)] == pytest.approx([250, 90], abs=4)


def test_fax_with_half_the_lines_gets_square_pixels(tmp_path: Path) -> None:
    picture().resize((400, 300)).convert("1").save(tmp_path / "fax.tif", compression="group4", dpi=(204, 102))
    (page,) = pages(tmp_path / "fax.tif")
    assert page.pixels.shape[:2] == (600, 400)
    assert page.dpi == pytest.approx(204, abs=1)


def test_a_pdf_scan_is_drawn_at_its_own_resolution(tmp_path: Path) -> None:
    scan = Image.fromarray(np.full((3508, 2480), 230, np.uint8))
    scan.save(tmp_path / "scan.pdf", resolution=300)
    (page,) = pages(tmp_path / "scan.pdf")
    assert page.pixels.shape[:2] == (3508, 2480)
    assert page.dpi == 300


def test_pdf_pages_of_a_form_come_in_order() -> None:
    found = pages(drawing.TEMPLATES / "hoiku_moshikomi" / "blank.pdf")
    assert [p.index for p in found] == [1, 2]
    assert found[0].pixels.shape[:2] == (2339, 1654)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def locked_pdf() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt("secret", algorithm="RC4-128")
    store = io.BytesIO()
    writer.write(store)
    return store.getvalue()


def test_broken_files_are_distinguished(tmp_path: Path) -> None:
    whole = (drawing.TEMPLATES / "kyufukin_shinsei" / "blank.pdf").read_bytes()
    store = io.BytesIO()
    picture().save(store, "JPEG")
    jpeg = store.getvalue()
    cases = {
        "empty.pdf": (b"", "empty_file"),
        "words.pdf": ("これは文章です".encode(), "not_a_pdf"),
        "half.pdf": (whole[: len(whole) // 2], "cut_off"),
        "locked.pdf": (locked_pdf(), "password"),
        "nonsense.pdf": (b"%PDF-1.7\nnonsense\n%%EOF\n", "damaged"),
        "half.jpg": (jpeg[: len(jpeg) // 2], "damaged"),
        "words.docx": (b"hello", "unsupported_type"),
        "endless.jpg": (jpeg[:-2] + b"\xff\xda" * 200 + b"\xff\xd9", "damaged"),
    }
    for name, (data, code) in cases.items():
        assert code_of(write(tmp_path / name, data)) == code, name


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_impossible_sizes_are_refused_at_once(tmp_path: Path) -> None:
    start = cpu_seconds()
    Image.new("1", (1, 1)).save(tmp_path / "dot.png")
    Image.new("1", (20000, 20000)).save(tmp_path / "wide.png")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(14400, 14400)
    writer.write(tmp_path / "poster.pdf")
    bomb = write(tmp_path / "bomb.png", png_header(60000, 60000))
    assert code_of(tmp_path / "dot.png") == "too_small"
    assert code_of(tmp_path / "wide.png") == "too_large"
    assert code_of(tmp_path / "poster.pdf") == "too_large"
    assert code_of(bomb) == "too_large"
    assert cpu_seconds() - start < 20


def bare_tiff(width: int, height: int, following: int = 0) -> bytes:
    """A TIFF whose header claims a size; ``following`` is where its next page is said to be."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: 100}
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = b"II*\0" + struct.pack("<I", 108) + b"\0" * 100
    return head + struct.pack("<H", len(tags)) + fields + struct.pack("<I", following)


def test_pictures_that_claim_more_than_they_hold_are_refused_at_once(tmp_path: Path) -> None:
    store = io.BytesIO()
    picture().save(store, "JPEG")
    jpeg = bytearray(store.getvalue())
    size = jpeg.index(b"\xff\xc0") + 5
    jpeg[size : size + 4] = struct.pack(">HH", 65500, 65500)
    cases = {
        "bomb.jpg": (bytes(jpeg), "too_large"),
        "bomb.tif": (bare_tiff(60000, 60000), "too_large"),
        "short.tif": (bare_tiff(2000, 3000), "damaged"),
        "circle.tif": (bare_tiff(300, 20, following=108), "too_small"),
        "words.png": (png_with_words(), "damaged"),
    }
    start = cpu_seconds()
    for name, (data, code) in cases.items():
        assert code_of(write(tmp_path / name, data)) == code, name
    assert cpu_seconds() - start < 10


def png_with_words() -> bytes:
    """A small PNG whose comment unpacks to 100 MB."""
    store = io.BytesIO()
    picture().save(store, "PNG")
    data = b"note\0\0" + zlib.compress(bytes(100_000_000), 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return store.getvalue()[:33] + chunk + store.getvalue()[33:]


def test_the_largest_clear_picture_is_opened_in_bounded_memory(tmp_path: Path) -> None:
    Image.new("RGBA", (7000, 7000), (0, 0, 0, 0)).save(tmp_path / "clear.png", compress_level=1)
    script = (
        "import re, sys; from pathlib import Path; from extractors.files.decode import open_pages\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "before = peak()\n"
        "(page,) = open_pages(Path(sys.argv[1]))\n"
        "assert page.pixels.min() == 255 and max(page.pixels.shape) == 5200\n"
        "print(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "clear.png")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) / 1024 < 700  # 187 MiB of pixels; three whole copies more would be over 900


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these numbered objects, the first of them its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        count, table, count, len(out)
    )  # fmt: skip


def packed(data: bytes, more: bytes = b"") -> bytes:
    """A PDF stream object."""
    small = zlib.compress(data, 9)
    return b"<</Length %d/Filter/FlateDecode%b>>stream\n%b\nendstream" % (len(small), more, small)


CATALOGUE, PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
GROUP = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]"


def laughs(depth: int) -> list[bytes]:
    """Groups that each draw the next one ten times."""
    inner = [
        packed(b"/X Do " * 10, GROUP + b"/Resources<</XObject<</X %d 0 R>>>>" % (6 + level))
        for level in range(depth)
    ]
    return [*inner, packed(b"0 0 m 100 100 l S", GROUP)]


def test_hostile_pdfs_are_refused_with_their_reason(tmp_path: Path) -> None:
    huge = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceGray"
    cases = {
        "picture_bomb.pdf": (
            pdf_of(
                CATALOGUE, PAGES, PAGE, packed(b"595 0 0 842 0 0 cm /X Do"), packed(bytes(9_000_000), huge)
            ),
            "too_large",
        ),
        "pages_in_a_circle.pdf": (pdf_of(CATALOGUE, b"<</Type/Pages/Kids[2 0 R]/Count 1000000>>"), "damaged"),
        "no_such_pages.pdf": (pdf_of(CATALOGUE, b"<</Type/Pages/Kids[]/Count 99999999>>"), "damaged"),
        "laughs.pdf": (pdf_of(CATALOGUE, PAGES, PAGE, packed(b"/X Do"), *laughs(9)), "timeout"),
    }
    start = cpu_seconds()
    for name, (data, code) in cases.items():
        assert code_of(write(tmp_path / name, data), Limits(seconds=2)) == code, name
    assert cpu_seconds() - start < 20


def test_a_pdf_that_draws_itself_or_runs_a_script_is_only_drawn(tmp_path: Path) -> None:
    itself = packed(b"/X Do", GROUP + b"/Resources<</XObject<</X 5 0 R>>>>")
    script = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
    path = write(tmp_path / "a.pdf", pdf_of(script, PAGES, PAGE, packed(b"/X Do 0 0 595 421 re f"), itself))
    (page,) = pages(path, Limits(seconds=10))
    assert page.pixels[:1000].min() > 200
    assert page.pixels[1300:].max() < 50


def test_large_pages_are_made_smaller_and_say_so(tmp_path: Path) -> None:
    picture().resize((1600, 2400)).save(tmp_path / "large.png", dpi=(600, 600))
    (page,) = pages(tmp_path / "large.png", Limits(kept_side=1200))
    assert page.pixels.shape[:2] == (1200, 800)
    assert page.dpi == pytest.approx(300, rel=0.01)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    sheets = [Image.new("1", (300, 300), 1)] * 4
    sheets[0].save(tmp_path / "many.tif", save_all=True, append_images=sheets[1:])
    assert code_of(tmp_path / "many.tif", Limits(pages=3)) == "too_many_pages"


def test_kind_is_read_from_the_contents(tmp_path: Path) -> None:
    picture().save(tmp_path / "really.pdf", "PNG")
    assert kind_of(tmp_path / "really.pdf") == "png"
    assert len(pages(tmp_path / "really.pdf")) == 1


def zipped(path: Path, files: dict[str, bytes], flag: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return path


def test_zip_members_keep_japanese_names_and_lose_their_paths(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"二枚目.pdf": b"2"}).read_bytes()
    path = zipped(
        tmp_path / "a.zip",
        {
            "../../etc/申請.pdf": b"1",
            "束/inner.zip": inner,
            "__MACOSX/._申請.pdf": b"x",
            "束/.DS_Store": b"x",
        },
    )
    found = list(archive.members(path))
    assert [(m.name, m.data) for m in found] == [("申請.pdf", b"1"), ("二枚目.pdf", b"2")]


def test_zip_names_written_by_windows_are_read_as_cp932(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"XXXXXXXX.pdf": b"1"})
    data = path.read_bytes().replace(b"XXXXXXXX", "給付申請".encode("cp932"))
    path.write_bytes(data)
    assert [m.name for m in archive.members(path)] == ["給付申請.pdf"]


def test_zip_bombs_and_broken_zips_are_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.tif": b"\0" * 40_000_000})
    many = zipped(tmp_path / "many.zip", {f"{n}.pdf": b"" for n in range(12)})
    deep = zipped(tmp_path / "0.zip", {"a.pdf": b"1"})
    for level in (1, 2):
        deep = zipped(tmp_path / f"{level}.zip", {f"{level - 1}.zip": deep.read_bytes()})
    half = write(tmp_path / "half.zip", many.read_bytes()[:200])
    tight = archive.ArchiveLimits(members=10, ratio=100)
    cases = {bomb: "too_large", many: "too_many_files", deep: "nested_too_deep", half: "damaged"}
    for path, code in cases.items():
        with pytest.raises(UnreadableFile) as caught:
            list(archive.members(path, tight))
        assert caught.value.code == code


def test_the_blank_back_of_a_one_bit_scan_is_a_page_and_no_damage(tmp_path: Path) -> None:
    front = Image.new("1", (1653, 2339), 1)
    front.paste(0, (300, 300, 900, 340))
    back = Image.new("1", (1653, 2339), 1)
    path = tmp_path / "duplex.pdf"
    front.save(path, "PDF", resolution=200, save_all=True, append_images=[back, front])
    pages = list(open_pages(path))
    assert [page.index for page in pages] == [1, 2, 3]
    assert pages[1].pixels.min() == 255
    assert pages[0].pixels.min() == 0
