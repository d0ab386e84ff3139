"""What is asked of Prefect's server, asked of a real one: one run at a time, none left behind, none kept for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Timer
from typing import Any

import httpx
import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import select

from benchmarks.rigs.running import free_ports, put, wait_for
from pipelines import prefect_api
from pipelines.context import Office
from pipelines.flows import enter as entering
from pipelines.flows import naming
from pipelines.flows.naming import mark_machine
from pipelines.prefect_api import ask_for, deployed, forget_old, machine_mark, settle_dead_runs
from pipelines.service.serve import FLOWS, POOLS, prefect_server, set_up_prefect
from pipelines.service.supervisor import Supervisor
from pipelines.settings import Settings
from pipelines.steps.intake.stability import list_folder
from pipelines.steps.intake.take_in import take_ready
from store.base.errors import DatabaseUnavailable
from store.base.schema import Batch


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    [port] = free_ports(1)
    chosen = Settings(home=tmp_path_factory.mktemp("prefect"), prefect_port=port)
    program = prefect_server(chosen)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(program.command, env=os.environ | program.environment, **quiet)

    def answers() -> bool:
        try:
            return httpx.get(program.ready).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_for(answers, 120)
        yield chosen
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=settings.prefect_api, timeout=30) as client:
        yield client


def post(api: httpx.Client, path: str, **body: object) -> dict:
    """Asked again while the server says that its database is busy, as Prefect's own client does."""
    for _ in range(20):
        if (said := api.post(path, json=body)).status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.5)
    return said.raise_for_status().json()


def run_of(api: httpx.Client, flow: str, *states: str, pool: str | None = None) -> str:
    """A run that went through those states."""
    run = post(api, "/flow_runs/", flow_id=flow, state={"type": "PENDING"}, work_pool_name=pool)["id"]
    for state in states:
        said = post(api, f"/flow_runs/{run}/set_state", state={"type": state}, force=True)
        assert said["status"] == "ACCEPT"
    return str(run)


def test_runs_left_behind_end_and_old_ones_go(settings: Settings, api: httpx.Client) -> None:
    flow = post(api, "/flows/", name="read")["id"]
    old = [run_of(api, flow, "RUNNING", end) for end in ("COMPLETED", "FAILED", "CANCELLED")]
    time.sleep(0.2)
    since = time.time()
    for pool in ("forms", "reading"):
        post(api, "/work_pools/", name=pool, type="process")
    left = run_of(api, flow, "RUNNING", pool="reading")
    fresh = run_of(api, flow, "RUNNING", "COMPLETED", pool="reading")
    assert settle_dead_runs(settings) == 0, "it may be about to be marked"
    assert settle_dead_runs(settings, "forms") == 0, "its worker lives"
    assert settle_dead_runs(settings, "reading") == 1
    assert api.get(f"/flow_runs/{left}").json()["state"]["type"] == "CRASHED"
    assert settle_dead_runs(settings, "reading") == 0
    assert forget_old(settings, days=(time.time() - since + 0.1) / 86400) == 3
    assert [api.get(f"/flow_runs/{run}").status_code for run in (*old, fresh, left)] == [
        404,
        404,
        404,
        200,
        200,
    ]


def test_a_run_is_asked_for_once_while_one_waits(settings: Settings, api: httpx.Client) -> None:
    assert not ask_for(settings, "enter"), "nothing is deployed yet"
    assert not deployed(settings, ["office"], ["enter"])
    flow = post(api, "/flows/", name="enter")["id"]
    post(api, "/work_pools/", name="office", type="process")
    post(api, "/deployments/", name="enter", flow_id=flow, work_pool_name="office")
    assert deployed(settings, ["office"], ["enter"])
    assert ask_for(settings, "enter") and ask_for(settings, "enter")
    [run] = _runs(api, flow)
    post(api, f"/flow_runs/{run['id']}/set_state", state={"type": "PENDING"})
    assert ask_for(settings, "enter", young=30.0) and len(_runs(api, flow)) == 1, "it may not be at work yet"
    assert ask_for(settings, "enter") and len(_runs(api, flow)) == 2, "it may have died unnoticed"


