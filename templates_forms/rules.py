"""Checks values without pixels: each field by itself, and fields against each other by named rules.

Every part that settles values (the reader, a verifier's screen, an import) calls ``check_values`` and gets the
same messages. A rule never changes a value: it reports what does not match, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import phonenumbers
from stdnum.exceptions import ValidationError
from stdnum.jp import in_

from foundation import clock
from templates_forms import name_readings, postal
from templates_forms.model import DIGIT_TYPES, MARK_TYPES, Field, FieldType, Form, Rule

_PRESENCE_TYPES = frozenset({FieldType.SEAL, FieldType.SIGNATURE})
# Below this share of explained characters, the furigana more likely belongs to another name.
_MIN_NAME_AGREEMENT = 0.5
# Mobile (070, 080, 090) and IP telephone (050) numbers have eleven digits, all others ten (numbering plan).
_ELEVEN_DIGIT_PREFIXES = ("050", "070", "080", "090")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value, or a combination of values, that fails a check.

    Attributes:
        rule: the rule's name, as in ``form.yaml``, or the name of a built-in check.
        fields: names of the fields concerned, the doubtful one first.
        message_ja: a sentence for the verifier.
        message_en: the same in English.
        severity: ``error`` when the values cannot all be right, ``warning`` when it is only unlikely.
    """

    rule: str
    fields: tuple[str, ...]
    message_ja: str
    message_en: str
    severity: str = "error"

    def in_language(self, language: str) -> str:
        """The sentence in English for `en`, in Japanese for any other language."""
        return self.message_en if language == "en" else self.message_ja


@dataclass(frozen=True, slots=True)
class _Case:
    """The input of a rule: the form, its values (missing ones are empty), and the day of the check."""

    form: Form
    values: dict[str, str]
    rule: Rule
    today: date

    def value(self, place: int) -> str:
        names = self.rule.fields
        return self.values.get(names[place], "") if place < len(names) else ""

    def label(self, place: int) -> str:
        return self.form.field(self.rule.fields[place]).label

    def problem(self, ja: str, en: str, *, severity: str = "error") -> Problem:
        return Problem(self.rule.rule, self.rule.fields, ja, en, severity)


def check_values(form: Form, values: dict[str, str], today: date | None = None) -> list[Problem]:
    """Return all problems of one application's values, built-in checks first, then the form's rules in order.

    Args:
        form: the template with its rules.
        values: normal-form values by field name; a missing name counts as empty.
        today: the day for "past" and ages; the office's day when None.

    Rules whose fields are empty pass, unless the rule is ``required``.
    """
    day = today or clock.today()
    problems = [p for field in form.fields() for p in check_field(field, values.get(field.name, ""))]
    for rule in form.rules:
        case = _Case(form, values, rule, day)
        if (found := _required_gap(case)) or ((check := RULES.get(rule.rule)) and (found := check(case))):
            problems.append(found)
    return problems


def _required_gap(case: _Case) -> Problem | None:
    if not case.rule.required or all(case.values.get(name) for name in case.rule.fields):
        return None
    return case.problem("照合に必要な項目が空欄です。", "A field that this rule needs is empty.")


def check_field(field: Field, value: str) -> list[Problem]:
    """Return the problems of one value by itself: required, format, check digits, length, pattern."""
    absent = not value or (field.type in _PRESENCE_TYPES and value == "false")
    if absent:
        return [_missing(field)] if field.required else []
    problems = [found for check in _BUILT_IN.get(field.type, ()) if (found := check(field, value))]
    if field.max_length is not None and len(value) > field.max_length:
        problems.append(
            _problem(field, "too_long", f"{field.max_length} 文字を超えています。", "The value is too long.")
        )
    if field.pattern is not None and not re.fullmatch(field.pattern, value):
        problems.append(
            _problem(
                field, "pattern", "決められた書式に合いません。", "The value breaks the field's pattern."
            )
        )
    return problems


def _problem(field: Field, rule: str, ja: str, en: str, severity: str = "error") -> Problem:
    return Problem(rule, (field.name,), f"{field.label}: {ja}", f"{field.label_in('en')}: {en}", severity)


def _missing(field: Field) -> Problem:
    if field.type in _PRESENCE_TYPES:
        return _problem(
            field, "required", "押印または署名がありません。", "The seal or signature is missing."
        )
    return _problem(field, "required", "必須項目が空欄です。", "A required field is empty.")


