"""A second system entered by YAML alone: Django's admin site, with autocomplete, date picker and inline rows."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place

pytest.importorskip("django")
pytestmark = pytest.mark.browser
FOLDER = Path(__file__).with_name("django_kyufu")
START_SECONDS = 60


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = tmp_path / "django.db"
    command = [sys.executable, "-m", "tests.bots.systems.django_kyufu", str(database), str(port)]
    process = subprocess.Popen(
        command, cwd=FOLDER.parents[3], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until and process.poll() is None, "the site did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/admin", database
    finally:
        process.kill()
        process.wait()


def application(number: str, **changes: str) -> BotRecord:
    values = {
        "application_no": number, "person_no": "10000001", "received": "2026-10-17", "amount": "50000",
        "approved": "true",
        "child1_name": "佐藤　一", "child1_birth_date": "2015-05-05", "child2_name": "佐藤　二",
        "child2_birth_date": "2020-02-29", "child3_name": "", "child3_birth_date": "", **changes,
    }  # fmt: skip
    return BotRecord(number, values)


def test_djangos_admin_by_yaml_alone(site: tuple[str, Path], place: Place) -> None:
    url, database = site
    bot = load_bot(FOLDER)
    records = [
        application("00000001"),
        application("00000002", child1_name="", child1_birth_date="", child2_name="", child2_birth_date=""),
        application("00000003", amount="999999999999999999999"),
    ]
    done = place.run(bot, url, records)
    reasons = {k: o.reason for k, o in done.items()}
    assert [o.status for o in done.values()] == ["confirmed", "confirmed", "refused"], reasons
    assert done["00000001"].receipt == "1"
    again = place.run(bot, url, [application("00000001"), application("00000002")])
    # The second one comes with other values under the same key.
    assert [o.status for o in again.values()] == ["confirmed", "refused"]
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "SELECT a.number, p.number, received, amount, approved FROM django_kyufu_application a"
            " JOIN django_kyufu_person p ON p.id = person_id ORDER BY a.number"
        ).fetchall()
        children = db.execute("SELECT name, born FROM django_kyufu_child ORDER BY id").fetchall()
    assert rows == [(n, "10000001", "2026-10-17", 50000, 1) for n in ("00000001", "00000002")]
    assert children == [("佐藤　一", "2015-05-05"), ("佐藤　二", "2020-02-29")]
