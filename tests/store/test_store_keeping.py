"""Kept files, sealed secrets, accounts, systems, entries, board figures."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from argon2 import PasswordHasher

from foundation.words import sentence
from store.audit import chain
from store.base.errors import (
    BadLogin,
    FileDamaged,
    IllegalMove,
    InvalidAnswer,
    InvalidUser,
    LeaseLost,
    SecretUnreadable,
)
from store.base.files import FileStore
from store.base.model import Activity, DocumentState, EntryState, ItemMode, ItemPlan
from store.base.schema import Entry
from store.database import Store
from store.documents import documents
from store.entry import entries, systems
from store.ops import activity, board, messages, users
from store.queue import review_queue
from tests.store.store_samples import Clock, answer_item, make_document, reading

PASSWORD = "correct horse battery"


def test_files_are_kept_once_under_their_hash(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    source = tmp_path / "山田太郎.PDF"
    source.write_bytes(b"%PDF-1.7 scan")
    sha = files.add(source, ".PDF")
    assert sha == hashlib.sha256(b"%PDF-1.7 scan").hexdigest()
    assert files.add(b"%PDF-1.7 scan", ".tif") == sha
    path = files.path(sha)
    assert path.name == f"{sha}.pdf" and files.relative(sha) == f"{sha[:2]}/{sha}.pdf"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o400, 0o700)
    assert files.read(sha) == b"%PDF-1.7 scan" and files.verify(sha)
    assert [p.name for p in (tmp_path / "files").iterdir()] == [sha[:2]]


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    sha = files.add(b"original")
    files.path(sha).chmod(0o600)
    files.path(sha).write_bytes(b"replaced")
    assert not files.verify(sha)
    for asked in (sha, "0" * 64, "../../etc/passwd", "*"):
        with pytest.raises(FileDamaged):
            files.read(asked)
    assert files.path(files.add(b"x", "/../../evil")).parent.parent == tmp_path / "files"


def test_sealed_values_open_only_where_they_belong(store: Store) -> None:
    token = store.vault.seal("123456789018", "1:my_number")
    assert "123456789018" not in token and store.vault.open(token, "1:my_number") == "123456789018"
    assert store.vault.seal("123456789018", "1:my_number") != token
    for wrong, context in (
        (token, "2:my_number"),
        (token[:-6] + "AAAAA=", "1:my_number"),
        ("x", "1:my_number"),
    ):
        with pytest.raises(SecretUnreadable):
            store.vault.open(wrong, context)


def test_keys_rotate_and_old_values_still_open(store: Store) -> None:
    other = Store("", store.root)
    old = store.vault.seal("x", "c")
    assert other.vault.open(old, "c") == "x"
    assert store.vault.rotate() == "k2"
    new = store.vault.seal("y", "c")
    assert new.startswith("u1.k2.") and store.vault.open(old, "c") == "x"
    assert other.vault.open(new, "c") == "y"  # a process that read the key file before the rotation
    again = store.vault.rewrap(old)
    assert again.startswith("u1.k2.") and store.vault.open(again, "c") == "x"


def test_sign_in_and_lock_out(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    with store.write() as session:
        users.add(session, "sato", display="佐藤", password=PASSWORD, roles=["verifier"], actor="admin")
        for name, password, roles in (
            ("sato", PASSWORD, ["lead"]),
            ("Bad Name", PASSWORD, ["lead"]),
            ("mori", "short", ["lead"]),
            ("mori", PASSWORD, ["king"]),
        ):
            with pytest.raises(InvalidUser):
                users.add(session, name, display="x", password=password, roles=roles, actor="admin")
    assert users.sign_in(store, "sato", PASSWORD).display == "佐藤"
    with pytest.raises(BadLogin):
        users.sign_in(store, "nobody", PASSWORD)
    for _ in range(users.FAILURES_TO_LOCK):
        with pytest.raises(BadLogin):
            users.sign_in(store, "sato", "wrong password!")
    with pytest.raises(BadLogin):
        users.sign_in(store, "sato", PASSWORD)
    clock.advance(users.LOCK_MINUTES * 60 + 1)
    epoch = users.sign_in(store, "sato", PASSWORD).session_epoch
    with store.write() as session:
        users.set_roles(session, "sato", ["lead", "dx"], actor="admin")
        users.set_active(session, "sato", False, actor="admin")
    with pytest.raises(BadLogin):
        users.sign_in(store, "sato", PASSWORD)
    with store.read() as session:
        assert users.get(session, "sato").session_epoch == epoch + 2
        acts = [event.act for event in chain.history(session, "user:sato")]
        assert acts.count("login.failed") == 7 and "login.locked" in acts


def test_of_many_guesses_at_once_only_a_few_are_checked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    with store.write() as session:
        users.add(session, "sato", display="佐藤", password=PASSWORD, roles=["verifier"], actor="admin")
        hashed = users.get(session, "sato").password_hash
    checked, real, together = [], users._matches, Barrier(30)

    def slow(password_hash: str, password: str) -> bool:
        checked.append(password_hash == hashed)
        together.wait(30)  # every guess has begun before the first one ends
        return real(password_hash, password)

    monkeypatch.setattr(users, "_matches", slow)

    def guess(number: int) -> str:
        try:
            users.sign_in(store, "sato", f"wrong password {number}")
        except BadLogin as error:
            return str(error)
        return "in"

    with ThreadPoolExecutor(30) as pool:
        said = set(pool.map(guess, range(30)))
    assert checked.count(True) == users.FAILURES_TO_LOCK and len(said) == 1
    monkeypatch.setattr(users, "_matches", real)
    for name, password in (("sato", PASSWORD), ("nobody", PASSWORD), ("No Name", "x")):
        with pytest.raises(BadLogin) as caught:
            users.sign_in(store, name, password)
        assert str(caught.value) in said, "the same sentence, whoever it is"


def settled(store: Store, key: str = "A-1") -> int:
    with store.write() as session:
        document = make_document(
            session, reading("application_no", key), reading("my_number", "123456789018")
        )
        review_queue.open_items(session, document, [], actor="router")
        entries.plan(session, document, "fukushi", "planner")
        assert entries.plan(session, document, "fukushi", "planner").id == 1
    return document


def document_state(store: Store, document: int) -> DocumentState:
    with store.read() as session:
        return documents.get(session, document).state


def test_an_entry_is_announced_before_and_confirmed_after(store: Store) -> None:
    document = settled(store)
    with store.write() as session:
        [work] = entries.claim(session, "fukushi", "bot-1")
        assert work.values["my_number"] == "123456789018" and work.key == "A-1"
        assert entries.claim(session, "fukushi", "bot-2") == []
    with store.write() as session:
        entries.submitting(session, work.entry_id, "bot-1")
    with store.write() as session, pytest.raises(LeaseLost):
        entries.confirm(session, work.entry_id, "bot-2", receipt="R1", read_back={})
    shown = {"application_no": "A-1", "個人番号": "1234-5678-9018"}
    with store.write() as session:
        entries.confirm(session, work.entry_id, "bot-1", receipt="R1", read_back=shown, seconds=9.5)
    assert document_state(store, document) is DocumentState.ENTERED
    with store.read() as session:
        entry = session.get_one(Entry, work.entry_id)
        assert "9018" not in str(entry.read_back) and entries.read_back(session, entry) == shown
        assert [line.state.value for line in entries.journal(session, 1)] == [
            "planned",
            "submitting",
            "confirmed",
        ]
    with store.write() as session:
        assert entries.claim(session, "fukushi", "bot-1") == []
        with pytest.raises(IllegalMove):
            entries.resolve(session, work.entry_id, EntryState.PLANNED, actor="sato", reason="x")


def test_a_bot_that_dies_while_submitting_leaves_an_unknown_to_look_up(store: Store, clock: Clock) -> None:
    document = settled(store)
    with store.write() as session:
        [work] = entries.claim(session, "fukushi", "bot-1", seconds=60)
    with store.write() as session:
        entries.submitting(session, work.entry_id, "bot-1", seconds=60)
    clock.advance(61)
    with store.write() as session:
        [again] = entries.claim(session, "fukushi", "bot-2")
        assert again.state is EntryState.UNKNOWN and again.attempts == 2
    assert document_state(store, document) is DocumentState.UNKNOWN
    with store.write() as session:
        entries.unknown(session, again.entry_id, "bot-2", reason="cannot_tell")
    clock.advance(3600)
    with store.write() as session:
        assert entries.claim(session, "fukushi", "bot-2") == []  # a person's now
        entries.resolve(
            session, again.entry_id, EntryState.CONFIRMED, actor="sato", reason="画面で確認", receipt="R9"
        )
    assert document_state(store, document) is DocumentState.ENTERED


def test_refused_mismatching_and_parked_entries_wait_for_a_person(store: Store, clock: Clock) -> None:
    document = settled(store)
    with store.write() as session:
        entries.claim(session, "fukushi", "bot-1")
        entries.retry_later(session, 1, "bot-1", reason="timeout", retry_after=30)
        assert entries.claim(session, "fukushi", "bot-1") == []
    clock.advance(31)
    with store.write() as session:
        entries.claim(session, "fukushi", "bot-1")
        entries.park(session, 1, "bot-1", reason="timeout")
        entries.resolve(session, 1, EntryState.PLANNED, actor="sato", reason="復旧")
        entries.claim(session, "fukushi", "bot-1")
        entries.refuse(session, 1, "bot-1", reason="口座番号が不正です")
    assert document_state(store, document) is DocumentState.REFUSED
    with store.write() as session:
        plan = ItemPlan("application_no", 1, ItemMode.VERIFY)
        review_queue.open_items(session, document, [plan], actor="sato")
    assert answer_item(store, "sato", "A-2").document_state is DocumentState.VERIFIED
    with store.write() as session:
        entries.plan(session, document, "fukushi", "planner")
        [work] = entries.claim(session, "fukushi", "bot-1")
        assert work.values["application_no"] == "A-2" and work.entry_id == 2
        entries.mismatch(session, 2, "bot-1", reason="cut", read_back={"application_no": "A"}, receipt="R2")
    assert document_state(store, document) is DocumentState.UNKNOWN


def test_a_paused_or_failing_system_gets_nothing(store: Store, clock: Clock) -> None:
    settled(store)
    with store.write() as session:
        systems.pause(session, "fukushi", actor="sato", reason="月次処理")
        assert entries.claim(session, "fukushi", "bot-1") == []
        systems.resume(session, "fukushi", actor="sato")
        opened = [
            systems.failed(session, "fukushi", actor="bot-1", reason="timeout")
            for _ in range(systems.FAILURES_TO_OPEN)
        ]
        assert opened == [False] * 4 + [True] and entries.claim(session, "fukushi", "bot-1") == []
    clock.advance(61)
    with store.write() as session:
        assert entries.claim(session, "fukushi", "bot-1") != []
        systems.succeeded(session, "fukushi")
        state = systems.state(session, "fukushi")
        assert state and not state.circuit_open and state.failures == 0


def test_board_figures(store: Store, clock: Clock) -> None:
    with store.write() as session:
        document = make_document(session, reading("a", "1", "double"))
        review_queue.open_items(session, document, [ItemPlan("a", 1, ItemMode.DOUBLE)], actor="router")
        review_queue.open_item(
            session, document, ItemPlan("a", 1, ItemMode.SEEDED, expected="1"), actor="router"
        )
        review_queue.claim_next(session, "sato")
    clock.advance(90)
    with store.read() as session:
        [count] = board.documents_by_state(session)
        assert (count.state, count.count, count.oldest_seconds) == ("verifying", 1, 90.0)
        modes = [(row.mode, row.open, row.claimed) for row in board.queue_by_mode(session)]
        assert modes == [("double", 1, 1), ("verify", 1, 0)]
        assert [(holder.user, holder.items) for holder in board.holders(session)] == [("sato", 1)]
        [batch] = board.batches(session)
        assert (batch.total, batch.done, batch.files) == (1, 0, {"received": 1})
        assert board.files_by_state(session)[0].count == 1 and board.entries_by_state(session) == []


def test_time_baselines_alerts_and_settings(store: Store) -> None:
    with store.write() as session:
        activity.log_time(session, "sato", Activity.SCAN, 30.5)
        with pytest.raises(InvalidAnswer):
            activity.log_time(session, "sato", Activity.SCAN, -1)
        activity.add_baseline(
            session, form_id="f", person="sato", forms=10, minutes=65, how="stopwatch", actor="dx"
        )
        assert activity.baselines(session, "f")[0].minutes == 65
        messages.raise_alert(session, "disk_low", sentence("alert.disk_low", free_gib=1.0))
        assert messages.raise_alert(session, "disk_low", sentence("alert.disk_low", free_gib=1.0)).times == 2
        assert len(messages.open_alerts(session)) == 1
        assert messages.clear_alert(session, "disk_low") and not messages.clear_alert(session, "disk_low")
        messages.put_setting(session, "seed_rate", 0.02, actor="lead")
        messages.put_setting(session, "seed_rate", 0.03, actor="lead")
        assert messages.get_setting(session, "seed_rate") == 0.03
        assert messages.get_setting(session, "none", 1) == 1
