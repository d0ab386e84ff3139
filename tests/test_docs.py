"""What exists is documented: commands, settings, field types, bot steps, reasons to doubt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bots.spec.language.schema import STEP_KINDS
from extractors.base import reasons
from pipelines.cli import app
from pipelines.settings import Settings
from templates_forms.model import FieldType
from templates_forms.rules import RULES

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands() -> list[str]:
    found = []
    top = get_command(app)
    for name, command in top.commands.items():
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_stands_in_the_readme(command: str):
    assert re.search(rf"`{re.escape(command)}\b", read("README.md"))


def test_every_command_has_help_in_japanese():
    top = get_command(app)
    for name in commands():
        command = top
        for part in name.split():
            command = command.commands[part]
        assert re.search(r"[ぁ-ん一-龥]", command.help or ""), name


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str):
    assert f"| `{name}` |" in read("docs/settings.md")


@pytest.mark.parametrize("kind", list(FieldType))
def test_every_field_type_is_documented(kind: FieldType):
    assert f"`{kind.value}`" in read("templates_forms/README.md")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_documented(rule: str):
    assert rule in read("templates_forms/README.md")


@pytest.mark.parametrize("step", sorted(STEP_KINDS))
def test_every_bot_step_is_documented(step: str):
    assert re.search(rf"^ *- {step}:|`{step}`", read("bots/README.md"), re.MULTILINE)


@pytest.mark.parametrize("code", sorted(reasons.CODES))
def test_every_reason_to_doubt_is_documented(code: str):
    assert f"`{code}`" in read("docs/reasons.md")


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "README.ja.md",
        "templates_forms/README.md",
        "bots/README.md",
        "docs/verifying.md",
        "docs/verifying.ja.md",
        "docs/authoring.md",
        "docs/authoring.ja.md",
        "docs/automating.md",
        "docs/automating.ja.md",
        "docs/operations.md",
        "docs/operations.ja.md",
        "docs/evidence.md",
        "docs/evidence.ja.md",
        "docs/planning/prefecture.md",
        "docs/planning/prefecture.ja.md",
        "docs/reading.md",
        "docs/reading.ja.md",
        "docs/reasons.md",
        "docs/architecture.md",
        "docs/architecture.ja.md",
        "CONTRIBUTING.md",
        "CONTRIBUTING.ja.md",
    ],
)
def test_links_and_pictures_of_the_documents_are_there(path: str):
    folder = (ROOT / path).parent
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(path)):
        assert (folder / target).exists(), target


@pytest.mark.parametrize(
    "path", ["CONTRIBUTING.md", "CONTRIBUTING.ja.md", "docs/architecture.md", "docs/architecture.ja.md"]
)
def test_files_named_for_contributors_are_there(path: str):
    """A file may be named by its last folders, `steps/intake/split.py`, as long as some file ends so."""
    rooms = [f for f in ROOT.iterdir() if f.is_dir() and not f.name.startswith(".") and f.name != "var"]
    there = ["/" + file.relative_to(ROOT).as_posix() for room in rooms for file in room.rglob("*")]
    for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|js|json|md))`", read(path)):
        assert any(file.endswith("/" + name) for file in there), name


@pytest.mark.parametrize("room", ["bots", "extractors", "store", "verification", "pipelines", "reports"])
def test_every_stage_is_on_the_map(room: str):
    """A package of a room that the map does not show is one that nobody finds."""
    inside = [f for f in (ROOT / room).iterdir() if (f / "__init__.py").exists()]
    for path in ("docs/architecture.md", "docs/architecture.ja.md"):
        assert [f.name for f in inside if not re.search(rf"\b{f.name}\b", read(path))] == []


def test_every_picture_stands_in_a_document_and_every_document_finds_its_pictures():
    pages = [ROOT / "README.md", ROOT / "README.ja.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.parent / found).resolve()
        for page in pages
        for found in re.findall(r"\]\(([^)]*\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert named == set((ROOT / "docs" / "pictures").rglob("*.png"))