def test_runs_are_named_after_their_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(Settings(home=tmp_path))
    monkeypatch.setattr(naming, "this_office", lambda: office)
    assert (naming.intake_name(), naming.read_name(), naming.enter_name()) == ("受付", "読取", "入力")
    for folder, content in (("窓口午前", b"one"), ("窓口午後", b"two"), ("", b"three")):
        put(office.settings.inbox_folder / folder, "scan.pdf", content)
    assert naming.intake_name() == "受付 窓口午前 ほか 1 束"
    assert take_ready(office, [sight.path for sight in list_folder(office.settings.inbox_folder)]) == 3
    assert naming.intake_name() == "受付"
    with office.store.read() as session:
        first = session.scalars(select(Batch).order_by(Batch.id)).first()
    assert first and naming.read_name() == f"読取 {first.name} #1 ほか 2 束"
    assert naming.enter_name() == "入力"


def test_a_server_that_is_away_is_no_error(tmp_path: Path) -> None:
    [port] = free_ports(1)
    away = Settings(home=tmp_path, prefect_port=port)
    assert not ask_for(away, "read") and not deployed(away, ["office"], ["read"])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_that_dies_while_flows_are_deployed_is_started_and_asked_again(tmp_path: Path) -> None:
    [port] = free_ports(1)
    chosen = Settings(home=tmp_path, prefect_port=port)
    with Supervisor(chosen.logs_folder) as supervisor:
        server = supervisor.start(prefect_server(chosen))
        supervisor.wait_ready()
        Timer(4.0, server.process.kill).start()
        set_up_prefect(supervisor, chosen)
        assert server.restarts == 1
        assert deployed(chosen, POOLS, FLOWS)


@pytest.fixture
def at_home(settings: Settings) -> Iterator[None]:
    """This process's flows speak to that server."""
    with temporary_settings({PREFECT_API_URL: settings.prefect_api}):
        yield


@pytest.mark.usefixtures("at_home")
def test_one_run_at_a_time_on_an_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "this_office", lambda: Office(Settings(home=tmp_path)))
    monkeypatch.setattr(entering, "PATIENCE_SECONDS", 2.0)
    with entering.sole_place("zeimu"):
        with pytest.raises(TimeoutError), entering.sole_place("zeimu"):
            pass
        with entering.sole_place("fukushi"):
            pass
        assert entering.enter_one.fn("zeimu") == {}, "another run is at it, so this one leaves it alone"
    with entering.sole_place("zeimu"):
        pass


@pytest.mark.usefixtures("at_home")
def test_a_dead_run_keeps_no_place_on_an_account(
    settings: Settings, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "this_office", lambda: Office(settings))
    monkeypatch.setattr(entering, "PATIENCE_SECONDS", 2.0)
    name = "account-kokuho"
    entering._furnish(name)
    post(api, "/v2/concurrency_limits/increment-with-lease", slots=1, names=[name], lease_duration=600)

    @flow(name="enter")
    def comes_later() -> None:
        mark_machine()
        with entering.sole_place("kokuho"):
            assert api.get(f"/v2/concurrency_limits/{name}").json()["active_slots"] == 1

    other = run_of(api, post(api, "/flows/", name="enter")["id"], "RUNNING")
    with pytest.raises(TimeoutError):
        comes_later()  # of the other run nobody here can tell: it bears no mark of this machine
    api.patch(f"/flow_runs/{other}", json={"tags": [machine_mark()]}).raise_for_status()
    monkeypatch.setattr(prefect_api, "living_runs", lambda _: dict.fromkeys(_runs_alive(api) - {other}, 1))
    comes_later()
    assert api.get(f"/flow_runs/{other}").json()["state"]["type"] == "CRASHED"
    assert api.get(f"/v2/concurrency_limits/{name}").json()["active_slots"] == 0


