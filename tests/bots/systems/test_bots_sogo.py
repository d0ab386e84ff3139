# ruff: noqa: E501 — records are easier to compare on long lines
"""The sample legacy system: all three registers, its faults, and kills where they hurt most."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.faults import FAULTS, trial
from benchmarks.kill import at_random, boundaries, find_faults
from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from samples.legacy_system.server import LegacySystem
from tests.bots.conftest import Place
from tests.bots.systems.sogo import BOT, FORM, faults_in_rows, record

pytestmark = pytest.mark.browser

JIDO = {
    "application_no": "00000001", "applicant_kana": "サトウ　ハナコ", "applicant_name": "髙橋　花子", "birth_date": "1983-03-07",
    "sex": "female", "postal_code": "1000001", "address": "東京都千代田区千代田１－１", "phone": "0312345678",
    "my_number": "123456789018", "employment": "employed", "spouse": "yes", "spouse_name": "佐藤　太郎", "bank_code": "0001",
    "branch_code": "123", "account_type": "futsu", "account_number": "1234567", "account_holder_kana": "サトウ　ハナコ",
    "child1_name": "佐藤　一", "child1_kana": "サトウ　ハジメ", "child1_birth_date": "2015-05-05", "child2_name": "佐藤　二",
    "child2_kana": "サトウ　ジ", "child2_birth_date": "2020-05-05", "child3_name": "", "child3_kana": "", "child3_birth_date": "",
    "application_date": "2026-10-01", "seal": "true",
}  # fmt: skip
HOIKU = {
    "application_no": "00000002", "child_kana": "サトウ　ハジメ", "child_name": "佐藤　一", "child_birth_date": "2022-03-04",
    "child_sex": "male", "guardian_kana": "サトウ　ハナコ", "guardian_name": "佐藤　花子", "relation": "mother",
    "postal_code": "1000001", "address": "東京都千代田区千代田１－１", "phone": "0312345678", "preference1": "101",
    "preference2": "102", "preference3": "", "preference4": "", "preference5": "", "start_date": "2026-12-01",
    "hours_from": "0830", "hours_to": "1800", "days": "mon|tue|fri", "reasons": "work|care", "siblings": "no",
    "allergy": "yes", "allergy_note": "卵", "single_parent": "false", "consent": "true",
}  # fmt: skip


@pytest.mark.parametrize(("form", "values"), [("jido_teate_nintei", JIDO), ("hoiku_moshikomi", HOIKU)])
def test_the_other_registers(tmp_path: Path, place: Place, form: str, values: dict[str, str]) -> None:
    one = BotRecord(values["application_no"], values)
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        outcome = place.run(load_bot(BOT, form), system.url, [one])[one.key]
        assert outcome.status == "confirmed", outcome.reason
        assert faults_in_rows(system.rows(form), [one]) == []
        assert outcome.receipt == system.rows(form)[0]["receipt_no"]
    assert "my_number" not in outcome.read_back


JIDO_LATER = {
    "bank_code": "0005",
    "branch_code": "301",
    "address": "東京都千代田区千代田２－２",
    "child2_name": "",
    "child2_kana": "",
    "child2_birth_date": "",
}
HOIKU_LATER = {
    "days": "mon|sat",
    "reasons": "study",
    "allergy": "no",
    "allergy_note": "",
    "preference2": "",
    "single_parent": "true",
}


@pytest.mark.parametrize(
    ("form", "values", "later"),
    [
        ("jido_teate_nintei", JIDO, JIDO_LATER),
        ("hoiku_moshikomi", HOIKU, HOIKU_LATER),
        ("hoiku_moshikomi", HOIKU, {"phone": "0398765432"}),
    ],
)
def test_what_was_wrong_is_changed_in_the_row_that_stands(
    tmp_path: Path, place: Place, form: str, values: dict[str, str], later: dict[str, str]
) -> None:
    one = BotRecord(values["application_no"], values)
    right = BotRecord(one.key, {**values, **later}, corrects=True)
    (tmp_path / "second").mkdir()
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        first = place.run(load_bot(BOT, form), system.url, [one])[one.key]
        second = Place(tmp_path / "second").run(load_bot(BOT, form), system.url, [right])[one.key]
        assert (first.status, second.status) == ("confirmed", "confirmed"), second.reason
        assert faults_in_rows(system.rows(form), [right]) == []
        assert system.rows(form)[0]["receipt_no"] == first.receipt == second.receipt


# Where a fault hurts most: at the save, or when the row is looked up.
ON = {"lost_session": "touroku", "blank500": "touroku", "error500": "kakunin", "db_error_page": "ichiran"}


def test_every_fault_at_once_loses_and_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once = {name: {"rate": 1, "times": 1, "on": ON.get(name, "")} for name in FAULTS if name != "slow"}
    with LegacySystem(port=0, database=tmp_path / "legacy.db", keep_alive=True) as system:
        wrong = trial("all mixed", system, tmp_path, 500_005, 5, once, 3)
    assert wrong == []
    output = capsys.readouterr().out
    assert all(name in output for name in once), "each fault did happen"


def test_killed_where_it_hurts_and_at_random(tmp_path: Path) -> None:
    places = ["irreversible", "after the irreversible step"]
    with LegacySystem(port=0, database=tmp_path / "legacy.db", keep_alive=True) as system:
        records = boundaries(tmp_path, system, 1000, places)
        records += at_random(tmp_path, system, 2000, 1, random.Random(5))
        assert find_faults(tmp_path, system, records) == []


def test_only_who_asks_for_it_is_told_of_the_points_to_crash_at(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTSUSHI_BOT_KILL_AT", "form filled")  # the environment kills nobody
    passed: list[str] = []
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        done = place.run(load_bot(BOT, FORM), system.url, [record(1)], crash_points=passed.append)
    assert done["00000001"].status == "confirmed"
    points = ["form filled", "before submitting is written", "submitting is written", "irreversible"]
    points += ["after the irreversible step", "read back"]
    assert [name for name in passed if name in points] == points
    assert len(passed) > 20, "and before each step"


def test_entering_what_somebody_else_entered_is_refused(tmp_path: Path, place: Place) -> None:
    bot = load_bot(BOT, FORM)
    with LegacySystem(port=0, database=tmp_path / "legacy.db") as system:
        assert place.run(bot, system.url, [record(1)])["00000001"].status == "confirmed"
        other = Place(tmp_path / "another_office")
        done = other.run(bot, system.url, [record(1)])["00000001"]
        assert done.status == "refused" and "すでに登録" in done.reason
        assert len(system.rows(FORM)) == 1
