"""Characters from fonts: handwriting-like fonts, print, and some held out for measurement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from extractors.training.alphabet import ALPHABET, CAPITALS, DIGITS, NOT_A_CHARACTER

Glyph = NDArray[np.uint8]

HANDWRITTEN = (
    "KleeOne-Regular.ttf", "KleeOne-SemiBold.ttf", "kiloji.ttf", "kiloji_b.ttf", "kiloji_d.ttf", "setofont.ttf",
    "YOzRA_.ttf", "YOzRC_90.ttf", "YOzRE_.ttf", "YOzRN_90.ttf", "YOzRS_i.ttf", "YOzBA_90.ttf",
    "zen-kurenaido-japanese-400-normal.woff", "zen-kurenaido-latin-400-normal.woff",
    "yusei-magic-japanese-400-normal.woff", "yusei-magic-latin-400-normal.woff",
    "caveat-latin-400-normal.woff", "caveat-latin-700-normal.woff", "kalam-latin-400-normal.woff",
    "indie-flower-latin-400-normal.woff", "architects-daughter-latin-400-normal.woff",
    "reenie-beanie-latin-400-normal.woff", "schoolbell-latin-400-normal.woff",
    "shadows-into-light-latin-400-normal.woff", "covered-by-your-grace-latin-400-normal.woff",
    "dkg.ttf", "dkgIt.ttf", "Breip.ttf", "femkeklaver.ttf", "Humor-Sans.ttf",
    "ComicNeue-Regular.otf", "ComicNeue-Italic.otf",
    "BecauseWeBuild-Regular.otf", "BecauseWeLearn-Regular.otf", "BecauseWeConnect-Regular.otf",
)  # fmt: skip
PRINT = (
    "ipaexg.ttf", "ipaexm.ttf", "ipag.ttf", "NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc",
    "NotoSansCJK-Bold.ttc", "LiberationSans-Regular.ttf", "LiberationMono-Regular.ttf", "DejaVuSans.ttf",
)  # fmt: skip
HELD_OUT = (
    "yomogi-japanese-400-normal.woff", "yomogi-latin-400-normal.woff", "YOzBE_i.ttf", "kouzan-mouhitsu-gyosho.ttf",
    "patrick-hand-latin-400-normal.woff", "gochi-hand-latin-400-normal.woff", "ipam.ttf",
)  # fmt: skip
"""Never used in training, so that measurements on them show generalisation."""

_SIZE = 84


def find_fonts(folders: Iterable[Path], names: Sequence[str]) -> list[Path]:
    """Returns the paths of the named fonts under the folders, in the order of the names; missing ones are left out."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.name in names:
                found.setdefault(path.name, path)
    return [found[name] for name in names if name in found]


def draw_fonts(paths: Sequence[Path]) -> dict[str, list[Glyph]]:
    """Draws every class in each font, as uint8 [h, w] pictures cropped to the ink (255) with a margin of 2 px."""
    glyphs: dict[str, list[Glyph]] = {}
    for path in paths:
        font = ImageFont.truetype(str(path), _SIZE)
        absent = [_draw(font, code) for code in ("\uffff", "\U000f1234")]
        for character in ALPHABET:
            if character == NOT_A_CHARACTER or (
                path.name.endswith("latin-400-normal.woff") and not _latin(character)
            ):
                continue
            glyph = _draw(font, character)
            if glyph is not None and not any(_same_picture(glyph, other) for other in absent):
                glyphs.setdefault(character, []).append(glyph)
    return glyphs


def _latin(character: str) -> bool:
    return character in DIGITS or character in CAPITALS or character in "./"


def _same_picture(one: Glyph, other: Glyph | None) -> bool:
    return other is not None and one.shape == other.shape and bool((one == other).all())


def _draw(font: ImageFont.FreeTypeFont, character: str) -> Glyph | None:
    image = Image.new("L", (2 * _SIZE, 2 * _SIZE), 0)
    ImageDraw.Draw(image).text((_SIZE // 2, _SIZE // 3), character, fill=255, font=font)
    box = image.getbbox()
    if box is None or min(box[2] - box[0], box[3] - box[1]) < 2:
        return None
    return np.pad(np.asarray(image.crop(box)), 2)
