# ruff: noqa: E501 — pages and cases are easier to read on one line
"""A bot.yaml that is wrong is refused with file, step, line and key, before anything runs."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bots.base.errors import BotFileError
from bots.spec.explain.explain import explain
from bots.spec.language.load import forms_of, load_bot
from bots.spec.language.rules import names_used
from bots.spec.language.yaml_source import load
from bots.spec.model.bot import Click, Fill, walk
from bots.spec.templating import Scope
from bots.tools.check import check_bot
from bots.tools.record import to_yaml
from tests.bots.conftest import TRAP_BOT
from tests.bots.systems.sogo import BOT

GOOD: dict[str, Any] = load(TRAP_BOT).data


def write(folder: Path, data: dict[str, Any]) -> Path:
    file = folder / "bot.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def changed(at: list[Any], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    node: Any = data
    for part in at[:-1]:
        node = node[part]
    if isinstance(node, list) and at[-1] == "+":
        node.append(value)
    else:
        node[at[-1]] = value
    return data


ENTER = ["procedures", "enter"]
WRONG = {
    "unknown step": (changed([*ENTER, 0], {"clikc": "登録"}), "enter step 1", "clikc", "click"),
    "unknown key": (changed([*ENTER, 1, "fill", "vlaue"], "x"), "enter step 2 (fill)", "vlaue", "value"),
    "missing value": (changed([*ENTER, 1], {"fill": {"cell": "番号"}}), "enter step 2 (fill)", "value", ""),
    "two locators": (changed([*ENTER, 1, "fill", "css"], "#x"), "enter step 2 (fill)", "cell, css", ""),
    "no locator": (changed([*ENTER, 1], {"fill": {"value": "x"}}), "enter step 2 (fill)", "cell", ""),
    "two irreversible": (changed([*ENTER, 0], {"click": "保存", "irreversible": True}), "enter step 6", "2", ""),
    "none irreversible": (changed([*ENTER, 5], {"click": "登録"}), "procedures.enter", "irreversible", ""),
    "irreversible in find": (
        changed(["procedures", "find", "steps", 2], {"click": "検索", "irreversible": True}), "find", "irreversible", "",
    ),
    "irreversible in if": (
        changed([*ENTER, 5], {"if": "x", "then": [{"click": "登録", "irreversible": True}]}), "enter step 6", "if", "",
    ),
    "action after": (changed([*ENTER, "+"], {"click": "次へ"}), "enter step 8 (click)", "irreversible", ""),
    "literal password": (
        changed(["procedures", "login", 2], {"fill": {"label": "パスワード", "value": "hunter2"}}), "login step 3", "secret", "",
    ),
    "literal by position": (
        changed(["procedures", "login", 2], {"fill": {"position": 2, "value": "hunter2"}}), "login step 3", "secret", "",
    ),
    "password in address": (changed(["base_url"], "http://bot:pw@host"), "base_url", "secret", ""),
    "unknown formatter": (
        changed([*ENTER, 1, "fill", "value"], "{{ no | wide }}"), "enter step 2 (fill)", "wide", "full_width",
    ),
    "formatter arguments": (changed([*ENTER, 1, "fill", "value"], "{{ no | slice }}"), "enter step 2", "slice", ""),
    "open braces": (changed([*ENTER, 1, "fill", "value"], "{{ no "), "enter step 2", "{{ no", ""),
    "unknown lookup": (changed([*ENTER, 1, "fill", "value"], "{{ no | lookup('x') }}"), "enter step 2", "'x'", ""),
    "no such steps": (changed([*ENTER, 0], {"use": "nowhere"}), "enter step 1 (use)", "nowhere", ""),
    "bad pattern": (changed(["refused", 0], {"pattern": "("}), "refused item 1", "(", ""),
    "bad comparison": (
        changed(["procedures", "read_back", 1, "capture", "compare"], ["roughly"]), "read_back step 2", "roughly", "width",
    ),
    "key not read back": (
        changed(["procedures", "read_back"], [{"capture": {"cell": "氏名", "as": "name"}}]), "read_back", "no", "",
    ),
    "no key": ({k: v for k, v in GOOD.items() if k != "key"}, "", "key", ""),
    "no find": ({**GOOD, "procedures": {k: v for k, v in GOOD["procedures"].items() if k != "find"}}, "procedures", "find", ""),
    "find without no": (
        changed(["procedures", "find"], {"steps": [], "yes": "x"}), "procedures.find", "no", "",
    ),
    "modifier inside": (
        changed([*ENTER, 5], {"click": {"button": "登録", "irreversible": True}}), "enter step 6 (click)", "横に", "beside",
    ),
    "part of no cell": (
        changed([*ENTER, 1], {"fill": {"label": "番号", "part": 2, "value": "x"}}), "enter step 2 (fill)", "part", "nth",
    ),
    "irreversible in while": (
        changed([*ENTER, 5], {"while": "x", "steps": [{"click": "登録", "irreversible": True}]}), "enter step 6", "while", "",
    ),
    "endless while": (changed([*ENTER, 0], {"while": "x", "at_most": 0, "steps": []}), "enter step 1 (while)", "0", ""),
    "unknown encoding": (changed(["encoding"], "ebcdic"), "encoding", "cp932", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    data, where, *words = WRONG[name]
    file = write(tmp_path, data)
    with pytest.raises(BotFileError) as caught:
        load_bot(file)
    output = str(caught.value)
    assert str(file) in output and where in output
    assert all(w in output for w in words), output
    assert "hunter2" not in output
    result = check_bot(file)
    assert not result.good and result.errors


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: [", "YAML"),
        ("", "bot.yaml"),
        ("id: a\nid: b\n", "二度"),
        ("a: &x {b: *x}", "アンカー"),
        ("a: {value: {{ name }}}", "引用符"),
        ("a:\n\t- b", "タブ"),
        ("a:\n  - b: 1\n    c: 2\n   d: 3", "字下げ"),
    ],
)
def test_files_that_are_no_bots(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BotFileError, match=words):
        load_bot(file)


def test_yes_no_and_times_stay_words(tmp_path: Path) -> None:
    text = TRAP_BOT.read_text(encoding="utf-8") + "hours: {open: 08:30, close: 17:15, days: [mon, tue]}\n"
    (tmp_path / "bot.yaml").write_text(text, encoding="utf-8")
    bot = load_bot(tmp_path)
    assert bot.find.yes.kind == "target" and bot.find.no.kind == "text"
    assert (bot.policy.hours.opens, bot.policy.hours.days) == ("08:30", (0, 1))


def test_the_forms_of_the_sample_system_load() -> None:
    names = forms_of(BOT)
    assert names == ["kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi"]
    for name in names:
        bot = load_bot(BOT, name)
        assert sum(s.irreversible for s in walk(bot.enter.steps)) == 1
        assert {"application_no", "address", "postal_code"} <= set(names_used(bot))
        assert any(isinstance(s, Fill) for s in walk(bot.enter.steps))
    with pytest.raises(BotFileError, match="kyufukin_shinsei"):
        load_bot(BOT)


def test_the_bots_use_only_fields_of_their_forms() -> None:
    """Read as plain YAML: this room does not know the other one's loader."""
    for name in forms_of(BOT):
        form = yaml.safe_load(
            (BOT.parents[2] / "templates_forms" / name / "form.yaml").read_text(encoding="utf-8")
        )
        fields = [f["name"] for page in form["pages"] for f in page["fields"]]
        result = check_bot(BOT, fields, form=name)
        assert result.good, result.errors
        assert not [w for w in result.warnings if "no step uses" in w], result.warnings


