"""The system gone away: Records in the order of its screens, for keying by hand and for other tools."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from bots.base.errors import RecordsFileError
from bots.spec.explain.explain import explain
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from bots.tools.export import REASON, columns_and_rows, export
from pipelines.cli import app
from tests.bots.systems.sogo import BOT, record
from tests.bots.systems.test_bots_sogo import HOIKU, JIDO

KYUFU = "kyufukin_shinsei"


def test_values_stand_in_the_order_and_the_style_of_the_screen() -> None:
    names, [row] = columns_and_rows(load_bot(BOT, KYUFU), [record(7)])
    assert names[0] == "key" and names[-1] == REASON
    assert names[1:8] == [
        "金融機関コード", "申請者フリガナ", "申請番号", "申請者氏名", "生年月日 1", "生年月日 2", "生年月日 3",
    ]  # fmt: skip
    values = dict(zip(names, row, strict=True))
    assert values["申請番号"] == "00000007" and values["申請者フリガナ"] == "ﾀｶﾊｼ ﾊﾅｺ"
    assert [values[f"生年月日 {n}"] for n in (1, 2, 3, 4)] == ["昭和", "58", "3", "7"]
    assert values["口座番号"] == "", "a masked value is left out"
    _, [output] = columns_and_rows(load_bot(BOT, KYUFU), [record(7)], include_masked=True)
    assert dict(zip(names, output, strict=True))["口座番号"] == "7654321"


def test_rows_of_children_and_ticks_have_columns_of_their_own() -> None:
    names, [row] = columns_and_rows(load_bot(BOT, "jido_teate_nintei"), [BotRecord("1", JIDO)])
    assert "佐藤　二" in row and "佐藤　一" in row
    assert "123456789018" not in row
    names, [row] = columns_and_rows(load_bot(BOT, "hoiku_moshikomi"), [BotRecord("2", HOIKU)])
    ticks = {n: v for n, v in zip(names, row, strict=True) if n.startswith("利用曜日")}
    days = dict.fromkeys("月火金", "true") | dict.fromkeys("水木土", "false")
    assert ticks == {f"利用曜日 {day}": ticked for day, ticked in days.items()}, (
        "the same columns for everybody"
    )


def test_a_record_that_cannot_be_keyed_says_why() -> None:
    names, rows = columns_and_rows(load_bot(BOT, KYUFU), [record(1), record(2, birth_date="31.12.1999")])
    assert rows[0][-1] == "" and "birth_date" in rows[1][-1] and len(rows[1]) == len(names)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_files_keep_zeros_and_a_workbook_runs_no_formula(tmp_path: Path, ending: str) -> None:
    bot, out = load_bot(BOT, KYUFU), tmp_path / f"by_hand{ending}"
    assert export(bot, [record(7, address="=1+1")], out) == 1
    if ending == ".csv":
        assert out.read_bytes().startswith("\ufeff".encode()), "so that Excel reads it as UTF-8"
        names, row = list(csv.reader(out.open(encoding="utf-8-sig", newline="")))
    else:
        sheet = load_workbook(out).active
        assert sheet is not None and {c.data_type for c in sheet[2] if c.value} == {"s"}
        names, row = ([str(c.value or "") for c in cells] for cells in sheet.iter_rows())
    values = dict(zip(names, row, strict=True))
    assert (
        values["申請番号"] == "00000007" and values["支店コード"] == "123" and values["住所"].endswith("=1+1")
    )


def test_the_command_and_an_ending_it_does_not_know(tmp_path: Path) -> None:
    records = tmp_path / "records.csv"
    with records.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(record(1).values))
        writer.writeheader()
        writer.writerows([record(1).values, record(2).values])
    words = ["bot", "export", str(BOT), "--form", KYUFU, "--records", str(records), "--out"]
    good = CliRunner().invoke(app, [*words, str(tmp_path / "o.csv")])
    assert good.exit_code == 0 and good.output.strip().endswith(": 2")
    bad = CliRunner().invoke(app, [*words, str(tmp_path / "o.pdf")])
    assert bad.exit_code == 2 and ".xlsx" in bad.output
    with pytest.raises(RecordsFileError, match=r"\.xlsx"):
        export(load_bot(BOT, KYUFU), [], tmp_path / "o.pdf")


def test_explain_tells_of_hours_pace_and_what_the_browser_is_to_do(tmp_path: Path) -> None:
    text = (Path(__file__).with_name("trap_bot.yaml")).read_text(encoding="utf-8") + (
        "per_minute: 6\nhours: {open: 08:30, close: 17:15, days: [mon, tue], holidays: false,"
        " maintenance: [{from: '12:00', to: '13:00'}]}\n"
        "browser: {any_certificate: true, user_agent: MSIE 6.0, window: [800, 600],"
        ' basic_login: {user: "{{ secret.DOOR }}", password: "{{ secret.KEY }}"}}\n'
    )
    (tmp_path / "bot.yaml").write_text(text, encoding="utf-8")
    output = explain(load_bot(tmp_path))
    for words in (
        "月・火 (祝日を除く) 08:30〜17:15", "12:00〜13:00 は使わない", "1分に6件まで", "証明書が信頼できなくても",
        "「MSIE 6.0」と名乗る", "800×600", "〔秘密情報 DOOR〕", "4件続いたら全体を止める",
    ):  # fmt: skip
        assert words in output, words
    assert "KEY" not in output, "of the password only that there is one"
    assert "certificate that nobody vouches for" in explain(load_bot(tmp_path), "en")
