"""A real store on a real file or in a real PostgreSQL server, with a clock that tests turn."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base.columns import Base
from store.database import Store
from tests.store import store_postgresql
from tests.store.store_samples import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with an empty, migrated database; tests work on copies."""
    folder = tmp_path_factory.mktemp("store") / "state"
    store = Store("", folder)
    store.migrate()
    store.close()
    return folder


@pytest.fixture(scope="session")
def postgresql(migrated: Path) -> Iterator[str]:
    """A URL with `{}` for the database's name; `utsushi` is a migrated one that every test finds empty."""
    if store_postgresql.binaries() is None:
        pytest.skip("no PostgreSQL server installed (Debian: apt install postgresql)")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (pip install 'utsushi[postgres]')")
    with store_postgresql.cluster() as url:
        store_postgresql.administer(url.format("postgres"), "CREATE DATABASE utsushi")
        store = Store(url.format("utsushi"), migrated)
        store.migrate()
        store.close()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, migrated: Path) -> Iterator[Store]:
    """Every test runs over both databases."""
    shutil.copytree(migrated, tmp_path / "state")
    url = ""
    if request.param == "postgresql":
        base = request.getfixturevalue("postgresql")
        url = base.format("utsushi")
        tables = ", ".join(f'"{name}"' for name in Base.metadata.tables)
        store_postgresql.administer(url, f"TRUNCATE {tables} RESTART IDENTITY")
    opened = Store(url, tmp_path / "state", clock=clock)
    yield opened
    opened.close()
