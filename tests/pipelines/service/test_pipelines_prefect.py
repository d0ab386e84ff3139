"""What is asked of Prefect's server, asked of a real one: one run at a time, none left behind, none kept for ever."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier, Timer
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from sqlalchemy import select

from benchmarks.rigs.running import drop, free_ports, wait_for
from pipelines import context as offices
from pipelines.context import Office
from pipelines.flows import enter as entering
from pipelines.flows import naming
from pipelines.prefect_api import client, delete_old_runs, deployed, end_dead_runs, request_run
from pipelines.service.serve import FLOWS, POOLS, prefect_server, prefect_worker, set_up_prefect
from pipelines.service.supervisor import Supervisor
from pipelines.service.watch import TAKE_OVER_SECONDS, Watch
from pipelines.settings import Settings, prefect_environment, prefect_password
from pipelines.steps.intake.stability import list_folder
from pipelines.steps.intake.take_in import take_ready
from store.base.errors import DatabaseUnavailable
from store.base.schema import Batch


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
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
def settings(prefect: Settings) -> Settings:
    return prefect


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with client(settings, timeout=30) as made:
        yield made


def post(api: httpx.Client, path: str, **body: object) -> dict:
    """Asked again while the server says that its database is busy, as Prefect's own client does."""
    for _ in range(20):
        if (said := api.post(path, json=body)).status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.5)
    return said.raise_for_status().json()


def asked(settings: Settings, name: str, young: float = 0.0) -> bool:
    """Likewise: asked for until the server comes to it."""
    return wait_for(lambda: request_run(settings, name, young), 60) >= 0


def run_of(api: httpx.Client, flow: str, *states: str, pool: str | None = None) -> str:
    """A run that went through those states."""
    run = post(api, "/flow_runs/", flow_id=flow, state={"type": "PENDING"}, work_pool_name=pool)["id"]
    for state in states:
        said = post(api, f"/flow_runs/{run}/set_state", state={"type": state}, force=True)
        assert said["status"] == "ACCEPT"
    return str(run)


def test_nobody_without_the_password_asks_for_anything(settings: Settings, api: httpx.Client) -> None:
    flow = post(api, "/flows/", name="guarded")["id"]
    run = {"flow_id": flow, "state": {"type": "SCHEDULED"}}
    for wrong in (None, ("utsushi", ""), ("utsushi", "utsushi"), ("", "")):
        with httpx.Client(base_url=settings.prefect_api, auth=wrong) as stranger:
            assert stranger.get(f"/flows/{flow}").status_code == 401
            assert stranger.post("/flow_runs/", json=run).status_code == 401
            assert stranger.post("/work_pools/", json={"name": "x", "type": "process"}).status_code == 401
            assert stranger.get("/health").is_success, "whether it runs may be asked"
    assert api.post("/flow_runs/", json=run).is_success


def test_no_page_of_another_origin_may_use_the_interface(settings: Settings, api: httpx.Client) -> None:
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{settings.port}"):
        asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for answer in (
            api.options("/flow_runs/", headers=asking),
            api.get("/health", headers={"Origin": origin}),
        ):
            assert "access-control-allow-origin" not in answer.headers


def test_the_password_is_made_once_for_the_service_user_alone(tmp_path: Path) -> None:
    one, other = (Settings(home=tmp_path, machine_home=tmp_path / name) for name in ("a", "b"))
    password = prefect_password(one)
    assert prefect_password(other) == password and len(password) > 40
    [file] = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert password != prefect_password(Settings(home=tmp_path / "another office"))
    assert prefect_environment(one)["PREFECT_API_AUTH_STRING"] == password
    for program in (prefect_server(one), *(prefect_worker(one, pool) for pool in POOLS)):
        assert password not in " ".join(program.command)


