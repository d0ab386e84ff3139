"""Programs are restarted, and their logs do not fill the disk."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pipelines.errors import ServiceDied
from pipelines.service import serve, supervisor
from pipelines.service.supervisor import LOGS_KEPT, Program, Supervisor
from pipelines.settings import Settings


def test_a_program_that_dies_is_started_again_with_growing_pauses(tmp_path: Path):
    clock = [0.0]
    with Supervisor(tmp_path, lambda: clock[0]) as running:
        one = running.start(Program("short", [sys.executable, "-c", "pass"]))
        for pause in (1.0, 2.0, 4.0):
            one.process.wait()
            assert "終了しました" in running.check()[0]
            clock[0] += pause - 0.1
            assert running.check() == []
            clock[0] += 0.2
            assert "再起動" in running.check()[0]
        assert one.restarts == 3


def test_a_full_log_is_turned_over_and_nothing_of_it_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "LOG_BYTES", 1000)
    command = "import time\nfor n in range(400):\n print('line', n, flush=True); time.sleep(0.002)"
    with Supervisor(tmp_path) as running:
        one = running.start(Program("talker", [sys.executable, "-c", command]))
        while one.process.poll() is None:
            one.rotate()
            time.sleep(0.01)
        one.rotate()
    logs = sorted(tmp_path.glob("talker.log*"))
    assert 2 <= len(logs) <= LOGS_KEPT + 1
    assert "line 399" in "".join(log.read_text() for log in logs)
    assert all(log.stat().st_size < 5000 for log in logs)


def test_a_program_that_dies_while_it_is_waited_for_is_started_again(tmp_path: Path):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mark = tmp_path / "died"
    code = (
        f"import pathlib, os, http.server\nm = pathlib.Path({str(mark)!r})\n"
        "if not m.exists(): m.touch(); os._exit(3)\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()"
    )
    with Supervisor(tmp_path / "logs") as running:
        one = running.start(Program("twice", [sys.executable, "-c", code], ready=f"http://127.0.0.1:{port}/"))
        running.wait_ready(60)
        assert one.restarts == 1
    with Supervisor(tmp_path / "logs") as running, pytest.raises(ServiceDied):
        running.start(
            Program("never", [sys.executable, "-c", "raise SystemExit(1)"], ready="http://127.0.0.1:9/")
        )
        running.wait_ready(1)


def sleeper(seconds: int) -> Program:
    return Program("sleeper", [sys.executable, "-c", f"import time; time.sleep({seconds})"])


def test_what_a_killed_supervisor_left_running_is_taken_over(tmp_path: Path):
    left = (
        Supervisor(tmp_path).start(sleeper(600)).process
    )  # never stopped: as after a kill -9 of the supervisor
    clock = [0.0]
    with Supervisor(tmp_path, lambda: clock[0]) as running:
        one = running.start(sleeper(600))
        assert one.process.pid == left.pid
        assert running.check() == []
        left.kill()
        left.wait(10)
        assert "終了しました" in running.check()[0]
        clock[0] += 1.1
        assert "再起動" in running.check()[0]
        assert one.process.pid != left.pid
    second = Supervisor(tmp_path).start(sleeper(600)).process
    with Supervisor(tmp_path) as running:
        running.start(sleeper(600))
    assert second.wait(10) == -15, "what was taken over is stopped like everything else"


def test_what_a_killed_supervisor_left_running_otherwise_is_ended(tmp_path: Path):
    left = Supervisor(tmp_path).start(sleeper(600)).process
    with Supervisor(tmp_path) as running:
        one = running.start(sleeper(500))
        assert left.wait(10) == -9
        assert one.process.poll() is None
    for note in ("1:1", "1:1:ab", "", "x:y:z:w"):  # another program has that pid by now: it is left alone
        (tmp_path / "sleeper.pid").write_text(note)
        with Supervisor(tmp_path) as running:
            running.start(sleeper(600))


class Noted:
    """A supervisor that only notes what it would start."""

    def __init__(self) -> None:
        self.programs: dict[str, Program] = {}

    def start(self, program: Program) -> None:
        self.programs[program.name] = program

    def wait_ready(self) -> None:
        return


@pytest.mark.parametrize(
    ("parts", "programs"),
    [
        (["worker"], {"prefect-worker-forms", "prefect-worker-reading"}),
        (["web", "watch", "alarms"], {"web", "watch", "alarms"}),
    ],
)
def test_a_machine_starts_its_own_parts_alone_and_asks_the_others_prefect(
    tmp_path: Path, parts: list[str], programs: set[str]
) -> None:
    other = "http://192.0.2.7:4200/api"
    settings = Settings(home=tmp_path, machine_home=tmp_path / "own", parts=parts, prefect_url=other)
    noted = Noted()
    serve.start(noted, settings, lambda _: None)  # type: ignore[arg-type]
    assert set(noted.programs) == programs
    for program in noted.programs.values():
        assert program.environment["PREFECT_API_URL"] == other
        assert program.environment["PREFECT_HOME"] == str(tmp_path / "own" / "prefect")
