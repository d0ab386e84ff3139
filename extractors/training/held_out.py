"""Sets for measurement: real digits, fonts and writers that training never uses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.cutting import glyph_input
from extractors.training.alphabet import ALPHABET, BASE_KATAKANA, CAPITALS, DIGITS, HIRAGANA, KATAKANA, SMALL
from extractors.training.samples import Drawer, Pool, Style, load_sources
from extractors.training.scan import ScanStyle
from extractors.training.strokes import WriterStyle

UNSEEN = Style(
    writer=WriterStyle(1.2, 1.5, 1.6),
    scan=ScanStyle(1.3, 1.1, 1.3),
    mnist=1.0,
    font=0.0,
    font_capitals=0.0,
    everyday=0.0,
    untouched=0.0,
)
"""More variable writing, steeper slants, more joined strokes and noisier scans than in training."""
OLD_SCANS = replace(
    UNSEEN, writer=WriterStyle(1.0, 1.2, 1.2), scan=ScanStyle(1.6, 1.0, 0.5), smallest_px=60, largest_px=66
)
"""Boxes of about 64 px with strong grey noise, as in the old collections of single characters."""
MODERATE = replace(UNSEEN, writer=WriterStyle(0.9, 1.1, 1.2), scan=ScanStyle(0.7, 0.8, 0.5))
"""Everyday writing and scans: for measuring accuracy against box size alone."""
_FONTS = replace(UNSEEN, scan=ScanStyle(), mnist=0.0, font=1.0, font_capitals=1.0)


def real_digits(digits: dict[str, NDArray[np.uint8]]) -> Pool:
    """The real digits unchanged, each in its own tight box of 28 px, position unknown."""
    cells = [255 - picture for name in DIGITS for picture in digits[name]]
    labels = [ALPHABET.index(name) for name in DIGITS for _ in digits[name]]
    return _pool(cells, labels)


def _pool(cells: list[NDArray[np.uint8]], labels: list[int]) -> Pool:
    pictures, places = glyph_input.prepare_many(cells, whole_box=False)
    return Pool(np.rint(pictures[:, 0] * 255).astype(np.uint8), places, np.array(labels, np.int64))


def held_out_sets(data: Path, font_folders: list[Path], size: int, seed: int) -> dict[str, tuple[Pool, str]]:
    """Returns named sets, each with the group under whose alphabet it is read.

    Args:
        data: folder of the npz files.
        font_folders: where to look for fonts.
        size: samples in each drawn set.
        seed: must differ from any training seed's chunks; drawn sets use seeds from 2**40 up.
    """
    sources = load_sources(data, font_folders, held_out=True)
    far = 2**40 + seed * 1000
    big = "".join(c for c in KATAKANA if c not in SMALL)
    drawn = {
        "digits, real, in boxes": (DIGITS, "digits", UNSEEN),
        "digits, pen": (DIGITS, "digits", replace(UNSEEN, mnist=0.0)),
        "katakana 46, pen": (BASE_KATAKANA, "katakana", UNSEEN),
        "katakana 46, old scans": (BASE_KATAKANA, "katakana", OLD_SCANS),
        "katakana all, pen": (KATAKANA, "katakana", UNSEEN),
        "katakana, unseen fonts": (big, "katakana", _FONTS),
        "hiragana, pen": (HIRAGANA, "hiragana", UNSEEN),
        "hiragana, unseen fonts": ("".join(c for c in HIRAGANA if c not in SMALL), "hiragana", _FONTS),
        "capitals, pen": (CAPITALS, "capitals", UNSEEN),
        "capitals, unseen fonts": (CAPITALS, "capitals", _FONTS),
        "digits, unseen fonts": (DIGITS, "digits", _FONTS),
    }
    sets: dict[str, tuple[Pool, str]] = {"digits, real": (real_digits(sources.digits), "digits")}
    for number, (name, (characters, group, style)) in enumerate(drawn.items()):
        only = "".join(c for c in characters if style is not _FONTS or sources.glyphs.get(c))
        if only:
            sets[name] = (Drawer(sources, style, far + number).pool(size, only), group)
    return sets
