"""Candidates for free writing that postal data and a name dictionary make likely.

Knowledge is evidence and never overwrites silently: a candidate must still match the ink, weighted by the line
recogniser's own probabilities; when knowledge decides, the reading has a reason and keeps the ink's own candidate.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from extractors.base.alphabets import CONFUSABLE, KATAKANA, LOOKALIKES
from extractors.recognition.free_grammar import ADDRESS, NAME, log_prior
from extractors.recognition.free_lines import FreeLine, LineText, log_probability
from templates_forms import name_readings, postal
from templates_forms.values import to_kana

_FURIGANA_WEIGHT = 6.0
"""Log odds that a name's furigana may add: the preferred name may be e^6 less likely by ink alone."""
_TOWN_WEIGHT = 14.0
"""The same for an address: it can hardly begin with anything but the towns of its postal code."""
_FAMILY_KNOWN, _GIVEN_KNOWN, _SAME_FAMILY = 3.0, 2.5, 2.5
"""Log odds for a family name and a given name that exist, and for the family name of another person on the page."""
_LONGEST_FAMILY = 4
_SHORTLIST = 24
_STRINGS_WITH_LOOKALIKES = 3
# Words that contain 由 in spite of its resemblance to the far more frequent 田.
_WORDS_WITH_YU = frozenset({"由良", "由井", "由利", "由比", "由布", "由木", "由本", "由上", "自由"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that knowledge supports.

    Attributes:
        lines: its text, line by line.
        ink: log probability of its ink relative to the best by ink alone, at most about 0.
        fit: agreement with the knowledge, 0 to 1.
        weight: log odds of a full agreement.
    """

    lines: tuple[str, ...]
    ink: float
    fit: float
    weight: float = _FURIGANA_WEIGHT

    @property
    def score(self) -> float:
        """Ink and knowledge together, log scale."""
        return self.ink + self.weight * self.fit


def address_suggestions(lines: Sequence[FreeLine], texts: Sequence[LineText], code: str) -> list[Suggestion]:
    """Readings of an address that begin with the towns of its postal code, best first.

    Args:
        lines: the written lines.
        texts: the reading of each by ink alone.
        code: seven digits.
    """
    if not lines or not postal.towns(code):
        return []
    heads = dict.fromkeys(
        head
        for town in postal.towns(code)
        for head in (
            town.text,
            f"{town.city}{town.town}",
            f"{town.prefecture}{town.city}",
            town.city,
        )
        if head
    )
    own = texts[0].text
    rest = [text.text for text in texts[1:]]
    ink = _ink_odds(lines[0], texts[0], ADDRESS)
    rewritten = dict.fromkeys(
        [own, *(replaced for head in heads if (replaced := _replace_head(head, own)) is not None)]
    )
    found = [
        Suggestion(
            (first, *rest), ink(first), postal.agreement(code, first + "".join(rest)) or 0.0, _TOWN_WEIGHT
        )
        for first in rewritten
    ]
    return sorted(found, key=lambda s: -s.score)


def _replace_head(head: str, text: str) -> str | None:
    """``text`` with its most similar beginning replaced by ``head``; None when nothing is similar enough."""
    best, cut = 0.0, 0
    # The misread beginning may be up to two characters shorter or longer than the town's name.
    for end in range(max(1, len(head) - 2), min(len(text), len(head) + 2) + 1):
        likeness = SequenceMatcher(None, head, text[:end]).ratio()
        if likeness > best:
            best, cut = likeness, end
    return head + text[cut:] if best >= 0.6 else None


def name_suggestions(line: FreeLine, text: LineText, kana: str) -> list[Suggestion]:
    """Readings of a name that its furigana supports, best first: the recogniser's own, and the dictionary's.

    Args:
        line: the written line.
        text: the reading by ink alone.
        kana: the furigana, with a space between family and given name if it has one.
    """
    strings = [*_with_lookalikes(text), *_dictionary_spellings(line, text.text, kana)]
    ink = _ink_odds(line, text, NAME)
    found = [
        Suggestion((string,), ink(string), name_readings.agreement(string, kana) or 0.0)
        for string in dict.fromkeys(strings)
    ]
    return sorted(found, key=lambda s: -s.score)


def _ink_odds(line: FreeLine, text: LineText, content: str) -> Callable[[str], float]:
    """Log odds of a string relative to the best by ink: as decoded, or scored again if not among the n best."""
    decoded = dict(text.alternatives)
    best = decoded.get(text.text, 1.0)
    base = log_probability(line, text.text) + log_prior(content, text.text)

    def odds(string: str) -> float:
        as_decoded = math.log(decoded[string] / best) if decoded.get(string, 0.0) > 0 else -math.inf
        if as_decoded > -math.inf and not any(char in LOOKALIKES for char in string):
            return as_decoded
        return max(as_decoded, log_probability(line, string) + log_prior(content, string) - base)

    return odds


def family_of(name: str) -> str:
    """The family name at the beginning of a name: before its space, else the longest that leaves a given name."""
    parts = name.split()
    if len(parts) == 2:
        return parts[0]
    text = "".join(parts)
    for length in range(min(_LONGEST_FAMILY, len(text) - 1), 0, -1):
        if name_readings.is_family(text[:length]) and name_readings.is_given(text[length:]):
            return text[:length]
    return ""


def name_suggestions_without_kana(line: FreeLine, text: LineText, family: str) -> list[Suggestion]:
    """Readings of a name without furigana, best first: existing names, and the family name of the page.

    Args:
        line: the written line.
        text: the reading by ink alone.
        family: family name of another person on the page; may be empty.
    """
    strings = dict.fromkeys(_with_lookalikes(text))
    if family:
        strings |= dict.fromkeys(
            family + other[len(family) :] for other in strings if len(other) > len(family)
        )
    most = _FAMILY_KNOWN + _GIVEN_KNOWN + _SAME_FAMILY
    ink = _ink_odds(line, text, NAME)
    found = [
        Suggestion((string,), ink(string), _known_name_odds(string, family) / most, most)
        for string in strings
    ]
    return sorted(found, key=lambda s: -s.score)


def _with_lookalikes(text: LineText) -> list[str]:
    """The decoded strings, and each with one character replaced by a lookalike (由 for 田)."""
    strings = [string for string, _ in text.alternatives]
    return strings + [
        string[:i] + other + string[i + 1 :]
        for string in strings[:_STRINGS_WITH_LOOKALIKES]
        for i, char in enumerate(string)
        for other in LOOKALIKES.get(char, {})
        if char not in KATAKANA or other not in KATAKANA
    ]


def _family_odds(family: str) -> float:
    """Log odds for a family name in the dictionary; one with 由 hardly ever is right where 田 is as likely."""
    if not name_readings.is_family(family):
        return 0.0
    return 0.0 if "由" in family and family not in _WORDS_WITH_YU else _FAMILY_KNOWN


def _known_name_odds(name: str, family: str) -> float:
    """Log odds for the best division of a name into a family and a given name."""
    text = "".join(name.split())
    best = 0.0
    for length in range(1, min(_LONGEST_FAMILY, len(text) - 1) + 1):
        head, rest = text[:length], text[length:]
        odds = _family_odds(head) + _GIVEN_KNOWN * name_readings.is_given(rest)
        best = max(best, odds + _SAME_FAMILY * (head == family))
    return best


_KATAKANA_RUN = re.compile("[ァ-ヺー]{3,}")
_CONFUSED = {
    one: "".join(sorted({other for pair in CONFUSABLE if one in pair for other in pair} - {one}))
    for one in KATAKANA
}
_WORD_KNOWN = 4.0
"""Log odds for a run of katakana that the dictionary can divide into words."""
_BUILDING_KNOWN = 3.5
"""Log odds for a run of katakana in an address that contains a word used in names of buildings."""
_BUILDINGS = re.compile(
    "マンション|アパート|コーポ|ハイツ|ハイム|メゾン|パーク|ヴィラ|レジデンス|テラス|タワー|プラザ|コート|ガーデン|シャトー|ヒルズ"
    "|グランド|パレス|フラット|ビル|カーサ|ハウス|エステート|ステージ|シティ|ホームズ|ルーム|ロイヤル|サンライズ|グリーン"
)


def word_suggestions(line: FreeLine, text: LineText, content: str) -> list[Suggestion]:
    """Readings in which every run of katakana consists of words, best first, including the reading by ink alone.

    Args:
        line: the written line.
        text: the reading by ink alone.
        content: kind of content of the field.
    """
    strings = dict.fromkeys(string for string, _ in text.alternatives)
    for run in _KATAKANA_RUN.finditer(text.text):
        if not _is_made_of_words(run[0], content):
            strings |= dict.fromkeys(
                text.text[: run.start()] + other + text.text[run.end() :] for other in _respelled(run[0])
            )
    ink = _ink_odds(line, text, content)
    most = _WORD_KNOWN + (_BUILDING_KNOWN if content == ADDRESS else 0.0)
    found = [Suggestion((s,), ink(s), _odds_of_words(s, content) / most, most) for s in strings]
    return sorted(found, key=lambda s: -s.score)


def _is_made_of_words(run: str, content: str) -> bool:
    return name_readings.splits_into_words(run) and (content != ADDRESS or bool(_BUILDINGS.search(run)))


def _odds_of_words(text: str, content: str) -> float:
    """Log odds for the runs of katakana in a text."""
    runs = _KATAKANA_RUN.findall(text)
    if not runs:
        return 0.0
    known = _WORD_KNOWN * sum(name_readings.splits_into_words(run) for run in runs) / len(runs)
    return known + (_BUILDING_KNOWN if content == ADDRESS and any(map(_BUILDINGS.search, runs)) else 0.0)


def _respelled(run: str) -> list[str]:
    """The run with one or two characters replaced by lookalikes, where the result consists of words."""
    once = [run[:i] + other + run[i + 1 :] for i, char in enumerate(run) for other in _CONFUSED.get(char, "")]
    found = [other for other in once if name_readings.splits_into_words(other)]
    if found:
        return found
    twice = (
        o[:i] + c + o[i + 1 :] for o in once for i, char in enumerate(o) for c in _CONFUSED.get(char, "")
    )
    return list(itertools.islice((o for o in twice if name_readings.splits_into_words(o)), 6))


def only_words(text: str, content: str) -> bool:
    """Whether every run of katakana in a text consists of words; in an address, of words used in names of buildings."""
    return all(_is_made_of_words(run, content) for run in _KATAKANA_RUN.findall(text))


def _dictionary_spellings(line: FreeLine, text: str, kana: str) -> list[str]:
    """The dictionary's spellings of the furigana whose characters have the highest probability on the line."""
    parts = to_kana(kana).split()
    if len(parts) != 2:
        return []
    peaks = _highest_probabilities(line)
    space = " " if " " in text else ("　" if "　" in text else "")
    families = _most_probable(name_readings.surfaces(parts[0], family=True), peaks)
    givens = _most_probable(name_readings.surfaces(parts[1], family=False), peaks)
    pairs = [(f + space + g, p + q) for f, p in families for g, q in givens]
    pairs.sort(key=lambda pair: -pair[1])
    return [string for string, _ in pairs[:_SHORTLIST]]


def _highest_probabilities(line: FreeLine) -> dict[str, float]:
    """For each character of the line its highest probability at any step, log scale."""
    highest = np.max([view.max(axis=0) for view in line.views], axis=0)
    return {char: float(np.log(highest[i])) for char, i in line.index().items()}


def _most_probable(words: Iterable[str], peaks: dict[str, float], keep: int = 8) -> list[tuple[str, float]]:
    scored = [(word, sum(peaks[c] for c in word)) for word in words if all(c in peaks for c in word)]
    return sorted(scored, key=lambda pair: -pair[1])[:keep]
