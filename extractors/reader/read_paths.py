"""Reads files from disk to decided readings, without database or flows: decoding, registration and reading overlap."""

from __future__ import annotations

import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from extractors.base.errors import BlankPage, ExtractionError, UnreadableFile
from extractors.base.model import PageImage, Reading, RegisteredPage
from extractors.base.threads import page_threads
from extractors.confidence.decision import Policy, decide
from extractors.files import archive
from extractors.files.decode import SUFFIXES, open_pages
from extractors.files.limits import Limits
from extractors.reader.reader import Reader
from extractors.recognition.plan import FieldTask, cut_fields
from extractors.registration.identify import Library
from extractors.registration.register import locate
from extractors.values.rule_checks import apply_rules
from templates_forms.model import Form

_PAGES_AHEAD = 6  # pages opened and not yet cut
_BATCH_PAGES = 4  # pages whose crops share batches
_BATCHES_AT_ONCE = 2  # batches of pages: one is recognised while the values of the other are computed

Progress = Callable[[str, int], None]
"""Called with a file's name and the number of its pages done so far."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result of one page of one file, read or not.

    Attributes:
        file: name of the file (of the archive and its member for a ZIP).
        page: page number in the file, from 1; 0 when the file could not be opened.
        form: id of the form; None when the page has none.
        form_page: the template's page, from 1.
        readings: decided, in the template's order.
        error: why there are no readings; None for a page that was read or is blank.
        blank: whether nothing is printed on the page.
        residual_mm: residual of the registration.
        seconds: time until the page was read, including its share of shared steps.
    """

    file: str
    page: int
    form: str | None
    form_page: int
    readings: tuple[Reading, ...]
    error: ExtractionError | None = None
    blank: bool = False
    residual_mm: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _CutPage:
    file: str
    page: int
    located: RegisteredPage | None
    error: ExtractionError | None
    tasks: list[FieldTask] = field(default_factory=list)


