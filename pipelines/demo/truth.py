"""The true values of the sample sheets, for the scripted person."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from templates_forms.model import Form


class Truth:
    """Values by file and page, from ``truth.csv``."""

    def __init__(self, scans: Path, forms: Mapping[str, Form]) -> None:
        self._values: dict[tuple[str, int, str], str] = {}
        self._targets: dict[tuple[str, int], str] = {}
        with (scans / "truth.csv").open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                page = (row["file"], int(row["page"]))
                self._values[*page, row["field"]] = row["value"]
                number = forms[row["form"]].field(row["field"]).page
                self._targets[page] = f"{row['form']}:{number}"

        self._same = _same_content(scans, {file for file, _ in self._targets})

    def value(self, file: str, page: int, field: str) -> str:
        """The written value. Raises KeyError for a sheet or field that is not in the truth."""
        return self._values[self._same.get(file, file), page, field]

    def form_page(self, file: str, page: int) -> str | None:
        """``form:page`` of a sheet as the exceptions screen names it; None for one that is no application."""
        return self._targets.get((self._same.get(file, file), page))


def _same_content(scans: Path, known: set[str]) -> dict[str, str]:
    """Names of further copies of a known sheet: name → the name in the truth."""
    # The samples hold copies under other names on purpose, to show that duplicates are found.
    paths = [path for path in sorted(scans.rglob("*")) if path.is_file()]
    by_content = {path.read_bytes(): path.name for path in paths if path.name in known}
    return {
        path.name: by_content[data]
        for path in paths
        if path.name not in known and (data := path.read_bytes()) in by_content
    }
