"""The reference of form.yaml names every key, type and rule, and its examples load."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image

import templates_forms
from templates_forms.loader import load_form
from templates_forms.model import FieldType, Handling, Mark
from templates_forms.rules import RULES

ROOM = Path(templates_forms.__file__).parent
README = (ROOM / "README.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOM / "form.schema.json").read_text(encoding="utf-8"))


def examples(kind: str) -> list:
    return [yaml.safe_load(block) for block in re.findall(rf"```yaml {kind}\n(.*?)```", README, re.DOTALL)]


def words() -> list[str]:
    keys = list(SCHEMA["properties"])
    for part in ("field", "option", "part"):
        keys += list(SCHEMA["$defs"][part]["properties"])
    keys += list(SCHEMA["$defs"]["field"]["properties"]["content"]["enum"])
    keys += list(SCHEMA["properties"]["pages"]["items"]["properties"])
    return sorted({*keys, *FieldType, *Handling, *Mark, *RULES, "fixed"})


@pytest.mark.parametrize("word", words())
def test_every_key_type_and_rule_is_explained(word):
    assert f"`{word}`" in README


def test_the_examples_make_a_form(tmp_path):
    (head,) = examples("form")
    fields = [field for block in examples("fields") for field in block]
    head["pages"][0]["fields"] += fields
    head["rules"] = [rule for block in examples("rules") for rule in block]
    Image.new("L", (210, 297), 255).save(tmp_path / "page1.png")
    (tmp_path / "form.yaml").write_text(yaml.safe_dump(head, allow_unicode=True), encoding="utf-8")
    form = load_form(tmp_path)
    assert {field.type for field in form.fields()} == set(FieldType)
    assert {field.mark for field in form.fields() if field.options} == set(Mark)
    assert len(form.rules) == 4


def test_the_table_of_forms_names_the_folders():
    folders = {path.parent.name for path in ROOM.glob("*/form.yaml")}
    assert folders <= set(re.findall(r"^\| `(\w+)`", README, re.MULTILINE))
