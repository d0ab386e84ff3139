"""The formatters of ``{{ name | formatter(args) }}``: pure functions from text to text.

Dates are ISO 8601 (the Record's normal form); an empty value stays empty in every formatter except
``default``, ``yes_no`` and ``has``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import jaconv
import phonenumbers

from bots.base.errors import ValueUnfit
from bots.spec.one_time import totp

Argument = str | int

# First day of each era: Meiji by the Gregorian calendar's adoption in law, the others by cabinet order.
ERAS = (
    (dt.date(2019, 5, 1), "令和", "令", "R"),
    (dt.date(1989, 1, 8), "平成", "平", "H"),
    (dt.date(1926, 12, 25), "昭和", "昭", "S"),
    (dt.date(1912, 7, 30), "大正", "大", "T"),
    (dt.date(1868, 1, 25), "明治", "明", "M"),
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Longest first: the alternatives of a regular expression are tried in order.
_DATE_TOKENS = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|GGG|GG|G|EE|E")


def _unfit(value: str, wanted_ja: str, wanted_en: str) -> ValueUnfit:
    return ValueUnfit(f"値「{value}」は{wanted_ja}ではありません。", f"{value!r} is not {wanted_en}")


def parse_date(value: str) -> dt.date:
    """Parse an ISO 8601 date; raises ``ValueUnfit`` for any other text."""
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise _unfit(value, "日付 (YYYY-MM-DD)", "a date (YYYY-MM-DD)") from None


def era_of(day: dt.date) -> tuple[str, str, str, int]:
    """Return the Japanese era of ``day``: name 昭和, short name 昭, letter S, year in the era from 1."""
    for first, name, short, letter in ERAS:
        if day >= first:
            return name, short, letter, day.year - first.year + 1
    raise _unfit(day.isoformat(), "明治以降の日付", "a date since the Meiji era")


def date(value: str, pattern: Argument = "YYYY/MM/DD") -> str:
    """Write a date by a pattern of YYYY YY MMMM MMM MM M DD D and the era's GGG GG G EE E; other text is kept."""
    day = parse_date(value)
    era: tuple[str, str, str, int] | None = None
    # Only when the pattern has an era: a date before Meiji can still be written with a western year.
    if re.search("[GE]", str(pattern)):
        era = era_of(day)

    def token(match: re.Match[str]) -> str:
        name = match.group()
        western = {
            "YYYY": f"{day.year:04}", "YY": f"{day.year % 100:02}", "MM": f"{day.month:02}", "M": str(day.month),
            "MMMM": _MONTHS[day.month - 1], "MMM": _MONTHS[day.month - 1][:3], "DD": f"{day.day:02}", "D": str(day.day),
        }  # fmt: skip
        if name in western:
            return western[name]
        assert era is not None
        return {"GGG": era[0], "GG": era[1], "G": era[2], "E": str(era[3]), "EE": f"{era[3]:02}"}[name]

    return _DATE_TOKENS.sub(token, str(pattern))


def wareki(value: str, pattern: Argument = "GGGE年M月D日") -> str:
    """Write a date in the Japanese era: 昭和63年4月1日."""
    return date(value, pattern)


def era(value: str, style: Argument = "name") -> str:
    """Name the era: ``name`` 昭和, ``short`` 昭, ``letter`` S."""
    name, short, letter, _ = era_of(parse_date(value))
    return {"name": name, "short": short, "letter": letter}[str(style)]


def wareki_year(value: str, width: Argument = 1) -> str:
    """Year in the era, zero-padded to ``width``."""
    return str(era_of(parse_date(value))[3]).zfill(int(width))


def year(value: str, width: Argument = 4) -> str:
    """Western year; ``year(2)`` returns its last two digits."""
    return f"{parse_date(value).year:04}"[-int(width) :]


def month(value: str, width: Argument = 1) -> str:
    """Month, zero-padded to ``width``."""
    return str(parse_date(value).month).zfill(int(width))


def day(value: str, width: Argument = 1) -> str:
    """Day of the month, zero-padded to ``width``."""
    return str(parse_date(value).day).zfill(int(width))


def half_width(value: str) -> str:
    """ASCII and digits to half width; kana stay full width."""
    return str(jaconv.z2h(value, kana=False, ascii=True, digit=True))


def full_width(value: str) -> str:
    """Everything to full width, spaces and half-width kana too."""
    return str(jaconv.h2z(value, kana=True, ascii=True, digit=True))


def half_kana(value: str) -> str:
    """Katakana (and hiragana, by way of katakana) to half-width katakana, spaces to ASCII spaces."""
    return str(jaconv.z2h(jaconv.hira2kata(value), kana=True, ascii=True, digit=True))


def full_kana(value: str) -> str:
    """Half-width katakana to full width."""
    return str(jaconv.h2z(value, kana=True, ascii=False, digit=False))


def hiragana(value: str) -> str:
    """Katakana to hiragana."""
    return str(jaconv.kata2hira(jaconv.h2z(value)))


def katakana(value: str) -> str:
    """Hiragana to katakana."""
    return str(jaconv.hira2kata(jaconv.h2z(value)))


