"""Document states, intake records, transactions, claims, and records with one key."""

from __future__ import annotations

import json
import sqlite3

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text

from store import database
from store.audit import chain
from store.base import claims
from store.base.columns import Base
from store.base.errors import (
    IllegalMove,
    KeyConflictOpen,
    KeyFileMissing,
    LeaseLost,
    NotFound,
    SchemaOutdated,
    StaleVersion,
    StorageFull,
    StoreBusy,
)
from store.base.model import ConflictState, DocumentState, FileState, ItemPlan, PageState
from store.base.schema import Document, Reading
from store.database import Store
from store.documents import batches, documents, readings, records
from store.entry import entries
from store.queue import review_queue
from tests.store.store_samples import SQLITE, Clock, make_document, reading


def test_a_step_is_one_transaction_with_its_event(store: Store) -> None:
    with store.write() as session:
        document = make_document(session, reading("a", "1"))
    with store.read() as session:
        acts = [event.act for event in chain.history(session, f"document:{document}")]
        assert acts == ["document.received", "document.readings", "document.read"]
        assert documents.get(session, document).version == 2
    with pytest.raises(RuntimeError), store.write() as session:
        documents.advance(session, document, DocumentState.RETURNED, "sato", reason="山田様に返却")
        raise RuntimeError
    with store.read() as session:
        assert documents.get(session, document).state is DocumentState.READ
    with store.write() as session:
        documents.advance(session, document, DocumentState.RETURNED, "sato", reason="山田様に返却")
    with store.read() as session:
        detail = chain.history(session, f"document:{document}")[-1].detail
        assert "山田" not in detail and "fp:" in json.loads(detail)["reason"]


@settings(max_examples=30, deadline=None)
@given(path=st.lists(st.sampled_from(list(DocumentState)), max_size=6))
def test_only_allowed_moves_happen(migrated_store: Store, path: list[DocumentState]) -> None:
    with migrated_store.write() as session:
        document = make_document(session)
        for to in path:
            before = documents.get(session, document).state
            if to in documents.ALLOWED[before]:
                assert documents.advance(session, document, to, "x").state is to
            else:
                with pytest.raises(IllegalMove):
                    documents.advance(session, document, to, "x")
                assert documents.get(session, document).state is before


@pytest.fixture(scope="module")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store("", tmp_path_factory.mktemp("moves"))
    store.migrate()
    return store


def test_stale_screens_are_refused(store: Store) -> None:
    with store.write() as session:
        document = make_document(session)
        seen = documents.get(session, document).version
        documents.advance(session, document, DocumentState.RETURNED, "sato")
    with pytest.raises(StaleVersion), store.write() as session:
        documents.advance(session, document, DocumentState.RECEIVED, "mori", expected_version=seen)
    with pytest.raises(NotFound), store.write() as session:
        documents.advance(session, 999, DocumentState.RECEIVED, "mori")


def test_the_same_bytes_are_a_duplicate_until_dismissed(store: Store) -> None:
    with store.write() as session:
        batch = batches.open_batch(session, name="a", source="inbox", actor="intake")

        def drop(name: str) -> tuple[FileState, int | None, int]:
            file = batches.add_file(
                session, batch.id, sha256="a" * 64, original_name=name, size=1, kept_path="a", actor="i"
            )
            return file.state, file.duplicate_of, file.id

        _, _, first = drop("a.pdf")
        assert drop("b.pdf")[:2] == (FileState.DUPLICATE, first)
        batches.move_file(session, first, FileState.QUARANTINED, "i", reason="password", error="開けません")
        batches.move_file(session, first, FileState.DISMISSED, "sato", reason="間違い")
        assert drop("c.pdf")[0] is FileState.RECEIVED
        with pytest.raises(IllegalMove):
            batches.move_file(session, first, FileState.SPLIT, "i")


def test_pages_hang_in_documents_in_order(store: Store) -> None:
    with store.write() as session:
        document = documents.get(session, make_document(session))
        ids = [
            batches.put_page(session, document.file_id, index, PageState.LOCATED, page_no=3 - index).id
            for index in (1, 2)
        ]
        again = batches.put_page(session, document.file_id, 1, PageState.LOCATED, page_no=2, inliers=80)
        assert again.id == ids[0]
        documents.move_pages(session, document, ids, "sato")
        assert [page.id for page in documents.pages_of(session, document.id)] == ids[::-1]


