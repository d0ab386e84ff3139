"""Settled records go into the sample legacy system: their proofs, pause, circuit, and what the board says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bots.base.errors import NotGranted
from pipelines.context import Office
from pipelines.flows import enter as flow
from pipelines.settings import Settings
from pipelines.steps.entry import enter as entering
from pipelines.steps.entry.enter import bots_by_system, enter_system, systems_with_work
from pipelines.steps.entry.evidence_check import check_evidence
from samples.legacy_system.server import LegacySystem
from store.audit import chain
from store.base.errors import DatabaseUnavailable
from store.base.model import DocumentState, EntryState, NewReading
from store.documents import batches, documents, readings
from store.entry import entries, systems
from store.ops import messages
from store.queue import review_queue
from tests.bots.systems.sogo import BOT, record

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sample_login")]
SYSTEM, FORM = "fukushi_sogo", "kyufukin_shinsei"
DEAD = "http://127.0.0.1:9"


@pytest.fixture
def legacy(tmp_path: Path) -> Iterator[LegacySystem]:
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        yield system


def an_office(tmp_path: Path, url: str) -> Office:
    """An office whose bot does not try again for long."""
    folder = tmp_path / "systems" / SYSTEM
    folder.mkdir(parents=True)
    data = yaml.load((BOT / "bot.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    text = (BOT / "bot.yaml").read_text(encoding="utf-8")
    text = text.replace(f"attempts: {data['attempts']}", "attempts: 1")
    (folder / "bot.yaml").write_text(text, encoding="utf-8")
    return Office(Settings(home=tmp_path / "home", systems=tmp_path / "systems", system_urls={SYSTEM: url}))


def test_a_bot_reaches_nothing_that_the_settings_do_not_grant(tmp_path: Path, legacy: LegacySystem) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1)
    for wanted, change in {
        "FUKUSHI_PASSWORD": {"bot_secrets": {SYSTEM: ["FUKUSHI_USER"]}},
        "127.0.0.1": {"system_urls": {}},
        "bot_uploads": {"systems": _with_upload(tmp_path)},
    }.items():
        other = Office(office.settings.model_copy(update=change))
        with pytest.raises(NotGranted, match=wanted):
            enter_system(other, SYSTEM)
        with other.store.write() as session:
            paused = systems.state(session, SYSTEM)
            assert paused is not None and paused.paused and wanted in paused.reason
            systems.resume(session, SYSTEM, actor="hana")
    assert legacy.rows(FORM) == []
    assert enter_system(office, SYSTEM) == {"confirmed": 1}


def _with_upload(tmp_path: Path) -> Path:
    folder = tmp_path / "uploading" / SYSTEM
    folder.mkdir(parents=True)
    text = (tmp_path / "systems" / SYSTEM / "bot.yaml").read_text("utf-8")
    saving = "    - click: 登録\n      irreversible: true\n"
    assert saving in text
    text = text.replace(saving, "    - upload: {name: file, path: '{{ page1 }}'}\n" + saving)
    (folder / "bot.yaml").write_text(text, "utf-8")
    return folder.parent


def settle(office: Office, *numbers: int) -> None:
    """Documents of the form, read and settled."""
    with office.store.write() as session:
        batch = batches.open_batch(session, name="朝の分", source="inbox", actor="intake")
        for number in numbers:
            file = batches.add_file(
                session, batch.id, sha256=f"{number:064x}", original_name="a.pdf", size=9, kept_path="x",
                actor="intake",
            )  # fmt: skip
            document = documents.create(
                session, batch_id=batch.id, file_id=file.id, actor="intake", form_id=FORM, edition="2026-04",
                secret_fields=("account_number",), key_fields=("application_no",),
            )  # fmt: skip
            read = [
                NewReading(k, 1, v, 0.99, "accept", candidates=((v, 0.99, "line"),))
                for k, v in record(number).values.items()
            ]
            readings.add(session, document, "run-1", read, actor="reader", model_version="m1")
            documents.advance(session, document, DocumentState.READ, "reader")
            review_queue.open_items(session, document, [], actor="router")


def board_says(office: Office) -> list[str]:
    with office.store.read() as session:
        return [messages.alert_text(alert, "ja") for alert in messages.open_alerts(session)]


def test_a_changed_bot_is_seen_and_an_unchanged_one_is_not_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = an_office(tmp_path, DEAD)
    before = bots_by_system(office)
    monkeypatch.setattr(entering, "load_bot", None)  # calling it would fail
    assert FORM in before[SYSTEM] and bots_by_system(office) == before
    monkeypatch.undo()
    file = tmp_path / "systems" / SYSTEM / "bot.yaml"
    file.write_text(file.read_text("utf-8").replace("給付金 支給申請", "別の名前"), "utf-8")
    assert bots_by_system(office)[SYSTEM][FORM].title == "別の名前"


def test_proofs_are_kept_and_a_changed_picture_is_found(tmp_path: Path, legacy: LegacySystem) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1)
    assert systems_with_work(office) == [SYSTEM]
    assert enter_system(office, SYSTEM) == {"confirmed": 1}
    with office.store.read() as session:
        [entry] = entries.in_state(session, EntryState.CONFIRMED)
        event = next(
            e for e in chain.history(session, f"document:{entry.document_id}") if "files" in e.detail
        )
        assert entry.receipt == legacy.rows(FORM)[0]["receipt_no"]
    for name in ("before_submit.png", "read_back.png", "receipt.json", "sha256.txt"):
        assert name in event.detail
    before = check_evidence(office)
    assert before.files >= 4 and before.changed == ()
    picture = next(office.store.files.root.rglob("*.png"))
    picture.chmod(0o600)
    picture.write_bytes(picture.read_bytes()[:-1] + b"x")
    [changed] = check_evidence(office).changed
    assert f"document:{entry.document_id}" in changed and ".png" in changed


def test_a_second_run_ends_quietly_and_takes_nothing_from_the_first(
    tmp_path: Path,
    legacy: LegacySystem,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1, 2)
    monkeypatch.setattr(flow, "this_office", lambda: office)
    second: list[dict[str, int]] = []
    first = enter_system(office, SYSTEM, lambda _: second.append(flow.enter_one.fn(SYSTEM)))
    assert (first, second) == ({"confirmed": 2}, [{}, {}])
    assert capsys.readouterr().out.count("別の実行が入力中です") == 2
    assert len(legacy.rows(FORM)) == 2 and systems_with_work(office) == []


def test_paused_on_the_board_nothing_is_entered_until_it_is_resumed(
    tmp_path: Path, legacy: LegacySystem
) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1)
    with office.store.write() as session:
        systems.pause(session, SYSTEM, actor="kanri", reason="年度切替")
    assert systems_with_work(office) == [] and enter_system(office, SYSTEM) == {}
    assert any("止められています" in words for words in board_says(office))
    with office.store.write() as session:
        systems.resume(session, SYSTEM, actor="kanri")
    assert board_says(office) == []
    assert enter_system(office, SYSTEM) == {"confirmed": 1}


def test_a_dead_system_is_left_alone_and_the_board_says_so(tmp_path: Path) -> None:
    office = an_office(tmp_path, DEAD)
    settle(office, *range(1, 9))
    done = enter_system(office, SYSTEM)
    assert done == {"parked": 5, "planned": 3}, "five failures in a row, then nothing is tried"
    assert systems_with_work(office) == []
    assert any("エラーが5回続いた" in words for words in board_says(office))
    with office.store.write() as session:
        row = systems.state(session, SYSTEM)
        assert row is not None and row.circuit_open and row.retry_at is not None
        systems.resume(session, SYSTEM, actor="kanri")
        assert systems.may_run(session, SYSTEM)
    assert board_says(office) == []


def test_what_a_lost_database_cut_off_goes_on_in_the_same_process_and_nothing_is_sent_twice(
    tmp_path: Path, legacy: LegacySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = an_office(tmp_path, legacy.url)
    settle(office, 1, 2, 3)

    def lost(*_: object) -> str:
        raise DatabaseUnavailable("OperationalError")

    with monkeypatch.context() as patch:
        patch.setattr(entering.StoreJournal, "commit", lost)
        with pytest.raises(DatabaseUnavailable):
            enter_system(office, SYSTEM)
    assert len(legacy.rows(FORM)) == 1, "the first is there, and nobody has written it down"
    assert enter_system(office, SYSTEM) == {"confirmed": 3}
    assert sorted(row["application_no"] for row in legacy.rows(FORM)) == sorted(
        record(n).values["application_no"] for n in (1, 2, 3)
    )


def test_a_refused_login_stops_the_system_at_once(
    tmp_path: Path, legacy: LegacySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = an_office(tmp_path, legacy.url)
    monkeypatch.setenv("UTSUSHI_SECRET_FUKUSHI_PASSWORD", "falsch")
    settle(office, 1, 2, 3)
    done = enter_system(office, SYSTEM)
    assert done == {"parked": 2, "planned": 1}, "two tries of the password, then no more"
    assert any("ログインできない" in words for words in board_says(office))
    assert legacy.rows(FORM) == []
