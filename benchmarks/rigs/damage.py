"""Damaged, hostile and odd files, made from good ones by a seed: the same seed gives the same files."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SCANS = Path(__file__).resolve().parent.parent.parent / "samples" / "scans"
GOOD = (
    "kyufukin_06.jpg",
    "jido_05.png",
    "kyufukin_02_fax.tif",
    "kyufukin_01.pdf",
    "hoiku_03.zip",
    "kyufukin_08_grey.tif",
)
Maker = Callable[[random.Random], tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Damaged:
    """One file: how it was made, the bytes of its name, and its content."""

    kind: str
    name: bytes
    data: bytes


def files(count: int, seed: int) -> Iterator[Damaged]:
    """Yields `count` files: about two thirds damaged copies of good ones, the rest hostile."""
    dice = random.Random(seed)
    good = [(SCANS / name).read_bytes() for name in GOOD]
    for number in range(count):
        if dice.random() < 0.65:
            kind, suffix, data = _damage(dice, good)
        else:
            maker = dice.choice(HOSTILE)
            kind = maker.__name__.strip("_")
            suffix, data = maker(dice)
        # Bytes of its own behind every end, so that no two are the same file by chance.
        tail = f"\n%{seed}-{number}".encode() if dice.random() < 0.98 else b""
        yield Damaged(kind, _name(dice, number, suffix), data + tail if data else data)


def _damage(dice: random.Random, good: list[bytes]) -> tuple[str, str, bytes]:
    index = dice.randrange(len(good))
    data, suffix = bytearray(good[index]), Path(GOOD[index]).suffix
    kind = dice.choice(
        ("truncated", "bits flipped", "zeroed", "doubled", "swapped", "head lost", "wrong ending", "noise")
    )
    size = len(data)
    if kind == "truncated":
        data = data[: dice.randrange(size)]
    elif kind == "bits flipped":
        for _ in range(dice.choice((1, 4, 30, 300))):
            data[dice.randrange(size)] ^= 1 << dice.randrange(8)
    elif kind == "zeroed":
        start = dice.randrange(size)
        data[start : start + dice.choice((16, 512, 20_000))] = b"\0" * min(512, size - start)
    elif kind == "doubled":
        start = dice.randrange(size)
        data[start:start] = data[start : start + 4096]
    elif kind == "swapped":
        a, b = sorted(dice.randrange(size) for _ in range(2))
        data = data[:a] + data[b:] + data[a:b]
    elif kind == "head lost":
        data = data[dice.choice((1, 4, 100)) :]
    elif kind == "wrong ending":
        suffix = dice.choice((".pdf", ".tif", ".jpg", ".png", ".zip", ".docx", ""))
    else:
        data = bytearray(dice.randbytes(dice.randrange(5000)))
    return kind, suffix, bytes(data)


def _png_bomb(dice: random.Random) -> tuple[str, bytes]:
    """A picture whose header declares a huge size."""
    side = dice.choice((14_000, 30_000, 200_000, 2**31 - 1))
    head = struct.pack(">IIBBBBB", side, side, dice.choice((1, 8)), 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 2_000_000, 9)
    return ".png", b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _tiff_loop(dice: random.Random) -> tuple[str, bytes]:
    """A TIFF whose page directories form a loop, or with wrong sizes."""
    side = dice.choice((100, 20_000, 2**31 - 1))
    tags = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 1),
        (259, 3, dice.choice((1, 3, 4, 5))),
        (273, 4, 8),
        (279, 4, side),
    ]
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in tags)
    return ".tif", b"II*\0" + struct.pack("<I", 8) + body + struct.pack("<I", dice.choice((8, 0, 4, 2**31)))


def _jpeg_bomb(dice: random.Random) -> tuple[str, bytes]:
    """A JPEG whose header declares 65,000 × 65,000 pixels."""
    data = bytearray((SCANS / "kyufukin_06.jpg").read_bytes())
    frame = next((at for at in range(len(data) - 9) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2)), 0)
    data[frame + 5 : frame + 9] = struct.pack(
        ">HH", dice.choice((65_000, 16_000, 0)), dice.choice((65_000, 1, 0))
    )
    return ".jpg", bytes(data)


def _pdf_of(objects: list[bytes], root: int = 1) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root {root} 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def _pdf_circle(dice: random.Random) -> tuple[str, bytes]:
    """A page tree that contains itself."""
    kids = b"[2 0 R 3 0 R]" if dice.random() < 0.5 else b"[" + b"3 0 R " * 5000 + b"]"
    return ".pdf", _pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 99999999 /Kids " + kids + b" >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )


def _pdf_huge(dice: random.Random) -> tuple[str, bytes]:
    """One enormous page, or a picture that unpacks to gigabytes."""
    side = dice.choice((14_400, 10_000_000, -5))
    packed = zlib.compress(b"\0" * 4_000_000, 9)
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8 /ColorSpace /DeviceGray"
        b" /Filter /FlateDecode /Length "
        + str(len(packed)).encode()
        + b" >>\nstream\n"
        + packed
        + b"\nendstream"
    )
    content = b"q 500 0 0 500 0 0 cm /I Do Q"
    return ".pdf", _pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {side} {side}] /Contents 5 0 R"
            " /Resources << /XObject << /I 4 0 R >> >> >>".encode(),
            image,
            b"<< /Length " + str(len(content)).encode() + b" >>\nstream\n" + content + b"\nendstream",
        ]
    )


def _pdf_deep(dice: random.Random) -> tuple[str, bytes]:
    """Deeply nested arrays, and a script that must never run."""
    depth = dice.choice((500, 50_000))
    return ".pdf", _pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (while(1){}) >> /X "
            + b"[" * depth
            + b"]" * depth
            + b" >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )


def _zip(entries: list[tuple[str, bytes]], link: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if link:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _zip_bomb(dice: random.Random) -> tuple[str, bytes]:
    """A small file that unpacks to a huge one."""
    return ".zip", _zip([(f"{n}.pdf", b"\0" * 30_000_000) for n in range(dice.choice((1, 3)))])


def _zip_nest(dice: random.Random) -> tuple[str, bytes]:
    """Nested ZIPs."""
    data = _zip([("a.pdf", b"%PDF-1.4 nothing")])
    for level in range(dice.choice((1, 2, 6))):
        data = _zip([(f"{level}.zip", data)])
    return ".zip", data


def _zip_paths(dice: random.Random) -> tuple[str, bytes]:
    """Members with paths outside the folder."""
    names = [
        "../../../../tmp/evil.pdf",
        "/etc/cron.d/evil",
        "C:\\Windows\\evil.pdf",
        "a\0b.pdf",
        "CON.pdf",
        "..",
        "x" * 300 + ".pdf",
    ]
    return ".zip", _zip(
        [(name, b"%PDF-1.4 nothing") for name in dice.sample(names, 4)], link=dice.random() < 0.3
    )


def _zip_lies(dice: random.Random) -> tuple[str, bytes]:
    """A directory with wrong sizes, or that declares everything as encrypted."""
    data = bytearray(_zip([("a.pdf", dice.randbytes(3000))]))
    at = data.find(b"PK\x01\x02")
    if dice.random() < 0.5:
        data[at + 24 : at + 28] = struct.pack("<I", dice.choice((0, 1, 2**32 - 1)))
    else:
        data[at + 8] |= 1
        data[6] |= 1
    return ".zip", bytes(data)


def _zip_crowd(dice: random.Random) -> tuple[str, bytes]:
    """More members than any real batch has."""
    return ".zip", _zip([(f"{n}.txt", b"") for n in range(dice.choice((50, 2500)))])


def _empty(dice: random.Random) -> tuple[str, bytes]:
    """An empty or nearly empty file."""
    return dice.choice((".pdf", ".tif", ".jpg", ".png", ".zip")), dice.choice(
        (b"", b"\0", b"%PDF-", b"PK\x03\x04", b"\xff\xd8\xff")
    )


HOSTILE: tuple[Maker, ...] = (
    _png_bomb, _tiff_loop, _jpeg_bomb, _pdf_circle, _pdf_huge, _pdf_deep, _zip_bomb, _zip_nest, _zip_paths, _zip_lies,
    _zip_crowd, _empty,
)  # fmt: skip


def _name(dice: random.Random, number: int, suffix: str) -> bytes:
    """Mostly plain names, sometimes unusual ones. The number makes them unique."""
    ending = suffix.encode()
    odd = (
        "申請書".encode("cp932"),
        b"\xff\xfe\x81",
        "山田太郎（写）".encode(),
        b"-rf *",
        b"a\nb\tc",
        "\u202egpj.evil".encode(),
        b"'; DROP TABLE document; --",
        b"{{ 7*7 }}<script>",
        b"x" * 200,
        b"CON",
    )
    stem = dice.choice(odd) if dice.random() < 0.15 else b"scan"
    return stem + f"_{number}".encode() + ending