def test_leases_end_and_attempts_are_counted(store: Store, clock: Clock) -> None:
    with store.write() as session:
        document = make_document(session)
        assert documents.claim(session, DocumentState.READ, "w1", seconds=60)[0].id == document
        assert documents.claim(session, DocumentState.READ, "w2") == []
    clock.advance(61)
    with store.write() as session:
        assert documents.claim(session, DocumentState.READ, "w2", max_attempts=2)[0].attempts == 2
    with store.write() as session:
        with pytest.raises(LeaseLost):
            claims.lock_leased(session, Document, document, "w1")
        claims.renew(session, Document, document, "w2")
        claims.release(session, Document, document, "w2", retry_after=30)
        assert documents.claim(session, DocumentState.READ, "w3") == []
    clock.advance(31)
    with store.write() as session:
        assert documents.claim(session, DocumentState.READ, "w3", max_attempts=2) == []
        assert documents.claim(session, DocumentState.READ, "w3", max_attempts=3) != []


def test_a_row_is_somebodys_up_to_the_instant_at_which_its_lease_ends(store: Store, clock: Clock) -> None:
    def held() -> tuple[bool, bool, bool]:
        with store.read() as session:
            row = session.get_one(Document, document)
            among = [
                session.scalars(select(Document.id).where(rule(session, Document))).all() == [document]
                for rule in (claims.leased, claims.unleased)
            ]
            return among[0], among[1], claims.is_leased(session, row)

    with store.write() as session:
        document = make_document(session)
    assert held() == (False, True, False)
    with store.write() as session:
        documents.claim(session, DocumentState.READ, "w1", seconds=60)
    clock.advance(60)
    assert held() == (True, False, True)
    clock.advance(0.001)
    assert held() == (False, True, False)


def settle(store: Store, key: str) -> int:
    with store.write() as session:
        document = make_document(session, reading("application_no", key), reading("my_number", "1234"))
        review_queue.open_items(session, document, [], actor="router")
    return document


def test_two_applications_with_one_key_wait_for_a_person(store: Store) -> None:
    first, second, other = settle(store, "A-1"), settle(store, "A-1"), settle(store, "A-2")
    with store.read() as session:
        [conflict] = records.open_conflicts(session)
        assert (conflict.document_id, conflict.other_id) == (first, second)
    for document in (first, second):
        with pytest.raises(KeyConflictOpen), store.write() as session:
            entries.plan(session, document, "fukushi", "bot")
    with store.write() as session:
        entries.plan(session, other, "fukushi", "bot")
        records.decide(
            session, conflict.id, ConflictState.DUPLICATE, actor="sato", reason="二重提出", drop=second
        )
        assert documents.get(session, second).state is DocumentState.DISMISSED
        entries.plan(session, first, "fukushi", "bot")
        with pytest.raises(IllegalMove):
            records.decide(session, conflict.id, ConflictState.DISTINCT, actor="sato", reason="x")


