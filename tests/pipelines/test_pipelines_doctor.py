"""Each common fault of a set-up is found, and the finding says how to mend it."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from pipelines.context import Office
from pipelines.doctor import office_setup
from pipelines.errors import PipelineError
from store.ops import users
from tests.pipelines.keeping_samples import entered

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"


def test_a_fit_office_has_nothing_to_mend(office: Office):
    assert office.store
    found = [check(office.settings) for check in office_setup.checks()]
    assert [finding.name for finding in found if not finding.ok] == []


def test_folders_open_to_others(office: Office):
    office.settings.home.chmod(0o755)
    finding = office_setup.folders(office.settings)
    assert not finding.ok and "chmod 700" in finding.mend


def test_an_inbox_that_cannot_be_reached(office: Office):
    office.settings.inbox_folder.rmdir()
    assert not office_setup.inbox(office.settings).ok


def test_missing_and_open_keys(office: Office):
    assert office.store.vault.exists
    key = office.settings.home / "keys" / "fields.json"
    key.chmod(0o644)
    assert "chmod 600" in office_setup.keys(office.settings).mend
    key.rename(key.with_suffix(".away"))
    assert "戻して" in office_setup.keys(office.settings).mend


def test_a_port_that_another_program_has(office: Office):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        office.settings.port = other.getsockname()[1]
        finding = office_setup.ports(office.settings)
    assert not finding.ok and str(office.settings.port) in finding.detail


def test_an_original_that_has_changed(office: Office):
    entered(office, "0001")
    assert office_setup.kept_files(office.settings).ok
    path = next((office.settings.home / "files").glob("??/*"))
    path.chmod(0o600)
    path.write_bytes(b"changed")
    finding = office_setup.kept_files(office.settings)
    assert not finding.ok and path.stem[:12] in finding.detail


def test_one_verifier_is_not_enough_and_no_backup_is_told(office: Office):
    with office.store.write() as session:
        users.add(session, "hana", display="花", password=PASSWORD, roles=["verifier"], actor="t")
    assert "2 人以上" in office_setup.people(office.settings).mend
    with office.store.write() as session:
        users.add(session, "taro", display="太郎", password=PASSWORD, roles=["lead"], actor="t")
    assert office_setup.people(office.settings).ok
    assert office_setup.backups(office.settings).ok
    entered(office, "0001")
    assert "utsushi backup" in office_setup.backups(office.settings).mend


def test_an_address_for_a_system_that_does_not_exist(office: Office):
    office.settings.system_urls = {"fukushi_sougou": "http://127.0.0.1/"}
    finding = office_setup.bots(office.settings)
    assert not finding.ok and "fukushi_sogo" in finding.mend


def test_a_bot_that_asks_for_what_the_settings_do_not_grant(office: Office):
    office.settings.system_urls = {"fukushi_sogo": "http://127.0.0.1/"}
    finding = office_setup.bots(office.settings)
    assert not finding.ok and "bot_secrets.fukushi_sogo" in finding.mend
    office.settings.bot_secrets = {"fukushi_sogo": ["FUKUSHI_*"]}
    assert office_setup.bots(office.settings).ok


def test_a_dead_mail_server_and_one_outside(office: Office):
    office.settings.mail_server, office.settings.mail_to = "127.0.0.1:9", ["a@b"]
    assert not office_setup.alarms(office.settings).ok
    office.settings.mail_server = "93.184.216.34:25"
    with pytest.raises(PipelineError):
        office_setup.alarms(office.settings)


def test_a_clock_that_went_back(office: Office):
    entered(office, "0001", days_ago=-2)
    assert not office_setup.clock_and_zone(office.settings).ok


def test_sqlite_on_a_share(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(office_setup, "_file_system", lambda _: "nfs4")
    assert "PostgreSQL" in office_setup.shared(office.settings).mend
    office.settings.database_url = "postgresql://u@h/n"
    assert office_setup.shared(office.settings).ok


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_systemd_units_are_sound(tmp_path: Path):
    for unit in (ROOT / "docs" / "systemd").iterdir():
        text = unit.read_text("utf-8").replace("/opt/utsushi/.venv/bin/utsushi", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    units = [str(path) for path in sorted(tmp_path.glob("utsushi*"))]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "utsushi" in line and "Unknown" in line]
    assert told == []
