"""Backing up, restoring, erasing, exporting and timing, as an office does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import select

from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.settings import Settings
from pipelines.steps.accounting import baseline, export
from pipelines.steps.accounting.account import build_report, verify_chain
from pipelines.steps.keeping import backup, purge
from store.base.errors import BadLogin, CertificateInvalid, InvalidAnswer, RestoreRefused
from store.base.schema import AuditEvent, Document
from store.documents import records
from store.ops import restore, users
from tests.pipelines.keeping_samples import FORM, NAME, SECRET, all_bytes, entered, month_of
from tests.pipelines.test_pipelines_commands import utsushi

PASSWORD = "correct horse battery"


def acts(office: Office, act: str) -> list[dict]:
    with office.store.read() as session:
        return [
            json.loads(d) for d in session.scalars(select(AuditEvent.detail).where(AuditEvent.act == act))
        ]


def test_backup_and_restore_by_command(office: Office, tmp_path: Path):
    entered(office, "0001")
    home, target = office.settings.home, tmp_path / "backup"
    done = utsushi("backup", str(target), home=home)
    assert done.returncode == 0, done.stderr
    assert "復元を確認" in done.stdout and "鍵は入っていません" in done.stdout
    refused = utsushi("restore", str(target), home=home)
    assert refused.returncode == 1 and "上書きはしません" in refused.stderr
    fresh = tmp_path / "fresh"
    without = utsushi("restore", str(target), home=fresh)
    assert without.returncode == 1 and "鍵がありません" in without.stderr
    other = tmp_path / "other"
    again = utsushi("restore", str(target), "--keys", str(home / "keys"), home=other)
    assert again.returncode == 0, again.stderr
    restored = Office(Settings(home=other))
    with restored.store.read() as session:
        assert len(list(session.scalars(select(Document)))) == 1
    assert verify_chain(restored).ok
    assert (other / "config" / "templates_forms" / FORM / "form.yaml").is_file()


def test_one_tar_file_holds_everything_and_is_never_overwritten(office: Office, tmp_path: Path):
    entered(office, "0001")
    made = backup.back_up(office, tmp_path / "b.tar", with_keys=True)
    assert made.place.stat().st_mode & 0o077 == 0
    assert backup.check_by_restoring(office, made).ok
    with pytest.raises(RestoreRefused):
        backup.back_up(office, made.place)
    settings = Settings(home=tmp_path / "again").prepare()
    assert backup.restore(settings, made.place, None, None).ok
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "b.tar", "home"]


def test_purge_by_rule_leaves_no_trace_but_figures_and_proof(office: Office):
    office.settings.retention_days = {FORM: 30}
    old, new = entered(office, "0001", days_ago=40), entered(office, "0002", days_ago=10)
    evidence = office.settings.evidence_folder / "bot" / "0001-x"
    home = office.settings.home
    from bots.run.evidence import folder_name

    evidence = office.settings.evidence_folder / "bot" / folder_name("0001")
    evidence.mkdir(parents=True)
    (evidence / "screen.png").write_bytes("山田花子の画面".encode())
    months = {month_of(office, document) for document in (old, new)}
    before = [build_report(office, one) for one in months]
    certificate = purge.purge(office, "tester")
    assert certificate is not None and (certificate.documents, certificate.files) == (1, 2)
    facts = purge.check_certificate(office, certificate.path)
    assert [one["id"] for one in facts["applications"]] == [old]
    assert f"申請書 {old}  {FORM}" in certificate.text.read_text("utf-8")
    assert not evidence.exists()
    after = [build_report(office, one) for one in months]
    for was, now in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(was.accuracy, now.accuracy)
        pd.testing.assert_frame_equal(was.hours, now.hours)
    assert verify_chain(office).ok and restore.check_store(office.store).ok
    with office.store.read() as session:
        kept = records.load(session, records.newest(session, new), reveal=True).values
        assert kept["applicant_kana"] == NAME
        assert set(records.load(session, records.newest(session, old), reveal=True).values.values()) <= {
            "",
            "erased:1",
            "erased:2",
        }
    assert purge.purge(office, "tester") is None
    office.settings.retention_days = {FORM: 5}
    assert purge.purge(office, "tester").documents == 1
    everything = all_bytes(home)
    for value in (NAME, "山田花子", "ヤマダ ハナユ", "R0002"):
        assert value.encode() not in everything, value
        assert json.dumps(value).strip('"').encode() not in everything, value


def test_what_a_killed_process_left_half_written_does_not_outlive_a_purge(office: Office):
    files = office.store.files.root
    files.mkdir(parents=True, exist_ok=True)
    for name, age in ((".new-old", 7200), (".new-being-written", 0)):
        (files / name).write_bytes(NAME.encode())
        os.utime(files / name, (time.time() - age,) * 2)
    purge.purge(office, "tester")
    assert [path.name for path in files.iterdir()] == [".new-being-written"]


def test_a_purge_cut_off_after_its_commit_is_completed_by_the_next(office: Office, monkeypatch):
    office.settings.retention_days = {FORM: 30}
    entered(office, "0001", days_ago=40)
    with monkeypatch.context() as cut:
        cut.setattr(purge, "certify", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            purge.purge(office, "tester")
    kept = office.settings.home / "files"
    assert len(list(kept.glob("??/*"))) == 2
    certificate = purge.purge(office, "tester")
    assert certificate is not None and certificate.documents == 1
    assert list(kept.glob("??/*")) == []
    changed = json.loads(certificate.path.read_text("utf-8")) | {"office": "別の市"}
    copy = office.settings.home / "copy.json"
    copy.write_text(json.dumps(changed), "utf-8")
    with pytest.raises(CertificateInvalid):
        purge.check_certificate(office, copy)


def test_purge_by_command_asks_and_counts(office: Office):
    entered(office, "0001", days_ago=400)
    home = office.settings.home
    none = utsushi("purge", "--yes", home=home)
    assert "保存期間の定めがありません" in none.stdout or "0 件" in none.stdout
    rule = {"UTSUSHI_RETENTION_DAYS": json.dumps({FORM: 365})}
    counted = utsushi("purge", "--dry-run", home=home, **rule)
    assert f"{FORM}: 1 件 (保存 365 日)" in counted.stdout
    assert utsushi("purge", home=home, **rule).returncode == 1  # nobody said yes
    done = utsushi("purge", "--yes", home=home, **rule)
    assert done.returncode == 0 and "消去 1 件" in done.stdout
    [path] = (home / "certificates").glob("*.json")
    assert "正しい証明書" in utsushi("purge", "--verify", str(path), home=home).stdout


def test_export_leaves_secret_fields_out(office: Office, tmp_path: Path):
    document = entered(office, "0001")
    month = f"{month_of(office, document):%Y-%m}"
    secret = {field.label for field in office.forms[FORM].fields() if field.secret}
    assert secret
    for name in ("r.csv", "r.xlsx"):
        out = tmp_path / name
        done = utsushi(
            "export", "--form", FORM, "--month", month, "--out", str(out), home=office.settings.home
        )
        assert done.returncode == 0, done.stderr
        assert "1 件" in done.stdout and all(label in done.stdout for label in secret)
        assert (
            SECRET.encode()
            not in all_bytes(tmp_path / name if out.is_dir() else out.parent)[:0] + out.read_bytes()
        )
    frame = pd.read_csv(tmp_path / "r.csv", dtype=str, encoding="utf-8-sig")
    assert frame["application_no"].tolist() == ["0001"] and frame["applicant_kana"].tolist() == [NAME]
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [[cell.value for cell in row] for row in book["確定データ"].iter_rows()]
    assert "0001" in cells[1] and not secret & set(cells[0]) and SECRET not in str(cells)
    assert [event["records"] for event in acts(office, "records.exported")] == [1, 1]
    assert acts(office, "secret.reveal") == []


def test_secret_fields_need_a_lead_and_a_reason_and_are_logged(office: Office, tmp_path: Path):
    document = entered(office, "0001")
    with office.store.write() as session:
        for name, role in (("hana", "clerk"), ("taro", "lead")):
            users.add(session, name, display=name, password=PASSWORD, roles=[role], actor="test")
    month = month_of(office, document)
    wish = export.export_request(office, FORM, month, ["entered"], True, "監査対応のため")
    with pytest.raises(PipelineError):
        export.export(office, wish, tmp_path / "no.csv", "hana", PASSWORD)
    with pytest.raises(BadLogin):
        export.export(office, wish, tmp_path / "no.csv", "taro", "wrong")
    with pytest.raises(InvalidAnswer):
        silent = export.export_request(office, FORM, month, ["entered"], True, " ")
        export.export(office, silent, tmp_path / "no.csv", "taro", PASSWORD)
    assert not (tmp_path / "no.csv").exists() and acts(office, "secret.reveal") == []
    assert export.export(office, wish, tmp_path / "yes.csv", "taro", PASSWORD) == 1
    assert SECRET in (tmp_path / "yes.csv").read_text("utf-8-sig")
    assert (tmp_path / "yes.csv").stat().st_mode & 0o077 == 0
    with office.store.read() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.act == "secret.reveal"))
    assert (event.actor, event.subject) == ("taro", f"document:{document}") and "監査" not in event.detail


def test_a_value_that_begins_like_a_formula_stays_text(office: Office, tmp_path: Path):
    from reports.records import Column, write

    frame = pd.DataFrame({"a": ["=1+1", "0012", ""]}, dtype="object")
    write(frame, [Column("a", "甲")], tmp_path / "f.csv")
    assert "'=1+1" in (tmp_path / "f.csv").read_text("utf-8-sig")
    write(
        frame.assign(b=1)[["b", "b", "b", "b", "a"]].set_axis(list("wxyza"), axis=1),
        [Column("a", "甲")],
        tmp_path / "f.xlsx",
    )
    cells = list(openpyxl.load_workbook(tmp_path / "f.xlsx")["確定データ"]["E"])
    assert [(cell.value, cell.data_type) for cell in cells[1:3]] == [("=1+1", "s"), ("0012", "s")]


def test_baseline_times_form_by_form_and_gives_an_interval(office: Office):
    command = [sys.executable, "-m", "pipelines", "baseline", FORM, "--person", "佐藤", "--forms", "3"]
    import os

    done = subprocess.run(
        command,
        input="\n" * 6,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "UTSUSHI_HOME": str(office.settings.home)},
    )
    assert done.returncode == 0, done.stderr
    assert "3 件を計測 (佐藤" in done.stdout and "±" in done.stdout
    baseline.record(office, FORM, "鈴木", [20.0], "ストップウォッチ", forms=5)
    standing = baseline.measured_baseline(office, FORM)
    assert standing.baseline.forms == 8 and standing.error is not None
    cut = subprocess.run(command, input="\n", capture_output=True, text=True, timeout=120, check=False,
                         env={**os.environ, "UTSUSHI_HOME": str(office.settings.home)})  # fmt: skip
    assert cut.returncode == 1 and baseline.measured_baseline(office, FORM).baseline.forms == 8
    assert (
        utsushi("baseline", "none", "--person", "x", "--minutes", "1", home=office.settings.home).returncode
        == 1
    )
