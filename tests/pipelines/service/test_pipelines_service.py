"""What `serve` starts and asks for on machines that do not run every part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.service import serve
from pipelines.service.supervisor import Program, Supervisor
from pipelines.settings import Part, Settings


class Noting(Supervisor):
    """Starts nothing and keeps the names of what it should have started."""

    def __init__(self, logs: Path) -> None:
        super().__init__(logs)
        self.started: list[str] = []

    def start(self, program: Program) -> None:  # type: ignore[override]
        self.started.append(program.name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., set[str]]:
    """The flows that a machine with these parts asks for when it starts."""

    def start(*parts: Part) -> set[str]:
        names: set[str] = set()
        monkeypatch.setattr(serve, "set_up_prefect", lambda *_: None)
        monkeypatch.setattr(serve, "request_run", lambda _settings, name: names.add(name) or True)
        settings = Settings(home=tmp_path, parts=list(parts))
        serve.start(Noting(tmp_path / "logs"), settings, lambda _: None)
        return names

    return start


def test_without_the_alarms_a_start_asks_for_everything_that_may_lie_half_done(
    asked: Callable[..., set[str]],
) -> None:
    assert asked("prefect", "worker") == {"intake", "read", "enter"}
    assert asked("prefect", "worker", "alarms") == set(), "the alarms look for it themselves"
