"""Field-by-field comparison of the text that the system shows with the text that it should show.

Every difference counts unless the bot.yaml declares a normalisation. Only two spellings of the same characters are
always equal: composed and decomposed ones (NFC), and the two kinds of line breaks.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

import jaconv

from bots.spec.formatters import ERAS
from bots.spec.model.bot import Compared

_WAREKI = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[明大昭平令MTSHR])\s*(?P<y>元|\d+)\s*[年.\-/]\s*(?P<m>\d+)\s*[月.\-/]\s*(?P<d>\d+)日?"
)
# What stands between the choices of a list: a Record joins them by |, pages by commas, 、, semicolons or line breaks.
_SEPARATORS = re.compile(r"[ \t　]*[|｜、，,;；\r\n]+[ \t　]*")
_WESTERN = re.compile(r"(?P<y>\d{4})\s*[年.\-/]?\s*(?P<m>\d{1,2})\s*[月.\-/]?\s*(?P<d>\d{1,2})日?")


def exact(text: str) -> str:
    """Return NFC with LF line breaks, as an input's value has them whatever was typed (HTML, API value of textarea)."""
    # Not NFKC: full and half width are different values unless the bot.yaml declares `width`.
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n")


def displayed(text: str) -> str:
    """Return NFC with white space collapsed as a browser displays it and no spaces at the ends."""
    return re.sub(r"[ \t\r\n\xa0]+", " ", unicodedata.normalize("NFC", text)).strip(" 　")


def _spaces(text: str) -> str:
    return re.sub(r"[\s　]+", "", text)


def _width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _kana(text: str) -> str:
    return str(jaconv.hira2kata(jaconv.h2z(text, kana=True, ascii=False, digit=False)))


def _number(text: str) -> str:
    # Negative amounts are also written −1,500, △1,500 and ▲1,500, and NFKC leaves these signs as they are.
    signed = re.sub("[−△▲]", "-", _width(text))
    digits = re.sub(r"[^\d.\-]", "", signed)
    try:
        # 12.50 is 12.5, and -0 is 0.
        return f"{Decimal(digits).normalize() + 0:f}"
    except InvalidOperation:
        # A text without any digit stays as it is, so that it still counts as different.
        return digits or text


def _digits(text: str) -> str:
    return re.sub(r"\D", "", _width(text))


def _case(text: str) -> str:
    return text.casefold()


def _hyphens(text: str) -> str:
    # Includes the long vowel mark ー and ｰ: people write both for a hyphen in addresses and numbers.
    return re.sub("[‐‑‒–—―−ー－ｰ]", "-", text)


def as_date(text: str) -> str:
    """Return a date, in a Japanese era or western, as ISO 8601; return any other text unchanged."""
    shown = _width(text)
    wareki = _WAREKI.search(shown)
    western = _WESTERN.search(shown)
    try:
        if wareki:
            # ERAS lists name, short name and letter after the first day.
            first = next(day for day, *names in ERAS if wareki["era"] in names)
            years = 1 if wareki["y"] == "元" else int(wareki["y"])
            return dt.date(first.year + years - 1, int(wareki["m"]), int(wareki["d"])).isoformat()
        if western:
            return dt.date(int(western["y"]), int(western["m"]), int(western["d"])).isoformat()
    # No such day: compared as it is shown.
    except ValueError:
        return text
    return text


def _punctuation(text: str) -> str:
    return re.sub(r"[、，,・･/|\s　]+", "", text)


def _parts(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]


def _unordered(text: str) -> str:
    return "|".join(sorted(_parts(text)))


NORMALISERS: dict[str, Callable[[str], str]] = {
    "displayed": displayed, "spaces": _spaces, "width": _width, "kana": _kana, "number": _number, "digits": _digits,
    "case": _case, "hyphens": _hyphens, "date": as_date, "punctuation": _punctuation,
    "unordered": _unordered,
}  # fmt: skip


def same(wanted: str, found: str, declared: Iterable[str] = ()) -> bool:
    """Whether both texts are equal after the declared normalisation of both."""
    names = list(declared)
    if "unordered" not in names:
        return _normalised(wanted, names) == _normalised(found, names)
    # Split first: the others may remove a separator, and parts are sorted by what counts of them.
    names.remove("unordered")
    left, right = (sorted(_normalised(part, names) for part in _parts(text)) for text in (wanted, found))
    return left == right


def _normalised(text: str, names: Iterable[str]) -> str:
    text = exact(text)
    for name in names:
        text = NORMALISERS[name](text)
    return text


def side_by_side(fields: Iterable[Compared]) -> str:
    """Return the differing fields in one line for a person; masked values are not shown."""
    different = [f for f in fields if not f.same]
    return "; ".join(
        f"{f.field}: (masked)" if f.masked else f"{f.field}: 「{f.wanted}」→「{f.found}」" for f in different
    )
