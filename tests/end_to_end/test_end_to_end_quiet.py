"""The wall that the demo is played behind hears a knock; else its silence would prove nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.walls import behind_a_wall, can_be_walled

KNOCKS = """
import socket
for name in ("update.example.org",):
    try: socket.getaddrinfo(name, 443)
    except OSError: pass
for address in (("192.0.2.1", 80),):
    try: socket.create_connection(address, timeout=1)
    except OSError: pass
here = socket.create_server(("127.0.0.1", 0))
socket.create_connection(here.getsockname(), timeout=1)
"""


@pytest.mark.skipif(not can_be_walled(), reason="needs root and Linux namespaces")
def test_every_knock_is_heard_and_talk_within_the_machine_is_none(tmp_path: Path) -> None:
    heard = tmp_path / "attempts.json"
    subprocess.run(behind_a_wall(heard, [sys.executable, "-c", KNOCKS]), check=True, timeout=60)
    assert set(json.loads(heard.read_text())) == {"name update.example.org", "tcp 192.0.2.1:80"}
