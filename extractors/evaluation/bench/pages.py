"""The pages that a benchmark or comparison works on: the same stream that reading takes them from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

from extractors.base.model import PageImage
from extractors.files.limits import Limits

# The reader's own stream, so that a ZIP, a bad file or a blank back is met exactly as in reading.
from extractors.reader.read_paths import _files, _pages


def pages(paths: Iterable[Path], limits: Limits | None = None) -> Iterator[tuple[str, int, PageImage]]:
    """Every page that opens, in order: file name as in the readings, page from 1, picture."""
    for name, number, content in _pages(_files(paths), limits or Limits()):
        if isinstance(content, PageImage):
            yield name, number, content


def choose(paths: Iterable[Path], count: int | None) -> tuple[list[Path], int]:
    """Whole files, in order, until they hold ``count`` pages (all of them for None), and how many pages they hold.

    Files are not cut in the middle, so that opening them costs what it costs in real work.
    """
    chosen: list[Path] = []
    total = 0
    for path in _files(paths):
        if count is not None and total >= count:
            break
        chosen.append(path)
        total += sum(1 for _ in pages([path]))
    return chosen, total


def repeated(files: list[Path], held: int, count: int) -> list[Path]:
    """The same files over and over, until they hold at least ``count`` pages; ``held`` is what they hold once."""
    if not files or held <= 0:
        return []
    rounds = -(-count // held)
    return list(islice(cycle(files), rounds * len(files)))
