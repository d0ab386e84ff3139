"""An office in a temporary folder, with the real forms and a real database."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.context import Office
from pipelines.settings import Settings


@pytest.fixture
def sample_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample legacy system's login stands in the environment for one test, granted to its bot."""
    monkeypatch.setenv("UTSUSHI_BOT_SECRETS", '{"fukushi_sogo": ["FUKUSHI_*"]}')
    for name in ("USER", "PASSWORD"):
        monkeypatch.setenv(f"UTSUSHI_SECRET_FUKUSHI_{name}", "kenshu")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(Settings(home=tmp_path / "home", stable_seconds=0.0, quality_share=0.0))
