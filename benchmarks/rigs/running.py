"""A whole office in its own processes, for the benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.context import Office
from pipelines.network import free_ports
from pipelines.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Running:
    """`utsushi serve` in a folder of its own, and everything that it has started."""

    home: Path
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        web, prefect = free_ports(2)
        self.environment = {
            **os.environ,
            "UTSUSHI_HOME": str(self.home),
            "UTSUSHI_PORT": str(web),
            "UTSUSHI_PREFECT_PORT": str(prefect),
            "UTSUSHI_STABLE_SECONDS": "1",
            "UTSUSHI_POLL_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
            **self.more,
        }
        self.pages = f"http://127.0.0.1:{web}"

    def office(self) -> Office:
        """The same office in this process."""
        before = {name: os.environ.get(name) for name in self.environment if name.startswith("UTSUSHI_")}
        os.environ.update({name: self.environment[name] for name in before})
        try:
            return Office(Settings())
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value

    def start(self) -> None:
        """Starts `serve` without waiting."""
        log = (self.home / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipelines", "serve"],
            env=self.environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()

    def all(self) -> dict[int, str]:
        """Every process that stands below `serve`, or was started by a part of it that has died: pid → command line."""
        mark = f"UTSUSHI_HOME={self.home}\0".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(folder.name)] = words
        return found

    def kill_all(self) -> int:
        """kill -9 of everything, as a power cut would; returns their number."""
        killed = 0
        while victims := self.all():
            for pid in victims:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
            if self.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)
            time.sleep(0.05)
        return killed

    def stop(self) -> None:
        """A clean stop, as systemd would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        self.kill_all()


@contextmanager
def scratch(where: Path | None, keep: bool = False) -> Iterator[Path]:
    """A folder that is removed afterwards, unless `keep` is set."""
    folder = Path(tempfile.mkdtemp(prefix="utsushi-run-", dir=where))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def wait_for(condition: Callable[[], bool], seconds: float, every: float = 0.1) -> float:
    """Seconds until the condition held. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began


def drop(inbox: Path, name: str, data: bytes) -> Path:
    """Drops a file as a scanner does: under a temporary name first."""
    inbox.mkdir(parents=True, exist_ok=True)
    half = inbox / f".{name}.part"
    half.write_bytes(data)
    return half.rename(inbox / name)