def _date_valid(field: Field, value: str) -> Problem | None:
    if _parse_day(value):
        return None
    return _problem(field, "date_valid", "暦にない日付です。", "There is no such date.")


def _postal_exists(field: Field, value: str) -> Problem | None:
    if not re.fullmatch(r"[0-9]{7}", value):
        return _problem(field, "digits_length", "郵便番号は 7 桁です。", "A postal code has seven digits.")
    if postal.towns(value):
        return None
    return _problem(field, "postal_code_exists", "存在しない郵便番号です。", "Japan Post knows no such code.")


def _phone_plausible(field: Field, value: str) -> Problem | None:
    if _is_phone(value):
        return None
    return _problem(
        field,
        "phone_plausible",
        "電話番号として桁数または先頭の数字が合いません。",
        "This cannot be a Japanese telephone number.",
        "warning",
    )


def _is_phone(value: str) -> bool:
    if not re.fullmatch(r"0[0-9]{9,10}", value):
        return False
    # Checked here, because phonenumbers allows more lengths than these two.
    if len(value) != (11 if value.startswith(_ELEVEN_DIGIT_PREFIXES) else 10):
        return False
    return phonenumbers.is_possible_number(phonenumbers.parse(value, "JP"))


def phone_number_assigned(value: str) -> bool:
    """Whether Japan's numbering plan assigns such a telephone number, judged by its first digits."""
    return _is_phone(value) and phonenumbers.is_valid_number(phonenumbers.parse(value, "JP"))


def my_number_valid(value: str) -> bool:
    """Whether twelve digits end with the correct check digit (総務省令第85号第5条)."""
    try:
        in_.validate(value)
    except ValidationError:
        return False
    return True


def _my_number(field: Field, value: str) -> Problem | None:
    if my_number_valid(value):
        return None
    return _problem(
        field,
        "my_number_check_digit",
        "マイナンバーの検査用数字が合いません。",
        "The My Number check digit does not fit.",
    )


def _only_digits(field: Field, value: str) -> Problem | None:
    if re.fullmatch(r"[0-9]+", value):
        return None
    return _problem(
        field, "digits_only", "数字以外の文字があります。", "There is something other than digits."
    )


def _only_kana(field: Field, value: str) -> Problem | None:
    # With the brackets, dots, letters and digits that the kana of account holders contain.
    if re.fullmatch(r"[ァ-ヺー・　（）()A-Z0-9.．－-]+", value):
        return None
    return _problem(
        field, "kana_only", "カタカナ以外の文字があります。", "There is something other than katakana."
    )


def _known_option(field: Field, value: str) -> Problem | None:
    # A single tick box has no options.
    known = {option.value for option in field.options} or {"true", "false"}
    chosen = value.split("|") if field.type is FieldType.MULTI_CHOICE else [value]
    if all(word in known for word in chosen):
        return None
    return _problem(field, "known_option", "選択肢にない値です。", "The value is not one of the options.")


_FieldCheck = Callable[[Field, str], Problem | None]
_BUILT_IN: dict[FieldType, tuple[_FieldCheck, ...]] = {
    **dict.fromkeys(DIGIT_TYPES, (_only_digits,)),
    **dict.fromkeys(MARK_TYPES, (_known_option,)),
    FieldType.DATE: (_date_valid,),
    FieldType.POSTAL_CODE: (_postal_exists,),
    FieldType.PHONE: (_only_digits, _phone_plausible),
    FieldType.MY_NUMBER: (_my_number,),
    FieldType.KANA: (_only_kana,),
}


def _parse_day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _postal_code_matches_address(case: _Case) -> Problem | None:
    fit = postal.agreement(case.value(0), case.value(1))
    if fit is None or fit >= 1.0:
        return None
    places = "、".join(town.text for town in postal.towns(case.value(0))[:3])
    return case.problem(
        f"郵便番号の地域（{places}）と{case.label(1)}が合いません。",
        f"The postal code belongs to {places}, not to this address.",
        severity="warning" if fit else "error",
    )


def _kana_matches_name(case: _Case) -> Problem | None:
    fit = name_readings.agreement(case.value(1), case.value(0))
    if fit is None or fit >= _MIN_NAME_AGREEMENT:
        return None
    return case.problem(
        f"{case.label(0)}が{case.label(1)}の読みとして考えにくいものです。",
        "The furigana is an unlikely reading of the name.",
        severity="warning",
    )


