"""Runs the two engines on everything that was cut, in batches across fields and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from extractors.base.alphabets import Alphabet, Columns, columns, in_hiragana, text_characters, text_classes
from extractors.base.engines import GlyphReader, LineRecogniser, Probabilities
from extractors.base.model import Image
from extractors.recognition import ctc, fusion
from extractors.recognition.free_lines import FreeLine, decode, prune, second_view
from extractors.recognition.kana_sounds import split_by_size
from extractors.recognition.plan import FreeJob, RowJob

_CHUNK = 24
_FREE_CHUNK = 8  # free lines have thousands of classes per step until they are pruned
_CLEARLY_HIRAGANA = 1.0  # log odds per box


@lru_cache(maxsize=64)
def _line_columns(alphabet: Alphabet, classes: tuple[str, ...]) -> Columns:
    return columns(alphabet, classes)


def read_rows(jobs: Sequence[RowJob], lines: LineRecogniser, glyphs: GlyphReader | None) -> None:
    """Sets ``row`` of each job: both readers, aligned to the boxes and fused."""
    views = [job.window() for job in jobs]
    glyph_parts = _glyphs(jobs, glyphs)
    scripts = [_script(job, part, glyphs) for job, part in zip(jobs, glyph_parts, strict=True)]
    line_parts = _lines(jobs, scripts, [picture for picture, _ in views], lines)
    by_alphabet: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, part in enumerate(line_parts):
        by_alphabet[part[1].characters].append(i)
    for members in by_alphabet.values():
        windows = [_windows(jobs[i], views[i], len(line_parts[i][0])) for i in members]
        aligned = ctc.align([line_parts[i][0] for i in members], windows)
        for i, found in zip(members, aligned, strict=True):
            jobs[i].row = _row(jobs[i], line_parts[i][1], scripts[i], found, glyph_parts[i], glyphs)


def _script(job: RowJob, part: Probabilities | None, glyphs: GlyphReader | None) -> Alphabet | None:
    """The alphabet of the script used: hiragana when the whole row of kana clearly is hiragana."""
    if job.kind != "kana" or job.alphabet is None or part is None or glyphs is None:
        return job.alphabet
    hiragana = in_hiragana(job.alphabet)
    masses = []
    for alphabet in (job.alphabet, hiragana):
        where = fusion.glyph_columns(alphabet, glyphs.alphabet)
        masses.append(np.log(part[:, where[where >= 0]].sum(axis=1) + 1e-3))
    return hiragana if float(np.mean(masses[1] - masses[0])) > _CLEARLY_HIRAGANA else job.alphabet


def _windows(job: RowJob, view: tuple[Image, list[float]], steps: int) -> NDArray[np.float64]:
    picture, centres = view
    return ctc.cell_windows(centres, job.cut.cell_pitch_px, picture.shape[1], steps)


def _row(
    job: RowJob,
    alphabet: Alphabet,
    script: Alphabet | None,
    aligned: ctc.Alignment,
    glyph: Probabilities | None,
    glyphs: GlyphReader | None,
) -> fusion.Row:
    share: NDArray[np.float64] | None = None
    not_character = np.zeros(len(job.written))
    if glyph is not None and glyphs is not None:
        where = fusion.glyph_columns(script or alphabet, glyphs.alphabet)
        if (where >= 0).any():
            share, not_character = fusion.glyph_share(glyph, where, glyphs.alphabet.index(""))
    known_share = share if job.kind != "text" else None
    fused = fusion.fuse(job.kind, known_share, aligned.cells)
    per_character = aligned.log_exact / max(len(job.written), 1)
    if job.kind == "kana":
        # Heights come from the box interior, where no stroke is cut off by the frame's removal.
        heights = [job.inside.height[place] for place in job.written]
        fused = split_by_size(fused, alphabet.characters, heights)
    row = fusion.Row(
        alphabet,
        fused,
        known_share,
        aligned.cells,
        not_character,
        per_character,
        job.written,
        len(job.cut.empty),
        job.kind,
    )
    return fusion.with_posteriors(row)


def _glyphs(jobs: Sequence[RowJob], glyphs: GlyphReader | None) -> list[Probabilities | None]:
    """The mean of the glyph reader's probabilities for the cut-out ink and for the box as it appears on the page."""
    if glyphs is None:
        return [None] * len(jobs)
    first = [job.cut.cells[place] for job in jobs for place in job.written]
    second = [job.inside.cells[place] for job in jobs for place in job.written]
    usable = np.array([job.inside.usable[place] for job in jobs for place in job.written], bool)
    if not first:
        return [None] * len(jobs)
    both = glyphs.probabilities([*first, *second])
    read = both[: len(first)]
    read = np.where(usable[:, None], (read + both[len(first) :]) / 2, read)
    ends = np.cumsum([len(job.written) for job in jobs])
    return [read[end - len(job.written) : end] for job, end in zip(jobs, ends, strict=True)]


