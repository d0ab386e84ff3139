"""Each kind of tampering is found and named by `audit verify`; a new key wraps every secret anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.context import Office, this_office
from pipelines.settings import Settings, load_settings
from pipelines.steps.accounting import account
from pipelines.steps.keeping import purge, rotate, tampering
from store.audit import chain
from store.audit.seals import SealKeys
from store.base.files import FileStore
from store.base.schema import Record, SourceFile
from store.documents import readings, records
from tests.pipelines.keeping_samples import NAME, SECRET, entered


def sql(office: Office, *lines: str) -> None:
    with office.store.engine.begin() as connection:
        for line in lines:
            connection.exec_driver_sql(line)


def kept_file(office: Office) -> Path:
    with office.store.read() as session:
        return office.store.files.path(session.query(SourceFile).first().sha256)


def changed_value(office: Office) -> None:
    """A record's value, with the row's own fingerprint made to fit."""
    sql(office, """UPDATE record SET "values" = replace("values", '\\u30ca\\u30b3', '\\u30ca\\u30a8')""")


def changed_reading(office: Office) -> None:
    sql(office, "UPDATE reading SET value = 'ヤマダ ハナコ' WHERE field = 'applicant_kana'")


def changed_answer(office: Office) -> None:
    sql(office, "UPDATE verification SET value = 'スズキ ジロウ'")


def dropped_event(office: Office) -> None:
    sql(office, "DELETE FROM audit_event WHERE seq = 4")


def changed_event(office: Office) -> None:
    sql(office, "UPDATE audit_event SET actor = 'mori' WHERE seq = 4")


def reordered(office: Office) -> None:
    sql(office, *(f"UPDATE audit_event SET seq = {a} WHERE seq = {b}" for a, b in ((0, 4), (4, 5), (5, 0))))


def swapped_scan(office: Office) -> None:
    path = kept_file(office)
    path.chmod(0o600)
    path.write_bytes(b"%PDF another paper")


def swapped_row(office: Office) -> None:
    """Another scan under its own right hash, put in the place of the received one."""
    sha = office.store.files.add(b"%PDF another paper", ".pdf")
    sql(office, f"UPDATE source_file SET sha256 = '{sha}'")


def replaced_seal(office: Office) -> None:
    """Sealed anew by somebody else's key, copy and all."""
    foreign = SealKeys(office.settings.home / "elsewhere")
    foreign.create()
    _, copies = account.seal_places(office)
    sql(office, "DELETE FROM audit_seal")
    for path in copies.glob("*.json"):
        path.unlink()
    from store.audit import seals

    with office.store.write() as session:
        seals.seal_day(session, foreign, "2026-07-01")
    with office.store.read() as session:
        seals.write_copies(session, foreign, copies)


def forged_seal(office: Office) -> None:
    sql(office, "UPDATE audit_seal SET last_hash = (SELECT hash FROM audit_event WHERE seq = 1)")


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (changed_value, "record_changed"),
        (changed_reading, "reading_changed"),
        (changed_answer, "answer_changed"),
        (dropped_event, "event_missing"),
        (changed_event, "event_changed"),
        (reordered, "link_broken"),
        (swapped_scan, "file_changed"),
        (swapped_row, "scan_swapped"),
        (replaced_seal, "seal_key_unknown"),
        (forged_seal, "seal_changed"),
    ],
)
def test_each_kind_of_tampering_is_found_and_named(
    office: Office, attack: Callable[[Office], None], named: str
) -> None:
    entered(office, "7")
    account.seal(office)
    assert tampering.examine(office).faults == ()
    attack(office)
    faults = tampering.examine(office).faults
    assert faults and any(f"({named})" in fault for fault in faults), faults


def test_a_clock_set_back_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(office, "7")
    office.store._writer.kw["info"]["clock"] = lambda: datetime.now(UTC) - timedelta(days=1)
    with office.store.write() as session:
        chain.append(session, actor="a", act="test", subject="test:1")
    found = tampering.examine(office)
    assert found.faults == () and "clock_back" in found.notes[0]


def test_what_was_erased_by_rule_is_no_tampering(office: Office) -> None:
    entered(office, "7", days_ago=400)
    office.settings.retention_days = {"*": 30, "kyufukin_shinsei": 30}
    assert purge.purge(office, "test") is not None
    assert tampering.examine(office).faults == ()


def test_the_command_names_it_and_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pipelines.cli import app

    entered(office, "7")
    monkeypatch.setenv("UTSUSHI_HOME", str(office.settings.home))
    load_settings.cache_clear()
    this_office.cache_clear()
    try:
        good = CliRunner().invoke(app, ["audit", "verify"])
        swapped_scan(office)
        bad = CliRunner().invoke(app, ["audit", "verify"])
    finally:
        load_settings.cache_clear()
        this_office.cache_clear()
    assert good.exit_code == 0 and "正常" in good.output
    assert bad.exit_code == 1 and "file_changed" in bad.output


def test_rotation_wraps_every_secret_anew_and_old_keys_can_go(office: Office) -> None:
    document = entered(office, "7")
    before = {"reading": tokens(office, "SELECT value FROM reading WHERE secret")}
    done = rotate.rotate(office, "test", forget=True)
    assert done.key == "k2" and done.values >= 3 and done.forgotten == ("k1",)
    after = tokens(office, "SELECT value FROM reading WHERE secret")
    assert after != before["reading"] and all(token.startswith("u1.k2.") for token in after)
    fresh = Office(Settings(home=office.settings.home))
    with fresh.store.read() as session:
        assert readings.of_field(session, document, "account_number", reveal=True).value == SECRET
        record = session.query(Record).one()
        assert records.load(session, record, reveal=True).values["account_number"] == SECRET
        assert records.load(session, record).values["applicant_kana"] == NAME
    assert tampering.examine(fresh).faults == ()
    kept = fresh.store.vault_path.read_text()
    assert '"k1"' not in kept  # with its quotes: another key's letters may contain it
    again = rotate.rotate(fresh, "test")
    assert again.key == "k3" and again.values == done.values


def tokens(office: Office, query: str) -> list[str]:
    with office.store.engine.connect() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def test_the_state_folder_is_closed_to_others(office: Office) -> None:
    entered(office, "7")
    account.seal(office)
    rotate.rotate(office, "test")
    home = office.settings.home
    assert home.stat().st_mode & 0o077 == 0
    for path in home.rglob("*"):
        inside_closed = any(
            parent.stat().st_mode & 0o077 == 0 for parent in path.parents if parent.is_relative_to(home)
        )
        assert inside_closed
        if path.is_dir():
            assert path.stat().st_mode & 0o022 == 0, path
    for name in ("fields.json", "seal.pem"):
        assert (office.store.keys / name).stat().st_mode & 0o777 == 0o600
    for path in home.glob("utsushi.db*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert isinstance(office.store.files, FileStore)
    for path in (home / "files").rglob("*.*"):
        assert path.stat().st_mode & 0o777 == 0o400, path
