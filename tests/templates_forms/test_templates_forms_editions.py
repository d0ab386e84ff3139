"""Two editions of a form: every change that was made is told, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import templates_forms
from pipelines.cli import app
from templates_forms.authoring.editions import compare
from templates_forms.form_text import form_text
from templates_forms.loader import load_form

ROOM = Path(templates_forms.__file__).parent
OLD = ROOM / "kyufukin_shinsei"


def data_of(folder: Path) -> dict:
    return yaml.safe_load((folder / "form.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def new_edition(tmp_path):
    """Writes an edition that a function has changed, every field renamed as a fresh proposal would."""

    def make(change, rename: bool = True) -> Path:
        data = data_of(OLD)
        data["id"], data["edition"] = "kyufukin_2027", "2027-04"
        fields = data["pages"][0]["fields"]
        change(fields)
        data.pop("record_key")
        data.pop("rules")
        if rename:
            for number, field in enumerate(fields):
                field["name"] = f"field_{number}"
                field.pop("handling", None)
        folder = tmp_path / "new"
        folder.mkdir()
        shutil.copyfile(OLD / "page1.png", folder / "page1.png")
        (folder / "form.yaml").write_text(form_text(data), encoding="utf-8")
        return folder

    return make


def field(fields: list[dict], name: str) -> dict:
    return next(f for f in fields if f["name"] == name)


def test_a_form_is_the_same_as_itself(new_edition):
    found = compare(load_form(OLD), load_form(new_edition(lambda fields: None)))
    assert found.same
    assert all(pair.old.label == pair.new.label for pair in found.pairs)


def test_what_moved_came_and_went_is_told(new_edition):
    def change(fields):
        field(fields, "phone")["box"][1] += 12.5
        field(fields, "phone")["cells"] = [3, 4, 4]
        fields.remove(field(fields, "household_size"))
        fields.append({"name": "email", "label": "メール", "type": "text", "box": [150, 118, 40, 6]})

    found = compare(load_form(OLD), load_form(new_edition(change)))
    assert [(p.old.name, p.right_mm, p.down_mm) for p in found.pairs if p.moved] == [("phone", 0, 12.5)]
    assert [p.changes for p in found.pairs if p.changes] == [("枠 11 → 3-4-4",)]
    assert [f.name for f in found.vanished] == ["household_size"]
    assert [f.label for f in found.appeared] == ["メール"]


def test_a_whole_block_that_moved_keeps_its_fields_apart(new_edition):
    def change(fields):
        for entry in fields[7:]:
            for box in [entry.get("box"), *(o["box"] for o in entry.get("options", []))]:
                if box:
                    box[1] += 9

    found = compare(load_form(OLD), load_form(new_edition(change)))
    assert not found.appeared and not found.vanished
    assert {p.old.label for p in found.pairs if p.moved} == {
        f["label"] for f in data_of(OLD)["pages"][0]["fields"][7:]
    }
    assert all(p.old.label == p.new.label for p in found.pairs)


def test_names_handling_and_rules_are_carried_over(new_edition, tmp_path):
    new = new_edition(lambda fields: field(fields, "phone")["box"].__setitem__(1, 120))
    done = CliRunner().invoke(
        app, ["template", "compare", str(OLD), str(new), "--carry", str(tmp_path / "out")]
    )
    assert done.exit_code == 3
    assert "移動" in done.output
    carried, old = load_form(tmp_path / "out" / "kyufukin_2027"), load_form(OLD)
    assert [f.name for f in carried.fields()] == [f.name for f in old.fields()]
    assert carried.rules == old.rules
    assert carried.record_key == old.record_key
    assert carried.field("phone").box.y == 120


def test_equal_editions_end_with_zero(tmp_path):
    assert CliRunner().invoke(app, ["template", "compare", str(OLD), str(OLD)]).exit_code == 0
