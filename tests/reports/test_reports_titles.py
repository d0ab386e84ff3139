"""Whoever reads a report meets forms and fields by their titles and labels, in their language; data keeps the ids."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from reports import building, charts, exports, titles
from reports.model import HandBaseline, Report
from store.base.model import Answer, ItemPlan, NewReading, Outcome
from store.database import Store
from store.entry import entries
from store.queue import review_queue
from templates_forms.loader import load_library
from templates_forms.model import Form
from templates_forms.titles import title
from tests.reports.report_samples import read_document

DAY = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
KYUFUKIN, GONE = "kyufukin_shinsei", "old_form"
IDS = (KYUFUKIN, "applicant_kana", "application_no")
WORDS = {
    "ja": ("給付金 支給申請書", "フリガナ", "申請番号"),
    "en": ("Application for the living support benefit", "Name in kana", "Application number"),
}


@pytest.fixture(scope="module")
def library() -> dict[str, Form]:
    return load_library(ROOT / "templates_forms")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """July: applications of a known form, one entry not as it should be. August: a form whose template is gone."""
    at = DAY
    made = Store("", tmp_path_factory.mktemp("titles") / "state", clock=lambda: at)
    made.migrate()
    for number in range(1, 7):
        application(made, KYUFUKIN, number)
    at += timedelta(days=31)
    application(made, GONE, 7)
    return made


def application(store: Store, form: str, number: int) -> None:
    with store.write() as session:
        rows = [
            NewReading("application_no", 1, str(number), 0.99, "accept"),
            NewReading("applicant_kana", 1, "ヤマタ", 0.6, "verify"),
        ]
        document = read_document(session, form, number, rows, key="application_no")
        review_queue.open_items(session, document, [ItemPlan("applicant_kana", 1)], actor="t")
        [item] = review_queue.claim_next(session, "sato", document_id=document.id)
        answer = Answer(Outcome.CORRECTED, "ヤマダ", active_seconds=9.0)
        review_queue.submit(session, item.id, item.claim_token or "", "sato", answer)
    with store.write() as session:
        entry = entries.plan(session, document.id, "old", "bot")
    with store.write() as session:
        entries.claim(session, "old", "bot")
        entries.submitting(session, entry.id, "bot")
        if number == 1:
            translated = "applicant_kana: 「ヤマダ」→「ヤマ」"
            entries.mismatch(session, entry.id, "bot", reason=translated, read_back={})
        else:
            entries.confirm(session, entry.id, "bot", receipt="R", read_back={}, seconds=2.0)


@pytest.fixture(scope="module")
def report(store: Store, library: dict[str, Form]) -> Report:
    return built(store, library, 7)


def built(store: Store, library: dict[str, Form], month: int) -> Report:
    settings = building.ReportSettings(
        "若葉市", {KYUFUKIN: HandBaseline(6.0, False, "assumed")}, forms=library
    )
    return building.build(store, building.month(date(2026, month, 1)), settings)


@pytest.fixture(scope="module", params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(report: Report, language: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return exports.write(report, tmp_path_factory.mktemp("out"), language)


def on_paper(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def test_the_page_and_the_paper_name_forms_and_fields_in_words(files: dict[str, Path], language: str) -> None:
    page = files["html"].read_text(encoding="utf-8")
    paper = on_paper(files["pdf"])
    for word in WORDS[language]:
        assert word in page
        assert "".join(word.split()) in paper
    for name in IDS:
        assert name not in page
        assert name not in paper


def test_the_page_has_the_same_headings_as_the_paper(files: dict[str, Path]) -> None:
    page = files["html"].read_text(encoding="utf-8")
    assert "手入力なら（時間）" in page and "gross_hours" not in page
    assert "入力済み" in page


def test_excel_names_them_in_words_and_csv_keeps_the_ids(files: dict[str, Path], language: str) -> None:
    book = pd.read_excel(files["xlsx"], sheet_name=None)
    said = {str(value) for sheet in book.values() for value in sheet.to_numpy().ravel()}
    assert not said & set(IDS)
    assert any(WORDS[language][1] == value for value in said)
    table = pd.read_csv(files["accuracy"], encoding="utf-8-sig")
    assert set(table["form"]) == {KYUFUKIN}
    assert set(table["field"]) == {"application_no", "applicant_kana"}


def test_charts_name_forms_and_fields_in_words(report: Report, language: str) -> None:
    translated = titles.in_language(report, language)
    words = {}
    for name in ("forms", "states", "fields"):
        figure, axes = plt.subplots()
        charts.CHARTS[name](axes, translated)
        words[name] = "".join("".join(one.get_text().split()) for one in axes.get_yticklabels())
        plt.close(figure)
    name, label, _ = ("".join(word.split()) for word in WORDS[language])
    assert name in words["forms"] and name in words["states"] and name in words["fields"]
    assert label in words["fields"]
    assert not any(name in text for name in IDS for text in words.values())


def test_a_form_whose_template_is_gone_is_called_by_its_id(
    store: Store, library: dict[str, Form], language: str, tmp_path: Path
) -> None:
    report = built(store, library, 8)
    page = exports.write(report, tmp_path, language)["html"].read_text(encoding="utf-8")
    for name in (GONE, "applicant_kana", "application_no"):
        assert name in page
    assert any(GONE in note for note in report.notes)


def test_two_editions_with_one_title_are_told_apart(library: dict[str, Form], language: str) -> None:
    form = library[KYUFUKIN]
    newer = replace(form, id="kyufukin_2027", edition="2027-04")
    twin = replace(form, id="kyufukin_copy", edition="2027-04")
    forms = {one.id: one for one in (form, newer)}
    first, second = (title(forms, one, language) for one in forms)
    assert first != second
    assert form.edition in first and "2027-04" in second
    forms[twin.id] = twin
    assert len({title(forms, one, language) for one in forms}) == 3


def test_what_was_assumed_is_told_of_the_form_by_its_title(report: Report) -> None:
    [note] = [note for note in report.notes if "手入力 6 分/件" in note]
    assert WORDS["ja"][0] in note and WORDS["en"][0] in note and KYUFUKIN not in note
