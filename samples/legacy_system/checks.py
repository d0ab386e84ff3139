"""Converts typed values to a row: conversions, silent truncation, and the refusals of each register."""

import datetime as dt
import re
import unicodedata

import jaconv
from stdnum.jp import in_ as my_number

from samples.legacy_system.charset import has_foreign, to_geta
from samples.legacy_system.controls import CODE_INPUT, Values, names, parts, visible
from samples.legacy_system.data.masters import BANKS, branches, facilities
from samples.legacy_system.model import Item, Register
from samples.legacy_system.wareki import now, to_date

Row = dict[str, str]
"""A stored row: record field to value in the normal form of verified values."""

# Full-width katakana as the column stores it, with the marks of account holders.
_KANA = re.compile(r"^[ァ-ヶー・．\u3000（）－]*$")
_TIME = re.compile(r"^([01]\d|2[0-3]):?([0-5]\d)$")
# Seven digits, as many as the paper form has boxes for.
MAX_YEN = 9_999_999


class _Refused(Exception):
    """One item was refused; the text is the system's own message."""


def check(
    register: Register, values: Values, step: int | None = None, today: dt.date | None = None
) -> tuple[Row, list[str]]:
    """Convert a filled screen to a row.

    Args:
        register: the register of the screen.
        values: the values of the inputs.
        step: check only this page of the input; all of them when None.
        today: the day that counts as today.

    Returns:
        The row (every field of the register, empty where nothing was typed or it was refused) and the
        refusals as the system's own messages; without a refusal the row can be stored.
    """
    row: Row = {item.field: "" for item in register.items}
    refusals: list[str] = []
    for item in register.items:
        if step is not None and register.step_of(item) != step:
            continue
        try:
            row[item.field] = _read(register, item, values, today or now().date())
        except _Refused as refused:
            refusals.append(str(refused))
    # Like many old systems, it checks relations between fields only when each field alone is right.
    if not refusals:
        refusals = _check_across(register, row, step)
    return row, refusals


def _read(register: Register, item: Item, values: Values, today: dt.date) -> str:
    if not visible(register, item, values):
        return ""
    typed = {
        part: values.get(names(register.id)[item.field, part], "").strip(" \u3000") for part in parts(item)
    }
    if item.kind == "flag":
        return "true" if typed[""] else "false"
    if item.kind == "flags":
        return "|".join(part for part, text in typed.items() if text)
    if not any(typed.values()):
        if item.required:
            raise _Refused(f"E101 {item.label}が入力されていません。")
        return ""
    if item.kind == "date":
        return _date(register, item, typed, today)
    if item.kind == "postal":
        return _digits(item, typed["first"] + typed["last"], (7, 7))
    return _single_value(register, item, typed[""], values)


def _single_value(register: Register, item: Item, text: str, values: Values) -> str:
    if item.kind in ("text", "address", "kana"):
        return _text(register, item, text)
    if item.kind == "postal_popup":
        digits = _digits(item, text.replace("-", ""), (7, 7))
        if not values.get(CODE_INPUT):
            raise _Refused("E107 住所コードが設定されていません。住所検索を行ってください。")
        return digits
    if item.kind == "amount":
        return _amount(item, text)
    if item.kind == "time":
        match = _TIME.match(text)
        if not match:
            raise _Refused(f"E108 {item.label}の時刻が正しくありません。")
        return match[1] + match[2]
    if item.kind in ("select", "radio"):
        if text not in dict(item.options):
            raise _Refused(f"E109 {item.label}の区分が正しくありません。")
        return text
    digits = _digits(item, text, item.digits)
    if item.field == "my_number" and not my_number.is_valid(digits):
        raise _Refused("E130 個人番号の検査数字が一致しません。")
    return digits


def _text(register: Register, item: Item, text: str) -> str:
    if has_foreign(text):
        if register.foreign == "refuse":
            raise _Refused(f"E103 {item.label}にJIS外の文字が使われています。")
        if register.foreign == "geta":
            text = to_geta(text)
    text = unicodedata.normalize("NFC", text)
    # Cut without a message, as the columns of such systems do.
    if item.kind != "kana":
        return text[: item.length]
    text = jaconv.h2z(text, kana=True, ascii=False, digit=False).replace(" ", "\u3000")
    if not _KANA.match(text):
        raise _Refused(f"E104 {item.label}はカナで入力してください。")
    if register.half_kana:  # its column counts ガ as two: ｶ and ﾞ
        text = _cut_half_width(text, item.length)
    return text[: item.length]


def _cut_half_width(text: str, length: int) -> str:
    half = jaconv.z2h(text, kana=True, ascii=False, digit=False)
    return jaconv.h2z(half[:length], kana=True, ascii=False, digit=False)


def _digits(item: Item, text: str, allowed: tuple[int, int]) -> str:
    fewest, most = allowed
    # `isdigit` alone accepts full-width digits too.
    if not (text.isascii() and text.isdigit()):
        raise _Refused(f"E105 {item.label}は半角数字で入力してください。")
    if not fewest <= len(text) <= most:
        raise _Refused(f"E106 {item.label}の桁数が正しくありません。")
    return text


def _amount(item: Item, text: str) -> str:
    plain = text.replace(",", "")
    if not (plain.isascii() and plain.isdigit()):
        raise _Refused(f"E105 {item.label}は半角数字で入力してください。")
    if len(plain) > item.length or not 0 < int(plain) <= MAX_YEN:
        raise _Refused(f"E110 {item.label}が範囲外です。")
    return str(int(plain))


def _date(register: Register, item: Item, typed: Values, today: dt.date) -> str:
    letters = {value: letter for value, _, letter in register.eras.choices}
    numbers = [typed[part] for part in ("year", "month", "day")]
    if typed["era"] not in letters or not all(text.isascii() and text.isdigit() for text in numbers):
        raise _Refused(f"E111 {item.label}の日付が正しくありません。")
    try:
        date = to_date(letters[typed["era"]], *(int(text) for text in numbers))
    except ValueError as error:
        raise _Refused(f"E111 {item.label}の日付が正しくありません。") from error
    if item.field in register.not_future and date > today:
        raise _Refused(f"E112 {item.label}が未来日です。")
    return date.isoformat()


def _check_across(register: Register, row: Row, step: int | None) -> list[str]:
    found: list[str] = []
    if row.get("bank_code"):
        if row["bank_code"] not in BANKS:
            found.append("E120 金融機関コードが存在しません。")
        elif row["branch_code"] not in branches(row["bank_code"]):
            found.append("E121 支店コードが存在しません。")
    chosen = [value for name, value in row.items() if name.startswith("preference") and value]
    found += [f"E140 施設コード {code} は存在しません。" for code in chosen if code not in facilities()]
    if len(set(chosen)) < len(chosen):
        found.append("E141 同じ施設が複数の希望に入力されています。")
    if row.get("hours_from") and row.get("hours_to") and row["hours_from"] >= row["hours_to"]:
        found.append("E142 利用時間の前後関係が正しくありません。")
    for number in (1, 2, 3):
        if row.get(f"child{number}_name") and not row[f"child{number}_birth_date"]:
            found.append(f"E150 児童{number}の生年月日が入力されていません。")
    return found
