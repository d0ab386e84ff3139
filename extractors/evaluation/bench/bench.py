"""Measures speed: pages per minute, the time of inference alone, memory, and PaddleOCR on the same pages.

The reference is the pure inference time of the same crops in the same batches, measured by replaying the
recorded calls of the engines (`bench/inference.py`). PaddleOCR's own full-page pipeline runs on the same decoded pages
with the same recogniser weights and a thread for every processor; its time excludes decoding, ours includes it.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from extractors.base.model import Image
from extractors.base.threads import cores, inference_threads, use_all_cores
from extractors.evaluation.bench import pages as bench_pages
from extractors.evaluation.bench.inference import InferenceTime, RecordedGlyphs, RecordedLines, inference_time
from extractors.evaluation.bench.memory import Memory, measure_memory
from extractors.evaluation.bench.plain_paddle import FullPage, RawText
from extractors.reader.read_paths import read_paths
from extractors.reader.reader import Reader, ReaderSettings
from extractors.recognition.paddle_engine import PaddleSettings
from extractors.registration.identify import Library
from templates_forms.model import Form

Progress = Callable[[str, int], None]
"""Called with the name of the step (``memory``, ``read 1``, ``inference 1``, ``paddleocr 1``) and pages done."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round over all pages.

    Attributes:
        whole: from the files to readings with decisions.
        inference: the engines alone on the same crops.
        cutting, engines, values: seconds inside the reader's steps during ``whole``.
        full_page: PaddleOCR's own pipeline; None when it was not run.
    """

    whole: InferenceTime
    inference: InferenceTime
    cutting: float
    engines: float
    values: float
    full_page: InferenceTime | None

    @property
    def overhead(self) -> float:
        """Everything besides pure inference, as a share of pure inference, in wall time."""
        return self.whole.wall / self.inference.wall - 1 if self.inference.wall else 0.0

    @property
    def overhead_cpu(self) -> float:
        """The same in processor time, which other work on the machine disturbs less."""
        return self.whole.cpu / self.inference.cpu - 1 if self.inference.cpu else 0.0


@dataclass(frozen=True, slots=True)
class BenchResult:
    """The result of a benchmark.

    Attributes:
        files, pages: number of files and pages in one round.
        forms: pages among them that were registered to a template.
        lines, glyphs: crops given to the line recogniser and the glyph reader.
        lines_full_page: lines that PaddleOCR's pipeline found and read on the same pages.
        threads: threads of one inference.
        cores: processors available.
        machine: system and version, as reported by the operating system.
        preparing: seconds for preparing the templates, included in each round.
        rounds: in order.
        memory: of the long run.
    """

    files: int
    pages: int
    forms: int
    lines: int
    glyphs: int
    lines_full_page: int
    threads: int
    cores: int
    machine: str
    preparing: float
    rounds: tuple[Round, ...]
    memory: Memory

    def median(self, what: Callable[[Round], float]) -> float:
        """The median of a value over the rounds."""
        return median(what(one) for one in self.rounds)

    @property
    def pages_per_minute(self) -> float:
        """From the files to readings with decisions, in wall time."""
        return 60 * self.pages / self.median(lambda one: one.whole.wall)

    @property
    def against_full_page(self) -> float | None:
        """Speed relative to PaddleOCR's full-page pipeline, in wall time; None when it did not run."""
        # Ratios within a round: other work on the machine slows both halves of a round alike.
        ratios = [r.full_page.wall / r.whole.wall for r in self.rounds if r.full_page is not None]
        return median(ratios) if ratios else None

    @property
    def against_full_page_cpu(self) -> float | None:
        """The same in processor time."""
        ratios = [r.full_page.cpu / r.whole.cpu for r in self.rounds if r.full_page is not None]
        return median(ratios) if ratios else None

    def to_json(self) -> dict[str, Any]:
        """Plain data: everything measured and the medians."""
        return asdict(self) | {
            "pages_per_minute": self.pages_per_minute,
            "overhead": self.median(lambda one: one.overhead),
            "overhead_cpu": self.median(lambda one: one.overhead_cpu),
            "against_full_page": self.against_full_page,
            "against_full_page_cpu": self.against_full_page_cpu,
        }

    def write_json(self, path: Path) -> None:
        """Writes ``to_json`` to a file."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def run_bench(
    paths: Iterable[Path],
    templates: Mapping[str, Form],
    *,
    pages: int | None = 30,
    rounds: int = 3,
    memory_pages: int | None = None,
    full_page: bool = True,
    settings: ReaderSettings | None = None,
    progress: Progress | None = None,
) -> BenchResult:
    """Measures reading on some pages; takes about as long as all its rounds together.

    Args:
        paths: files or folders; files that do not open are skipped.
        templates: the installed forms.
        pages: take whole files until they contain this many pages; None for all.
        rounds: number of repetitions, the parts in turn; medians are reported.
        memory_pages: the same files are read repeatedly up to this many pages while memory is measured;
            None for twice the pages of a round.
        full_page: also run PaddleOCR's own full-page pipeline on the same pages.
        settings: of the reader.
        progress: called for every page.

    Raises:
        MissingModel: a model file is not installed.
        ValueError: there is no page to read, or no round.
    """
    files, page_count = bench_pages.choose_files(paths, pages)
    if page_count == 0 or rounds < 1:
        raise ValueError("計測できるページがありません (there is no page to measure)")
    progress = progress or (lambda step, done: None)
    chosen = settings or ReaderSettings()
    plain = Reader(chosen)
    list(read_paths(files[:1], templates, reader=plain))  # loads every model, so that no round includes it
    # Before anything is recorded: the crops that are kept would count as the reader's memory.
    memory = _memory(files, page_count, memory_pages or 2 * page_count, templates, plain, progress)
    lines, glyphs = RecordedLines(plain.lines), RecordedGlyphs(plain.glyphs)
    reader = Reader(chosen, lines=lines, glyphs=glyphs)
    preparing = inference_time(lambda: Library(templates.values()))
    whole_page = FullPage(PaddleSettings(chosen.model_dir, chosen.cache_dir, cores()))
    if full_page:
        whole_page.load()
    done = []
    forms = found = 0
    for number in range(1, rounds + 1):
        # Recorded once: every round has the same crops.
        lines.keep = glyphs.keep = number == 1
        one, forms, found = _round(
            number, files, templates, reader, lines, glyphs, whole_page if full_page else None, progress
        )
        done.append(one)
    return BenchResult(
        files=len(files),
        pages=page_count,
        forms=forms,
        lines=sum(len(call[0]) for call in lines.calls),
        glyphs=sum(len(call) for call in glyphs.calls),
        lines_full_page=found,
        threads=chosen.threads or inference_threads(),
        cores=cores(),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        preparing=preparing.wall,
        rounds=tuple(done),
        memory=memory,
    )


def _memory(
    files: list[Path],
    page_count: int,
    count: int,
    templates: Mapping[str, Form],
    reader: Reader,
    progress: Progress,
) -> Memory:
    many = bench_pages.repeat_files(files, page_count, count)
    done = 0

    def report_page(name: str, number: int) -> None:
        nonlocal done
        done += 1
        progress("memory", done)

    return measure_memory(read_paths(many, templates, reader=reader, progress=report_page))


def _round(
    number: int,
    files: list[Path],
    templates: Mapping[str, Form],
    reader: Reader,
    lines: RecordedLines,
    glyphs: RecordedGlyphs,
    full_page: FullPage | None,
    progress: Progress,
) -> tuple[Round, int, int]:
    """One round; also the number of pages with a form, and the number of lines that PaddleOCR found."""
    forms = done = 0

    def read() -> None:
        nonlocal forms, done
        for result in read_paths(files, templates, reader=reader):
            forms += result.form is not None
            done += 1
            progress(f"read {number}", done)

    before = reader.times.cutting, reader.times.engines, reader.times.values
    whole = inference_time(read)
    after = reader.times.cutting, reader.times.engines, reader.times.values
    cutting, engines, values = (b - a for a, b in zip(before, after, strict=True))
    lines.keep = glyphs.keep = False
    progress(f"inference {number}", 0)

    def replay_all() -> None:
        lines.replay()
        glyphs.replay()

    inference = inference_time(replay_all)
    page_cost, found = _full_page(number, files, full_page, progress) if full_page else (None, 0)
    return Round(whole, inference, cutting, engines, values, page_cost), forms, found


def _full_page(
    number: int, files: list[Path], pipeline: FullPage, progress: Progress
) -> tuple[InferenceTime, int]:
    wall = cpu = 0.0
    found = 0
    for done, (_, _, page) in enumerate(bench_pages.pages(files), start=1):
        texts: list[RawText] = []
        with use_all_cores():
            cost = inference_time(partial(_read_into, texts, pipeline, page.pixels))
        wall, cpu, found = wall + cost.wall, cpu + cost.cpu, found + len(texts)
        progress(f"paddleocr {number}", done)
    return InferenceTime(wall, cpu), found


def _read_into(texts: list[RawText], pipeline: FullPage, pixels: Image) -> None:
    texts += pipeline.read(pixels)
