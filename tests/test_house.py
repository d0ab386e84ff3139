"""The house stays findable: no crowded folder, no nameless function, no word that the glossary does not know."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

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
RETIRED = frozenset(
    [
        "hands",
        "asking",
        "veil",
        "keyed",
        "keeper",
        "manners",
        "boundary",
        "witness",
        "judged",
        "visits",
        "guard",
        "showing",
        "urging",
        "looking",
        "watchman",
        "workshop",
        "specks",
        "streaks",
        "promise",
        "nothing",
        "trees",
        "vigilance",
        "utils",
    ]
)
"""Names of modules that said nothing of what stands in them (docs/architecture.md has the words in use)."""


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


def test_no_module_bears_a_retired_name():
    assert [file.name for file in modules() if file.stem in RETIRED] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_is_called_look(room: str):
    """Seventeen functions were: what a function returns belongs into its name."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == "look"
    ]
    assert found == []


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
