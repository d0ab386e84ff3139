"""Rules over values: each field for itself, fields against each other, and where a rule begins to speak."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from templates_forms import name_readings, postal
from templates_forms.model import Box, Field, FieldType, Form, Option, PageTemplate, Rule
from templates_forms.rules import Problem, check_field, check_values, my_number_valid, phone_number_assigned

BOX = Box(0, 0, 10, 10)
TODAY = date(2026, 6, 1)


def field(name: str, kind: FieldType, **more: object) -> Field:
    return Field(name, name, kind, 1, BOX, **more)  # type: ignore[arg-type]


def form(fields: list[Field], *rules: Rule) -> Form:
    page = PageTemplate(1, Path("page1.png"), tuple(fields))
    return Form("f", "題", "title", "1", (210, 297), (), (page,), rules, Path())


def rules_of(*args: object, **values: str) -> set[str]:
    return {p.rule for p in check_values(*args, values, TODAY)}  # type: ignore[arg-type]


def test_a_problem_is_told_in_the_readers_language() -> None:
    problem = Problem("r", ("x",), "違います。", "It differs.")
    assert problem.in_language("en") == "It differs."
    assert problem.in_language("ja") == problem.in_language("fr") == "違います。"


def test_built_in_checks() -> None:
    assert [p.rule for p in check_field(field("a", FieldType.DATE), "2023-02-30")] == ["date_valid"]
    assert [p.rule for p in check_field(field("a", FieldType.POSTAL_CODE), "9999999")] == [
        "postal_code_exists"
    ]
    assert not check_field(field("a", FieldType.POSTAL_CODE), "1540023")
    assert [p.rule for p in check_field(field("a", FieldType.PHONE), "1312345678")] == ["phone_plausible"]
    assert not check_field(field("a", FieldType.PHONE), "09012345678")
    assert [p.rule for p in check_field(field("a", FieldType.TEXT, required=True), "")] == ["required"]
    assert [p.rule for p in check_field(field("a", FieldType.SEAL, required=True), "false")] == ["required"]
    assert [p.rule for p in check_field(field("a", FieldType.TEXT, max_length=2), "あいう")] == ["too_long"]
    assert [p.rule for p in check_field(field("a", FieldType.DIGITS, pattern="[0-9]{4}"), "123")] == [
        "pattern"
    ]


def test_one_wrong_digit_breaks_the_check_digit() -> None:
    number = next(n for n in (str(k) for k in range(10**11, 10**11 + 20)) if my_number_valid(n))
    wrong = number[:3] + str((int(number[3]) + 1) % 10) + number[4:]
    assert not my_number_valid(wrong)


def test_postal_code_and_address() -> None:
    fields = [field("code", FieldType.POSTAL_CODE), field("address", FieldType.TEXT)]
    here = form(fields, Rule("postal_code_matches_address", ("code", "address")))
    assert not rules_of(here, code="1540023", address="東京都世田谷区若林4-21-27")
    assert not rules_of(here, code="1540023", address="世田谷区若林四丁目")
    assert rules_of(here, code="1540023", address="東京都世田谷区太子堂1-1") == {
        "postal_code_matches_address"
    }
    assert postal.agreement("1540023", "大阪市北区梅田3") == 0.0


def test_furigana_and_name() -> None:
    fields = [field("kana", FieldType.KANA), field("name", FieldType.TEXT)]
    here = form(fields, Rule("kana_matches_name", ("kana", "name")))
    assert not rules_of(here, kana="ワタナベ　セイイチ", name="渡邊　誠一")
    assert rules_of(here, kana="サトウ　ハナコ", name="渡邊　誠一") == {"kana_matches_name"}
    whole = name_readings.agreement("渡邊誠一", "ワタナベセイイチ")
    cut = name_readings.agreement("渡邊誠", "ワタナベセイイチ")
    assert whole is not None and cut is not None and whole > cut


def test_rules_across_fields() -> None:
    days = [field(n, FieldType.DATE) for n in ("first", "second")]
    texts = [field(n, FieldType.KANA) for n in ("one", "two")]
    choice = field("has", FieldType.CHECK)
    here = form(
        [*days, *texts, choice],
        Rule("date_order", ("first", "second")),
        Rule("date_in_past", ("first",)),
        Rule("age_between", ("first",), values=("15", "60")),
        Rule("same_text", ("one", "two")),
        Rule("requires_when", ("has", "one"), values=("true",)),
        Rule("distinct", ("first", "second")),
    )
    assert not rules_of(here, first="2000-01-01", second="2010-01-01", one="ア", two="ア")
    assert "date_order" in rules_of(here, first="2000-01-02", second="2000-01-01")
    assert "date_in_past" in rules_of(here, first="2027-01-01")
    assert "age_between" in rules_of(here, first="2020-01-01")
    assert "same_text" in rules_of(here, one="アイ", two="アウ")
    assert "requires_when" in rules_of(here, has="true")
    assert "distinct" in rules_of(here, first="2000-01-01", second="2000-01-01")
    messages = check_values(here, {"one": "ア", "two": "イ"}, TODAY)
    assert all(p.message_ja and p.message_en and p.fields for p in messages)


def told(kind: FieldType, value: str, **more: object) -> list[str]:
    return [p.rule for p in check_field(field("a", kind, **more), value)]


@pytest.mark.parametrize(
    ("kind", "good", "bad", "rule"),
    [
        (FieldType.DATE, "2024-02-29", "2023-02-29", "date_valid"),
        (FieldType.POSTAL_CODE, "1540023", "154002", "digits_length"),
        (FieldType.POSTAL_CODE, "1540023", "15400231", "digits_length"),
        (FieldType.POSTAL_CODE, "1540023", "0000000", "postal_code_exists"),
        (FieldType.PHONE, "0312345678", "031234567", "phone_plausible"),
        (FieldType.PHONE, "0312345678", "03123456789", "phone_plausible"),
        (FieldType.PHONE, "09012345678", "0901234567", "phone_plausible"),
        (FieldType.PHONE, "05012345678", "050123456789", "phone_plausible"),
        (FieldType.MY_NUMBER, "123456789018", "123456789017", "my_number_check_digit"),
        (FieldType.MY_NUMBER, "123456789018", "12345678901", "my_number_check_digit"),
        (FieldType.DIGITS, "0123456789", "12a", "digits_only"),
        (FieldType.AMOUNT, "100", "-100", "digits_only"),
        (FieldType.ACCOUNT_NUMBER, "1234567", "１２", "digits_only"),
        (FieldType.KANA, "ァ　ヺーA1", "あ", "kana_only"),
        (FieldType.CHECK, "true", "yes", "known_option"),
        (FieldType.CHECK, "false", "true|false", "known_option"),
    ],
)
def test_a_value_is_right_in_itself(kind: FieldType, good: str, bad: str, rule: str) -> None:
    assert told(kind, good) == []
    assert told(kind, bad) == [rule]


def test_a_telephone_number_with_a_letter_is_wrong_twice() -> None:
    assert told(FieldType.PHONE, "03123456O8") == ["digits_only", "phone_plausible"]


@pytest.mark.parametrize(
    ("number", "given_out"),
    [
        ("09031548970", True),
        ("04031548970", False),
        ("0335211111", True),
        ("0303030303", False),
        ("119", False),
    ],
)
def test_numbers_that_somebody_may_have(number: str, given_out: bool) -> None:
    assert phone_number_assigned(number) is given_out


def test_options_are_those_of_the_form() -> None:
    options = tuple(Option(v, v, BOX) for v in ("mon", "tue"))
    assert told(FieldType.CHOICE, "mon", options=options) == []
    assert told(FieldType.CHOICE, "mon|tue", options=options) == ["known_option"]
    assert told(FieldType.MULTI_CHOICE, "mon|tue", options=options) == []
    assert told(FieldType.MULTI_CHOICE, "mon|wed", options=options) == ["known_option"]
    assert told(FieldType.CHOICE, "true", options=options) == ["known_option"]


def test_a_length_is_allowed_up_to_its_limit() -> None:
    assert told(FieldType.TEXT, "あい", max_length=2) == []
    assert told(FieldType.TEXT, "あいう", max_length=2) == ["too_long"]
    assert told(FieldType.TEXT, "あ", max_length=0) == ["too_long"]
    assert told(FieldType.DIGITS, "1234", pattern="[0-9]{4}") == []
    assert told(FieldType.DIGITS, "12345", pattern="[0-9]{4}") == ["pattern"]


@pytest.mark.parametrize(
    ("kind", "value", "required", "missing"),
    [
        (FieldType.TEXT, "", False, False),
        (FieldType.TEXT, "", True, True),
        (FieldType.TEXT, "false", True, False),
        (FieldType.CHECK, "false", True, False),
        (FieldType.SEAL, "false", True, True),
        (FieldType.SIGNATURE, "", True, True),
        (FieldType.SIGNATURE, "false", False, False),
        (FieldType.SEAL, "true", True, False),
    ],
)
def test_what_counts_as_missing(kind: FieldType, value: str, required: bool, missing: bool) -> None:
    assert told(kind, value, required=required) == (["required"] if missing else [])


def test_a_missing_seal_is_not_called_an_empty_field() -> None:
    [seal] = check_field(field("印", FieldType.SEAL, required=True, label_en="Seal"), "")
    assert (seal.message_ja, seal.message_en) == (
        "印: 押印または署名がありません。",
        "Seal: The seal or signature is missing.",
    )
    [text] = check_field(field("名", FieldType.TEXT, required=True), "")
    assert (text.message_ja, text.message_en) == (
        "名: 必須項目が空欄です。",
        "名: A required field is empty.",
    )


FIELDS = [
    *(field(n, FieldType.TEXT, label_en=n) for n in ("a", "b", "c")),
    field("born", FieldType.DATE),
    field("until", FieldType.DATE),
]


def problem(rule: Rule, today: date = TODAY, **values: str) -> Problem | None:
    """The one thing that the rule says of the values, the fields themselves being right."""
    found = check_values(form(FIELDS, rule), values, today)
    assert len(found) <= 1 and all(p.fields == rule.fields and p.rule == rule.rule for p in found)
    return found[0] if found else None


ABC = ("a", "b", "c")
CASES = [
    (Rule("date_in_past", ("born",)), {"born": "2026-06-01"}, True),
    (Rule("date_in_past", ("born",)), {"born": "2026-06-02"}, False),
    (Rule("date_in_past", ("born",)), {}, True),
    (Rule("date_in_past", ("born", "until")), {"born": "2026-06-01", "until": "2026-06-02"}, True),
    (Rule("date_order", ("born", "until")), {"born": "2020-01-01", "until": "2020-01-01"}, True),
    (Rule("date_order", ("born", "until")), {"born": "2020-01-02", "until": "2020-01-01"}, False),
    (Rule("date_order", ("born", "until")), {"born": "2020-01-02"}, True),
    (Rule("time_order", ABC), {"a": "830", "b": "0830", "c": "1700"}, True),
    (Rule("time_order", ABC), {"a": "1000", "b": "930"}, False),
    (Rule("time_order", ABC), {"a": "930", "c": "1000"}, True),
    (Rule("time_order", ABC), {"a": "0900", "b": "1000", "c": "0959"}, False),
    (Rule("my_number_check_digit", ("a",)), {}, True),
    (Rule("my_number_check_digit", ("a",)), {"a": "123456789018"}, True),
    (Rule("my_number_check_digit", ("a",)), {"a": "123456789010"}, False),
    (Rule("my_number_check_digit", ABC), {"a": "123456789018", "c": "1"}, True),
    (Rule("requires_when", ABC), {"a": "true", "b": "x", "c": "x"}, True),
    (Rule("requires_when", ABC, values=("false",)), {"a": "false", "b": "x", "c": "x"}, True),
    (Rule("requires_when", ABC), {"a": "true", "b": "x"}, False),
    (Rule("requires_when", ABC), {"a": "true", "b": "false", "c": "x"}, False),
    (Rule("requires_when", ABC), {"a": "false"}, True),
    (Rule("requires_when", ABC, values=("k", "m")), {"a": "j|m"}, False),
    (Rule("requires_when", ABC, values=("k", "m")), {"a": "j|true"}, True),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "2011-06-01"}, True),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "2011-06-02"}, False),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "1965-06-02"}, True),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "1965-06-01"}, False),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "2011-07-01"}, False),
    (Rule("age_between", ("born",), values=("15", "60")), {"born": "2011-05-31"}, True),
    (Rule("age_between", ("born",), values=("15", "60")), {}, True),
    (Rule("age_between", ("born",), values=("15",)), {"born": "2020-06-01"}, True),
    (Rule("age_between", ("born",), values=("15", "60", "6")), {"born": "2011-06-01"}, True),
    (Rule("age_between", ("born",), values=("15.0", "60.0")), {"born": "2020-06-01"}, False),
    (Rule("age_between", ("born", "until"), values=("0", "5")), {"born": "2000-06-01", "until": "2006-05-31"}, True),
    (Rule("age_between", ("born", "until"), values=("0", "5")), {"born": "2000-06-01", "until": "2006-06-01"}, False),
    (Rule("age_between", ("born", "until"), values=("0", "26")), {"born": "2000-06-01"}, True),
    (Rule("age_between", ("born", "until"), values=("0", "25")), {"born": "2000-06-01"}, False),
    (Rule("same_text", ABC), {"a": "山 田", "c": "山　田"}, True),
    (Rule("same_text", ABC), {"a": "x", "b": "x", "c": "y"}, False),
    (Rule("same_text", ABC), {}, True),
    (Rule("distinct", ABC), {"a": "x", "b": "y"}, True),
    (Rule("distinct", ABC), {"a": "x", "c": " x"}, False),
    (Rule("distinct", ABC), {}, True),
    (Rule("digits_length", ABC, values=("2", "4.0")), {"a": "12", "b": "1234"}, True),
    (Rule("digits_length", ABC, values=("2", "4.0")), {"a": "12", "c": "123"}, False),
    (Rule("digits_length", ABC), {"a": "123"}, True),
    (Rule("kana_matches_name", ("a", "b")), {"a": "ワタナベ", "b": "渡邊"}, True),
    (Rule("kana_matches_name", ("a", "b")), {"a": "サトウ", "b": "渡邊"}, False),
    (Rule("kana_matches_name", ("a", "b")), {"a": "サトウ"}, True),
    (Rule("postal_code_matches_address", ("a", "b")), {"a": "1540023", "b": "世田谷区若林"}, True),
    (Rule("postal_code_matches_address", ("a", "b")), {"a": "1540023", "b": "世田谷区太子堂"}, False),
    (Rule("postal_code_matches_address", ("a", "b")), {"a": "1540023"}, True),
    (Rule("nobody_knows", ABC), {"a": "x"}, True),
    (Rule("same_text", ABC, required=True), {"a": "x", "b": "x"}, False),
    (Rule("same_text", ABC, required=True), {"a": "x", "b": "x", "c": "x"}, True),
    (Rule("nobody_knows", ABC, required=True), {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "values", "fits"), CASES)
def test_where_a_rule_begins_to_speak(rule: Rule, values: dict[str, str], fits: bool) -> None:
    assert (problem(rule, **values) is None) is fits


@pytest.mark.parametrize(
    ("rule", "values", "severity", "ja", "en"),
    [
        (
            Rule("postal_code_matches_address", ("a", "b")), {"a": "1540023", "b": "世田谷区太子堂"}, "warning",
            "郵便番号の地域（東京都世田谷区若林）とbが合いません。",
            "The postal code belongs to 東京都世田谷区若林, not to this address.",
        ),
        (
            Rule("postal_code_matches_address", ("a", "b")), {"a": "1540023", "b": "大阪市北区"}, "error",
            "郵便番号の地域（東京都世田谷区若林）とbが合いません。",
            "The postal code belongs to 東京都世田谷区若林, not to this address.",
        ),
        (
            Rule("kana_matches_name", ("a", "b")), {"a": "サトウ", "b": "渡邊"}, "warning",
            "aがbの読みとして考えにくいものです。", "The furigana is an unlikely reading of the name.",
        ),
        (
            Rule("date_in_past", ("born", "until")), {"born": "2026-06-02"}, "error",
            "bornが未来の日付です。", "The date lies in the future.",
        ),
        (
            Rule("requires_when", ABC), {"a": "true"}, "error",
            "aの記入により b、c が必要です。", "The answer makes these fields necessary: b, c.",
        ),
        (
            Rule("age_between", ("born", "until"), values=("15", "60")), {"born": "2011-06-02"}, "warning",
            "bornから計算した年齢（14 歳）が 15〜60 歳の範囲にありません。", "The age (14) is not between 15 and 60.",
        ),
        (
            Rule("digits_length", ABC, values=("4", "2")), {"a": "1", "c": "123"}, "error",
            "a、cは 2・4 桁です。", "The number must have 2・4 digits.",
        ),
        (
            Rule("time_order", ("a", "b")), {"a": "1", "b": "0"}, "warning",
            "時刻の前後が逆です。", "The times are in the wrong order.",
        ),
    ],
)  # fmt: skip
def test_a_rule_says_what_does_not_fit(
    rule: Rule, values: dict[str, str], severity: str, ja: str, en: str
) -> None:
    found = problem(rule, **values)
    assert found == Problem(rule.rule, rule.fields, ja, en, severity)


def test_a_postal_code_of_many_places_names_three() -> None:
    code = "4520961"
    assert len(postal.towns(code)) > 3
    found = problem(Rule("postal_code_matches_address", ("a", "b")), a=code, b="大阪市北区")
    assert found is not None and found.message_ja.count("、") == 2


def test_half_a_name_explained_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Rule("kana_matches_name", ("a", "b"))
    for fit, fits in ((0.5, True), (0.49, False)):
        monkeypatch.setattr(name_readings, "agreement", lambda name, kana, fit=fit: fit)
        assert (problem(rule, a="ア", b="亜") is None) is fits


def test_the_day_of_the_check_is_today_unless_given() -> None:
    rule = Rule("date_in_past", ("born",))
    assert not check_values(form(FIELDS, rule), {"born": date.today().isoformat()})
    assert check_values(form(FIELDS, rule), {"born": date.today().replace(year=9000, day=1).isoformat()})


def test_built_in_checks_come_before_the_rules_of_the_form() -> None:
    here = form(FIELDS, Rule("same_text", ("a", "b")), Rule("distinct", ("a", "c")))
    found = check_values(here, {"a": "x", "b": "y", "c": "x", "born": "?"}, TODAY)
    assert [p.rule for p in found] == ["date_valid", "same_text", "distinct"]
