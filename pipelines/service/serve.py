"""``utsushi serve``: Prefect server, worker, folder watch and web pages of one machine, started and supervised."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType

import httpx

from pipelines.errors import ServiceDied
from pipelines.prefect_api import deployed, end_dead_runs, request_run
from pipelines.service.supervisor import MOST_RESTARTS, Program, Supervisor
from pipelines.settings import Settings, prefect_environment
from pipelines.workers import live_runs
from store.base.files import FileStore

# Reading has a pool of its own, whose worker takes one run at a time: each machine with a worker adds one reader.
POOLS = {"forms": ("intake", "enter", "report"), "reading": ("read",)}
FLOWS = tuple(name for names in POOLS.values() for name in names)
INTERRUPTED_FLOWS = (
    "intake",
    "read",
    "enter",
)  # what a killed machine leaves half done; the report has its own schedule
PROJECT = Path(__file__).resolve().parents[2]
CHECK_SECONDS = 1.0
ORPHAN_SECONDS = 3.0  # then SIGKILL: the whole stop must stay below systemd's limit


# When Prefect's server is asked for the types of workers, it first looks for a newer list on the internet. No setting
# stops that; a proxy on a closed port does, at once and without a packet leaving the machine.
_DEAD_PROXY = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9") | dict.fromkeys(
    ("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"
)


def _prefect_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prefect", "--no-prompt", *arguments]


def prefect_server(settings: Settings) -> Program:
    """The Prefect API and its pages, on this machine only."""
    command = _prefect_command(
        "server", "start", "--host", settings.prefect_host, "--port", str(settings.prefect_port)
    )
    return Program(
        "prefect-server",
        command,
        prefect_environment(settings) | _DEAD_PROXY,
        f"http://127.0.0.1:{settings.prefect_port}/api/health",
    )


def prefect_worker(settings: Settings, pool: str) -> Program:
    """The worker that runs a pool's flows, each in its own process: on one machine, one run of each flow at a time."""
    limit = str(len(POOLS[pool]))
    command = _prefect_command("worker", "start", "--pool", pool, "--type", "process", "--limit", limit)
    return Program(
        f"prefect-worker-{pool}",
        command,
        _environment(settings),
        # A run that had not yet tagged itself died with its worker, and would keep its slot.
        before_restart=lambda: end_dead_runs(settings, pool),
    )


def web(settings: Settings) -> Program:
    """The web app for clerks, verifiers and the DX office."""
    command = [sys.executable, "-m", "pipelines.service.web"]
    return Program("web", command, _environment(settings), f"http://{settings.host}:{settings.port}/healthz")


def watch(settings: Settings) -> Program:
    """The folder watch, which requests the intake flow when files have arrived."""
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
        ServiceDied: Prefect refused; the message holds its output.
    """
    pools = [["work-pool", "create", pool, "--type", "process", "--overwrite"] for pool in POOLS]
    _run_prefect(settings, *pools, ["deploy", "--all", "--prefect-file", str(PROJECT / "prefect.yaml")])


def deploy_once(settings: Settings) -> None:
    """Deploys unless exactly this has been deployed here before; that saves seconds at a start."""
    # The project's folder counts too: deployments hold its path, and a moved installation needs new ones.
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
    _run_prefect(settings, ["deployment", "run", deployment, "--watch"])


def _run_prefect(settings: Settings, *commands: Sequence[str]) -> None:
    """Runs commands of Prefect's command line one after the other. Raises ServiceDied at the first that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.service.prefect_cli", json.dumps(commands)],
        cwd=PROJECT,
        env={**os.environ, **_environment(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stdout + done.stderr)[-800:]  # the reason is at the end of its traceback
        raise ServiceDied(
            f"Prefect が「{' '.join(commands[-1][:3])}」を拒みました: {output}", "Prefect refused"
        )


def start(supervisor: Supervisor, settings: Settings, report: Callable[[str], None]) -> None:
    """Starts this machine's parts, the watch first: it stores files even before Prefect is ready."""
    report(f"起動しています: {', '.join(settings.parts)} (starting)")
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
        for name in INTERRUPTED_FLOWS:  # otherwise the monitor requests them
            request_run(settings, name)


def set_up_prefect(supervisor: Supervisor, settings: Settings) -> None:
    """Ends old runs and deploys the flows; repeats it when the server dies meanwhile and is started again."""
    for tries_left in reversed(range(MOST_RESTARTS)):
        try:
            for pool in POOLS:
                if (
                    supervisor.find_left_running(prefect_worker(settings, pool)) is None
                ):  # a worker that was left running has live runs
                    end_dead_runs(settings, pool)
            deploy_once(settings)
            return
        except (ServiceDied, httpx.HTTPError):
            if not tries_left:
                raise
        supervisor.wait_ready()


def end_orphans(settings: Settings) -> None:
    """Ends runs that have outlived their worker: nothing else would. Their work is leased; another run takes it up."""
    limit = time.monotonic() + ORPHAN_SECONDS
    signalled: set[int] = set()
    while alive := set((live_runs(settings.prefect_api) or {}).values()):
        too_late = time.monotonic() > limit
        for pid in alive if too_late else alive - signalled:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if too_late else signal.SIGTERM)
        signalled |= alive
        time.sleep(0.1)


def addresses(settings: Settings) -> dict[str, str]:
    """Addresses for people, by what is found there."""
    return {
        "画面 (pages)": f"http://{settings.host}:{settings.port}/",
        "Prefect": settings.prefect_api.removesuffix("api"),
        "受付フォルダー (inbox)": str(settings.inbox_folder),
    }


def serve(settings: Settings, report: Callable[[str], None]) -> None:
    """Runs until SIGINT or SIGTERM; then ends everything it started."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # Half-written files of a killed process: no row names them, so nothing else would remove them.
    FileStore(settings.home / "files").sweep()
    with Supervisor(settings.logs_folder) as supervisor:
        start(supervisor, settings, report)
        for what, where in addresses(settings).items():
            report(f"{what}: {where}")
        while not stopping:
            for sentence in supervisor.check():
                report(sentence)
            time.sleep(CHECK_SECONDS)
        report("停止しています (stopping)")
    if "worker" in settings.parts:
        end_orphans(settings)
