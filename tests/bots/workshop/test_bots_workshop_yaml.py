# ruff: noqa: E501 — pages and records are easier to read on one line
"""bot.yaml out of a draft and back again: the same bot, quoted for every YAML, and no password in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bots.base.errors import NotGranted
from bots.run.grants import Grants
from bots.spec.language.load import load_bot
from bots.spec.language.yaml_source import load
from bots.workshop import draft as drafts
from bots.workshop.edits import apply
from bots.workshop.errors import WorkshopError
from bots.workshop.workshop import create
from bots.workshop.writing import scalar, to_yaml

GRANTS = Grants(("127.0.0.1",), ("KYOKA_*",))
SYSTEMS = Path(__file__).parents[1] / "systems"
NAMES = ("kokuho.yaml", "gakudo.yaml", "old_register.yaml", "django_kyufu/bot.yaml")
BEGUN = {
    "id": "a",
    "title": {"ja": "あ"},
    "base_url": "http://127.0.0.1/x",
    "key": ["no"],
    "sample": {"no": "12345"},
}


def opened(folder: Path, text: str) -> drafts.Draft:
    return create(folder, {"yaml": text, "sample": {"no": "12345"}}, GRANTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_bot_written_by_hand_goes_through_the_workshop_unchanged(tmp_path: Path, name: str) -> None:
    text = (SYSTEMS / name).read_text(encoding="utf-8")
    draft = opened(tmp_path / "draft", text)
    written = to_yaml(draft)
    (tmp_path / "bot.yaml").write_text(written, encoding="utf-8")
    before, after = load(SYSTEMS / name).data, load(tmp_path / "bot.yaml").data
    # One message box may be written alone or as a list, and a title in one language or two.
    assert _plain(after) == _plain(before), written
    load_bot(tmp_path / "bot.yaml")
    again = apply(drafts.load(tmp_path / "draft"), {"yaml": written}, GRANTS)
    assert to_yaml(again) == written


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _plain(v) for k, v in node.items()}
    return [_plain(v) for v in node] if isinstance(node, list) else node


@pytest.mark.parametrize(
    "text",
    ["氏名", "yes", "No", "08:30", "0123", "a: b", "- x", "{{ no }}", "a\nb", "", "a\u2028b", " x", r"エラー E\d+", "#x", "~",
     "1.5", "null", "*a", "It's", "\x7f", "氏　名", "=", "1_000", "on", "a #b", "“x”", "！"],
)  # fmt: skip
def test_text_stays_text_in_every_version_of_yaml(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(f"v: {scalar(text)}\nl: [{scalar(text)}, a]\n", encoding="utf-8")
    ours, others = (
        load(tmp_path / "x.yaml").data,
        yaml.safe_load((tmp_path / "x.yaml").read_text(encoding="utf-8")),
    )
    assert ours == others == {"v": text, "l": [text, "a"]}


def test_an_edit_by_hand_keeps_what_the_workshop_does_not_show_and_what_it_recorded(tmp_path: Path) -> None:
    draft = create(tmp_path / "d", BEGUN, GRANTS)
    draft.procedures["enter"] = [
        drafts.Step("s1", {"goto": "/a"}, picture="s1.png"),
        drafts.Step(
            "s2", {"fill": {"cell": "番号", "value": "{{ no }}"}}, picture="s2.png", value="12345", field="no"
        ),
    ]
    text = (
        to_yaml(draft).replace("cell: 番号", "label: 番号").replace('key: "no"', 'key: "no"\nper_minute: 10')
    )
    text = text.replace(
        "    - goto: /a", '    - goto: /a\n    - if: {value: "{{ no }}"}\n      then:\n        - click: 次'
    )
    made = apply(draft, {"yaml": text}, GRANTS)
    assert [s.id for s in made.procedures["enter"]][::2] == ["s1", "s2"]
    assert made.procedures["enter"][2].picture == "s2.png" and made.procedures["enter"][2].chosen == -1
    assert made.procedures["enter"][1].step["then"] == [{"click": "次"}]
    assert made.extra["per_minute"] == 10 and "per_minute: 10" in to_yaml(made)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("fill: {label: パスワード, value: himitsu}", "パスワードが書かれています"),
        ("fil: {label: x, value: y}", "手順「fil」はありません"),
        ("fill: {label: x", "YAMLとして読めません"),
    ],
)
def test_an_edit_that_cannot_be_kept_changes_nothing(tmp_path: Path, changed: str, words: str) -> None:
    draft = create(tmp_path / "d", BEGUN, GRANTS)
    text = to_yaml(draft).replace("  login: []", f"  login:\n    - {changed}")
    with pytest.raises(WorkshopError, match=words) as raised:
        apply(draft, {"yaml": text}, GRANTS)
    assert "/tmp" not in raised.value.ja and draft.procedures["login"] == []


def test_hosts_are_granted_by_the_settings_not_by_the_file(tmp_path: Path) -> None:
    with pytest.raises(NotGranted, match="workshop_hosts"):
        create(tmp_path / "a", {**BEGUN, "base_url": "http://elsewhere.test"}, GRANTS)
    with pytest.raises(NotGranted):
        create(tmp_path / "b", {**BEGUN, "base_url": "file:///etc"}, GRANTS)
    draft = create(tmp_path / "c", BEGUN, GRANTS)
    text = to_yaml(draft)
    for more in ("allowed_hosts: [elsewhere.test]", ""):
        with pytest.raises(NotGranted):
            edited = (
                text.replace("encoding:", f"{more}\nencoding:")
                if more
                else text.replace("127.0.0.1", "other.test")
            )
            apply(draft, {"yaml": edited}, GRANTS)


def test_edits_of_steps(tmp_path: Path) -> None:
    draft = create(tmp_path / "d", {**BEGUN, "sample": {"no": "12345", "birth": "1988-04-01"}}, GRANTS)
    fill = {"fill": {"cell": "年", "value": "1988"}}
    draft.procedures["enter"] = [
        drafts.Step("s1", {"popup": {"click": "開く", "after": "closes"}}),
        drafts.Step(
            "s2",
            fill,
            value="63",
            window="s1",
            locators=[{"target": {"name": "y"}, "ja": "", "en": "", "matches": 1}],
        ),
        drafts.Step("s3", {"click": "登録"}),
        drafts.Step("s4", {"click": "保存"}),
    ]
    for edit, step in (
        (
            {"step": "s2", "field": "birth", "value": "63"},
            {"fill": {"cell": "年", "value": "{{ birth | wareki_year }}"}},
        ),
        ({"step": "s2", "locator": 0}, {"fill": {"name": "y", "value": "{{ birth | wareki_year }}"}}),
        ({"step": "s2", "format": "year"}, {"fill": {"name": "y", "value": "{{ birth | year }}"}}),
        ({"step": "s2", "target": {"label": "年"}}, {"fill": {"label": "年", "value": "{{ birth | year }}"}}),
    ):
        assert apply(draft, edit, GRANTS).procedures["enter"][1].step == step
    apply(draft, {"step": "s3", "irreversible": True}, GRANTS)
    apply(draft, {"step": "s4", "irreversible": True}, GRANTS)
    assert [s.irreversible for s in draft.procedures["enter"]] == [False, False, False, True]
    apply(draft, {"move": "s4", "to": 0}, GRANTS)
    assert [s.id for s in draft.procedures["enter"]] == ["s4", "s1", "s2", "s3"]
    # With the step that opens a window go the steps in it.
    apply(draft, {"delete": "s1"}, GRANTS)
    assert [s.id for s in draft.procedures["enter"]] == ["s4", "s3"]
    for wrong in (
        {"step": "s3", "locator": 7},
        {"step": "s9", "field": ""},
        {"step": "s3", "field": "birth"},
        {"x": 1},
    ):
        with pytest.raises(WorkshopError):
            apply(draft, wrong, GRANTS)


def test_changes_are_taken_back_one_by_one(tmp_path: Path) -> None:
    draft = create(tmp_path, BEGUN, GRANTS)
    for title in ("い", "う"):
        draft.title = {"ja": title}
        drafts.save(tmp_path, draft)
    drafts.save(tmp_path, draft)
    assert [drafts.undo(tmp_path).title["ja"] for _ in range(2)] == ["い", "あ"]
    with pytest.raises(WorkshopError, match="元に戻す変更はありません"):
        drafts.undo(tmp_path)
