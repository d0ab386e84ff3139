"""A real store on a real file, with a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_samples import Clock

from store.database import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store("", tmp_path / "state", clock=clock)
    opened.migrate()
    yield opened
    opened.close()