def _date_in_past(case: _Case) -> Problem | None:
    day = _parse_day(case.value(0))
    if day is None or day <= case.today:
        return None
    return case.problem(f"{case.label(0)}が未来の日付です。", "The date lies in the future.")


def _date_order(case: _Case) -> Problem | None:
    days = [_parse_day(case.value(place)) for place in range(len(case.rule.fields))]
    known = [day for day in days if day]
    if known == sorted(known):
        return None
    return case.problem("日付の前後が逆です。", "The dates are in the wrong order.")


def _time_order(case: _Case) -> Problem | None:
    """Check that times of day (0830, 830), one field each, are in order."""
    times = [case.value(place).zfill(4) for place in range(len(case.rule.fields)) if case.value(place)]
    if times == sorted(times):
        return None
    return case.problem("時刻の前後が逆です。", "The times are in the wrong order.", severity="warning")


def _rule_my_number(case: _Case) -> Problem | None:
    value = case.value(0)
    if not value or my_number_valid(value):
        return None
    return case.problem("マイナンバーの検査用数字が合いません。", "The My Number check digit does not fit.")


def _requires_when(case: _Case) -> Problem | None:
    """Check fields (choice, needed…): when the choice contains one of ``values``, the others must be filled."""
    chosen = set(case.value(0).split("|"))
    wanted = set(case.rule.values or ("true",))
    if not chosen & wanted:
        return None
    places = range(1, len(case.rule.fields))
    missing = [case.label(p) for p in places if case.value(p) in ("", "false")]
    if not missing:
        return None
    return case.problem(
        f"{case.label(0)}の記入により {'、'.join(missing)} が必要です。",
        f"The answer makes these fields necessary: {', '.join(missing)}.",
    )


def _age_between(case: _Case) -> Problem | None:
    day = _parse_day(case.value(0))
    if day is None or len(case.rule.values) < 2:
        return None
    until = _parse_day(case.value(1)) or case.today
    # One year less before the birthday.
    age = until.year - day.year - ((until.month, until.day) < (day.month, day.day))
    # A rule's values are text, and a number may have been written as 6.0.
    low, high = (int(float(v)) for v in case.rule.values[:2])
    if low <= age <= high:
        return None
    return case.problem(
        f"{case.label(0)}から計算した年齢（{age} 歳）が {low}〜{high} 歳の範囲にありません。",
        f"The age ({age}) is not between {low} and {high}.",
        severity="warning",
    )


def _same_text(case: _Case) -> Problem | None:
    # Spaces between family and given name are not a difference.
    texts = {"".join(case.value(p).split()) for p in range(len(case.rule.fields)) if case.value(p)}
    if len(texts) <= 1:
        return None
    return case.problem("同じ内容であるべき項目が一致しません。", "Fields that should be equal differ.")


def _distinct(case: _Case) -> Problem | None:
    texts = ["".join(case.value(p).split()) for p in range(len(case.rule.fields)) if case.value(p)]
    if len(set(texts)) == len(texts):
        return None
    return case.problem(
        "異なるべき項目に同じ内容があります。", "Fields that should differ are equal.", severity="warning"
    )


def _digits_length(case: _Case) -> Problem | None:
    allowed = {int(float(v)) for v in case.rule.values}
    wrong = [
        case.label(p)
        for p in range(len(case.rule.fields))
        if case.value(p) and allowed and len(case.value(p)) not in allowed
    ]
    if not wrong:
        return None
    lengths = "・".join(str(n) for n in sorted(allowed))
    return case.problem(f"{'、'.join(wrong)}は {lengths} 桁です。", f"The number must have {lengths} digits.")


RULES: dict[str, Callable[[_Case], Problem | None]] = {
    "postal_code_matches_address": _postal_code_matches_address,
    "kana_matches_name": _kana_matches_name,
    "date_in_past": _date_in_past,
    "date_order": _date_order,
    "time_order": _time_order,
    "my_number_check_digit": _rule_my_number,
    "requires_when": _requires_when,
    "age_between": _age_between,
    "same_text": _same_text,
    "distinct": _distinct,
    "digits_length": _digits_length,
}
