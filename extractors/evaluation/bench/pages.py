"""The pages for a benchmark or comparison, from the same stream as in reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

from extractors.base.model import PageImage
from extractors.files.limits import Limits

# The reader's own stream, so that a ZIP, a bad file or a blank back is treated exactly as in reading.
from extractors.reader.read_paths import _files, _pages


def pages(paths: Iterable[Path], limits: Limits | None = None) -> Iterator[tuple[str, int, PageImage]]:
    """Yields every page that opens, in order: file name as in the readings, page from 1, picture."""
    for name, number, content in _pages(_files(paths), limits or Limits()):
        if isinstance(content, PageImage):
            yield name, number, content


def choose_files(paths: Iterable[Path], count: int | None) -> tuple[list[Path], int]:
    """Whole files, in order, until they contain ``count`` pages (all of them for None), and their number of pages.

    Files are not cut in the middle, so that opening them costs as much as in real work.
    """
    chosen: list[Path] = []
    total = 0
    for path in _files(paths):
        if count is not None and total >= count:
            break
        chosen.append(path)
        total += sum(1 for _ in pages([path]))
    return chosen, total


def repeat_files(files: list[Path], page_count: int, count: int) -> list[Path]:
    """The same files repeatedly, until they contain at least ``count`` pages; ``page_count`` is that of one pass."""
    if not files or page_count <= 0:
        return []
    # Whole passes only: memory is compared between passes over the same pages.
    rounds = -(-count // page_count)
    return list(islice(cycle(files), rounds * len(files)))