AWAY = """
import sys
from contextlib import ExitStack
from prefect.settings import PREFECT_API_URL, temporary_settings
from pipelines.flows.enter import sole_place

away = {PREFECT_API_URL: "http://127.0.0.1:" + sys.argv[1] + "/api"}
with temporary_settings(away), sole_place("kaigo"):
    print("entered")
with ExitStack() as place:
    place.enter_context(sole_place("kaigo"))
    with temporary_settings(away):
        place.close()  # what was entered meanwhile does not count as failed
    print("entered")
"""


def test_entering_goes_on_while_prefects_server_is_away(settings: Settings, api: httpx.Client) -> None:
    [nobody] = free_ports(1)
    # A process of its own: Prefect's helpers in a process keep looking for a server that it has lost.
    told = subprocess.run(
        [sys.executable, "-c", AWAY, str(nobody)],
        env=os.environ | {"PREFECT_API_URL": settings.prefect_api},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.stdout.count("entered") == 2, told.stderr
    assert told.stdout.count("Prefect が答えないまま進みます") == 1
    assert api.get("/v2/concurrency_limits/account-kaigo").json()["active_slots"] == 1


@pytest.mark.usefixtures("at_home")
def test_a_store_that_is_away_for_a_moment_ends_no_entry_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: Counter[str] = Counter()

    def comes_back(*asked: object) -> Any:
        tries[str(asked[1:])] += 1
        if tries[str(asked[1:])] == 1:
            raise DatabaseUnavailable("OperationalError")
        return {"confirmed": 1} if asked[1:] else ["kaigo"]

    monkeypatch.setattr(entering, "this_office", lambda: Office(settings))
    monkeypatch.setattr(naming, "this_office", lambda: Office(settings))
    monkeypatch.setattr(entering, "systems_with_work", comes_back)
    monkeypatch.setattr(entering, "enter_system", comes_back)
    assert entering.enter() == {"kaigo": {"confirmed": 1}}
    assert set(tries.values()) == {2}


@pytest.mark.usefixtures("at_home")
def test_systems_are_entered_beside_each_other_and_one_that_fails_stops_no_other(
    settings: Settings, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting, done = Barrier(3, timeout=60), []

    def work(_office: object, system: str) -> dict[str, int]:
        meeting.wait()  # all three are at work at once, or this fails
        if system == "broken":
            raise RuntimeError("broken")
        time.sleep(0.3)
        done.append(system)
        return {"confirmed": 1}

    for module in (entering, naming):
        monkeypatch.setattr(module, "this_office", lambda: Office(settings))
    monkeypatch.setattr(naming, "waiting_batches", lambda *_: ["窓口午前 #1", "窓口午後 #2"])
    monkeypatch.setattr(entering, "systems_with_work", lambda _office: ["broken", "fukushi", "zeimu"])
    monkeypatch.setattr(entering, "enter_system", work)
    with pytest.raises(RuntimeError, match="broken"):
        entering.enter()
    assert sorted(done) == ["fukushi", "zeimu"]
    meeting.reset()
    monkeypatch.setattr(entering, "systems_with_work", lambda _office: ["fukushi", "zeimu", "other"])
    assert entering.enter() == {name: {"confirmed": 1} for name in ("fukushi", "zeimu", "other")}
    assert [run["name"] for run in _runs(api)].count("入力 窓口午前 #1 ほか 1 束") == 2


def _runs(api: httpx.Client, flow: str = "") -> list[dict]:
    only = {"flows": {"id": {"any_": [flow]}}} if flow else {}
    return post(api, "/flow_runs/filter", **only)


def _runs_alive(api: httpx.Client) -> set[str]:
    return {run["id"] for run in _runs(api) if run["state"]["type"] == "RUNNING"}
