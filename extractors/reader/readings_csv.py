"""Readings as a CSV file: one row per field, with fixed columns on which other programs can rely."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from extractors.reader.read_paths import PageResult

COLUMNS = (
    "file", "page", "form", "field", "value", "confidence", "decision", "reasons", "x", "y", "width", "height",
)  # fmt: skip


def rows(result: PageResult) -> Iterable[dict[str, str]]:
    """Yields the rows of one page; a page without readings has none."""
    for reading in result.readings:
        box = reading.box
        yield {
            "file": result.file,
            "page": str(result.page),
            "form": result.form or "",
            "field": reading.field,
            "value": reading.value,
            "confidence": "" if reading.confidence is None else f"{reading.confidence:.5f}",
            "decision": str(reading.decision or ""),
            "reasons": "|".join(reading.reasons),
            **{side: f"{getattr(box, side):.2f}" for side in ("x", "y", "width", "height")},
        }


class ReadingsWriter:
    """Writes rows page by page, so that an interrupted run leaves what it has read.

    Values that a spreadsheet would take for a formula are written unchanged: this file is for programs; exports
    for people are made by `reports`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        self._writer.writeheader()

    def add(self, result: PageResult) -> int:
        """Writes one page; returns the number of rows."""
        written = list(rows(result))
        self._writer.writerows(written)
        return len(written)


def write(path: Path, results: Iterable[PageResult]) -> int:
    """Writes all results to a file (UTF-8); returns the number of rows."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = ReadingsWriter(stream)
        return sum(writer.add(result) for result in results)
