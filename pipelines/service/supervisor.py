"""Starts and supervises the processes of one machine: restarts those that die, stops all of them on a signal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO

import httpx

from pipelines.errors import ServiceDied
from pipelines.network import tls
from pipelines.workers import start_time

STOP_SECONDS = 10.0  # for all together: systemd kills the service after its own limit
READY_SECONDS = 120.0  # the first start creates Prefect's database
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
HEALTHY_AFTER = 30.0  # one that ran for so long starts again with the shortest pause
MOST_RESTARTS = 4
LOG_BYTES = 20_000_000
LOGS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep alive.

    Attributes:
        ready: an address that answers 2xx once it serves; None: not waited for.
        before_restart: called when it has died, before it is started again; an error delays the start.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    before_restart: Callable[[], object] | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of the command and its environment."""
        described = json.dumps([list(self.command), sorted(self.environment.items())])
        return sha256(described.encode()).hexdigest()[:16]


class AdoptedProcess:
    """A process that a killed supervisor had started. It is not our child, so only /proc shows whether it lives."""

    def __init__(self, pid: int, started: str) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._started = started

    def poll(self) -> int | None:
        """None while it runs. The exit code of a process that is not our child cannot be known."""
        if self.returncode is None and start_time(self.pid) != self._started:
            self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs after ``timeout`` seconds.
        """
        limit = None if timeout is None else time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if limit is not None and time.monotonic() > limit:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.05)  # only a parent can wait for a process without polling
        return ended


class Running:
    """One started program with its log file and its restarts."""

    def __init__(
        self,
        program: Program,
        log: IO[bytes],
        clock: Callable[[], float],
        pid_file: Path,
        adopted: AdoptedProcess | None = None,
    ) -> None:
        self._pid_file = pid_file
        self.program = program
        self.restarts = 0
        self._log = log
        self._clock = clock
        self._pause = FIRST_PAUSE
        self._retry_at: float | None = None
        self._started_at = clock()
        self.process: subprocess.Popen[bytes] | AdoptedProcess
        if adopted is None:
            self._start()
        else:
            self.process = adopted

    def _start(self) -> None:
        environment = {**os.environ, **self.program.environment}
        # In its own session, so that a program's children can be stopped with it, and Ctrl-C reaches only us.
        self.process = subprocess.Popen(
            list(self.program.command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started_at = self._clock()
        pid = self.process.pid
        with suppress(OSError):  # a full disk must not prevent a restart
            self._pid_file.write_text(
                f"{pid}:{start_time(pid) or ''}:{self.program.fingerprint}", encoding="ascii"
            )

    def rotate(self) -> None:
        """Rotates a full log file: its content becomes `.1` and so on, while the program keeps writing."""
        if self._log.seek(0, os.SEEK_END) < LOG_BYTES:
            return
        path = Path(self._log.name)
        for number in range(LOGS_KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        # Copied, not renamed: the program holds the file open and would go on writing to the renamed one.
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        self._log.truncate(0)  # opened for appending, so the next line goes to the new end

    def check(self) -> str | None:
        """Restarts a dead program after a growing pause; returns a message when something happened."""
        if self.process.poll() is None:
            return None
        now = self._clock()
        if self._retry_at is None:
            if now - self._started_at > HEALTHY_AFTER:
                self._pause = FIRST_PAUSE
            self._retry_at = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            return f"{self.program.name} が終了しました (exit {self.process.returncode})"
        if now < self._retry_at:
            return None
        self._kill_group()
        try:
            if self.program.before_restart is not None:
                self.program.before_restart()
        except (httpx.HTTPError, OSError) as error:
            # Not started without its clean-up: dead runs would hold the slots that the new process needs.
            self._retry_at = now + self._pause
            return f"{self.program.name} の再起動を待っています ({type(error).__name__})"
        self._retry_at = None
        self.restarts += 1
        self._start()
        return f"{self.program.name} を再起動しました (restarted)"

    def _kill_group(self) -> None:
        """Ends children that a dead program left behind: their work is leased, and a new process takes it up."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def is_ready(self) -> bool:
        """Whether it answers; always True for one without an address."""
        if self.program.ready is None:
            return True
        try:
            return httpx.get(self.program.ready, timeout=2.0, verify=tls()).is_success
        except httpx.HTTPError:
            return False

    def start_error(self) -> ServiceDied:
        """The error for one that does not start."""
        name, log = self.program.name, getattr(self._log, "name", "")
        return ServiceDied(
            f"{name} が起動しません。記録 {log} を見てください", f"{name} did not start; see {log}"
        )

    def signal(self, number: int) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def close(self) -> None:
        self._log.close()


class Supervisor:
    """A context manager that stops everything it started."""

    def __init__(self, logs: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._logs = logs
        self._clock = clock
        self.running: list[Running] = []
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self, program: Program) -> Running:
        """Starts a program, or adopts one that a killed supervisor left running; it logs to ``<name>.log``."""
        adopted = self.find_left_running(program)
        if adopted is None:
            # One that was started with other settings is ended: it holds ports, and nothing supervises it.
            self._end_previous(program.name)
        log = (self._logs / f"{program.name}.log").open("ab")
        running = Running(program, log, self._clock, self._logs / f"{program.name}.pid", adopted)
        self.running.append(running)
        return running

    def find_left_running(self, program: Program) -> AdoptedProcess | None:
        """This program as a killed supervisor left it; None when it does not run, or with other settings."""
        pid, started, fingerprint = self._previous_process(program.name)
        return AdoptedProcess(pid, started) if pid and fingerprint == program.fingerprint else None

    def _end_previous(self, name: str) -> None:
        pid, _, _ = self._previous_process(name)
        if pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _previous_process(self, name: str) -> tuple[int, str, str]:
        """Pid, start time and fingerprint of a program that still runs; pid 0 when it does not."""
        try:
            pid, started, *rest = (self._logs / f"{name}.pid").read_text(encoding="ascii").split(":")
        except (OSError, ValueError):
            return 0, "", ""
        # The start time as well: after a reboot the pid may be another program's.
        alive = pid.isdigit() and started and start_time(int(pid)) == started
        return (int(pid), started, rest[0] if rest else "") if alive else (0, "", "")

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Waits until every program with an address answers; one that dies meanwhile is started again.

        Raises:
            ServiceDied: one died several times, or did not answer for ``seconds``.
        """
        limit = time.monotonic() + seconds
        while waiting := [running for running in self.running if not running.is_ready()]:
            failed = next((one for one in waiting if one.restarts >= MOST_RESTARTS), None)
            if failed is not None or time.monotonic() > limit:
                raise (failed or waiting[0]).start_error()
            self.check()
            time.sleep(0.2)

    def check(self) -> list[str]:
        """Checks all programs once; returns messages of what happened."""
        for running in self.running:
            running.rotate()
        return [sentence for running in self.running if (sentence := running.check())]

    def stop(self) -> None:
        """Ends all with SIGTERM, the last started first, and kills those that remain."""
        for running in reversed(self.running):
            running.signal(signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        for running in reversed(self.running):
            try:
                running.process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.signal(signal.SIGKILL)
                running.process.wait()
            running.close()
        self.running.clear()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
