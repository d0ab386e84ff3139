"""One reader for the whole test session: PaddleOCR takes seconds to load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extractors.reader.reader import Reader, ReaderSettings
from templates_forms.loader import load_library
from templates_forms.model import Form

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def forms() -> dict[str, Form]:
    """The installed sample forms."""
    return load_library(ROOT / "templates_forms")


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The shipped reader with the real engines."""
    return Reader(ReaderSettings(cache_dir=tmp_path_factory.mktemp("models"), threads=1))


@pytest.fixture(scope="session")
def scans() -> Path:
    """The committed sample scans."""
    return ROOT / "samples" / "scans"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[object]]:
    """Notes every attempt to open a connection."""
    import socket

    tried: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return lambda: tried