def test_a_dismissed_duplicate_that_comes_back_is_looked_at_again(store: Store) -> None:
    _, second = settle(store, "A-1"), settle(store, "A-1")
    with store.write() as session:
        [conflict] = records.open_conflicts(session)
        records.decide(session, conflict.id, ConflictState.DUPLICATE, actor="s", reason="x", drop=second)
        for state in (DocumentState.RECEIVED, DocumentState.READ):
            documents.advance(session, second, state, "s")
        review_queue.open_items(session, second, [], actor="router")
        assert [found.id for found in records.open_conflicts(session)] == [conflict.id]


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE record SET "values"='{"application_no": "A-9"}' WHERE id=2""",
        "UPDATE record SET secret_values=(SELECT secret_values FROM record WHERE id=1) WHERE id=2",
        "UPDATE record SET digest='0' WHERE id=2",
        "DELETE FROM record WHERE id=2",
    ],
)
def test_a_changed_record_is_found_by_the_chain(store: Store, change: str) -> None:
    for key in ("A-1", "A-2", "A-3"):
        settle(store, key)
    with store.read() as session:
        assert records.tampered(session) == []
    with store.engine.begin() as connection:
        connection.exec_driver_sql(change)
    with store.read() as session:
        assert records.tampered(session) == [2]


def test_priority_reaches_the_items_that_wait(store: Store) -> None:
    with store.write() as session:
        ids = [make_document(session, reading("a", "1", "verify")) for _ in range(2)]
        for document in ids:
            review_queue.open_items(session, document, [ItemPlan("a", 1)], actor="router")
        documents.set_priority(session, ids[1], 1, None, "sato")
        assert review_queue.claim_next(session, "sato")[0].document_id == ids[1]


def test_two_real_applications_are_both_entered(store: Store) -> None:
    first, second = settle(store, "A-1"), settle(store, "A-1")
    with store.write() as session:
        [conflict] = records.open_conflicts(session)
        records.decide(session, conflict.id, ConflictState.DISTINCT, actor="sato", reason="兄弟")
        for document in (first, second):
            entries.plan(session, document, "fukushi", "bot")


def test_a_secret_key_stands_only_as_a_fingerprint(store: Store) -> None:
    with store.write() as session:
        for _ in range(2):
            document = make_document(session, reading("my_number", "123456789018"), key=("my_number",))
            review_queue.open_items(session, document, [], actor="router")
        [conflict] = records.open_conflicts(session)
        assert conflict.record_key.startswith("fp:")


def test_reading_runs_repeat_harmlessly_and_secrets_show_only_when_revealed(store: Store) -> None:
    with store.write() as session:
        document = make_document(session, reading("my_number", "123456789018"))
        assert readings.add(session, document, "run-1", [reading("my_number", "9")], actor="r") == 0
        masked = readings.latest(session, document)["my_number"]
        assert masked.masked and masked.value == "●●●●" and masked.candidates == ()
        clear = readings.reveal(session, document, "my_number", actor="sato", purpose="本人確認")
        assert clear == "123456789018"
    with store.write() as session:
        readings.add(session, document, "run-2", [reading("my_number", "123456789010")], actor="r")
        assert readings.latest(session, document, reveal=True)["my_number"].value == "123456789010"
        assert session.query(Reading).filter_by(document_id=document, field="my_number").count() == 2
    with store.read() as session:
        acts = [event.act for event in chain.history(session, f"document:{document}")]
        assert "secret.reveal" in acts
    with sqlite3.connect(store.root / "utsushi.db") as raw:
        assert "123456789018" not in "\n".join(raw.iterdump())


def test_the_migrations_make_exactly_the_models(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    store.check_schema()
    with store.engine.begin() as connection:
        config = database._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")
    store.check_schema()
    with store.engine.begin() as connection:  # the PostgreSQL database is every test's: it is put back
        head = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num='0000'"))
    with pytest.raises(SchemaOutdated):
        store.check_schema()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num=:head"), {"head": head})


def test_a_lost_key_file_is_not_replaced_silently(store: Store) -> None:
    store.migrate()
    store.vault_path.unlink()
    with pytest.raises(KeyFileMissing):
        Store("", store.root).migrate()
    assert not store.vault_path.exists()


@SQLITE
def test_sqlite_is_set_up_to_keep_its_promises(store: Store) -> None:
    with store.read() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30000}
    modes = [path.stat().st_mode & 0o077 for path in (store.root / "utsushi.db", store.vault_path)]
    assert modes == [0, 0]


@SQLITE
def test_a_busy_or_full_disk_is_told_in_plain_words(store: Store) -> None:
    impatient = Store("", store.root, busy_seconds=0.1)
    with store.write() as session:
        make_document(session)
        session.flush()
        with pytest.raises(StoreBusy) as busy, impatient.write() as other:
            make_document(other)
    assert busy.value.retry and "混み合って" in str(busy.value)
    with pytest.raises(StorageFull), store.write() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count={pages}"))
        for _ in range(2000):
            batches.open_batch(session, name="x" * 2000, source="x", actor="x")
    impatient.close()
