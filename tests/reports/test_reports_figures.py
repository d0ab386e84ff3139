"""The report's figures, on a real store filled through the store's own functions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from reports import building, charts, exports
from reports.accuracy import clopper_pearson
from reports.model import HandBaseline
from store.base.model import Activity, Answer, ItemMode, ItemPlan, NewReading, Outcome
from store.database import Store
from store.entry import entries
from store.ops import activity
from store.queue import review_queue
from tests.reports.report_samples import read_document

NOW = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
FORM = "kyufukin_shinsei"
SETTINGS = building.ReportSettings(
    office="若葉市",
    baselines={FORM: HandBaseline(6.0, False, "assumed")},
    scan_seconds_per_page=6.0,
    cost_per_hour=3000.0,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store("", tmp_path / "state", clock=lambda: NOW)
    made.migrate()
    return made


def one_document(
    store: Store, number: int, *, asked: bool, typed: str, enter: bool, mode=ItemMode.VERIFY
) -> int:
    """A document of one page and one field; a person takes 30 s on it when asked."""
    with store.write() as session:
        decision = "verify" if mode is ItemMode.VERIFY else "accept"
        rows = [NewReading("no", 1, str(number), 0.9, decision)]
        document = read_document(session, FORM, number, rows)
        plans = [ItemPlan("no", 1, mode=mode)] if asked else []
        review_queue.open_items(session, document, plans, actor="t")
    if asked:
        with store.write() as session:
            item = review_queue.claim_next(session, "sato")[0]
            answer = Answer(Outcome.CORRECTED, typed, active_seconds=30.0)
            review_queue.submit(session, item.id, item.claim_token or "", "sato", answer)
    if enter:
        with store.write() as session:
            entry = entries.plan(session, document.id, "old", "bot")
        with store.write() as session:
            entries.claim(session, "old", "bot")
        with store.write() as session:
            entries.submitting(session, entry.id, "bot")
        with store.write() as session:
            entries.confirm(session, entry.id, "bot", receipt="R1", read_back={}, seconds=2.0)
    return document.id


def july(store: Store) -> building.Report:
    return building.build(store, building.month(date(2026, 7, 31)), SETTINGS)


def test_net_hours_are_the_baseline_less_every_minute_spent(store: Store):
    one_document(store, 1, asked=True, typed="1", enter=True)
    one_document(store, 2, asked=True, typed="7", enter=True)
    one_document(store, 3, asked=True, typed="3", enter=False)
    with store.write() as session:
        activity.log_time(session, "sato", Activity.EXCEPTION, 60.0, form_id=FORM)
    row = july(store).hours.iloc[0]
    # Two applications entered: 12 minutes by hand; spent: 2 × 30 s verifying, 3 pages × 6 s scanning, 60 s exception.
    assert row["applications"] == 2
    assert row["gross_hours"] == pytest.approx(12 / 60)
    assert row["spent_hours"] == pytest.approx((60 + 18 + 60) / 3600)
    assert row["net_hours"] == pytest.approx(row["gross_hours"] - row["spent_hours"])
    assert row["cost_per_form_yen"] == pytest.approx(138 / 3600 * 3000 / 2)


def test_an_assumed_baseline_is_marked_and_has_no_interval(store: Store):
    one_document(store, 1, asked=True, typed="1", enter=True)
    report = july(store)
    assert not report.hours.iloc[0]["measured"]
    assert pd.isna(report.hours.iloc[0]["net_low"])
    assert any("仮定" in note and FORM in note for note in report.notes)


def test_timed_runs_replace_the_assumed_baseline_and_give_an_interval(store: Store):
    for number in (1, 2, 3):
        one_document(store, number, asked=True, typed=str(number), enter=True)
    with store.write() as session:
        for minutes in (40.0, 50.0, 45.0):
            activity.add_baseline(
                session, form_id=FORM, person="yamada", forms=10, minutes=minutes, how="stopwatch", actor="dx"
            )
    row = july(store).hours.iloc[0]
    assert row["measured"]
    assert row["hand_minutes"] == pytest.approx(4.5)
    assert row["net_low"] < row["net_hours"] < row["net_high"]


def test_accuracy_counts_what_people_judged(store: Store):
    one_document(store, 1, asked=True, typed="1", enter=False)
    one_document(store, 2, asked=True, typed="7", enter=False)
    row = july(store).accuracy.iloc[0]
    assert (row["read"], row["judged"], row["right"]) == (2, 2, 1)
    assert row["low"] < 0.5 < row["high"]


def test_other_months_are_left_out(store: Store):
    one_document(store, 1, asked=True, typed="1", enter=True)
    report = building.build(store, building.month(date(2026, 8, 1)), SETTINGS)
    assert report.applications == 0
    assert report.net_hours == 0.0


def test_excel_csv_and_page_show_the_same_figures(store: Store, tmp_path: Path):
    one_document(store, 1, asked=True, typed="1", enter=True)
    report = july(store)
    paths = exports.write(report, tmp_path / "out")
    from_csv = pd.read_csv(paths["hours"], encoding="utf-8-sig")
    from_excel = pd.read_excel(paths["xlsx"], sheet_name="削減時間")
    assert from_csv["net_hours"].tolist() == pytest.approx(report.hours["net_hours"].tolist())
    assert from_excel["net_hours"].tolist() == pytest.approx(report.hours["net_hours"].tolist())
    page = paths["html"].read_text(encoding="utf-8")
    assert exports.headline(report) in page
    assert "http://" not in page and "https://" not in page
    for chart in charts.CHARTS:
        assert (paths["html"].parent / f"{chart}.png").stat().st_size > 5000


def test_the_exact_interval_is_that_of_the_textbook():
    # Clopper and Pearson 1934; 95% interval of 8 of 10, as in common tables.
    low, high = clopper_pearson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4439, 0.9748)
    assert clopper_pearson(0, 0) == (0.0, 1.0)
