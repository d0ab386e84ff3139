"""From registered pages to readings: cutting, engines in batches across fields and pages, values, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import perf_counter

from extractors.base import reasons, threads
from extractors.base.engines import GlyphReader, LineRecogniser, LockedGlyphReader, LockedLineRecogniser
from extractors.base.model import Reading, RegisteredPage
from extractors.confidence import calibration
from extractors.confidence.features import kind_of
from extractors.recognition.glyphs import OnnxGlyphReader
from extractors.recognition.paddle_engine import PaddleRecogniser, PaddleSettings
from extractors.recognition.plan import FieldTask, cut_fields, free_jobs, row_jobs
from extractors.recognition.recognise import read_free, read_rows
from extractors.values.draft import Draft
from extractors.values.fields import draft
from extractors.values.suggestions import kana, numbers
from extractors.values.suggestions import page as suggest

# Bounds the memory: the crops and probabilities of this many pages exist at a time.
_PAGES_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """Settings of the reader.

    Attributes:
        model_dir: an official Paddle recogniser folder; None for the shipped weights.
        cache_dir: folder to which the shipped weights' model folder is written once; None for the temp folder.
        threads: threads of one inference; None for half of the processors.
        two_views: whether to read free writing in two preparations.
        calibration: a calibration file; None for the shipped one.
    """

    model_dir: Path | None = None
    cache_dir: Path | None = None
    threads: int | None = None
    two_views: bool = True
    calibration: Path | None = None


@dataclass(slots=True)
class Times:
    """Seconds spent so far, by step."""

    cutting: float = 0.0
    engines: float = 0.0
    values: float = 0.0


class Reader:
    """Reads fields of registered pages; create one per process and keep it.

    Several threads may use it: the engines run one call at a time, so that the processors that inference leaves free
    cut and decode other pages.
    """

    def __init__(
        self,
        settings: ReaderSettings | None = None,
        *,
        lines: LineRecogniser | None = None,
        glyphs: GlyphReader | None = None,
    ) -> None:
        """Loads the engines.

        Args:
            settings: defaults to the shipped models.
            lines, glyphs: engines other than PaddleOCR and the shipped glyph reader.

        Raises:
            MissingModel: a model file is not installed.
        """
        threads.limit_to_one_thread()
        self.settings = settings or ReaderSettings()
        number = self.settings.threads or threads.inference_threads()
        paddle = PaddleSettings(self.settings.model_dir, self.settings.cache_dir, number)
        lock = Lock()
        self.lines: LineRecogniser = LockedLineRecogniser(lines or PaddleRecogniser(paddle), lock)
        self.glyphs: GlyphReader = LockedGlyphReader(glyphs or OnnxGlyphReader(threads=number), lock)
        path = self.settings.calibration
        self.calibrator = calibration.load(path) if path else calibration.shipped()
        self.times = Times()
        self._times_lock = Lock()

    def read(
        self, located: Sequence[RegisteredPage], planned: Sequence[list[FieldTask]] | None = None
    ) -> list[list[Reading]]:
        """Returns readings of every field of every page, in the order of the template, without decisions.

        Args:
            located: registered pages, of any forms; memory is bounded by reading a few pages at once.
            planned: per page the result of ``cut_fields``, where that was done already.
        """
        results: list[list[Reading]] = []
        for start in range(0, len(located), _PAGES_AT_ONCE):
            batch = slice(start, start + _PAGES_AT_ONCE)
            results += self._read_batch(located[batch], planned[batch] if planned is not None else None)
        return results

    def _read_batch(
        self, pages: Sequence[RegisteredPage], planned: Sequence[list[FieldTask]] | None
    ) -> list[list[Reading]]:
        start = perf_counter()
        planned = planned if planned is not None else [cut_fields(page) for page in pages]
        tasks = [task for page in planned for task in page]
        cut = perf_counter()
        read_rows(row_jobs(tasks), self.lines, self.glyphs)
        read_free(free_jobs(tasks), self.lines, two_views=self.settings.two_views)
        read = perf_counter()
        results = [self._page(page, page_tasks) for page, page_tasks in zip(pages, planned, strict=True)]
        with self._times_lock:
            self.times.cutting += cut - start
            self.times.engines += read - cut
            self.times.values += perf_counter() - read
        return results

    def _page(self, page: RegisteredPage, tasks: Sequence[FieldTask]) -> list[Reading]:
        drafts = {task.field.name: draft(task, self.calibrator.options) for task in tasks}
        # Numbers and kana before free writing: addresses are compared with the weighed postal codes, names with the
        # weighed furigana.
        drafts = numbers.weigh_page(page.form, tasks, drafts)
        drafts = kana.weigh_page(page.form, tasks, drafts)
        drafts = suggest.weigh_page(page.form, tasks, drafts)
        return [self._reading(page, task, drafts[task.field.name]) for task in tasks]

    def _reading(self, page: RegisteredPage, task: FieldTask, found: Draft) -> Reading:
        features = found.features | {
            "residual": page.residual_mm,
            "registration": page.score,
            "doubts": float(len(found.reasons)),
        }
        codes = found.reasons + ((reasons.REGISTRATION_WEAK,) if page.weak else ())
        return Reading(
            field=task.field.name,
            page=page.page_no,
            value=found.value,
            confidence=self.calibrator.confidence(kind_of(task.field, features), features),
            decision=None,
            reasons=codes,
            candidates=found.candidates,
            box=task.field.box,
            weak=found.weak,
            cells=found.cells,
            features=features,
        )
