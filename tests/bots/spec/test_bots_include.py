# ruff: noqa: E501 — files and their messages are easier to read on one line
"""A bot.yaml in parts: shared files of its folder, and an encoding for each form."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.base.errors import BotFileError, ValueUnfit
from bots.run.preflight import check_record
from bots.spec.explain.explain import explain
from bots.spec.language.load import load_bot, read_source
from bots.spec.language.schema import problems
from bots.spec.model.bot import BotRecord
from bots.spec.templating import Scope

BOT = """id: buhin
base_url: http://host
{top}
key: no
session_lost:
  - {{button: ログイン}}
procedures:
  login: [{{use: open}}]
  find: {{steps: [{{use: open}}], yes: あり, no: なし}}
  enter:
    - fill: {{label: 性別, value: "{{{{ sex | lookup('sex') }}}}"}}
    - click: 登録
      irreversible: true
  read_back: [{{capture: {{cell: 番号, as: no}}}}]
"""
COMMON = """steps:
  open:
    - goto: /menu
lookups:
  sex: {f: 女}
session_lost:
  - 時間切れです
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "common.yaml").write_text(COMMON, encoding="utf-8")
    return tmp_path


def bot(folder: Path, top: str = "include: [common.yaml]") -> Path:
    (folder / "bot.yaml").write_text(BOT.format(top=top), encoding="utf-8")
    return folder / "bot.yaml"


def failure(path: Path) -> str:
    with pytest.raises(BotFileError) as error:
        load_bot(path)
    return str(error.value)


def test_steps_lookups_and_conditions_come_from_the_file_beside_it(folder: Path) -> None:
    loaded = load_bot(bot(folder))
    assert loaded.lookups == {"sex": {"f": "女"}}
    # Its own first, then those of the included file.
    assert [c.kind for c in loaded.session_lost] == ["target", "text"]
    assert "/menu を開く" in explain(loaded, "ja")
    [use] = loaded.login.steps
    assert str(use.steps[0].where) == "common.yaml: steps.open step 1 (goto), line 3"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("shared", "told"),
    [
        ("steps:\n  open:\n    - goto: /menu\n    - clik: 検索\n", r"common\.yaml: steps\.open step 2, line 4: .*click"),
        ("steps:\n  open:\n    - use: nothing\n", r"common\.yaml: steps\.open step 1 \(use\)\.use, line 3: .*nothing"),
        ("base_url: http://other\n", r"common\.yaml: line 1: .*base_url"),
        ("lookups: [a]\n", r"common\.yaml: line 1: .*lookups"),
        ("steps: {}\nsession_lost:\n  - ok\n  - {buton: x}\n", r"common\.yaml: session_lost item 2, line 4: .*buton"),
        ("steps: {open: []}\nsteps: {}\n", r"common\.yaml: line 2: .*steps"),
        ("", r"common\.yaml: line 1: "),
        (
            "steps:\n  open:\n    - fill: {label: パスワード, value: abc}\n",
            r"common\.yaml: steps\.open step 1 \(fill\), line 3: .*secret",
        ),
    ],
)  # fmt: skip
def test_a_message_names_the_file_and_the_line_of_the_part(folder: Path, shared: str, told: str) -> None:
    import re

    (folder / "common.yaml").write_text(shared, encoding="utf-8")
    message = failure(bot(folder))
    assert re.search(told, message), message


@pytest.mark.parametrize("name", ["../common.yaml", "/etc/passwd", "sub/common.yaml", "bot.py", "link.yaml", "none.yaml"])  # fmt: skip
def test_no_file_outside_the_folder_is_read(folder: Path, name: str) -> None:
    inner = folder / "inner"
    (inner / "sub").mkdir(parents=True)
    (inner / "sub" / "common.yaml").write_text(COMMON, encoding="utf-8")
    (inner / "link.yaml").symlink_to(folder / "common.yaml")
    message = failure(bot(inner, f'include: ["{name}"]'))
    assert "bot.yaml: line 3" in message and name in message


def test_files_do_not_include_themselves_in_a_circle(folder: Path) -> None:
    (folder / "common.yaml").write_text("include: [more.yaml]\n" + COMMON, encoding="utf-8")
    (folder / "more.yaml").write_text("include: [common.yaml]\n", encoding="utf-8")
    assert "more.yaml: line 1" in failure(bot(folder)) and "循環" in failure(bot(folder))
    assert "循環" in failure(bot(folder, "include: [bot.yaml]"))


def test_a_file_included_by_two_others_counts_once(folder: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (folder / name).write_text("include: [common.yaml]\n", encoding="utf-8")
    assert len(load_bot(bot(folder, "include: [a.yaml, b.yaml]")).session_lost) == 2


def test_a_name_in_two_files_is_an_error(folder: Path) -> None:
    message = failure(bot(folder, "include: [common.yaml]\nlookups: {sex: {f: 女性}}"))
    assert "common.yaml: line 5" in message and "sex" in message


def test_check_lists_what_is_wrong_in_every_file(folder: Path) -> None:
    (folder / "common.yaml").write_text(COMMON + "mask:\n  - {buton: x}\n", encoding="utf-8")
    path = bot(folder, "include: [common.yaml]\nbreaker: 0")
    assert [Path(e.file).name for e in problems(read_source(path))] == ["bot.yaml", "common.yaml"]


def test_each_form_may_have_an_encoding_of_its_own(tmp_path: Path) -> None:
    own = BOT.format(top="").partition("procedures:")
    steps = own[2].replace("{use: open}", "").replace("| lookup('sex')", "")
    forms = "".join(
        f"  {name}:\n{extra}    procedures:" + steps.replace("\n", "\n    ").rstrip() + "\n"
        for name, extra in (("old", "    encoding: latin-1\n"), ("new", ""))
    )
    (tmp_path / "bot.yaml").write_text(
        f"{own[0]}encoding: cp932\nprocedures: {{}}\nforms:\n{forms}", encoding="utf-8"
    )
    old, new = (load_bot(tmp_path, name) for name in ("old", "new"))
    assert (old.encoding, new.encoding) == ("latin-1", "cp932")
    record = BotRecord("1", {"no": "1", "sex": "女"})
    check_record(new, record, Scope(record.values))
    with pytest.raises(ValueUnfit, match="latin-1"):
        check_record(old, record, Scope(record.values))
