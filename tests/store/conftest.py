"""A real store on a real file, with a clock that tests turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_samples import Clock

from store.database import Store


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


@pytest.fixture
def store(tmp_path: Path, clock: Clock, migrated: Path) -> Iterator[Store]:
    shutil.copytree(migrated, tmp_path / "state")
    opened = Store("", tmp_path / "state", clock=clock)
    yield opened
    opened.close()
