"""The folder watch: papers are safe within seconds, whatever Prefect's server does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.rigs.running import drop, wait_for
from pipelines import context as offices
from pipelines import prefect_api
from pipelines.context import Office
from pipelines.prefect_api import request_run
from pipelines.service.watch import READ_AGAIN_SECONDS, REQUEST_AGAIN_SECONDS, TAKE_OVER_SECONDS, Watch
from pipelines.settings import Settings
from store.base.locks import exclusive_lock
from store.base.schema import SourceFile


class Prefect:
    """What the server says: True, or False for one that does not answer."""

    def __init__(self) -> None:
        self.answers = True
        self.asked: list[str] = []

    def __call__(self, _settings: Settings, name: str) -> bool:
        self.asked.append(name)
        return self.answers


class Scene:
    """A watch over an office, with a clock that stands until it is turned."""

    def __init__(self, office: Office) -> None:
        self.prefect, self.now = Prefect(), 1000.0
        self._office = office
        self._watch = Watch(office.settings, self.prefect, lambda: self.now)

    def drop(self, name: str) -> None:
        drop(self._office.settings.inbox_folder, name, b"%PDF " + name.encode())

    def look(self, after: float = 2.0) -> list[str]:
        """The names of all files taken by the look that comes after so many seconds."""
        self.now += after
        self._watch.run_once()
        with self._office.store.read() as session:
            return list(session.scalars(select(SourceFile.original_name).order_by(SourceFile.id)))


@pytest.fixture
def scene(office: Office, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(offices, "this_office", lambda: office)
    return Scene(office)


def test_what_prefect_promises_is_left_to_it_and_asked_for_once(scene: Scene) -> None:
    scene.drop("a.pdf")
    assert [scene.look() for _ in range(4)] == [[]] * 4
    assert scene.prefect.asked == ["intake"]


def test_what_a_stuck_server_promised_and_does_not_start_is_taken(scene: Scene) -> None:
    scene.drop("a.pdf")
    scene.look()
    assert scene.look(TAKE_OVER_SECONDS - 1) == []
    assert scene.look(1) == ["a.pdf"]
    assert scene.prefect.asked == ["intake", "read"], "and a reader is asked for"


def test_without_an_answer_files_are_taken_at_once_and_the_next_ones_without_asking_again(
    scene: Scene,
) -> None:
    scene.prefect.answers = False
    scene.drop("a.pdf")
    assert scene.look() == ["a.pdf"]
    scene.drop("b.pdf")
    assert scene.look() == ["a.pdf", "b.pdf"]
    assert scene.prefect.asked.count("intake") == 1, "each question to a server that is away costs time"
    scene.prefect.answers = True
    scene.look(READ_AGAIN_SECONDS)
    assert scene.prefect.asked[-1] == "read"
    scene.drop("c.pdf")
    assert scene.look() == ["a.pdf", "b.pdf"] and scene.prefect.asked[-1] == "intake"


def test_a_run_that_is_at_it_is_not_disturbed(scene: Scene, office: Office) -> None:
    scene.drop("a.pdf")
    scene.look()
    with exclusive_lock(office.settings.intake_lock):
        assert scene.look(TAKE_OVER_SECONDS) == []
    assert scene.look() == ["a.pdf"]


def test_what_nobody_can_take_is_tried_now_and_then(
    scene: Scene, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.settings.disk_reserve_mib = 1e12
    scene.drop("a.pdf")
    for _ in range(int(2 * REQUEST_AGAIN_SECONDS)):
        assert scene.look(1.0) == []
    assert scene.prefect.asked == ["intake", "intake"]
    assert caplog.text.count("intake stopped: StorageFull") == 2
    office.settings.disk_reserve_mib = 0.0
    scene.look(1.0)
    assert scene.look(TAKE_OVER_SECONDS) == ["a.pdf"]


class Stuck(BaseHTTPRequestHandler):
    """Says that it is well, and finds deployments; what it should write down, it never comes to."""

    def do_GET(self) -> None:
        self._say({"id": "00000000-0000-0000-0000-000000000000"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.endswith("/filter"):
            time.sleep(
                0.9 * prefect_api.TIMEOUT_SECONDS
            )  # each answer within the limit, all of them together not
            return self._say([])
        time.sleep(60)

    def _say(self, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class OtherProgram(Stuck):
    """Not Prefect at all."""

    def _say(self, _said: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def do_POST(self) -> None:
        self.do_GET()


@contextmanager
def serving(kind: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of such a server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def mute() -> Iterator[int]:
    """A server that accepts and says nothing, like a stopped process."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect is given two seconds in place of ten."""
    monkeypatch.setattr(prefect_api, "TIMEOUT_SECONDS", 2.0)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "server", [serving(Stuck), serving(OtherProgram), mute()], ids=["stuck", "other", "mute"]
)
def test_beside_a_server_that_does_not_serve_papers_are_safe_within_seconds(
    office: Office, monkeypatch: pytest.MonkeyPatch, server: AbstractContextManager[int]
) -> None:
    monkeypatch.setattr(offices, "this_office", lambda: office)
    with server as office.settings.prefect_port:
        watch, inbox = Watch(office.settings), office.settings.inbox_folder
        for name in ("a.pdf", "b.pdf"):
            dropped, began = drop(inbox, name, b"%PDF " + name.encode()), time.monotonic()
            watch.run_once()
            assert not dropped.exists() and time.monotonic() - began < 15


@pytest.mark.usefixtures("hurried")
def test_all_questions_together_end_in_time(tmp_path: Path) -> None:
    with serving(Stuck) as port:
        began = time.monotonic()
        assert not request_run(Settings(home=tmp_path, prefect_port=port), "read", started_within=30.0)
        assert time.monotonic() - began < 4.5


def test_the_watch_as_a_process_of_its_own(tmp_path: Path) -> None:
    with mute() as port:
        settings = Settings(home=tmp_path, prefect_port=port).prepare()
        dropped = drop(settings.inbox_folder, "a.pdf", b"%PDF a")
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.service.watch"],
            env=os.environ | {"UTSUSHI_HOME": str(tmp_path), "UTSUSHI_PREFECT_PORT": str(port)},
        )
        try:
            wait_for(lambda: not dropped.exists(), 60)
        finally:
            process.kill()
            process.wait(10)
