"""An error found late: the bot changes the row that stands in the legacy system, old and new value stay on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.context import Office
from pipelines.steps.entry.enter import enter_system
from samples.legacy_system.server import LegacySystem
from store.audit import chain
from store.base.model import Answer, DocumentState, ItemMode, ItemPlan, Outcome, Presentation
from store.base.schema import Record
from store.documents import documents, records
from store.entry import entries
from store.queue import review_queue
from tests.pipelines.test_pipelines_enter import FORM, SYSTEM, an_office, settle

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sample_login")]
NEW = "東京都千代田区千代田１－２－３"


@pytest.fixture
def legacy(tmp_path: Path) -> Iterator[LegacySystem]:
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        yield system


def correct(office: Office, document: int, field: str, value: str) -> None:
    with office.store.write() as session:
        plan = ItemPlan(field, 1, ItemMode.VERIFY, Presentation.CONFIRM, reasons=("correction",), priority=1)
        review_queue.open_items(session, documents.lock(session, document), [plan], actor="ueno")
    with office.store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        answer = Answer(Outcome.CORRECTED, value, active_seconds=4.0)
        review_queue.submit(session, item.id, str(item.claim_token), "sato", answer)


def test_the_bot_changes_the_row_and_both_values_stay_on_record(tmp_path: Path, legacy: LegacySystem) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1)
    assert enter_system(office, SYSTEM) == {"confirmed": 1}
    [before] = legacy.rows(FORM)
    correct(office, 1, "address", NEW)
    assert enter_system(office, SYSTEM) == {"confirmed": 1}
    [after] = legacy.rows(FORM)
    assert after["address"] == NEW != before["address"] and after["receipt_no"] == before["receipt_no"]
    assert {name for name in after if after[name] != before[name]} <= {"address", "stored_at"}
    with office.store.read() as session:
        versions = [
            records.load(session, row).values["address"]
            for row in session.query(Record).order_by(Record.version)
        ]
        first, second = entries.of_document(session, 1)
        assert documents.get(session, 1).state is DocumentState.ENTERED
        acts = [event.act for event in chain.history(session, "document:1")]
    assert versions == [before["address"], NEW]
    assert entries_say(first, before["address"]) and entries_say(second, NEW)
    assert acts.count("entry.confirmed") == 2 and acts.count("document.verified") == 2
    assert acts.count("entry.submitting") == 2, "once for each version, never more"


def entries_say(entry: object, address: str) -> bool:
    return entry.read_back["address"] == address and entry.receipt


def test_a_row_that_is_gone_goes_to_a_person(tmp_path: Path, legacy: LegacySystem) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1)
    enter_system(office, SYSTEM)
    with sqlite3.connect(tmp_path / "legacy.db") as connection:
        connection.execute(f"DELETE FROM {FORM}")
    correct(office, 1, "address", NEW)
    assert enter_system(office, SYSTEM) == {"refused": 1}
    with office.store.read() as session:
        [_, second] = entries.of_document(session, 1)
    assert "ありません" in (second.reason or "") and legacy.rows(FORM) == []