def test_check_tells_fields_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UTSUSHI_SECRET_KYOKA_PASSWORD")
    result = check_bot(TRAP_BOT, ["no", "name", "memo", "tel"])
    output = "\n".join(result.errors)
    assert "secret_no" in output and "UTSUSHI_SECRET_KYOKA_PASSWORD" in output
    assert any("'tel'" in w for w in result.warnings)


def test_check_names_the_traps(tmp_path: Path) -> None:
    data = copy.deepcopy(GOOD)
    find = data["procedures"]["find"]
    find["steps"].append({"fill": {"label": "氏名", "value": "{{ name }}"}})
    del find["many"], data["refused"], data["procedures"]["enter"][-1]
    output = "\n".join(check_bot(write(tmp_path, data)).warnings)
    for words in (
        "many がありません",
        "refused が空です",
        "wait_for か capture がありません",
        "find が「name」で探します",
    ):
        assert words in output


def test_a_value_in_a_pattern_stands_for_itself(tmp_path: Path) -> None:
    data = copy.deepcopy(GOOD)
    data["procedures"]["find"]["no"] = {"not": {"css": "body", "matches": r"番号 {{ no }}\b"}}
    condition = load_bot(write(tmp_path, data)).find.no.parts[0]
    assert condition.wanted.render(Scope({"no": "1.2"})).text == r"番号 1\.2\b"
    data["fields"]["no"]["pattern"] = "{{ name }}"
    with pytest.raises(BotFileError, match="fields の pattern"):
        load_bot(write(tmp_path, data))


