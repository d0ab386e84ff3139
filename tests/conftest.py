"""Marks for `-m` and one place for what is dear, from what each test asks for.

A test that uses a fixture of `MARK_OF` gets its mark; tests that start a browser, a Prefect server or the engines by
themselves bear the mark in their file. With several processes (`-n 2`) a file's tests run in one of them, one after
the other, so that what the file makes once is made once; so do all tests over PostgreSQL and all that share the reader.

Where Debian's chromium-headless-shell is installed the tests drive it: the engine of the Chromium that an office has,
opening a page for a sixth of the processor time, because there is no window behind it. With
`UTSUSHI_BROWSER=/usr/bin/chromium` they drive that one; the long runs and the tests that ask for `office_browser`
always do.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import settings
from sqlalchemy import Connection, StaticPool, create_engine, inspect

if TYPE_CHECKING:  # most tests need no browser and do not wait for its library
    from playwright.sync_api import Browser, Playwright

MARK_OF = {
    "started": "browser",
    "postgresql": "postgresql",
    "database": "postgresql",
    "prefect": "prefect",
    "reader": "ocr",
    "recogniser": "ocr",
}
TOGETHER = {"postgresql": "postgresql", "reader": "reader"}
"""Fixtures of the whole session that take seconds to make: their tests run in one process."""
LONG_FIRST = (
    "test_end_to_end_demo",
    "test_verification_editor",
    "test_pipelines_prefect",
    "test_verification_verify",
    "reader",
    "postgresql",
    "test_end_to_end_grid",
    "test_verification_templates",
    "test_pipelines_enter",
)
"""With several processes these begin, so that no process works on one of them alone at the end."""
LENGTHY = {
    "test_authoring_blanks",
    "test_extractors_imaging_decode",
    "test_extractors_imaging_pdf_scan",
    "test_extractors_imaging_registration",
    "test_pipelines_commands",
    "test_pipelines_editions",
    "test_pipelines_evidence",
    "test_pipelines_placing",
    "test_pipelines_watch",
    "test_pipelines_workers",
    "test_reports_empty",
    "test_reports_titles",
    "test_store_processes",
    "test_templates_forms_drawn",
    "test_templates_forms_name_index",
    "test_verification_hostile",
    "test_verification_injection",
    "test_verification_quality",
    "test_verification_reports",
    "test_verification_templates",
}
"""Files that place or draw whole pages and reports, or start programs: half the time of what needs nothing special."""
LIGHT_BROWSER = "chromium-headless-shell"


def pytest_configure() -> None:
    # On a busy machine an example may take long: that is no fault of what is tested. Before any test is declared.
    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")
    if light := shutil.which(LIGHT_BROWSER):
        os.environ.setdefault("UTSUSHI_BROWSER", light)


@pytest.fixture(scope="session", autouse=True)
def schema_made_once() -> Iterator[None]:
    """Most tests begin with an empty SQLite database: its schema is made by the migrations once, then copied."""
    from store import database

    migrated, statements = database.upgrade, list[str]()

    def upgrade(connection: Connection, revision: str = "head") -> None:
        fresh = connection.dialect.name == "sqlite" and not inspect(connection).get_table_names()
        if not fresh or revision != "head":
            return migrated(connection, revision)
        if not statements:
            with contextlib.closing(sqlite3.connect(":memory:")) as made:
                with create_engine("sqlite://", creator=lambda: made, poolclass=StaticPool).begin() as empty:
                    migrated(empty)
                # The dump's own transaction would end the one that it is read into.
                statements.extend(
                    line for line in made.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")
                )
        for statement in statements:
            connection.exec_driver_sql(statement)

    database.upgrade = upgrade
    yield
    database.upgrade = migrated


@pytest.fixture(scope="module")
def started() -> Iterator[Playwright]:
    """Playwright, of which a thread holds one at a time: what else it runs afterwards may need its event loop."""
    from bots.browser.launch import playwright

    with playwright() as one:
        yield one


@pytest.fixture(scope="module")
def browser(started: Playwright) -> Iterator[Browser]:
    """A browser that reaches this machine alone."""
    from bots.base.errors import NoBrowser
    from bots.browser.launch import arguments, find_browser

    try:
        path = find_browser(started)
    except NoBrowser as error:
        pytest.skip(str(error))
    opened = started.chromium.launch(executable_path=path, args=arguments(("127.0.0.1",)))
    yield opened
    opened.close()


@pytest.fixture
def office_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser that an office has, for tests of the whole way."""
    if Path(os.environ.get("UTSUSHI_BROWSER", "")).name == LIGHT_BROWSER:
        monkeypatch.delenv("UTSUSHI_BROWSER")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    places: dict[pytest.Item, str] = {}
    for item in items:
        used = _used(item)
        for mark in {MARK_OF[name] for name in used if name in MARK_OF}:
            item.add_marker(mark)
        if _file(item) in LENGTHY:
            item.add_marker("lengthy")
        places[item] = next((TOGETHER[name] for name in used if name in TOGETHER), _file(item))
        item.add_marker(pytest.mark.xdist_group(places[item]))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(places[item]))


def _used(item: pytest.Item) -> list[str]:
    """Its fixtures; `store` asks for PostgreSQL only when it runs."""
    parameters = getattr(item, "callspec", None)
    chosen = [value for value in parameters.params.values() if isinstance(value, str)] if parameters else []
    return [*getattr(item, "fixturenames", ()), *(value for value in chosen if value == "postgresql")]


def _turn(place: str) -> int:
    return LONG_FIRST.index(place) if place in LONG_FIRST else len(LONG_FIRST)


def _file(item: pytest.Item) -> str:
    return Path(item.location[0]).stem


@pytest.fixture
def own_certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that this machine has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = tmp_path / "own.crt", tmp_path / "own.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, plain))
    return files
