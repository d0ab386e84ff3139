"""What a save changes is described in words; overlapping boxes are refused; a save keeps the old state."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import templates_forms
from templates_forms.authoring.changes import changes
from templates_forms.authoring.errors import AuthorError
from templates_forms.authoring.saving import EditConflict, FormIdChanged, save, stamp
from templates_forms.errors import TemplateError
from templates_forms.loader import load_form

ROOM = Path(templates_forms.__file__).parent
FORM = "kyufukin_shinsei"


@pytest.fixture
def data() -> dict[str, Any]:
    return yaml.safe_load((ROOM / FORM / "form.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOM / FORM, tmp_path / FORM)
    return tmp_path / FORM


def field(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(f for f in data["pages"][0]["fields"] if f["name"] == name)


def output(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.subject, one.ja) for one in changes(old, new)]


def test_nothing_changed_is_nothing_told(data):
    assert changes(data, copy.deepcopy(data) | {"version": 7}) == []


def test_each_change_is_told_in_words(data):
    new = copy.deepcopy(data)
    field(new, "phone")["box"][0] += 1.25
    field(new, "phone")["cells"] = [3, 4, 4]
    field(new, "applicant_name")["handling"] = "verify"
    field(new, "postal_code")["name"] = "zip_code"
    new["pages"][0]["fields"].remove(field(new, "household_size"))
    new["pages"][0]["fields"].append(
        {"name": "email", "label": "メール", "type": "text", "box": [1, 2, 3, 4]}
    )
    new["edition"] = "2027-04"
    new["rules"] = []
    words = output(data, new)
    assert ("changed", "版", "2026-04 → 2027-04") in words
    assert ("changed", "電話番号 (phone)", "位置 右へ +1.25 mm、文字枠 11 → 3-4-4") in words
    assert ("changed", "郵便番号 (zip_code)", "名前 postal_code → zip_code") in words
    assert ("added", "メール (email)", "1ページに追加") in words
    assert [w for w in words if w[0] == "removed" and "household_size" in w[1]]
    assert sum(w[1] == "規則" for w in words) == len(data["rules"])
    assert all(one.en for one in changes(data, new))


def test_options_that_moved_came_and_went_are_told(data):
    new = copy.deepcopy(data)
    entry = next(f for f in new["pages"][0]["fields"] if len(f.get("options", [])) > 1)
    entry["options"][0]["box"][0] += 1
    gone = entry["options"].pop()
    entry["options"].append({"value": "other", "label": "その他", "box": [9, 9, 5, 5]})
    [(_, _, words)] = output(data, new)
    assert "追加: その他" in words and f"削除: {gone['label']}" in words and "変更: " in words


def test_boxes_over_each_other_are_refused_but_seals_are_not(folder, data):
    seal = {"name": "seal", "label": "印", "type": "seal", "box": [*field(data, "applicant_name")["box"]]}
    data["pages"][0]["fields"].append(seal)
    assert save(folder, data, stamp(folder), "dx").version == 2
    field(data, "seal")["type"] = "text"
    with pytest.raises(TemplateError) as caught:
        save(folder, data, stamp(folder), "dx")
    assert any("applicant_name と seal の枠が重なっています" in problem for problem in caught.value.problems)
    assert load_form(folder).version == 2


def test_a_touch_of_neighbours_is_no_overlap(folder, data):
    x, y, width, height = field(data, "phone")["box"]
    near = {"name": "near", "label": "隣", "type": "text", "box": [x + width - 1, y, 20, height]}
    data["pages"][0]["fields"].append(near)
    assert save(folder, data, stamp(folder), "dx").field("near")


def test_a_save_keeps_every_earlier_state(folder, data):
    first = (folder / "form.yaml").read_text(encoding="utf-8")
    for minutes in (3.5, 4.5):
        save(folder, data | {"hand_minutes": minutes}, stamp(folder), "dx")
    assert load_form(folder).version == 3 and load_form(folder).hand_minutes == 4.5
    kept = {path.name: path.read_text(encoding="utf-8") for path in (folder / "history").iterdir()}
    assert set(kept) == {"form.1.yaml", "form.2.yaml"} and kept["form.1.yaml"] == first


def test_a_save_over_another_state_or_form_changes_nothing(folder, data):
    before = (folder / "form.yaml").read_bytes()
    with pytest.raises(EditConflict):
        save(folder, data, "0" * 64, "dx")
    with pytest.raises(FormIdChanged):
        save(folder, data | {"id": "another"}, stamp(folder), "dx")
    assert (folder / "form.yaml").read_bytes() == before and not (folder / "history").exists()


def test_a_library_that_takes_nothing_is_told(folder, data, monkeypatch):
    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    before = (folder / "form.yaml").read_bytes()
    monkeypatch.setattr("templates_forms.authoring.saving.os.fsync", full)
    with pytest.raises(AuthorError, match="書き込めません"):
        save(folder, data | {"hand_minutes": 9}, stamp(folder), "dx")
    assert (folder / "form.yaml").read_bytes() == before
    assert [path.name for path in folder.rglob(".*")] == []
