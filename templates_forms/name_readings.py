"""Readings of Japanese names from SudachiDict: evidence for or against a furigana.

Names have readings that no dictionary lists (大翔 → タイガ), so the result is a share between 0 and 1, not a
decision: how much of the name the furigana can be aligned with.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from sudachipy import Dictionary

from templates_forms.values import to_kana

# Serialises lookups: the dictionary object is not meant for concurrent use.
_lock = threading.Lock()
_cache: dict[str, Path] = {}
# In characters; names consist of shorter words.
_LONGEST_WORD = 5
# The score of a kanji for a reading that it has in other words: 本 + 田 might be ホンタ, 本田 is ホンダ.
_PIECED_SHARE = 0.6
_UNKNOWN_SHARE = 0.25  # the score of a kanji when the remaining furigana is merely possible
# Only for lookups: a dictionary lists few variant characters. Values themselves are never changed by this.
_FOLD = str.maketrans("髙﨑邉邊齋齊斎濵濱澤廣國學眞惠櫻德瀨祐", "高崎辺辺斎斎斎浜浜沢広国学真恵桜徳瀬祐")
# Forms are often filled in with large kana, and ヂ ヅ are pronounced like ジ ズ.
_SMALL = str.maketrans("ァィゥェォッャュョヮヂヅ", "アイウエオツヤユヨワジズ")


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Person names of the dictionary: readings by surface, surfaces by reading, and all surfaces."""

    readings: dict[str, frozenset[str]]
    family_by_reading: dict[str, tuple[str, ...]]
    given_by_reading: dict[str, tuple[str, ...]]
    families: frozenset[str]
    givens: frozenset[str]


@cache
def index() -> NameIndex:
    """Return the names of SudachiDict: built once per process in two or three seconds, or read from the cache."""
    with _lock:
        return _load_cached() or _save_cached(_build())


def use_cache_folder(folder: Path) -> None:
    """Share the index as a file in ``folder`` between processes: reading it takes half a second."""
    _cache["file"] = folder / f"names-{version('sudachidict_core')}.json"


def _build() -> NameIndex:
    readings: dict[str, set[str]] = defaultdict(set)
    family: dict[str, list[str]] = defaultdict(list)
    given: dict[str, list[str]] = defaultdict(list)
    for word in Dictionary(dict="core").entries():
        part = word.part_of_speech()
        if part[2] != "人名":
            continue
        surface, reading = word.surface(), word.reading_form()
        readings[surface].add(reading)
        if part[3] == "姓":
            family[reading].append(surface)
        elif part[3] == "名":
            given[reading].append(surface)
    return _indexed(
        {key: frozenset(found) for key, found in readings.items()},
        {key: tuple(dict.fromkeys(found)) for key, found in family.items()},
        {key: tuple(dict.fromkeys(found)) for key, found in given.items()},
    )


def _indexed(
    readings: dict[str, frozenset[str]], family: dict[str, tuple[str, ...]], given: dict[str, tuple[str, ...]]
) -> NameIndex:
    return NameIndex(
        readings,
        family,
        given,
        frozenset(surface for found in family.values() for surface in found),
        frozenset(surface for found in given.values() for surface in found),
    )


def _load_cached() -> NameIndex | None:
    """Return the cached index; None when there is no file, or a truncated one."""
    if "file" not in _cache:
        return None
    try:
        tables = json.loads(_cache["file"].read_text(encoding="utf-8"))
        readings = {key: frozenset(found.split("\n")) for key, found in tables["readings"].items()}
        family, given = (
            {key: tuple(found.split("\n")) for key, found in tables[name].items()}
            for name in ("family", "given")
        )
    except (OSError, ValueError, KeyError):
        return None
    return _indexed(readings, family, given)


def _save_cached(found: NameIndex) -> NameIndex:
    """Write the cache file atomically; without a writable disk the index is only returned."""
    if "file" not in _cache:
        return found
    tables = {
        "readings": {key: "\n".join(sorted(one)) for key, one in found.readings.items()},
        "family": {key: "\n".join(one) for key, one in found.family_by_reading.items()},
        "given": {key: "\n".join(one) for key, one in found.given_by_reading.items()},
    }
    place = _cache["file"]
    # The process id keeps two processes from writing the same temporary file.
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        partial.replace(place)
    with suppress(OSError):
        partial.unlink()
    return found


