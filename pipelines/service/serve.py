"""``utsushi serve``: Prefect server, worker, folder watch and web pages of one machine, started and supervised."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType

import httpx

from pipelines.errors import ServiceDied
from pipelines.prefect_api import ask_for, deployed, settle_dead_runs
from pipelines.service.supervisor import MOST_RESTARTS, Program, Supervisor
from pipelines.settings import Settings, prefect_environment
from pipelines.workers import living_runs
from store.base.files import FileStore

POOLS = {"forms": ("intake", "enter", "report"), "reading": ("read",)}
FLOWS = tuple(name for names in POOLS.values() for name in names)
LEFT_BEHIND = ("intake", "read", "enter")  # what a killed machine leaves half done; the report has its hour
PROJECT = Path(__file__).resolve().parents[2]
LOOK_SECONDS = 1.0
ORPHAN_SECONDS = 3.0


# Asked for kinds of workers, Prefect's server looks for news of them at its maker's before it takes what came with it.
# No setting stops that; a proxy that is not there does, at once and without a packet.
_NO_WAY_OUT = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9") | dict.fromkeys(
    ("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"
)


def _prefect(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prefect", "--no-prompt", *arguments]


def prefect_server(settings: Settings) -> Program:
    """The Prefect API and its pages, on this machine only."""
    command = _prefect(
        "server", "start", "--host", settings.prefect_host, "--port", str(settings.prefect_port)
    )
    return Program(
        "prefect-server",
        command,
        prefect_environment(settings) | _NO_WAY_OUT,
        f"http://127.0.0.1:{settings.prefect_port}/api/health",
    )


def prefect_worker(settings: Settings, pool: str) -> Program:
    """The process that runs a pool's flows, each in a process of its own: on one machine, one of each at a time."""
    limit = str(len(POOLS[pool]))
    command = _prefect("worker", "start", "--pool", pool, "--type", "process", "--limit", limit)
    return Program(
        f"prefect-worker-{pool}",
        command,
        _environment(settings),
        before_restart=lambda: settle_dead_runs(settings, pool),
    )


def web(settings: Settings) -> Program:
    """The pages for clerks, verifiers and the DX office."""
    command = [sys.executable, "-m", "pipelines.service.web"]
    return Program("web", command, _environment(settings), f"http://{settings.host}:{settings.port}/healthz")


def watch(settings: Settings) -> Program:
    """The folder watch, which starts the intake flow when files have arrived."""
    return Program("watch", [sys.executable, "-m", "pipelines.service.watch"], _environment(settings))


def alarms(settings: Settings) -> Program:
    """The monitor, which reports faults on the board, by mail and to a webhook."""
    command = [sys.executable, "-m", "pipelines.alarms.monitor"]
    return Program("alarms", command, _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    return prefect_environment(settings) | {"UTSUSHI_HOME": str(settings.home)}


def deploy(settings: Settings) -> None:
    """Makes the work pools and the four deployments of ``prefect.yaml``; safe to repeat.

    Raises:
        ServiceDied: Prefect refused, with its own words.
    """
    for pool in POOLS:
        _ask_prefect(settings, "work-pool", "create", pool, "--type", "process", "--overwrite")
    _ask_prefect(settings, "deploy", "--all", "--prefect-file", str(PROJECT / "prefect.yaml"))


def deploy_once(settings: Settings) -> None:
    """Deploys unless exactly this has been deployed here before; a start then needs seconds less."""
    wanted = sha256((PROJECT / "prefect.yaml").read_bytes() + str(PROJECT).encode()).hexdigest()
    stamp = settings.own_folder / "prefect" / "deployed"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted and deployed(settings, POOLS, FLOWS):
        return
    deploy(settings)
    stamp.write_text(wanted, encoding="ascii")


def run_and_wait(settings: Settings, deployment: str) -> None:
    """Runs a deployment now and waits for its end.

    Raises:
        ServiceDied: the run failed.
    """
    _ask_prefect(settings, "deployment", "run", deployment, "--watch")


def _ask_prefect(settings: Settings, *arguments: str) -> None:
    done = subprocess.run(
        _prefect(*arguments),
        cwd=PROJECT,
        env={**os.environ, **_environment(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = (done.stdout + done.stderr)[-800:]
        raise ServiceDied(f"Prefect が「{' '.join(arguments[:3])}」を拒みました: {told}", "Prefect refused")


def start(supervisor: Supervisor, settings: Settings, say: Callable[[str], None]) -> None:
    """Starts this machine's parts: the watch first, so that papers are safe, then what the others need."""
    say(f"起動しています: {', '.join(settings.parts)} (starting)")
    for name, program in (("watch", watch), ("prefect", prefect_server), ("web", web)):
        if name in settings.parts:
            supervisor.start(program(settings))
    supervisor.wait_ready()
    if "prefect" in settings.parts:
        set_up_prefect(supervisor, settings)
    if "worker" in settings.parts:
        for pool in POOLS:
            supervisor.start(prefect_worker(settings, pool))
    if "alarms" in settings.parts:
        supervisor.start(alarms(settings))
    if "prefect" in settings.parts and "alarms" not in settings.parts:
        for name in LEFT_BEHIND:  # without the alarms nobody on this machine sees what waits
            ask_for(settings, name)


def set_up_prefect(supervisor: Supervisor, settings: Settings) -> None:
    """Old runs settled, flows deployed; a server that dies meanwhile is started again and asked once more."""
    for tries_left in reversed(range(MOST_RESTARTS)):
        try:
            for pool in POOLS:
                if supervisor.left_running(prefect_worker(settings, pool)) is None:  # else its runs are alive
                    settle_dead_runs(settings, pool)
            deploy_once(settings)
            return
        except (ServiceDied, httpx.HTTPError):
            if not tries_left:
                raise
        supervisor.wait_ready()


def end_orphans(settings: Settings) -> None:
    """Ends runs that had outlived their worker, which nobody else would; those of the last worker have ended with it.

    Their work is leased: another run takes it up.
    """
    limit = time.monotonic() + ORPHAN_SECONDS
    asked: set[int] = set()
    while left := set((living_runs(settings.prefect_api) or {}).values()):
        late = time.monotonic() > limit
        for pid in left if late else left - asked:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        asked |= left
        time.sleep(0.1)


def addresses(settings: Settings) -> dict[str, str]:
    """Where people look, by what they find there."""
    return {
        "画面 (pages)": f"http://{settings.host}:{settings.port}/",
        "Prefect": settings.prefect_api.removesuffix("api"),
        "受付フォルダー (inbox)": str(settings.inbox_folder),
    }


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Runs until a signal asks it to stop; then everything it started has ended."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    FileStore(settings.home / "files").sweep()
    with Supervisor(settings.logs_folder) as supervisor:
        start(supervisor, settings, say)
        for what, where in addresses(settings).items():
            say(f"{what}: {where}")
        while not stopping:
            for sentence in supervisor.check():
                say(sentence)
            time.sleep(LOOK_SECONDS)
        say("停止しています (stopping)")
    if "worker" in settings.parts:
        end_orphans(settings)
