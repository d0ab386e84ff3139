"""Cuts every field of a page into the rows of boxes and free lines that are to be recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

import numpy as np
from numpy.typing import NDArray

from extractors.base.alphabets import Alphabet, for_type
from extractors.base.model import PX_PER_MM, CellCut, FreeCut, Image, OptionInk, RegisteredPage
from extractors.base.opencv import cv2
from extractors.cutting import cell_views, cells, option_marks
from extractors.cutting.cell_views import CellInteriors
from extractors.cutting.frames import handwriting
from extractors.cutting.free_writing import cut_free
from extractors.recognition.free_grammar import content_of
from extractors.recognition.free_lines import FreeLine, LineText
from extractors.recognition.fusion import Row
from templates_forms.model import DIGIT_TYPES, MARK_TYPES, Field, FieldType, Part

_PRESENCE = frozenset({FieldType.SEAL, FieldType.SIGNATURE})
# Everything that can stand in a date written freely: signs, eras and their initials.
_DATE_SIGNS = "年月日./-元明治大正昭和平成令MTSHR"
WHOLE = "whole"
_SPECK_MM = 2.0
_CLUSTER_MM = 0.8  # strokes no farther apart may be one character
_DARK = 200
_FULL_DARKNESS = 120.0  # grey levels that a pen usually reaches; used when a page has no other writing


@dataclass(slots=True, eq=False)
class RowJob:
    """A row of boxes to be read; the recognition step sets ``row``.

    Attributes:
        cut: the boxes as cut out.
        inside: the boxes as they appear on the page.
        alphabet: the allowed characters; None for text.
        kind: ``digits``, ``kana``, ``latin`` or ``text``.
        written: indexes of the boxes that contain a character.
        specks: indexes of the boxes with a little ink that is no character.
    """

    cut: CellCut
    inside: CellInteriors
    alphabet: Alphabet | None
    kind: str
    written: tuple[int, ...] = ()
    specks: tuple[int, ...] = ()
    row: Row | None = None

    def window(self) -> tuple[Image, list[float]]:
        """The line from its first to its last written box, and the centre of each of those in it, px."""
        pitch, places = self.cut.cell_pitch_px, self.written
        whole = self.cut.line
        if all(self.inside.usable[place] for place in places):
            whole = cell_views.line(self.inside, places, pitch, self.cut.line.shape[1])
        start = max(0, round((places[0] - 0.4) * pitch))
        end = min(whole.shape[1], round((places[-1] + 1.4) * pitch))
        return whole[:, start:end], [(place + 0.5) * pitch - start for place in places]


@dataclass(slots=True, eq=False)
class FreeJob:
    """Free writing to be read; the recognition step fills ``lines`` and ``texts``.

    ``content`` is the kind of content of a text, None for numbers and letters.
    """

    cut: FreeCut
    alphabet: Alphabet | None
    content: str | None = None
    lines: list[FreeLine] = dataclass_field(default_factory=list)
    texts: list[LineText] = dataclass_field(default_factory=list)

    @property
    def only_specks(self) -> bool:
        """Whether there is no writing: nothing at all, or only ink smaller than any character."""
        return all(_only_specks(line) for line in self.cut.lines)


@dataclass(slots=True, eq=False)
class FieldTask:
    """One field of one page with everything that was cut out for it."""

    field: Field
    located: RegisteredPage
    rows: dict[str, RowJob] = dataclass_field(default_factory=dict)
    free_parts: dict[str, FreeJob] = dataclass_field(default_factory=dict)
    inks: list[OptionInk] = dataclass_field(default_factory=list)
    presence: tuple[float, float] = (0.0, 0.0)


def _only_specks(line: Image) -> bool:
    """Whether no cluster of ink is as large as a character, however many specks there are."""
    dark = (line < _DARK).astype(np.uint8)
    side = 2 * round(_CLUSTER_MM / 2 * PX_PER_MM) + 1
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(dark, np.ones((side, side), np.uint8)))
    extents = stats[1:count, 2:4].max(axis=1, initial=0) - side + 1
    return bool((extents < _SPECK_MM * PX_PER_MM).all())


def cut_fields(located: RegisteredPage) -> list[FieldTask]:
    """Cuts every field of a registered page."""
    tasks = [_cut_field(located, field) for field in located.template.fields]
    rows = [job for task in tasks for job in task.rows.values()]
    usual = cell_views.typical_darkness([(job.cut, job.inside) for job in rows])
    for job in rows:
        # The row's own darkness is the best reference; other rows of the page, then a usual pen, are substitutes.
        own = cell_views.typical_darkness([(job.cut, job.inside)])
        reference = own or usual or _FULL_DARKNESS
        job.written, job.specks = cell_views.written(
            job.cut, job.inside, reference, marks_spill=job.kind == "kana"
        )
    return tasks


def _row_job(located: RegisteredPage, place: Field | Part, alphabet: Alphabet | None, kind: str) -> RowJob:
    cut = cells.cut(located, place)
    return RowJob(cut, cell_views.cell_interiors(located, cut), alphabet, kind)


def _cut_field(located: RegisteredPage, field: Field) -> FieldTask:
    task = FieldTask(field, located)
    if field.type in MARK_TYPES:
        task.inks = option_marks.measure_options(located, field)
    elif field.type in _PRESENCE:
        task.presence = _measure_presence(located, field)
    elif field.type is FieldType.DATE and (field.year or field.month or field.day):
        _cut_date(task)
    elif field.type is FieldType.DATE:
        signs = Alphabet(tuple("0123456789" + _DATE_SIGNS))
        task.free_parts[WHOLE] = FreeJob(cut_free(located, field), signs)
    elif field.type is not FieldType.BARCODE:
        alphabet = for_type(field.type, field.cells is not None)
        if field.cells:
            task.rows[WHOLE] = _row_job(located, field, alphabet, _kind(field))
        else:
            content = content_of(field) if field.type is FieldType.TEXT else None
            task.free_parts[WHOLE] = FreeJob(cut_free(located, field), alphabet, content)
    return task


def _kind(field: Field) -> str:
    return "digits" if field.type in DIGIT_TYPES or field.type is FieldType.DATE else str(field.type)


def _cut_date(task: FieldTask) -> None:
    field, located = task.field, task.located
    if field.era is not None and field.era.options:
        task.inks = option_marks.measure_options(located, field)
    for name in ("year", "month", "day"):
        part: Part | None = getattr(field, name)
        if part is None:
            continue
        alphabet = for_type(FieldType.DATE, True, first_year=name == "year" and field.era is not None)
        if part.cells:
            task.rows[name] = _row_job(located, part, alphabet, "digits")
        else:
            task.free_parts[name] = FreeJob(cut_free(located, part), alphabet)


def _measure_presence(located: RegisteredPage, field: Field) -> tuple[float, float]:
    """Share of the box with handwriting, and share with vermilion ink."""
    writing = handwriting(located, field.box)
    area = writing.area(field.box)
    return _share(writing.mask[area]), _share(writing.seal[area])


def _share(mask: NDArray[np.bool_]) -> float:
    return float(mask.mean()) if mask.size else 0.0


def row_jobs(tasks: Sequence[FieldTask]) -> list[RowJob]:
    """Rows with ink."""
    return [job for task in tasks for job in task.rows.values() if job.written]


def free_jobs(tasks: Sequence[FieldTask]) -> list[FreeJob]:
    """Free writing with more ink than specks."""
    return [job for task in tasks for job in task.free_parts.values() if not job.only_specks]