def _lines(
    jobs: Sequence[RowJob],
    scripts: Sequence[Alphabet | None],
    pictures: Sequence[Image],
    lines: LineRecogniser,
) -> list[tuple[NDArray[np.float64], Alphabet]]:
    """Per job the line's steps and alphabet; for boxed text, the alphabet of the classes with some probability."""
    classes = tuple(lines.alphabet)
    wide = text_classes(classes)
    found: list[tuple[NDArray[np.float64], Alphabet]] = [(np.zeros((0, 1)), Alphabet(()))] * len(jobs)
    for chunk in _chunks([picture.shape[1] for picture in pictures]):
        wanted = [None if (a := scripts[i]) is None else _line_columns(a, classes) for i in chunk]
        takes = [wide if one is None else one.class_indexes for one in wanted]
        for i, one, part in zip(
            chunk, wanted, lines.probabilities([pictures[i] for i in chunk], takes), strict=True
        ):
            alphabet = jobs[i].alphabet
            if one is not None and alphabet is not None:
                found[i] = (one.merge(part), alphabet)
            else:
                views, characters = prune([part], text_characters(classes))
                found[i] = (views[0], Alphabet(characters))
    return found


def _chunks(widths: Sequence[int], size: int = _CHUNK) -> list[list[int]]:
    # Lines of similar width together, so that little of a batch is padding.
    order = sorted(range(len(widths)), key=lambda i: widths[i])
    return [order[start : start + size] for start in range(0, len(order), size)]


def read_free(jobs: Sequence[FreeJob], lines: LineRecogniser, *, two_views: bool = True) -> None:
    """Fills ``lines`` and ``texts`` of each job, from two preparations of every line."""
    classes = tuple(lines.alphabet)
    wide = text_classes(classes)
    flat = [(job, line) for job in jobs for line in job.cut.lines]
    read: dict[int, FreeLine] = {}
    for chunk in _chunks([line.shape[1] for _, line in flat], _FREE_CHUNK):
        pictures: list[Image] = []
        takes: list[NDArray[np.intp] | None] = []
        for i in chunk:
            job, line = flat[i]
            take = wide if job.alphabet is None else _line_columns(job.alphabet, classes).class_indexes
            views = [line, second_view(line)] if two_views else [line]
            pictures += views
            takes += [take] * len(views)
        parts = lines.probabilities(pictures, takes)
        each = 2 if two_views else 1
        for at, i in enumerate(chunk):
            own = parts[at * each : (at + 1) * each]
            read[i] = _free_line(flat[i][0], flat[i][1], own, classes)
    for i, (job, _) in enumerate(flat):
        job.lines.append(read[i])
        job.texts.append(decode(read[i], job.content))


def _free_line(
    job: FreeJob,
    image: Image,
    parts: Sequence[Probabilities],
    classes: tuple[str, ...],
) -> FreeLine:
    if job.alphabet is None:
        views, characters = prune(parts, text_characters(classes))
        return FreeLine(image, views, characters)
    merge = _line_columns(job.alphabet, classes).merge
    return FreeLine(image, tuple(merge(part) for part in parts), job.alphabet.characters)
