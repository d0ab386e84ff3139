"""A real store, the real app under uvicorn in a thread, a real Chromium."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pipelines.editor_worker.worker import EditorWorker
from store.database import Store
from templates_forms import blocking
from templates_forms.loader import load_library
from templates_forms.model import Form
from tests.fakes.bot_workshop import FakeWorkshop
from tests.verification import seeding
from verification.app import create_app
from verification.ports import EditorPort
from verification.workshop_port import WorkshopPort

expect.set_options(timeout=30_000)  # a busy machine is no fault of the pages


@dataclass
class Office:
    """A running app with everything it stands on."""

    store: Store
    forms: dict[str, Form]
    ports: seeding.TestPorts
    url: str
    templates: Path | None = None


@pytest.fixture(scope="session")
def library() -> dict[str, Form]:
    """Every form; the rules' dictionaries are loaded here, so that no test waits for them."""
    found = seeding.forms()
    blocking.warm(found.values())
    return found


def serve(
    store: Store,
    forms: dict[str, Form],
    pixels: EditorPort | None = None,
    bots: WorkshopPort | None = None,
    **changed: object,
) -> Iterator[Office]:
    """The app over a store, until the generator is closed."""
    ports = seeding.TestPorts(store, forms)
    settings = seeding.settings(**changed)
    app = create_app(store, forms, settings, ports, pixels, bots)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Office(store, forms, ports, f"http://127.0.0.1:{port}", settings.templates)
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def office(tmp_path: Path, library: dict[str, Form]) -> Iterator[Office]:
    """An empty office with its people."""
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.people(store)
    yield from serve(store, library)
    store.close()


@pytest.fixture
def workroom(tmp_path: Path, helper: EditorWorker) -> Iterator[Office]:
    """An office with a library of its own, whose people may make and edit templates; real pixels."""
    yield from authoring_office(tmp_path, ("kyufukin_shinsei", "hoiku_moshikomi"), helper)


@pytest.fixture(scope="session")
def helper() -> Iterator[EditorWorker]:
    """One process with the engines for all tests, started here: no test's page waits for that."""
    made = EditorWorker()
    picture = seeding.ROOT / "templates_forms" / "kyufukin_shinsei" / "page1.png"
    made.request(240, "lines", picture=str(picture), width_mm=210, height_mm=297)
    yield made
    made.close()


def authoring_office(folder: Path, names: Sequence[str], helper: EditorWorker) -> Iterator[Office]:
    """The same anywhere, with these of the sample forms installed."""
    templates = folder / "templates"
    for name in names:
        shutil.copytree(seeding.ROOT / "templates_forms" / name, templates / name)
    store = Store("", folder / "state")
    store.migrate()
    seeding.people(store)
    forms = load_library(templates)
    shop = seeding.TestWorkshop(templates, forms, helper)
    yield from serve(store, forms, shop, templates=templates, workshop=folder / "workshop")
    store.close()


@dataclass
class BotOffice:
    """An office whose staff build bots, with the engine that stands in for the supervised browser."""

    office: Office
    engine: FakeWorkshop
    systems: Path
    drafts: Path


@pytest.fixture
def bot_office(tmp_path: Path, library: dict[str, Form]) -> Iterator[BotOffice]:
    """An empty one."""
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.people(store)
    engine, systems = FakeWorkshop(), tmp_path / "systems"
    for office in serve(store, library, bots=engine, workshop=tmp_path / "workshop", systems_folder=systems):
        yield BotOffice(office, engine, systems, tmp_path / "workshop" / "bots")
    store.close()


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, library: dict[str, Form]) -> Iterator[Office]:
    """An office where everything has happened once; for looking, not for changing."""
    folder = tmp_path_factory.mktemp("scene")
    store = Store("", folder / "state")
    store.migrate()
    seeding.scene(store)
    yield from serve(
        store, library, systems=("wakaba_kyufu", "wakaba_jido"), reports_folder=folder / "reports"
    )
    store.close()


Entering = Callable[..., Page]


def sign_in(context: BrowserContext, url: str, user: str) -> None:
    """Without drawing the page, which one test of its own fills in."""
    token = re.search(r'name="csrf" value="([^"]+)"', context.request.get(f"{url}/login").text())
    assert token
    sent = {"csrf": token[1], "name": user, "password": seeding.PASSWORD, "next": "/"}
    assert context.request.post(f"{url}/login", form=sent, max_redirects=0).status == 303


@pytest.fixture
def enter(browser: Browser) -> Iterator[Entering]:
    """Opens a page in a new browser profile, signed in as a user."""
    contexts: list[BrowserContext] = []

    def open_page(office: Office, user: str, path: str = "/", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        sign_in(context, office.url, user)
        page = context.new_page()
        page.goto(office.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
