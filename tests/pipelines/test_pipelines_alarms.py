"""What is the matter is told once when it begins and once when it ends, on the board and to people."""

from __future__ import annotations

import email
import json
import logging
import os
import socketserver
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from foundation.words import sentence, words
from pipelines.alarms import checks, messenger
from pipelines.alarms.chain import ChainCheck
from pipelines.alarms.messenger import DeliveryFailed, Notice
from pipelines.alarms.model import CODES, Problem
from pipelines.alarms.monitor import Monitor
from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.logs import JsonLines
from pipelines.steps.keeping import backup
from store.base.errors import (
    DatabaseUnavailable,
    KeyFileMissing,
    SchemaOutdated,
    StorageFull,
    StoreBusy,
    StoreError,
)
from store.base.model import ItemPlan, NewReading
from store.base.schema import Item, SourceFile
from store.database import Store
from store.documents import batches, documents, readings
from store.entry import systems
from store.ops import messages
from store.queue import review_queue
from tests.pipelines.keeping_samples import FORM, NAME, SECRET, entered

DISK = Problem("disk_low", "warning", sentence("alert.disk_low", free_gib=1.0))
LITTLE_ROOM = "ディスクの空きが少なくなっています（空き 1.0 GiB）。"


def board(office: Office) -> dict[str, str]:
    with office.store.read() as session:
        return {alert.code: messages.alert_text(alert, "ja") for alert in messages.open_alerts(session)}


def says(problem: Problem, language: str = "ja") -> str:
    return Notice(problem).message(language)


