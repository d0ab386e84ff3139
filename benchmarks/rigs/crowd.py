"""A filled office for measurements: thousands of items with known answers, a server process, and people."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from samples.people.answers import answers, applicant
from store.base.schema import Item
from store.database import Store
from store.ops import users
from tests.verification import seeding
from tests.verification.verification_drawing import sheet

ROOT = Path(__file__).resolve().parents[2]
FORMS = ("kyufukin_shinsei", "jido_teate_nintei")
SHEETS = 20
"""Different applications that are drawn; more documents show the same sheets again."""


Result = TypeVar("Result")


def run_apart(what: Coroutine[Any, Any, Result]) -> Result:
    """Like ``asyncio.run``, in a thread of its own: the caller's may hold a browser, whose event loop runs there."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, what).result()


@dataclass(frozen=True)
class Crowd:
    """A filled store. `truth` holds the true values by document and field."""

    folder: Path
    names: list[str]
    truth: dict[tuple[int, str], str]
    items: int


def people(store: Store, count: int, leads: int = 1) -> list[str]:
    """`count` verifiers, the last `leads` of them leads, all with the sample password."""
    names = [f"user{number:02d}" for number in range(count)]
    seeding.people(store, [])
    for place, name in enumerate(names):
        roles = ["verifier", "lead"] if place >= count - leads else ["verifier"]
        with store.write() as session:
            users.add(session, name, display=name, password=seeding.PASSWORD, roles=roles, actor="seed")
    return names


def fill(folder: Path, items: int, verifiers: int, draw: bool = True) -> Crowd:
    """An office with about `items` open questions: every field of every application is doubtful."""
    store = Store("", folder / "state")
    store.migrate()
    names = people(store, verifiers)
    library = seeding.forms()
    pictures = _pictures(store, library) if draw else {}
    truth: dict[tuple[int, str], str] = {}
    batch, made_items, seed = seeding.batch(store), 0, 0
    while made_items < items:
        form = library[FORMS[seed % len(FORMS)]]
        person = seed % SHEETS
        doubts = {f.name: "double" if f.handling.value == "double" else "verify" for f in form.fields()}
        made = seeding.document(
            store,
            form,
            batch,
            1000 + seed,
            truth={**answers(form, applicant(form, person)), "application_no": f"{26000000 + seed}"},
            read={},
            doubts=doubts,
            pictures=pictures.get((form.id, person)),
            draw=False,
        )
        truth |= {(made.document, name): value for name, value in made.truth.items()}
        made_items += sum(2 if decision == "double" else 1 for decision in doubts.values())
        seed += 1
    store.close()
    return Crowd(folder, names, truth, made_items)


def _pictures(store: Store, library: dict[str, seeding.Form]) -> dict[tuple[str, int], list[str | None]]:
    found: dict[tuple[str, int], list[str | None]] = {}
    for name in FORMS:
        form = library[name]
        for person in range(SHEETS):
            values = answers(form, applicant(form, person))
            found[name, person] = [
                store.files.add(sheet(form, page.number, values, person), ".jpg") for page in form.pages
            ]
    return found


@dataclass
class Server:
    """The web app in a process of its own that can be killed and started again on the same port."""

    folder: Path
    settings: dict[str, object] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "benchmarks.rigs.crowd_server",
            str(self.folder / "state"),
            str(self.port),
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, json.dumps(self.settings)], stderr=log, stdout=log, env=dict(os.environ), cwd=ROOT
            )
        until = time.monotonic() + 240
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "server.log").read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        """Kills it without a chance to clean up, like a power cut."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[Server]:
    """A running server over a filled folder, gone afterwards."""
    server = Server(folder, settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def chromium() -> str:
    """The browser of this machine. Raises RuntimeError without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("no Chromium on this machine")


def opened(folder: Path) -> Store:
    """The store of a filled folder, for reading."""
    return Store("", folder / "state")


def open_items(store: Store) -> int:
    """Number of items not yet answered."""
    with store.read() as session:
        return session.query(Item).filter(Item.state.in_(("open", "claimed"))).count()
