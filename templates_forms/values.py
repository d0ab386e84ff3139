"""The normal form of a value for each field type, and the comparison of two values.

Readings, typed values and truth files all pass through ``normalise``, so that a comparison never fails because
of a hyphen, a full-width digit or a space. Variant characters (髙 﨑 邊) are never folded: 髙橋 and 高橋 are
different names.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

import jaconv

from templates_forms.model import DIGIT_TYPES, Field, FieldType

SPACE = "　"
# Everything that people and OCR write for a hyphen or a long-vowel mark.
_HYPHENS = "-‐‑‒–—―−－ｰ〜~"
_TRUE = frozenset({"true", "1", "yes", "y", "on", "✓", "✔", "レ", "○", "有", "はい"})
_FALSE = frozenset({"", "false", "0", "no", "n", "off", "×", "無", "いいえ"})


@dataclass(frozen=True, slots=True)
class EraSpan:
    """One Japanese era: its letter, its name, its first and its last day."""

    letter: str
    name: str
    first: date
    last: date

    def iso(self, year: int, month: int, day: int) -> date | None:
        """Return the western date of a day of this era; None when the era has no such day."""
        try:
            found = date(self.first.year + year - 1, month, day)
        except ValueError:
            return None
        return found if self.first <= found <= self.last else None


# Year 1 of an era is the calendar year of its first day, however short: 昭和元年 had seven days.
ERAS: tuple[EraSpan, ...] = (
    EraSpan("M", "明治", date(1868, 1, 25), date(1912, 7, 29)),
    EraSpan("T", "大正", date(1912, 7, 30), date(1926, 12, 24)),
    EraSpan("S", "昭和", date(1926, 12, 25), date(1989, 1, 7)),
    EraSpan("H", "平成", date(1989, 1, 8), date(2019, 4, 30)),
    EraSpan("R", "令和", date(2019, 5, 1), date(2999, 12, 31)),
)
_BY_LETTER = {era.letter: era for era in ERAS}
_BY_NAME = {era.name: era for era in ERAS} | {era.name[0]: era for era in ERAS}
_WAREKI = re.compile(
    r"^(?P<era>明治|大正|昭和|平成|令和|[明大昭平令MTSHR])\s*(?P<y>元|\d{1,2})\s*[年./\-]\s*(?P<m>\d{1,2})\s*[月./\-]"
    r"\s*(?P<d>\d{1,2})\s*日?$",
    re.IGNORECASE,
)
_WESTERN = re.compile(r"^(?P<y>\d{4})\s*[年./\-]\s*(?P<m>\d{1,2})\s*[月./\-]\s*(?P<d>\d{1,2})\s*日?$")


def era_of(word: str) -> EraSpan | None:
    """Return the era named ``word``: its letter (S), its name (昭和) or the first character of it (昭)."""
    return _BY_LETTER.get(word.strip().upper()) or _BY_NAME.get(word.strip())


def from_wareki(era: str, year: int, month: int, day: int) -> str | None:
    """Return a Japanese date in ISO 8601, or None when the era has no such day (昭和 64 ended on January 7)."""
    span = era_of(era)
    found = span.iso(year, month, day) if span else None
    return found.isoformat() if found else None


def to_wareki(iso: str) -> str | None:
    """Convert ``1989-01-08`` to ``平成元年1月8日``; None when the text is not a date of a known era."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return None
    for era in ERAS:
        if era.first <= day <= era.last:
            year = day.year - era.first.year + 1
            return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return None


def parse_date(text: str) -> str | None:
    """Convert a Japanese or western date to ISO 8601; None when the text is not a date."""
    text = unicodedata.normalize("NFKC", text).strip()
    # Eight boxes: YYYYMMDD.
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if found := _WESTERN.match(text):
        try:
            return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
        except ValueError:
            return None
    if found := _WAREKI.match(text):
        year = 1 if found["y"] == "元" else int(found["y"])
        return from_wareki(found["era"], year, int(found["m"]), int(found["d"]))
    return None


def to_kana(text: str) -> str:
    """Convert any mixture of kana to full-width katakana with the long-vowel mark."""
    wide = jaconv.hira2kata(unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", "".join("ー" if c in _HYPHENS else c for c in wide))


def _spaced(text: str) -> str:
    """Trim the ends, and replace every run of spaces inside by one full-width space."""
    return re.sub(r"[\s　]+", SPACE, text.strip())


def _digits(text: str) -> str:
    """Remove separators from a number; other characters are kept so that a mistake stays visible."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(rf"[\s　,.()・〒{re.escape(_HYPHENS)}]", "", plain)


def _amount(text: str) -> str:
    # 金 and 也 frame an amount on Japanese forms; \ is how ¥ looks in old fonts.
    plain = re.sub(r"[¥￥\\円金也]", "", _digits(text))
    return plain.lstrip("0") or ("0" if plain else "")


def _truth(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _TRUE:
        return "true"
    return "false" if plain in _FALSE else plain


def normalise(kind: FieldType, text: str, field: Field | None = None) -> str:
    """Return the normal form of ``text`` for a field type; text that does not match is kept, never dropped.

    Args:
        kind: the field type.
        text: as read, typed or listed.
        field: defines the order of options for ``multi_choice`` and the labels of choices.
    """
    if kind in (FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE):
        return _truth(text)
    if kind in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        return _options(text, field)
    if kind is FieldType.DATE:
        return parse_date(text) or text.strip()
    if kind is FieldType.AMOUNT:
        return _amount(text)
    if kind in DIGIT_TYPES:
        return _digits(text)
    if kind is FieldType.KANA:
        return _spaced(to_kana(text))
    if kind is FieldType.LATIN:
        return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    if kind is FieldType.BARCODE:
        return text.strip()
    return _spaced(unicodedata.normalize("NFC", text))


def _options(text: str, field: Field | None) -> str:
    chosen = [part.strip() for part in re.split(r"[|、,]", text) if part.strip()]
    if field is None:
        return "|".join(chosen)
    by_label = {option.label: option.value for option in field.options}
    values = [by_label.get(word, word) for word in chosen]
    order = {option.value: place for place, option in enumerate(field.options)}
    return "|".join(sorted(dict.fromkeys(values), key=lambda v: order.get(v, len(order))))


def same(kind: FieldType, left: str, right: str, field: Field | None = None) -> bool:
    """Whether two values are equal; spaces are ignored, variant characters are not."""
    a, b = normalise(kind, left, field), normalise(kind, right, field)
    if kind in (FieldType.TEXT, FieldType.KANA, FieldType.LATIN):
        a, b = (_comparable(text) for text in (a, b))
    return a == b


def _comparable(text: str) -> str:
    """Remove spaces, fold ASCII widths and unify hyphen-like characters; nothing else is changed."""
    folded = "".join(unicodedata.normalize("NFKC", c) if _is_wide_ascii(c) else c for c in text)
    return "".join("-" if c in _HYPHENS else c for c in re.sub(r"[\s　]", "", folded))


def _is_wide_ascii(char: str) -> bool:
    return "！" <= char <= "～" or char == "￥"
