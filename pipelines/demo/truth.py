"""What really stands on the sample sheets, for the scripted person."""

from __future__ import annotations

import csv
from pathlib import Path


class Truth:
    """Values by file and page, from ``truth.csv``."""

    def __init__(self, scans: Path) -> None:
        self._values: dict[tuple[str, int, str], str] = {}
        self._forms: dict[tuple[str, int], str] = {}
        with (scans / "truth.csv").open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                page = (row["file"], int(row["page"]))
                self._values[*page, row["field"]] = row["value"]
                self._forms[page] = row["form"]

    def value(self, file: str, page: int, field: str) -> str:
        """What was written; KeyError for a sheet or field that the truth does not know."""
        return self._values[file, page, field]

    def form(self, file: str, page: int) -> str | None:
        """The form that a sheet is of; None for one that is no application."""
        return self._forms.get((file, page))

    @property
    def pages(self) -> int:
        """How many sheets the truth knows."""
        return len(self._forms)
