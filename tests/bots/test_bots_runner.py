"""One Record after another through the trap system, in a real browser: what each trap must come to."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from bots.run.journal import SqliteJournal
from bots.spec.model.bot import Bot
from tests.bots.conftest import Place, kyoka
from tests.bots.trap_system import TrapSystem

pytestmark = pytest.mark.browser


def test_a_receipt_for_what_find_cannot_find_stops_the_run(trap_bot: Bot, place: Place) -> None:
    with TrapSystem() as system:
        done = place.run(trap_bot, system.url, [kyoka("SILENT"), kyoka("NEXT")])
        assert {k: o.status for k, o in done.items()} == {"SILENT": "unknown", "NEXT": "unknown"}
        assert done["SILENT"].stop_system and done["SILENT"].receipt in done["SILENT"].reason
        assert system.saves == ["SILENT"], "find would be wrong about the next one, too"

        # Whatever the search says in a later run: what the system accepted is not sent again unseen.
        again = place.run(trap_bot, system.url, [kyoka("SILENT")])
        assert again["SILENT"].status == "unknown" and system.saves == ["SILENT"]


@pytest.mark.usefixtures("office_browser")
def test_each_trap_ends_as_it_must(trap_bot: Bot, place: Place) -> None:
    keys = ["CUTAFTER", "LATE", "CUTBEFORE", "BLANK500", "LOST", "OK1"]
    with TrapSystem() as system:
        system.rows.append({"no": "EXISTS", "name": "先客", "secret_no": "", "memo": "", "receipt": "1"})
        records = [kyoka(k) for k in keys]
        records += [kyoka(k) for k in ("EXISTS", "REFUSE", "ALERT", "WRONGROW", "ERRFIND")]
        records += [
            kyoka("ALTERS", "ABC"),
            kyoka("LONG", "一二三四五六七八九十百"),
            kyoka("OVER", "上書き", memo="大事な備考"),
        ]
        records += [kyoka("JIS", "𠮷田"), kyoka("EMPTY", "")]
        done = place.run(trap_bot, system.url, records)

        status = {k: o.status for k, o in done.items()}
        reasons = {k: o.reason for k, o in done.items()}
        assert {k: status[k] for k in keys} == dict.fromkeys(keys, "confirmed"), reasons
        assert {k: system.count(k) for k in keys} == dict.fromkeys(keys, 1)
        assert done["OK1"].receipt == f"R-{next(r for r in system.rows if r['no'] == 'OK1')['receipt']}"
        assert (status["EXISTS"], system.count("EXISTS")) == ("refused", 1)
        assert "すでに登録" in reasons["EXISTS"]
        assert status["REFUSE"] == "refused" and "エラー E77: 対象外の申請です。" in reasons["REFUSE"]
        assert status["ALERT"] == "refused" and "この番号は使えません" in reasons["ALERT"]
        assert status["WRONGROW"] == "unknown" and "OTHER" in reasons["WRONGROW"]
        assert status["ERRFIND"] == "unknown" and "内部エラー" in reasons["ERRFIND"]
        assert "ERRFIND" not in system.saves, "cannot tell is not no"
        assert status["ALTERS"] == "mismatch" and "「ABC」→「abc」" in reasons["ALTERS"]
        for key, words in (
            ("LONG", "一二三四五六七八九十"),
            ("OVER", "勝手に"),
            ("JIS", "U+20BB7"),
            ("EMPTY", "必須"),
        ):
            assert status[key] == "refused" and words in reasons[key], reasons[key]
            assert key not in system.saves, "found out before anything is saved"

        # The same file again: nothing is sent a second time, and what could not be told is looked up.
        sent = len(system.saves)
        again = place.run(trap_bot, system.url, [r for r in records if r.key not in ("ERRFIND", "WRONGROW")])
        assert {k: o.status for k, o in again.items()} == {k: status[k] for k in again}
        assert len(system.saves) == sent

    _proofs(place, done["OK1"].evidence)
    _nothing_hidden_anywhere(place.folder)
    states = {r.key: r for r in place.journal.rows(trap_bot.id)}
    assert states["CUTAFTER"].submissions == 1 and states["CUTBEFORE"].submissions == 2
    assert [s for _, s, _ in place.journal.events(trap_bot.id, "CUTBEFORE")] == [
        "planned", "submitting", "absent", "submitting", "accepted", "confirmed",
    ]  # fmt: skip


def _proofs(place: Place, evidence: tuple[Path, ...]) -> None:
    names = {p.name for p in evidence}
    assert {"before_submit.png", "read_back.png", "receipt.json", "sha256.txt"} <= names
    assert not any(n.endswith(".zip") for n in names), "a trace is kept of failures only"
    receipt = json.loads(next(p for p in evidence if p.name == "receipt.json").read_text(encoding="utf-8"))
    assert receipt["status"] == "confirmed" and receipt["seconds"] >= receipt["system_seconds"] > 0
    black = [
        _black_share(next(p for p in evidence if p.name == n)) for n in ("before_submit.png", "read_back.png")
    ]
    assert all(share > 0.001 for share in black), "the masked number is a black box"


def _black_share(picture: Path) -> float:
    with Image.open(picture) as image:
        histogram = image.convert("L").histogram()
    return histogram[0] / sum(histogram)


def _nothing_hidden_anywhere(folder: Path) -> None:
    """No log, journal, receipt or trace holds the password or the masked number."""
    traces = list(folder.rglob("*.zip"))
    assert traces, "failures left a trace"
    for hidden in (b"123456789018", b"himitsu-no-kotoba"):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".zip":
                assert hidden not in path.read_bytes(), path
        for trace in traces:
            with zipfile.ZipFile(trace) as archive:
                assert all(hidden not in archive.read(n) for n in archive.namelist()), trace


def test_dry_run_and_a_person_who_says_no_save_nothing(trap_bot: Bot, place: Place) -> None:
    asked: list[str] = []
    with TrapSystem() as system:
        dry = place.run(trap_bot, system.url, [kyoka("A")], dry_run=True)
        assert "dry run" in dry["A"].reason and system.saves == []
        row = place.journal.row(trap_bot.id, "A")
        assert row is not None and row.submissions == 0

        def supervisor(record: object, picture: Path | None) -> bool:
            asked.append(picture.name if picture else "")
            return len(asked) > 1

        watched = place.run(trap_bot, system.url, [kyoka("A"), kyoka("B")], supervisor=supervisor)
        assert (watched["A"].status, watched["B"].status) == ("refused", "confirmed")
        assert system.saves == ["B"] and all(asked)


def test_a_wrong_password_stops_the_run_before_the_account_is_locked(
    trap_bot: Bot, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_PASSWORD", "falsch")
    with TrapSystem() as system:
        done = place.run(trap_bot, system.url, [kyoka("A"), kyoka("B")])
    assert {o.status for o in done.values()} == {"unknown"}
    assert "ログイン" in done["A"].reason and "not tried" in done["B"].reason


def test_a_dead_system_opens_the_breaker(trap_bot: Bot, place: Place) -> None:
    done = place.run(trap_bot, "http://127.0.0.1:9", [kyoka(f"K{n}") for n in range(6)])
    assert ["not tried" in o.reason for o in done.values()] == [False] * 4 + [True] * 2
    assert {r.state for r in place.journal.rows(trap_bot.id)} == {"unknown"}
    assert all(r.submissions == 0 for r in place.journal.rows(trap_bot.id))


def test_two_applications_with_one_key_go_to_a_person(trap_bot: Bot, place: Place) -> None:
    with TrapSystem() as system:
        runs = [kyoka("A", "山田"), kyoka("A", "鈴木")]
        place.run(trap_bot, system.url, runs[:1])
        assert place.run(trap_bot, system.url, runs[1:])["A"].status == "refused"
        assert [r["name"] for r in system.rows] == ["山田"]
        row = place.journal.row(trap_bot.id, "A")
        assert row is not None and row.state == "confirmed"


@pytest.mark.parametrize(
    ("encoding", "charset", "name"), [("euc_jp", "EUC-JP", "髙橋"), ("latin-1", "ISO-8859-1", "Müller")]
)
def test_pages_in_other_encodings(
    trap_bot: Bot, place: Place, encoding: str, charset: str, name: str
) -> None:
    from dataclasses import replace

    bot = replace(trap_bot, encoding=charset.lower(), session_lost=())
    with TrapSystem(encoding, charset) as system:
        done = place.run(
            bot, system.url, [kyoka("A", "Müller" if encoding == "latin-1" else "高橋"), kyoka("B", "𠮷")]
        )
    assert done["A"].status == "confirmed", done["A"].reason
    assert done["B"].status == "refused" and "U+20BB7" in done["B"].reason


def test_outcomes_file(trap_bot: Bot, tmp_path: Path) -> None:
    from bots.run.runner import RunSettings
    from bots.tools.cli import exit_code, run_bot

    records = tmp_path / "records.csv"
    records.write_text("no,name,secret_no,memo\nA,山田,,\nREFUSE,山田,,\n", encoding="utf-8-sig")
    with TrapSystem() as system:
        settings = RunSettings(base_url=system.url, lock_dir=tmp_path)
        done = run_bot(
            trap_bot.file,
            records,
            tmp_path / "j.db",
            tmp_path / "e",
            outcomes=tmp_path / "o.csv",
            settings=settings,
        )
    assert exit_code(done) == 3
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(r["key"], r["status"]) for r in rows] == [("A", "confirmed"), ("REFUSE", "refused")]
    assert list(rows[0]) == ["key", "status", "receipt", "reason"] and rows[0]["receipt"].startswith("R-")
    assert len(SqliteJournal(tmp_path / "j.db").rows(trap_bot.id)) == 2