class Outbox:
    """Keeps what was sent; fails while told to."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.down = False

    def __call__(self, settings, news) -> None:
        if self.down:
            raise DeliveryFailed("ConnectionRefusedError")
        self.sent.append([("over " if one.resolved else "") + one.problem.code for one in news])


def test_a_trouble_is_told_when_it_begins_and_when_it_ends_and_never_between(office: Office):
    now: list[Problem] = [DISK]
    outbox = Outbox()
    monitor = Monitor(office, outbox, lambda _: now)
    for _ in range(3):
        monitor.run_once()
    assert outbox.sent == [["disk_low"]] and board(office) == {"disk_low": LITTLE_ROOM}
    assert [one.code for one in Monitor(office, outbox, lambda _: now)._previous().values()] == ["disk_low"]
    again = Monitor(office, outbox, lambda _: now)  # a restarted monitor does not repeat what is known
    again.run_once()
    assert len(outbox.sent) == 1
    now.clear()
    again.run_once()
    again.run_once()
    assert outbox.sent[1:] == [["over disk_low"]] and board(office) == {}


def test_what_could_not_be_sent_is_sent_later_and_the_board_knows_at_once(office: Office):
    now = [DISK]
    outbox = Outbox()
    outbox.down = True
    monitor = Monitor(office, outbox, lambda _: now)
    monitor.run_once()
    assert set(board(office)) == {"disk_low", "messenger_failed"} and outbox.sent == []
    outbox.down = False
    monitor.run_once()
    assert outbox.sent == [["disk_low"]] and set(board(office)) == {"disk_low"}


def test_alerts_of_others_are_left_alone(office: Office):
    with office.store.write() as session:
        messages.raise_alert(session, "manifest_faulty", sentence("alert.manifest_waits"))
    Monitor(office, Outbox(), lambda _: []).run_once()
    assert board(office) == {"manifest_faulty": "届くか直されるまで受け付けません。"}


def test_disk_inbox_and_prefect_are_looked_at(office: Office):
    settings = office.settings
    settings.prefect_port = 1
    assert [one.code for one in checks.prefect(office)] == ["prefect_down"]
    assert list(checks.disk(office)) == [] or settings.disk_reserve_mib > 1
    settings.disk_reserve_mib = 1e12
    [full] = checks.disk(office)
    assert (full.code, full.level) == ("disk_full", "error") and "受付を止めています" in says(full)
    old = settings.inbox_folder / "山田花子.pdf"
    old.write_bytes(b"x")
    os.utime(old, (time.time(), time.time()))  # the kernel's clock need not be this process's (libfaketime)
    assert list(checks.inbox(office)) == []
    os.utime(old, (time.time() - 3600, time.time() - 3600))
    [stuck] = checks.inbox(office)
    assert stuck.code == "inbox_stuck" and "1 個" in says(stuck) and "山田" not in says(stuck)
    old.unlink()
    settings.inbox_folder.rmdir()
    assert [one.code for one in checks.inbox(office)] == ["inbox_missing"]


@contextmanager
def held_by_another_program(office: Office) -> Iterator[None]:
    """The database as it is while another program keeps it to itself; nobody waits long for it."""
    office.store.close()
    office.__dict__["store"] = Store("", office.settings.home, busy_seconds=0.1)
    with closing(sqlite3.connect(office.settings.home / "utsushi.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM alert WHERE 0")
        yield


def of_the_store(office: Office) -> list[Problem]:
    office.settings.disk_reserve_mib = 0.0
    return [one for one in checks.find_problems(office) if one.code != "prefect_down"]


def test_a_busy_database_is_called_busy_and_not_a_full_disk(office: Office):
    assert of_the_store(office) == []
    with held_by_another_program(office):
        [busy] = of_the_store(office)
    assert (busy.code, busy.level) == ("database_busy", "warning") and "混み合って" in says(busy)
    assert of_the_store(office) == []


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (StorageFull(), "disk_full", "空き"),
        (DatabaseUnavailable("OperationalError"), "database_down", "接続できません"),
        (SchemaOutdated(), "database_down", "版"),
        (KeyFileMissing("fields.json"), "database_down", "鍵"),
    ],
)
def test_what_keeps_the_database_from_answering_is_told_as_what_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: StoreError, code: str, words: str
):
    def fail(_: Office) -> list[str]:
        raise error

    monkeypatch.setattr(checks, "known_systems", fail)
    [told] = of_the_store(office)
    assert told.code == code and words in says(told)


def test_what_cannot_be_looked_at_is_not_told_to_be_over(office: Office):
    stopped = Problem("bot_stopped", "error", sentence("alert.bot_failing", system="福祉"), "fukushi")
    now, outbox = [DISK, stopped], Outbox()
    monitor = Monitor(office, outbox, lambda _: now)
    monitor.run_once()
    now[:] = [checks.database_problem(StoreBusy())]
    monitor.run_once()
    assert outbox.sent == [["disk_low", "bot_stopped"], ["database_busy", "over disk_low"]]
    now[:] = [stopped]
    monitor.run_once()
    assert outbox.sent[2:] == [["over database_busy"]]
    assert board(office) == {"bot_stopped": says(stopped)}


def test_a_chain_that_cannot_be_read_is_told_and_a_broken_one_stays_broken(office: Office):
    broken, outbox = (
        Problem("chain_broken", "error", sentence("alert.chain_broken", seq=1, reason="x")),
        Outbox(),
    )
    monitor = Monitor(office, outbox, lambda _: [])
    with office.store.write() as session:
        messages.raise_alert(session, broken.code, broken.message, level=broken.level)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChainCheck, "check", lambda *_: (_ for _ in ()).throw(StoreBusy()))
        monitor.run_once()
    assert outbox.sent == [["database_busy"]] and set(board(office)) == {"chain_broken", "database_busy"}


def test_work_that_does_not_go_on_is_noticed(office: Office):
    with office.store.write() as session:
        batch = batches.open_batch(session, name="b", source="s", actor="t")
        file = batches.add_file(
            session, batch.id, sha256="a" * 64, original_name="a", size=1, kept_path="a", actor="t"
        )
        document = documents.create(session, batch_id=batch.id, file_id=file.id, form_id=FORM, actor="t")
        readings.add(session, document, "r", [NewReading("a", 1, "1", 0.5, "verify")], actor="t")
        documents.advance(session, document, "read", "t")
        review_queue.open_items(session, document, [ItemPlan("a", 1)], actor="t")
    assert [one.code for one in checks.find_problems(office) if one.code != "prefect_down"] == []
    with office.store.write() as session:
        late = session.get_one(SourceFile, file.id)
        late.updated_at -= timedelta(hours=1)
        session.query(Item).one().created_at -= timedelta(hours=30)
        systems.pause(session, "fukushi_sogo", actor="t", reason="月次処理")
    found = {one.code: one for one in checks.find_problems(office)}
    assert {"reading_stuck", "queue_overdue", "bot_stopped"} <= set(found)
    assert found["bot_stopped"].level == "info" and found["bot_stopped"].subject == "fukushi_sogo"
    with office.store.write() as session:
        systems.resume(session, "fukushi_sogo", actor="t")
        for _ in range(systems.FAILURES_TO_OPEN):
            systems.failed(session, "fukushi_sogo", actor="t", reason="timeout")
    assert {one.code: one for one in checks.find_problems(office)}["bot_stopped"].level == "error"


def test_an_old_backup_is_noticed_only_where_there_was_one(office: Office, tmp_path: Path):
    def old() -> list[str]:
        return [one.code for one in checks.find_problems(office) if one.code == "backup_old"]

    assert old() == []
    backup.back_up(office, tmp_path / "backup")
    assert old() == []
    office.settings.backup_hours = 1e-9
    time.sleep(0.01)
    assert old() == ["backup_old"]


def test_a_broken_chain_is_noticed_at_once_and_an_older_break_within_a_day(office: Office):
    now = [0.0]
    chain = ChainCheck(lambda: now[0])
    entered(office, "0001")
    assert list(chain.check(office)) == []
    entered(office, "0002")
    assert list(chain.check(office)) == []

    def change(seq: int, actor: str) -> None:
        with office.store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE audit_event SET actor = '{actor}' WHERE seq = {seq}")

    change(2, "somebody")
    assert list(chain.check(office)) == []  # before what is new
    now[0] += 90_000
    [broken] = chain.check(office)
    assert broken.code == "chain_broken" and "2 番目" in says(broken)
    change(2, "intake")
    assert list(chain.check(office)) == []
    entered(office, "0003")
    with office.store.read() as session:
        last = session.connection().exec_driver_sql("SELECT max(seq) FROM audit_event").scalar_one()
    change(last, "somebody")
    assert [one.code for one in chain.check(office)] == ["chain_broken"]


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A tiny SMTP server that keeps what it is given; with ``tls`` it offers STARTTLS and keeps encrypted mail only."""
    kept: list[bytes] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            encrypted = tls is None
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"EHLO" and tls is not None:
                    self.wfile.write(b"250-test\r\n250 STARTTLS\r\n")
                    continue
                if word == b"STAR" and tls is not None:
                    self.wfile.write(b"220 go\r\n")
                    secure = tls.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile, encrypted = secure.makefile("rb"), secure.makefile("wb", 0), True
                    continue
                if word == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    body = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        body.append(part)
                    kept.extend([b"".join(body)] if encrypted else [])
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], kept
        server.shutdown()


