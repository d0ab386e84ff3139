"""One kind of error in every room: two languages, one shape, and the command line turns it into an exit code."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bots.base.errors import BusinessRefusal, ServerError
from foundation.errors import UtsushiError
from pipelines.cli import app
from store.base.errors import StoreBusy

ROOMS = ("bots", "extractors", "pipelines", "reports", "samples", "store", "templates_forms", "verification")
HOME = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(HOME).with_suffix("").parts)
    for room in ROOMS
    for path in (HOME / room).rglob("errors.py")
)

BASES = {room: f"{room}.base.errors" for room in ("bots", "extractors", "store")}


@pytest.mark.parametrize("module", MODULES)
def test_every_error_of_a_room_has_the_one_base(module: str) -> None:
    room = importlib.import_module(module)
    own = [one for _, one in inspect.getmembers(room, inspect.isclass) if one.__module__ == module]
    errors = [one for one in own if issubclass(one, Exception)]
    assert errors and all(issubclass(one, UtsushiError) for one in errors)


def test_each_room_has_one_base_of_its_own() -> None:
    for room in ROOMS:
        found = importlib.import_module(BASES.get(room, f"{room}.errors"))
        bases = [
            one for one in vars(found).values() if inspect.isclass(one) and UtsushiError in one.__bases__
        ]
        assert len(bases) == 1, room


def test_an_error_speaks_the_readers_language() -> None:
    busy = StoreBusy("document 3")
    assert busy.in_language("ja").endswith("(document 3)") and "混み合って" in busy.in_language("ja")
    assert busy.in_language("en") == "The database is busy; wait a moment and try again. (document 3)"
    assert str(busy) == f"{busy.ja} ({busy.en})"


def test_an_error_says_whether_a_machine_tries_again_or_a_person_acts() -> None:
    assert StoreBusy().retry and ServerError("落ちています", "down").retry
    assert not BusinessRefusal("住所が長すぎます", "too long").retry


def test_the_command_line_says_the_sentence_and_ends_with_the_errors_code(tmp_path: Path) -> None:
    (tmp_path / "form.yaml").write_text("id: 1", encoding="utf-8")
    wrong = CliRunner().invoke(app, ["template", "check", str(tmp_path)])
    assert wrong.exit_code == 2 and "テンプレート" in wrong.output and "Traceback" not in wrong.output
    missing = CliRunner().invoke(app, ["evaluate", str(tmp_path)])
    assert missing.exit_code == 1 and "正解ファイルを使えません" in missing.output
