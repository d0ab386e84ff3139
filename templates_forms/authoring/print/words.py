"""Groups glyphs into words and lines by their distances."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from templates_forms.authoring.print.model import Glyph, around
from templates_forms.model import Box

# Small print beside large print is on the same line when its middle is.
_SAME_LEVEL = 0.55  # of a letter's height
_WORD_GAP = 0.75  # em between letters of two words
_WIDE_GAP = 3.2  # em between a label and other text; more than a spread label has between its characters
# Some PDF fonts map these kanji to the Kangxi radicals of the same shape.
_KANJI = str.maketrans("⾦⾏⽀⼈⽇⽉⽣⽒⼝⽤⼿⾃", "金行支人日月生氏口用手自")


@dataclass(frozen=True, slots=True)
class Word:
    """Glyphs without a wide gap between them."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        return "".join(g.text for g in self.glyphs)

    @property
    def box(self) -> Box:
        return around([g.box for g in self.glyphs])

    @property
    def size(self) -> float:
        return max(g.size for g in self.glyphs)


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one level, left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """All characters, without the spaces that spread a label."""
        return "".join(word.text for word in self.words)

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        return tuple(g for word in self.words for g in word.glyphs)

    @property
    def box(self) -> Box:
        return around([g.box for g in self.glyphs])

    @property
    def size(self) -> float:
        return max(word.size for word in self.words)


def plain(text: str) -> str:
    """Return text for comparisons: NFKC, no spaces, and kanji for the radicals that some PDFs contain instead."""
    return "".join(unicodedata.normalize("NFKC", text.translate(_KANJI)).split())


def words_before(letters: Sequence[Glyph]) -> str:
    """Return the last words of a row of glyphs, back to the first wide gap."""
    run: list[Glyph] = []
    for glyph in sorted(letters, key=lambda g: -g.box.x):
        if run and run[-1].box.x - glyph.box.right > _WIDE_GAP * glyph.size:
            break
        run.append(glyph)
    return plain("".join(g.text for g in reversed(run)))


def lines_of(glyphs: Sequence[Glyph]) -> tuple[Line, ...]:
    """Return lines from top to bottom; a narrow vertical stack of glyphs is one line, read downwards."""
    if not glyphs:
        return ()
    if _piled(glyphs):
        ordered = sorted(glyphs, key=lambda g: g.middle)
        return (Line((Word(tuple(ordered)),)),)
    rows: list[list[Glyph]] = []
    # Large glyphs first: they define the lines that small print is assigned to.
    for glyph in sorted(glyphs, key=lambda g: (-g.size, g.middle)):
        for row in rows:
            first = row[0]
            if abs(first.middle - glyph.middle) <= _SAME_LEVEL * max(first.size, glyph.size) * 0.8:
                row.append(glyph)
                break
        else:
            rows.append([glyph])
    found = [_line(sorted(row, key=lambda g: g.box.x)) for row in rows]
    return tuple(sorted(found, key=lambda line: line.box.y + line.box.height / 2))


def _line(row: Sequence[Glyph]) -> Line:
    words: list[list[Glyph]] = []
    for glyph in row:
        em = max(glyph.size, words[-1][-1].size) if words else glyph.size
        if words and glyph.box.x - words[-1][-1].box.right <= _WORD_GAP * em:
            words[-1].append(glyph)
        else:
            words.append([glyph])
    return Line(tuple(Word(tuple(word)) for word in words))


def _piled(glyphs: Sequence[Glyph]) -> bool:
    if len(glyphs) < 2:
        return False
    box = around([g.box for g in glyphs])
    size = max(g.size for g in glyphs)
    middles = sorted(g.middle for g in glyphs)
    steps = [b - a for a, b in itertools.pairwise(middles)]
    return box.width <= 1.35 * size and box.height > 1.6 * box.width and min(steps) > 0.45 * size
