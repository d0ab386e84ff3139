"""After its time an application's values are gone everywhere, and what was done can still be proven."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from store.audit import certificates, chain
from store.base.errors import CertificateInvalid
from store.base.model import DocumentState, ItemMode, ItemPlan, Presentation
from store.base.schema import Base, Document, KeyConflict, SourceFile, Verification
from store.database import Store
from store.documents import readings, records
from store.entry import entries
from store.ops import erasure
from store.queue import review_queue
from tests.store.store_samples import Clock, answer_item, make_document, reading

SAID = ("ヤマダハナコ", "ヤマダハナエ", "123456789018", "A-77", "R-55", "hanako.pdf")
DAY = 86_400


def entered(store: Store) -> int:
    """An application that was read, corrected by a person, settled, entered and read back."""
    sha = store.files.add(b"%PDF original", ".pdf")
    with store.write() as session:
        document = make_document(
            session,
            reading("application_no", "A-77"),
            reading("my_number", "123456789018"),
            reading("applicant_kana", "ヤマダハナコ", "verify", 0.7),
            name="hanako.pdf",
        )
        file = session.get_one(SourceFile, session.get_one(Document, document).file_id)
        file.sha256, file.kept_path, file.state = sha, store.files.relative(sha), "split"
        plan = ItemPlan("applicant_kana", 1, ItemMode.VERIFY, Presentation.CONFIRM)
        review_queue.open_items(session, document, [plan], actor="router")
    answer_item(store, "sato", "ヤマダハナエ", note="ヤマダハナエと読む")
    with store.write() as session:
        entries.plan(session, document, "fukushi", "planner")
        [work] = entries.claim(session, "fukushi", "bot")
        entries.submitting(session, work.entry_id, "bot")
        shown = {"applicant_kana": "ヤマダハナエ", "my_number": "123456789018"}
        entries.confirm(session, work.entry_id, "bot", receipt="R-55", read_back=shown)
    return document


def everything(store: Store) -> str:
    """All rows of all tables, in clear where a key opens them."""
    with store.read() as session:
        tables = [session.execute(select(table)).all() for table in Base.metadata.sorted_tables]
        opened = [
            readings.decrypt_value(session, said.document_id, said.field, said.value, secret=said.secret)
            for said in session.scalars(select(Verification))
        ]
        settled = [records.load(session, n, reveal=True).values for n in range(1, 2)]
        latest = [readings.latest(session, d, reveal=True) for d in session.scalars(select(Document.id))]
    return f"{tables}{opened}{settled}{latest}"


def test_nothing_that_was_said_is_left_and_the_chain_stays_whole(store: Store, clock: Clock) -> None:
    document = entered(store)
    assert all(value in everything(store) for value in SAID)
    clock.advance(31 * DAY)
    with store.write() as session:
        [due] = erasure.due_documents(session, {"jido_teate_nintei": 30})
        erasure.erase_document(session, due, 30, "purge")
    with store.write() as session:
        [file] = erasure.due_files(session, None)
        assert erasure.erase_file(session, file, "purge") == {file.sha256}
        assert erasure.still_needed(session, {file.sha256}) == set()
    left = everything(store)
    assert [value for value in SAID if value in left] == []
    with store.read() as session:
        assert chain.verify(session).ok and records.tampered(session) == []
        assert erasure.DOCUMENT_ERASED in {e.act for e in chain.history(session, f"document:{document}")}
        assert erasure.due_documents(session, {"jido_teate_nintei": 30}) == []
        assert erasure.due_files(session, None) == []
        facts = [detail for *_, detail in erasure.events_since(session, 0)]
    assert facts[0]["readings"] == 3 and facts[0]["verifications"] == 1 and facts[0]["days"] == 30
    with store.write() as session:  # a change after the erasure is still found
        session.get_one(Document, document)
        record = records.newest(session, document)
        record.values = {**record.values, "application_no": "changed"}
    with store.read() as session:
        assert records.tampered(session) == [1]


def test_equal_values_stay_equal_and_different_ones_different(store: Store, clock: Clock) -> None:
    document = entered(store)
    clock.advance(31 * DAY)
    with store.write() as session:
        erasure.erase_document(session, session.get_one(Document, document), 30, "purge")
    with store.read() as session:
        read = readings.latest(session, document, reveal=True)
        settled = records.load(session, records.newest(session, document), reveal=True).values
        [said] = session.scalars(select(Verification))
        assert read["my_number"].value == settled["my_number"]
        assert said.value == settled["applicant_kana"] != read["applicant_kana"].value
        assert said.active_seconds == 2.5 and said.user == "sato"


def test_only_what_is_finished_undisputed_and_old_enough_is_due(store: Store, clock: Clock) -> None:
    document = entered(store)
    with store.write() as session:
        waiting = make_document(session, reading("application_no", "B", "verify"))
        review_queue.open_items(session, waiting, [ItemPlan("application_no", 1)], actor="router")

    def due(rules: dict[str, int]) -> list[int]:
        with store.read() as session:
            return [row.id for row in erasure.due_documents(session, rules)]

    clock.advance(30 * DAY - 1)
    assert due({"jido_teate_nintei": 30}) == []
    clock.advance(2)
    assert due({}) == due({"other": 1}) == []
    assert due({"jido_teate_nintei": 30}) == due({"*": 30}) == [document]
    assert due({"*": 1, "jido_teate_nintei": 60}) == []
    with store.write() as session:
        session.add(KeyConflict(document_id=document, other_id=waiting, record_key="A", opened_at=clock()))
    assert due({"jido_teate_nintei": 30}) == []


def test_a_stack_stays_until_its_last_application_is_erased(store: Store, clock: Clock) -> None:
    document = entered(store)
    with store.write() as session:
        file_id = session.get_one(Document, document).file_id
        second = make_document(session, reading("application_no", "C"))
        session.get_one(Document, second).file_id = file_id
    clock.advance(400 * DAY)
    with store.write() as session:
        erasure.erase_document(session, session.get_one(Document, document), 30, "purge")
    with store.write() as session:
        assert file_id not in {file.id for file in erasure.due_files(session, None)}
        assert session.get_one(Document, second).state is DocumentState.READ


def test_a_certificate_is_signed_and_a_changed_one_is_refused(store: Store, tmp_path: Path) -> None:
    signed = certificates.sign({"applications": [1, 2], "office": "若葉市"}, store.seal_keys)
    certificates.check(signed, store.seal_keys)
    for wrong in ({**signed, "applications": [1]}, {**signed, "key_id": "0" * 16}, {"office": "若葉市"}):
        with pytest.raises(CertificateInvalid):
            certificates.check(wrong, store.seal_keys)