def test_runs_left_behind_end_and_old_ones_go(settings: Settings, api: httpx.Client) -> None:
    flow = post(api, "/flows/", name="read")["id"]
    old = [run_of(api, flow, "RUNNING", end) for end in ("COMPLETED", "FAILED", "CANCELLED")]
    time.sleep(0.2)
    since = time.time()
    for pool in ("forms", "reading"):
        post(api, "/work_pools/", name=pool, type="process")
    left = run_of(api, flow, "RUNNING", pool="reading")
    fresh = run_of(api, flow, "RUNNING", "COMPLETED", pool="reading")
    assert end_dead_runs(settings) == 0, "it may be about to be marked"
    assert end_dead_runs(settings, "forms") == 0, "its worker lives"
    assert end_dead_runs(settings, "reading") == 1
    assert api.get(f"/flow_runs/{left}").json()["state"]["type"] == "CRASHED"
    assert end_dead_runs(settings, "reading") == 0
    assert delete_old_runs(settings, days=(time.time() - since + 0.1) / 86400) == 3
    assert [api.get(f"/flow_runs/{run}").status_code for run in (*old, fresh, left)] == [
        404,
        404,
        404,
        200,
        200,
    ]


def test_a_run_is_asked_for_once_while_one_waits(settings: Settings, api: httpx.Client) -> None:
    assert not request_run(settings, "enter"), "nothing is deployed yet"
    assert not deployed(settings, ["office"], ["enter"])
    flow = post(api, "/flows/", name="enter")["id"]
    post(api, "/work_pools/", name="office", type="process")
    post(api, "/deployments/", name="enter", flow_id=flow, work_pool_name="office")
    assert deployed(settings, ["office"], ["enter"])
    assert asked(settings, "enter") and asked(settings, "enter")
    [run] = _runs(api, flow)
    post(api, f"/flow_runs/{run['id']}/set_state", state={"type": "PENDING"})
    assert asked(settings, "enter", young=30.0) and len(_runs(api, flow)) == 1, "it may not be at work yet"
    assert asked(settings, "enter") and len(_runs(api, flow)) == 2, "it may have died unnoticed"


def test_runs_are_named_after_their_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(Settings(home=tmp_path))
    monkeypatch.setattr(naming, "this_office", lambda: office)
    assert (naming.intake_name(), naming.read_name(), naming.enter_name()) == ("受付", "読取", "入力")
    for folder, content in (("窓口午前", b"one"), ("窓口午後", b"two"), ("", b"three")):
        drop(office.settings.inbox_folder / folder, "scan.pdf", content)
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
    assert not request_run(away, "read") and not deployed(away, ["office"], ["read"])


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Prefect's own database, held by another writer."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_while_prefects_database_is_locked_papers_are_taken(
    settings: Settings, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(settings)
    monkeypatch.setattr(offices, "this_office", lambda: office)
    settings.stable_seconds = 0.0
    flow = post(api, "/flows/", name="intake")["id"]
    post(api, "/work_pools/", name="scans", type="process")
    post(api, "/deployments/", name="intake", flow_id=flow, work_pool_name="scans")
    [database] = settings.home.rglob("prefect.db")
    seconds = [1000.0]

    def looks(watch: Watch) -> list[bool]:
        """Whether the file is safe at the first look, and when nobody has come for it."""
        dropped = drop(settings.inbox_folder, "a.pdf", os.urandom(50))
        safe = []
        for later in (0.0, TAKE_OVER_SECONDS):
            seconds[0] += later
            watch.run_once()
            safe.append(not dropped.exists())
        return safe

    with locked(database):
        assert api.get("/health").is_success
        assert looks(Watch(settings, clock=lambda: seconds[0]))[0], "it cannot even promise a run"
    assert asked(settings, "intake")
    with locked(database):
        watch = Watch(settings, clock=lambda: seconds[0])
        assert looks(watch) == [False, True], "it has promised a run, which it cannot start"


@pytest.mark.prefect
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
    password = prefect_password(settings)
    with temporary_settings({PREFECT_API_URL: settings.prefect_api, PREFECT_API_AUTH_STRING: password}):
        yield


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
