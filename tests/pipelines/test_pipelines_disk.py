"""A disk that is full or read-only, for real: a small file system of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from foundation.words import words
from pipelines.alarms import checks
from pipelines.context import Office
from pipelines.service.web_settings import web_settings
from pipelines.settings import Settings
from pipelines.steps.accounting.account import verify_chain
from pipelines.steps.intake import take_in
from store.base.errors import StorageFull, StoreError
from store.base.model import DocumentState
from store.base.schema import Document, SourceFile
from store.documents import documents
from store.ops import users
from tests.fakes.ports import NoPorts
from tests.pipelines.keeping_samples import entered
from verification.app import create_app

MIB = 2**20
PASSWORD = "correct horse battery"


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Office]:
    """An office on a file system of 24 MiB."""
    home = tmp_path / "small"
    home.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", "size=24m", "tmpfs", str(home)):
        pytest.skip("mounting a small file system needs root")
    office = Office(Settings(home=home, inbox=tmp_path / "inbox", stable_seconds=0.0, disk_reserve_mib=14.0))
    try:
        yield office
    finally:
        office.store.close()
        subprocess.run(["umount", "-l", str(home)], check=True)


def drop(office: Office, name: str, size: int) -> Path:
    path = office.settings.inbox_folder / name
    path.write_bytes(b"%PDF " + os.urandom(size))
    return path


def fill(office: Office) -> Path:
    """Takes the last byte of the disk."""
    ballast = office.settings.home / "ballast"
    with ballast.open("wb") as out:
        try:
            while True:
                out.write(b"\0" * 65536)
                out.flush()
        except OSError:
            pass
    return ballast


def files(office: Office) -> list[SourceFile]:
    with office.store.read() as session:
        return list(session.scalars(select(SourceFile)))


def leftovers(office: Office) -> list[str]:
    return [
        path.name for path in office.settings.home.rglob("*") if path.name.startswith((".new-", ".probe"))
    ]


def test_intake_stops_above_the_reserve_and_goes_on_when_there_is_room(small: Office):
    office = small
    first, second, third = (drop(office, f"{n}.pdf", 3 * MIB) for n in (1, 2, 3))
    with pytest.raises(StorageFull):
        take_in.take(office, [first, second, third, drop(office, "4.pdf", 3 * MIB)])
    taken = len(files(office))
    waiting = sorted(path.name for path in office.settings.inbox_folder.iterdir())
    assert taken + len(waiting) == 4 and taken and waiting and leftovers(office) == []
    office.settings.disk_reserve_mib = 18.0
    [full] = checks.disk(office)
    assert full.code == "disk_full" and "受付を止めています" in words("ja").join([full.message])
    office.settings.disk_reserve_mib = 0.5
    assert take_in.wait_and_take(office, patience=-1) == len(waiting)
    assert all(office.store.files.verify(file.sha256) for file in files(office)) and verify_chain(office).ok


def test_a_disk_that_fills_under_the_hands_leaves_nothing_half_written(small: Office):
    office = small
    office.settings.disk_reserve_mib = 0.0
    document = entered(office, "0001")
    path = drop(office, "a.pdf", 2 * MIB)
    ballast = fill(office)
    with pytest.raises(StorageFull):
        take_in.take(office, [path])
    with pytest.raises(StoreError) as caught:
        for _ in range(200):
            with office.store.write() as session:
                documents.set_priority(session, document, 3, None, "test")
    assert isinstance(caught.value, StorageFull) and caught.value.retry
    assert path.exists() and leftovers(office) == []
    ballast.unlink()
    assert take_in.take(office, [path]) == 1
    with office.store.read() as session:
        assert session.get_one(Document, document).state is DocumentState.ENTERED
    assert verify_chain(office).ok
    assert all(office.store.files.verify(file.sha256) for file in files(office))


def test_pages_say_what_is_the_matter_while_nothing_can_be_written(small: Office):
    office = small
    with office.store.write() as session:
        users.add(session, "taro", display="太郎", password=PASSWORD, roles=["lead"], actor="test")
    app = create_app(office.store, office.forms, web_settings(office), NoPorts())
    with TestClient(app) as client:
        page = client.get("/login").text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        client.post("/login", data={"name": "taro", "password": PASSWORD, "csrf": token})
        assert client.get("/readyz").status_code == 200
        assert "utsushi_disk_writable 1" in client.get("/metrics").text
        ballast = fill(office)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "full")
        assert "ディスクに書き込めません" in client.get("/").text
        ballast.unlink()
        office.store.engine.dispose()  # only the kernel itself may do this while files are open
        assert mount("-o", "remount,ro", str(office.settings.home))
        assert client.get("/healthz").status_code == 200 and client.get("/readyz").status_code == 503
        board = client.get("/")
        assert "ディスク" in board.text or "データベース" in board.text
        assert [one.code for one in checks.disk(office)] == ["disk_full"]
        office.store.engine.dispose()
        assert mount("-o", "remount,rw", str(office.settings.home))
        assert client.get("/readyz").status_code == 200
        assert "ディスクに書き込めません" not in client.get("/").text


def test_metrics_are_prometheus_text_without_anything_personal(office: Office):
    entered(office, "0001")
    app = create_app(office.store, office.forms, web_settings(office), NoPorts())
    with TestClient(app) as client:
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'utsushi_documents{state="entered"} 1' in answer.text
    for word in ("山田", "ヤマダ", "sato", "0001.pdf"):
        assert word not in answer.text
    declared: set[str] = set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            declared.add(line.split()[2])
        elif not line.startswith("#"):
            name = line.split("{")[0].split(" ")[0]
            assert name in declared and float(line.rpartition(" ")[2]) >= 0
    assert len(declared) >= 12