def test_news_arrive_by_mail_and_webhook(office: Office):
    posted: list[dict] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    hook = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    with mail_server() as (port, kept):
        settings = office.settings
        settings.mail_server, settings.mail_to = f"127.0.0.1:{port}", ["jouhou@city.example.jp"]
        settings.webhook_url = f"http://127.0.0.1:{hook.server_address[1]}/alarm"
        messenger.require_inside(settings)
        messenger.deliver(
            settings,
            [
                Notice(DISK),
                Notice(
                    Problem("bot_stopped", "error", sentence("alert.bot_paused", system="x"), "fukushi"),
                    resolved=True,
                ),
            ],
        )
    hook.shutdown()
    mail = email.message_from_bytes(kept[0], policy=default)
    assert mail["Subject"] == "[写し] 【注意】ディスクの空きが少ない ほか 1 件"
    assert LITTLE_ROOM in mail.get_content() and "Little room is left on the disk" in mail.get_content()
    assert "【回復】入力ボットが止まった" in mail.get_content()
    assert [(one["code"], one["status"]) for one in posted[0]["alerts"]] == [
        ("disk_low", "firing"),
        ("bot_stopped", "resolved"),
    ]
    settings.webhook_url, settings.mail_server = "http://127.0.0.1:9/", ""
    with pytest.raises(DeliveryFailed):
        messenger.deliver(settings, [Notice(DISK)])


def test_mail_is_encrypted_where_the_server_offers_it(office: Office, own_certificate: tuple[Path, Path]):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*own_certificate)
    with mail_server(tls) as (port, kept):
        office.settings.mail_server, office.settings.mail_to = f"127.0.0.1:{port}", ["a@city.example.jp"]
        messenger.deliver(office.settings, [Notice(DISK)])
    assert len(kept) == 1


@pytest.mark.parametrize("address", ["http://93.184.216.34/x", "http://[2606:2800:220:1::1]/x"])
def test_nothing_is_sent_outside(office: Office, address: str):
    office.settings.webhook_url = address
    with pytest.raises(PipelineError):
        messenger.require_inside(office.settings)
    office.settings.webhook_url = "http://192.168.10.5:8080/x"
    messenger.require_inside(office.settings)


def test_logs_are_json_without_what_an_exception_says():
    record = logging.LogRecord("utsushi.x", logging.ERROR, "x.py", 1, "file %d failed", (12,), None)
    try:
        raise ValueError(f"bad value {NAME}")
    except ValueError:
        import sys

        record.exc_info = sys.exc_info()
    line = json.loads(JsonLines("reader").format(record))
    assert (
        line["message"] == "file 12 failed" and line["error"] == "ValueError" and line["program"] == "reader"
    )
    assert NAME not in json.dumps(line, ensure_ascii=False) and "test_logs_are_json" in line["where"][-1]


def test_an_error_of_the_database_carries_no_values(office: Office):
    from sqlalchemy.exc import IntegrityError

    from store.base.schema import Record

    with pytest.raises(IntegrityError) as caught, office.store.write() as session:
        said = {"record_key": SECRET, "values": {"a": NAME}, "settled_at": datetime.now(UTC)}
        session.add(Record(document_id=99, version=1, form_id="f", digest="d", settled_by="x", **said))
    assert SECRET not in str(caught.value) and NAME not in str(caught.value)


def test_every_code_has_a_title_and_every_trouble_a_sentence_in_both_languages(office: Office):
    office.settings.disk_reserve_mib, office.settings.prefect_port = 1e12, 1
    office.settings.inbox_folder.rmdir()
    with office.store.write() as session:
        systems.pause(session, "fukushi_sogo", actor="t", reason="月次処理")
    found = checks.find_problems(office)
    assert {"disk_full", "inbox_missing", "prefect_down", "bot_stopped"} <= {one.code for one in found}
    for language in ("ja", "en"):
        assert all(words(language).has(f"alert_title.{code}") for code in CODES)
        assert all(words(language).has(one.message.key) for one in found)
    assert all(says(one, "en").isascii() for one in found)


@pytest.mark.parametrize("page", ["operations.md", "operations.ja.md"])
def test_every_code_is_documented(page: str):
    text = (Path(__file__).resolve().parents[2] / "docs" / page).read_text("utf-8")
    assert [code for code in CODES if f"`{code}`" not in text] == []
