"""Taking changes of a draft back, one after the other, and a draft that names its form in the bot.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.run.grants import Grants
from bots.spec.language.load import forms_of, load_bot
from bots.workshop import draft as drafts
from bots.workshop.draft import Draft
from bots.workshop.edits import apply
from bots.workshop.writing import to_yaml
from pipelines.workshop_worker.ports import WorkshopWorkerPort
from verification.errors import CannotMake

GRANTS = Grants(("kit.test",))
WHOLE = """
id: kyoka
form: kyufukin_shinsei
base_url: http://kit.test
key: no
session_lost: [{button: ログイン}]
procedures:
  login: [{goto: /}]
  find: {steps: [{goto: /list}], yes: {row: "{{ no }}"}, no: 該当なし}
  enter: [{goto: /new}, {click: 登録, irreversible: true}]
  read_back: [{capture: {cell: 番号, as: no}}]
"""


def begun(folder: Path) -> Draft:
    made = Draft(
        "kyoka", {"ja": "許可"}, "http://kit.test", form="kyufukin_shinsei", key=["no"], sample={"no": "1"}
    )
    drafts.save(folder, made)
    return made


def test_changes_are_taken_back_one_after_the_other(tmp_path: Path) -> None:
    port = WorkshopWorkerPort(grants=GRANTS)
    begun(tmp_path)
    with pytest.raises(CannotMake):
        port.edit(tmp_path, {"undo": True})
    for text in ("エラー E1", "エラー E2"):
        port.edit(tmp_path, {"sign": {"kind": "refused", "text": text}})
    drafts.save(tmp_path, drafts.load(tmp_path))  # nothing changed: nothing to take back
    assert [s["text"] for s in port.edit(tmp_path, {"undo": True})["signs"]] == ["エラー E1"]
    assert "E2" not in (tmp_path / "bot.yaml").read_text("utf-8")
    assert port.edit(tmp_path, {"undo": True})["signs"] == []
    with pytest.raises(CannotMake, match="元に戻す"):
        port.edit(tmp_path, {"undo": True})


def test_the_form_goes_into_the_file_and_comes_back_from_it(tmp_path: Path) -> None:
    made = apply(begun(tmp_path), {"yaml": WHOLE}, GRANTS)
    assert made.form == "kyufukin_shinsei"
    (tmp_path / "bot.yaml").write_text(to_yaml(made), "utf-8")
    assert forms_of(tmp_path) == [""]
    bot = load_bot(tmp_path)
    # `pipelines.steps.entry.enter` finds by it which settled records the bot enters.
    assert (bot.form, bot.id, bot.system) == ("kyufukin_shinsei", "kyoka", "kyoka")