def number(
    value: str,
    thousands: Argument = ",",
    point: Argument = ".",
    places: Argument = 0,
    rounding: Argument = "",
) -> str:
    """Write a number in a style: ``number('.', ',', 2)`` returns 1.500,00.

    Raises:
        ValueUnfit: it is no number, or it has more decimal places and ``rounding`` is not ``'round'`` (half up).
    """
    try:
        # Not float: an amount must not change in its last digit.
        amount = Decimal(value)
    except InvalidOperation:
        raise _unfit(value, "数字", "a number") from None
    rounded = amount.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
    if rounded != amount and rounding != "round":
        raise _unfit(value, f"小数{places}桁までの数字", f"a number of at most {places} decimal places")
    text = f"{rounded:,f}"
    # By way of NUL, because the two separators may be exchanged for each other.
    return text.replace(",", "\0").replace(".", str(point)).replace("\0", str(thousands))


def zero_pad(value: str, width: Argument) -> str:
    """Pad with zeros on the left to ``width`` characters."""
    return value.zfill(int(width))


def postal(value: str) -> str:
    """Postal code with its hyphen: 123-4567."""
    return f"{postal_part(value, 1)}-{postal_part(value, 2)}"


def postal_part(value: str, part: Argument) -> str:
    """First three (1) or last four (2) digits of a postal code."""
    if not re.fullmatch(r"\d{7}", value):
        raise _unfit(value, "7桁の郵便番号", "a postal code of 7 digits")
    return value[:3] if int(part) == 1 else value[3:]


def phone(value: str, separator: Argument = "-") -> str:
    """Phone number split according to Japan's numbering plan: 03-1234-5678."""
    try:
        # Area codes have two to five digits; no fixed division is right for all of them.
        parsed = phonenumbers.parse(value, "JP")
    except phonenumbers.NumberParseException:
        raise _unfit(value, "電話番号", "a phone number") from None
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return str(national).replace("-", str(separator))


def phone_part(value: str, part: Argument) -> str:
    """Area code (1), exchange (2) or subscriber number (3) of a phone number."""
    parts = phone(value).split("-")
    if len(parts) != 3:
        raise _unfit(value, "3つに分けられる電話番号", "a phone number of three parts")
    return parts[int(part) - 1]


def slice_(value: str, first: Argument, last: Argument = 0) -> str:
    """Characters ``first`` to ``last``, both counted from 1 and both included; no ``last`` means to the end."""
    return value[int(first) - 1 : int(last) or None]


def part(value: str, separator: Argument, which: Argument) -> str:
    """Part number ``which`` (from 1) of a value split at ``separator``; empty when there are fewer."""
    parts = value.split(str(separator))
    return parts[int(which) - 1] if int(which) <= len(parts) else ""


def family(value: str) -> str:
    """Family name: the text before the first space."""
    # At the first space only: the names of foreign residents may have several parts.
    return re.split(r"[\s　]+", value, maxsplit=1)[0]


def given(value: str) -> str:
    """Given name: the text after the first space; empty when there is no space."""
    parts = re.split(r"[\s　]+", value, maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def no_spaces(value: str) -> str:
    """Without any spaces."""
    return re.sub(r"[\s　]+", "", value)


def space(value: str, with_: Argument = " ") -> str:
    """Each run of spaces becomes ``with_``: ``space('　')`` for the full-width one."""
    return re.sub(r"[\s　]+", str(with_), value)


def replace(value: str, old: Argument, new: Argument) -> str:
    """Replace every ``old`` by ``new``."""
    return value.replace(str(old), str(new))


def upper(value: str) -> str:
    """Capitals."""
    return value.upper()


def lower(value: str) -> str:
    """Small letters."""
    return value.lower()


def strip(value: str) -> str:
    """Without spaces at the ends."""
    return value.strip()


def default(value: str, instead: Argument) -> str:
    """``instead`` when the value is empty."""
    return value or str(instead)


def yes_no(value: str, yes: Argument, no: Argument) -> str:
    """``yes`` for true, ``no`` for false or empty."""
    return str(yes) if value == "true" else str(no)


def has(value: str, option: Argument) -> str:
    """``true`` when ``option`` is among the values joined by ``|``."""
    return "true" if str(option) in value.split("|") else "false"


def time(value: str, separator: Argument = ":") -> str:
    """Four digits as a time of day: 0830 becomes 08:30."""
    if not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", value):
        raise _unfit(value, "4桁の時刻", "a time of four digits")
    return f"{value[:2]}{separator}{value[2:]}"


def prefix(value: str, text: Argument) -> str:
    """``text`` before a value that is not empty."""
    return f"{text}{value}"


FORMATTERS: dict[str, Callable[..., str]] = {
    "date": date, "wareki": wareki, "era": era, "wareki_year": wareki_year, "year": year, "month": month, "day": day,
    "half_width": half_width, "full_width": full_width, "half_kana": half_kana, "full_kana": full_kana,
    "hiragana": hiragana, "katakana": katakana, "number": number, "zero_pad": zero_pad, "postal": postal,
    "postal_part": postal_part, "phone": phone, "phone_part": phone_part, "slice": slice_, "part": part,
    "family": family, "given": given, "no_spaces": no_spaces, "space": space, "replace": replace, "upper": upper,
    "lower": lower, "strip": strip, "default": default, "yes_no": yes_no, "has": has, "prefix": prefix, "time": time,
    "totp": totp,
}  # fmt: skip
# These three give an empty value a meaning; for all others empty means "nothing to enter".
TAKES_EMPTY = frozenset({"default", "yes_no", "has"})
