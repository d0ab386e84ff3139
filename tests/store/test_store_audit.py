"""The audit chain and its seals: every kind of tampering is found and named."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import pytest
from sqlalchemy import insert, text

from store.audit import chain, seals
from store.audit.seals import SealKeys, SealResult
from store.base.errors import AppendOnlyViolation, StoreError
from store.base.schema import AuditEvent, AuditSeal, Reading
from store.database import Store
from tests.store.store_samples import Clock, make_document, reading


def fill(store: Store, events: int = 10) -> None:
    for number in range(events):
        with store.write() as session:
            chain.append(
                session, actor="sato", act="test", subject=f"document:{number}", detail={"n": number}
            )


def tamper(store: Store, sql: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(sql)


def write_copies(store: Store) -> None:
    with store.read() as session:
        seals.write_copies(session, store.seal_keys, store.seal_copies)


def sealed(store: Store, clock: Clock) -> None:
    for day in ("2026-07-01", "2026-07-02"):
        fill(store, 5)
        with store.write() as session:
            seals.seal_day(session, store.seal_keys, day)
        write_copies(store)
        clock.advance(86_400)
    fill(store, 2)


def check(store: Store) -> SealResult:
    with store.read() as session:
        return seals.verify(session, store.seal_keys, store.seal_copies)


def test_events_are_numbered_without_gaps_and_linked(store: Store) -> None:
    fill(store)
    with store.read() as session:
        result = chain.verify(session)
        assert (result.ok, result.events, result.last_seq) == (True, 10, 10)
        [event] = chain.history(session, "document:3")
        assert event.seq == 4 and event.detail == '{"n":3}'


def test_an_act_that_fails_leaves_no_event(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as session:
        chain.append(session, actor="a", act="b", subject="c:1")
        raise RuntimeError
    fill(store, 1)
    with store.read() as session:
        assert chain.verify(session).events == 1


@pytest.mark.parametrize(
    ("sql", "seq", "reason"),
    [
        ("UPDATE audit_event SET detail='{\"n\":9}' WHERE seq=4", 4, "event_changed"),
        ("UPDATE audit_event SET actor='mori' WHERE seq=7", 7, "event_changed"),
        ("DELETE FROM audit_event WHERE seq=5", 5, "event_missing"),
        ("UPDATE audit_event SET seq=99 WHERE seq=10", 10, "event_missing"),
        ("UPDATE audit_event SET prev_hash=hash WHERE seq=2", 2, "link_broken"),
    ],
)
def test_tampering_is_named(store: Store, sql: str, seq: int, reason: str) -> None:
    fill(store)
    tamper(store, sql)
    with store.read() as session:
        result = chain.verify(session)
    assert (result.ok, result.broken_seq, result.reason) == (False, seq, reason)


def test_reordered_events_are_named(store: Store) -> None:
    fill(store)
    for sql in ("SET seq=0 WHERE seq=3", "SET seq=3 WHERE seq=4", "SET seq=4 WHERE seq=0"):
        tamper(store, f"UPDATE audit_event {sql}")
    with store.read() as session:
        assert chain.verify(session).broken_seq == 3


def test_a_clock_set_back_is_reported(store: Store, clock: Clock) -> None:
    fill(store, 3)
    clock.advance(-3600)
    fill(store, 1)
    clock.advance(7200)
    fill(store, 1)
    with store.read() as session:
        result = chain.verify(session)
    assert result.ok and result.clock_back == (4,)


def test_seals_hold(store: Store, clock: Clock) -> None:
    sealed(store, clock)
    result = check(store)
    assert result.ok and result.seals == 2 and result.chain.events == 14
    with store.write() as session:
        again = seals.seal_day(session, store.seal_keys, "2026-07-02")
        assert again.last_seq == 12


def test_a_copy_that_was_never_written_is_made_later_and_a_forged_seal_gets_none(
    store: Store, clock: Clock
) -> None:
    sealed(store, clock)
    shutil.rmtree(store.seal_copies)
    assert check(store).seal_fault == "seal_copy_missing"
    write_copies(store)
    assert check(store).ok
    shutil.rmtree(store.seal_copies)
    tamper(store, "UPDATE audit_seal SET last_seq=4 WHERE day='2026-07-01'")
    write_copies(store)
    assert sorted(path.stem for path in store.seal_copies.glob("*.json")) == ["2026-07-02"]


def rebuild(store: Store) -> None:
    """What somebody with the whole database in hand would do: change an event and recompute all hashes after it."""
    tamper(store, "UPDATE audit_event SET actor='nobody' WHERE seq=2")
    with store.engine.begin() as connection:
        prev = chain.GENESIS
        for row in connection.execute(text("SELECT * FROM audit_event ORDER BY seq")).mappings().all():
            fixed = chain.event_hash(
                row["seq"], row["at"], row["actor"], row["act"], row["subject"], row["detail"], prev
            )
            connection.execute(
                text("UPDATE audit_event SET prev_hash=:p, hash=:h WHERE seq=:s"),
                {"p": prev, "h": fixed, "s": row["seq"]},
            )
            prev = fixed


def test_a_chain_rebuilt_from_the_start_does_not_match_its_seal(store: Store, clock: Clock) -> None:
    sealed(store, clock)
    rebuild(store)
    with store.read() as session:
        assert chain.verify(session).ok
    result = check(store)
    assert not result.ok and result.chain.broken_seq == 6 and result.chain.reason == "not_as_sealed"


def cut_the_end(store: Store) -> None:
    tamper(store, "DELETE FROM audit_event WHERE seq > 10")


def drop_a_seal(store: Store) -> None:
    tamper(store, "DELETE FROM audit_seal WHERE day='2026-07-02'")


def foreign_seal(store: Store) -> None:
    other = SealKeys(store.root / "elsewhere")
    other.create()
    with store.write() as session:
        session.execute(AuditSeal.__table__.delete().where(AuditSeal.day == "2026-07-02"))
        (store.seal_copies / "2026-07-02.json").unlink()
        seals.seal_day(session, other, "2026-07-02")
    with store.read() as session:
        seals.write_copies(session, other, store.seal_copies)


def changed_seal(store: Store) -> None:
    tamper(store, "UPDATE audit_seal SET last_seq=4 WHERE day='2026-07-01'")


def without_copies(store: Store) -> None:
    shutil.rmtree(store.seal_copies)


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (cut_the_end, ("events_missing_at_end", "")),
        (drop_a_seal, ("", "seal_missing")),
        (foreign_seal, ("", "seal_key_unknown")),
        (changed_seal, ("not_as_sealed", "seal_changed")),
        (without_copies, ("", "seal_copy_missing")),
    ],
)
def test_seal_tampering_is_named(
    store: Store, clock: Clock, attack: Callable[[Store], None], found: tuple[str, str]
) -> None:
    sealed(store, clock)
    attack(store)
    result = check(store)
    assert not result.ok and (result.chain.reason, result.seal_fault) == found


def test_append_only_rows_cannot_be_changed_through_the_store(store: Store) -> None:
    with store.write() as session:
        make_document(session, reading("name", "山田"))
    for table in (AuditEvent, Reading):
        with pytest.raises(AppendOnlyViolation), store.write() as session:
            row = session.query(table).first()
            assert row is not None
            session.delete(row)
    with pytest.raises(AppendOnlyViolation), store.write() as session:
        session.query(Reading).one().value = "山本"
    with pytest.raises(StoreError), store.read() as session:
        session.add(Reading())
        session.flush()


def test_a_long_chain_is_verified_quickly(store: Store) -> None:
    """100,000 events in a tenth of the minute that a million may take."""
    prev, rows = chain.GENESIS, []
    for seq in range(1, 100_001):
        parts = (
            seq,
            "2026-07-01T09:00:00.000000Z",
            "reader-1",
            "document.read",
            f"document:{seq}",
            "{}",
            prev,
        )
        prev = chain.event_hash(*parts)
        names = ("seq", "at", "actor", "act", "subject", "detail", "prev_hash", "hash")
        rows.append(dict(zip(names, (*parts, prev), strict=True)))
    with store.engine.begin() as connection:
        connection.execute(insert(AuditEvent), rows)
    began = time.process_time()
    with store.read() as session:
        assert chain.verify(session).events == 100_000
    assert time.process_time() - began < 6