def read_paths(
    paths: Iterable[Path],
    templates: Mapping[str, Form],
    form_id: str | None = None,
    *,
    reader: Reader | None = None,
    policy: Policy | None = None,
    limits: Limits | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Iterator[PageResult]:
    """Reads files and folders page by page; a bad file becomes one result with its error, and reading continues.

    Consecutive pages 1 to n of one form are treated as one document, so that rules apply across its pages.

    Args:
        paths: PDF, TIFF, JPEG, PNG or ZIP files, or folders of them (files in order of their names).
        templates: the installed forms.
        form_id: the form of all pages, when it is known.
        reader: an existing reader; a new one with the shipped models when None.
        policy: for decisions; everything is unproven when None.
        limits: limits on each file.
        today: the day relative to which dates are checked.
        progress: called after each page.

    Yields:
        Pages in order; memory stays bounded, because only a few pages are held at a time.

    Raises:
        MissingModel: a model file is not installed.
        KeyError: ``form_id`` is not installed.
    """
    if form_id is not None and form_id not in templates:
        raise KeyError(form_id)
    chosen = reader or Reader()
    library = Library(templates.values())
    results = _read(_files(paths), library, chosen, form_id, limits or Limits())
    counts: dict[str, int] = {}
    for document in _documents(results):
        for result in _decide_document(document, templates, chosen, policy, today):
            counts[result.file] = counts.get(result.file, 0) + 1
            if progress is not None:
                progress(result.file, counts[result.file])
            yield result


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
        else:
            yield path


def _pages(files: Iterable[Path], limits: Limits) -> Iterator[tuple[str, int, PageImage | ExtractionError]]:
    for path in files:
        yield from _pages_of(path, path.name, limits)


def _pages_of(
    path: Path, name: str, limits: Limits
) -> Iterator[tuple[str, int, PageImage | ExtractionError]]:
    try:
        if zipfile.is_zipfile(path):
            yield from _members(path, name, limits)
        else:
            for page in open_pages(path, limits):
                yield name, page.index, page
    except UnreadableFile as error:
        yield name, 0, error


def _members(path: Path, name: str, limits: Limits) -> Iterator[tuple[str, int, PageImage | ExtractionError]]:
    """The pages of each file in a ZIP; a member is on disk only while it is read."""
    with TemporaryDirectory() as folder:
        for number, member in enumerate(archive.members(path)):
            # The name inside the ZIP is only for display; the temporary file gets a safe name.
            copy = Path(folder) / f"{number}{Path(member.name).suffix.lower()}"
            copy.write_bytes(member.data)
            yield from _pages_of(copy, f"{name}/{member.name}", limits)
            copy.unlink()


def _read(
    files: Iterable[Path], library: Library, reader: Reader, form_id: str | None, limits: Limits
) -> Iterator[PageResult]:
    """Opens pages in this thread; registers, cuts and reads them in others, a few pages ahead; results in order."""
    cut: deque[Future[_CutPage]] = deque()
    read: deque[Future[list[PageResult]]] = deque()
    # One thread more than can work at once, so that the one that waits for the engines does not stop cutting.
    with ThreadPoolExecutor(page_threads() + 1) as pool:
        for name, page, content in _pages(files, limits):
            cut.append(pool.submit(_locate, name, page, content, library, form_id))
            if len(cut) > _PAGES_AHEAD:
                read.append(pool.submit(_results, _batch(cut), reader))
            # Waiting here, rather than only at the end, keeps the number of pages in memory bounded.
            while len(read) > _BATCHES_AT_ONCE:
                yield from read.popleft().result()
        while cut:
            read.append(pool.submit(_results, _batch(cut), reader))
        for batch in read:
            yield from batch.result()


def _batch(cut: deque[Future[_CutPage]]) -> list[_CutPage]:
    """The next page, waited for, and following pages that are already cut: nothing waits for a full batch."""
    batch = [cut.popleft().result()]
    while cut and len(batch) < _BATCH_PAGES and cut[0].done():
        batch.append(cut.popleft().result())
    return batch


def _locate(
    name: str, page: int, content: PageImage | ExtractionError, library: Library, form_id: str | None
) -> _CutPage:
    if isinstance(content, ExtractionError):
        return _CutPage(name, page, None, content)
    try:
        located = locate(content, library, form_id)
        return _CutPage(name, page, located, None, cut_fields(located))
    except ExtractionError as error:
        return _CutPage(name, page, None, error)


def _results(batch: list[_CutPage], reader: Reader) -> list[PageResult]:
    start = perf_counter()
    located = [one.located for one in batch if one.located is not None]
    readings = iter(reader.read(located, [one.tasks for one in batch if one.located is not None]))
    seconds = (perf_counter() - start) / max(len(located), 1)
    return [_result(one, readings, seconds) for one in batch]


def _result(one: _CutPage, readings: Iterator[list[Reading]], seconds: float) -> PageResult:
    if one.located is None:
        blank = isinstance(one.error, BlankPage)
        return PageResult(one.file, one.page, None, 0, (), None if blank else one.error, blank)
    page = one.located
    return PageResult(
        one.file,
        one.page,
        page.form.id,
        page.page_no,
        tuple(next(readings)),
        residual_mm=page.residual_mm,
        seconds=seconds,
    )


def _documents(results: Iterable[PageResult]) -> Iterator[list[PageResult]]:
    """Groups consecutive pages 1, 2, … of one form in one file; blank pages in between do not separate them."""
    current: list[PageResult] = []
    for result in results:
        last = next((r for r in reversed(current) if r.form), None)
        follows = last is not None and last.file == result.file
        follows = follows and (result.blank or _next_page(last, result))
        if current and not follows:
            yield current
            current = []
        current.append(result)
    if current:
        yield current


def _next_page(last: PageResult | None, result: PageResult) -> bool:
    return last is not None and last.form == result.form and result.form_page == last.form_page + 1


def _decide_document(
    document: list[PageResult],
    templates: Mapping[str, Form],
    reader: Reader,
    policy: Policy | None,
    today: date | None,
) -> Iterator[PageResult]:
    """Applies the rules to the whole document, then the decisions, page by page in the original order."""
    form_id = next((r.form for r in document if r.form), None)
    if form_id is None:
        yield from document
        return
    form = templates[form_id]
    readings = [reading for result in document for reading in result.readings]
    decided = decide(form, apply_rules(form, readings, today=today, calibrator=reader.calibrator), policy)
    rest = iter(decided)
    for result in document:
        yield replace(result, readings=tuple(next(rest) for _ in result.readings))
