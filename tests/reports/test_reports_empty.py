"""An office, or a month, in which nothing has happened: every chart, file and table is made all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from reports import building, charts, exports, records
from reports.records import Column, ExportRequest
from store.base.model import ItemMode
from store.database import Store
from store.entry import entries
from tests.reports.test_reports_figures import FORM, SETTINGS, one_document, store

__all__ = ["store"]  # the fixture
JULY, AUGUST, YEARS_AGO = date(2026, 7, 1), date(2026, 8, 1), date(2019, 2, 1)


def nothing(_: Store) -> None:
    """A fresh office."""


def read(store: Store) -> None:
    """Read and accepted; nobody has judged anything."""
    one_document(store, 1, asked=False, typed="", enter=False, mode=ItemMode.QUALITY)


def planned(store: Store) -> None:
    """Settled and planned; no entry has ended, so none has taken any seconds."""
    document = one_document(store, 1, asked=True, typed="1", enter=False)
    with store.write() as session:
        entries.plan(session, document, "old", "bot")


def entered(store: Store) -> None:
    """The whole way."""
    one_document(store, 1, asked=True, typed="1", enter=True)


@pytest.mark.parametrize(
    ("happened", "month"),
    [(nothing, JULY), (read, JULY), (planned, JULY), (entered, AUGUST), (entered, YEARS_AGO)],
)
def test_a_month_with_little_or_nothing_in_it_is_reported_whole(
    store: Store, tmp_path: Path, happened: Callable[[Store], None], month: date
) -> None:
    happened(store)
    report = building.build(store, building.month(month), SETTINGS)
    paths = exports.write(report, tmp_path)
    assert report.applications == 0
    for name, title in exports.TABLES.items():
        rows = len(getattr(report, name))
        assert len(pd.read_csv(paths[name], encoding="utf-8-sig")) == rows, name
        assert len(pd.read_excel(paths["xlsx"], sheet_name=title)) == rows, name
    assert {path.stem for path in paths["html"].parent.glob("*.png")} == set(charts.CHARTS)
    assert paths["pdf"].read_bytes().startswith(b"%PDF")
    assert "入力まで終わった申請はありません" in paths["html"].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["records.csv", "records.xlsx"])
def test_the_records_of_a_month_without_any_are_a_table_with_its_head(
    store: Store, tmp_path: Path, name: str
) -> None:
    columns = [Column("no", "番号"), Column("account", "口座番号", secret=True)]
    with store.write() as session:
        request = ExportRequest(FORM, building.month(AUGUST), columns)
        path = records.write(records.table(session, request, "dx"), columns, tmp_path / name)
    written = pd.read_csv(path) if path.suffix == ".csv" else pd.read_excel(path)
    assert len(written) == 0 and len(written.columns) == len(records.FIXED) + 1
