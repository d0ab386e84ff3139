"""The house stays findable: no crowded folder, and no name that the glossary has retired."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import house

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "foundation",
    "templates_forms",
    "extractors",
    "bots",
    "store",
    "verification",
    "reports",
    "pipelines",
)
MOST_FILES = 20


def files() -> list[Path]:
    return [file for room in (*ROOMS, "samples", "benchmarks", "docs") for file in (ROOT / room).rglob("*")]


def modules() -> list[Path]:
    return [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]


def test_no_folder_is_crowded():
    """Data folders of one kind (scans, pictures) may hold more; packages, pages and documents may not."""
    kinds = {".py", ".html", ".js", ".css", ".yaml", ".md"}
    crowd = Counter(
        file.parent for file in files() if file.suffix in kinds and "__pycache__" not in file.parts
    )
    assert {str(folder): number for folder, number in crowd.items() if number > MOST_FILES} == {}


def test_every_folder_of_code_is_a_package():
    assert [file.parent for file in modules() if not (file.parent / "__init__.py").exists()] == []


def test_no_module_class_or_function_bears_a_retired_name():
    """One word for one thing: docs/architecture.md has the words in use, benchmarks/house.py those that are not."""
    assert list(house.names_outside_glossary(house.product(ROOT))) == []


@pytest.mark.parametrize(
    "code", ["class Verdict: ...", "def look(): ...", "def _veil(): ...", "class Keeper: ..."]
)
def test_a_retired_name_is_found(code: str):
    found = house.names_outside_glossary({Path("bots/run/entry.py"): code})
    assert len(list(found)) == 1


def test_a_module_with_a_retired_name_is_found():
    assert list(house.names_outside_glossary({Path("bots/hands.py"): ""})) == ["bots/hands.py"]


def test_comments_are_counted_without_directives_to_tools():
    code = 'x = 1  # why\n# noqa: F401\ny = "# text"  # type: ignore\n# another reason\n'
    assert house.comments(code) == 2


def test_one_place_knows_the_offices_time_zone():
    naming = [
        file for file in modules() if re.search(r"ZoneInfo\(|Asia/Tokyo", file.read_text(encoding="utf-8"))
    ]
    assert [file.relative_to(ROOT).as_posix() for file in naming] == ["foundation/clock.py"]


def test_the_processes_that_the_chaos_run_kills_are_modules_of_this_program():
    """A pattern that matches nothing kills nothing, and the run would prove less than it says."""
    from benchmarks import chaos

    own = [words for words in chaos.PARTS.values() if "." in words and not words.startswith("prefect")]
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in modules()}
    assert own and [words for words in own if not any(name.endswith(words) for name in names)] == []