@lru_cache(maxsize=50_000)
def same_sound(kana: str) -> str:
    """Return kana normalised as on forms: small kana large, ヂ as ジ, without spaces."""
    return "".join(to_kana(kana).split()).translate(_SMALL)


@cache
def _dictionary() -> Dictionary:
    return Dictionary(dict="core")


@lru_cache(maxsize=20_000)
def _word_readings(word: str) -> frozenset[str]:
    """Return the readings of one word as a name."""
    found: set[str] = set()
    for form in {word, word.translate(_FOLD)}:
        found |= index().readings.get(form, frozenset())
    return frozenset(same_sound(reading) for reading in found if reading)


@lru_cache(maxsize=20_000)
def _common_readings(word: str) -> frozenset[str]:
    """Return the readings that one or two kanji have in words that are not names."""
    found: set[str] = set()
    for form in {word, word.translate(_FOLD)}:
        with _lock:
            found |= {entry.reading_form() for entry in _dictionary().lookup(form)}
    return frozenset(same_sound(reading) for reading in found if reading)


@lru_cache(maxsize=20_000)
def agreement(name: str, kana: str) -> float | None:
    """Return the share of the name that the furigana explains by dictionary readings, 0 to 1.

    1.0: every character. A kanji that no listed reading explains still scores a quarter when one to four
    kana remain for it; 0.0 when the furigana cannot be aligned with the name at all. None when either is
    empty or the name has no kanji or kana.
    """
    written, sound = "".join(name.split()), same_sound(kana)
    if not written or not sound:
        return None
    best = _best_alignment(written, sound)
    return None if best is None else best / len(written)


def _best_alignment(written: str, sound: str) -> float | None:
    """Return the best sum of explained characters over all alignments of both (dynamic programming)."""
    table: list[dict[int, float]] = [{} for _ in range(len(written) + 1)]
    table[0][0] = 0.0
    for start in range(len(written)):
        for at, earned in table[start].items():
            for length in range(1, min(_LONGEST_WORD, len(written) - start) + 1):
                for end, gain in _steps(written[start : start + length], sound, at):
                    here = table[start + length]
                    here[end] = max(here.get(end, -1.0), earned + gain)
    found = table[len(written)].get(len(sound))
    return 0.0 if found is None else found


def _steps(word: str, sound: str, at: int) -> list[tuple[int, float]]:
    steps = [(at + len(r), float(len(word))) for r in _word_readings(word) if sound.startswith(r, at)]
    if len(word) <= 2:
        share = _PIECED_SHARE * len(word)
        steps += [(at + len(r), share) for r in _common_readings(word) if sound.startswith(r, at)]
    if len(word) == 1:
        own = same_sound(word)
        if own and sound.startswith(own, at):
            steps.append((at + len(own), 1.0))
        # A reading that no dictionary has: one to four kana per kanji.
        steps += [(at + n, _UNKNOWN_SHARE) for n in range(1, 5) if at + n <= len(sound)]
    return steps


def surfaces(kana: str, *, family: bool, limit: int = 400) -> tuple[str, ...]:
    """Return the dictionary's spellings of a family or given name with this reading; may be empty."""
    table = index().family_by_reading if family else index().given_by_reading
    return table.get("".join(to_kana(kana).split()), ())[:limit]


def is_family(surface: str) -> bool:
    """Whether the dictionary has this family name; variant characters count as their usual forms."""
    return surface in index().families or surface.translate(_FOLD) in index().families


def is_given(surface: str) -> bool:
    """Whether the dictionary has this given name."""
    return surface in index().givens or surface.translate(_FOLD) in index().givens


@lru_cache(maxsize=20_000)
def is_word(text: str) -> bool:
    """Whether the dictionary has this word."""
    with _lock:
        return bool(_dictionary().lookup(text))


@lru_cache(maxsize=50_000)
def splits_into_words(run: str) -> bool:
    """Whether a run of characters splits into dictionary words of two characters or more."""
    reach = {0}
    for start in range(len(run)):
        if start in reach:
            reach |= {end for end in range(start + 2, len(run) + 1) if is_word(run[start:end])}
    return len(run) in reach