def test_explain_reads_like_a_procedure() -> None:
    text = explain(load_bot(BOT, "jido_teate_nintei"))
    assert "表の「氏名」の隣の欄に「〔applicant_name〕」と入力する" in text
    assert "リンク「新規登録」を押す" in text, "words given to reused steps are put in"
    assert text.count("ここで登録される。一度だけ") == 1
    assert "メッセージ「登録します。よろしいですか」には「OK」と答える" in text
    assert "判断できない" in text and "〔秘密情報 FUKUSHI_PASSWORD〕" in text
    assert "〔birth_date: 和暦の年〕" in text and "〔child1_…〕〜〔child3_…〕のそれぞれ" in text
    assert "「性別」の隣の欄を「〔sex: 対応表 sex〕」と突き合わせる" in text
    assert "THIS SAVES" in explain(load_bot(BOT, "jido_teate_nintei"), "en")


def test_explain_says_what_is_scrolled_and_read_off_a_file(tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    saving = (Path(__file__).parents[1] / "saving_bot.yaml").read_text("utf-8")
    saving = saving.replace(
        "no={{ no }}\n", "no={{ no }}\n      - scroll: {css: '#list'}\n        until: {row: '{{ no }}'}\n"
    )
    end = "      irreversible: true\n"
    file.write_text(
        saving.replace(end, f"{end}    - capture: {{file: '*.pdf', pattern: 'R(.)', as: receipt}}\n"), "utf-8"
    )
    text = explain(load_bot(file))
    assert "終わりまで送る" in text and "届いたファイル「*.pdf」から受付番号を読む" in text


def test_every_formatter_has_a_japanese_name() -> None:
    from bots.spec.explain.sentences import Writer
    from bots.spec.formatters import FORMATTERS

    assert set(Writer("ja").words.part("format")) == {*FORMATTERS, "lookup", "lookup_all"}


def test_recording_becomes_a_first_draft(tmp_path: Path) -> None:
    draft = to_yaml(
        "def run(playwright):\n"
        "    page.goto('http://host:8080/app/login')\n"
        "    page.get_by_label('Password').fill('hunter2')\n"
        "    page.frame_locator('frame[name=\"main\"]').get_by_role('button', name='検索').click()\n"
        "    page.locator('input[name=\"T01\"]').nth(1).fill('山田 \"太郎\"')\n",
        "shin",
    )
    assert "hunter2" not in draft and "{{ secret.PASSWORD }}" in draft
    steps = yaml.safe_load(draft)["procedures"]["enter"]
    assert steps[0] == {"goto": "/app/login"}
    assert {"frame": "main"} in steps and {"click": {"button": "検索"}} in steps
    assert {"fill": {"name": "T01", "nth": 2, "value": "{{ field_1 }}"}} in steps
    (tmp_path / "bot.yaml").write_text(draft, encoding="utf-8")
    with pytest.raises(BotFileError, match=r"find|irreversible|login"):
        load_bot(tmp_path)


RECORDED = """
import re
from playwright.sync_api import Playwright, sync_playwright, expect

def run(playwright: Playwright) -> None:
    browser = playwright.chromium.launch(headless=False)
    context = browser.new_context()
    page = context.new_page()
    page.goto("http://host/app/")
    page.locator("frame[name=\\"main\\"]").content_frame.get_by_role("link", name="新規").click()
    with page.expect_popup() as page1_info:
        page.locator("frame[name=\\"main\\"]").content_frame.get_by_role("button", name="住所検索").click()
    page1 = page1_info.value
    page1.get_by_role("textbox", name="町名").click()
    page1.get_by_role("textbox", name="町名").fill("千代田")
    page1.get_by_role("button", name="選択").click()
    page.locator("frame[name=\\"main\\"]").content_frame.get_by_label("氏名").fill("山田")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator("frame[name=\\"main\\"]").content_frame.get_by_role("button", name="登録").click()
    with page.expect_popup() as page2_info:
        page.locator("frame[name=\\"main\\"]").content_frame.get_by_text("印刷").click()
    page2 = page2_info.value
    page2.close()
    page.close()
"""


def test_a_recording_with_windows_and_boxes_keeps_its_order() -> None:
    steps = yaml.safe_load(to_yaml(RECORDED, "shin"))["procedures"]["enter"]
    assert steps == [
        {"goto": "/app/"},
        {"frame": "main"},
        {"click": {"link": "新規"}},
        {
            "popup": {
                "click": {"button": "住所検索"},
                "steps": [
                    {"fill": {"role": "textbox", "named": "町名", "value": "{{ field_1 }}"}},
                    {"click": {"button": "選択"}},
                ],
                "after": "closes",
            }
        },
        {"fill": {"label": "氏名", "value": "{{ field_2 }}"}},
        {"dialog": {"text": "?", "answer": "dismiss"}},
        {"click": {"button": "登録"}},
        {"popup": {"click": {"text": "印刷"}, "steps": [], "after": "close"}},
    ]


def test_the_schema_describes_every_step() -> None:
    from bots.spec.language.schema import STEP_KINDS, schema

    assert {f"step_{k}" for k in STEP_KINDS} <= set(schema()["$defs"])
    readme = (Path(__file__).parents[3] / "bots" / "README.md").read_text(encoding="utf-8")
    for kind in STEP_KINDS:
        assert f"- {kind}:" in readme, f"the README shows no example of {kind}"
    json.dumps(schema())


def test_the_readme_names_every_formatter_locator_and_comparison() -> None:
    from bots.spec.compare import NORMALISERS
    from bots.spec.formatters import FORMATTERS
    from bots.spec.language.target_reader import LOCATORS

    readme = (Path(__file__).parents[3] / "bots" / "README.md").read_text(encoding="utf-8")
    for word in (*FORMATTERS, "lookup", "lookup_all", *LOCATORS, *NORMALISERS):
        assert f"`{word}" in readme, word


def test_the_readme_example_is_a_good_bot(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "bots" / "README.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in readme.split("```yaml\n")[1:]]
    whole = [e for e in examples if e.startswith("id:") or "\nid:" in e[:400]]
    assert whole
    for number, example in enumerate(whole):
        file = tmp_path / f"{number}.yaml"
        file.write_text(example, encoding="utf-8")
        bot = load_bot(file)
        assert any(isinstance(s, Click) and s.irreversible for s in walk(bot.enter.steps))


def test_check_asks_for_the_secret_of_the_browsers_own_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UTSUSHI_SECRET_DOOR", raising=False)
    found = check_bot(Path(__file__).parents[1].joinpath("systems") / "old_register.yaml")
    assert [e for e in found.errors if "UTSUSHI_SECRET_DOOR" in e]
