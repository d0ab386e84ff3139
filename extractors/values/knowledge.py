"""What postal data and a name dictionary make likely, as further candidates for free writing.

Knowledge is evidence, never a silent overwrite: a candidate must still be in the ink, weighed by the line
reader's own probabilities; when it tips the balance, the reading says so and keeps what the ink alone says.
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
from extractors.recognition.free_lines import FreeLine, LineText, log_of
from templates_forms import name_readings, postal
from templates_forms.values import to_kana

_TIPS = 6.0
"""Log odds that a name's furigana may add: what it likes best may be e^6 less likely by ink alone."""
_TOWN_TIPS = 14.0
"""The same for an address: hardly anything but the towns of its postal code can stand at its head."""
_FAMILY_KNOWN, _GIVEN_KNOWN, _SAME_FAMILY = 3.0, 2.5, 2.5
"""Log odds for a family name and a given name that exist, and for the family name of another person on the page."""
_LONGEST_FAMILY = 4
_SHORTLIST = 24
_FEW = 3
_WITH_YU = frozenset({"由良", "由井", "由利", "由比", "由布", "由木", "由本", "由上", "自由"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that knowledge supports.

    Attributes:
        lines: its text, line by line.
        ink: log probability of its ink relative to the ink's own best, at most about 0.
        fit: agreement with the knowledge, 0 to 1.
        tips: log odds that a full agreement is worth.
    """

    lines: tuple[str, ...]
    ink: float
    fit: float
    tips: float = _TIPS

    @property
    def score(self) -> float:
        """Ink and knowledge together, log scale."""
        return self.ink + self.tips * self.fit


def address(lines: Sequence[FreeLine], texts: Sequence[LineText], code: str) -> list[Suggestion]:
    """Readings of an address that begin as the towns of its postal code do, best first.

    Args:
        lines: the written lines.
        texts: what the ink says of each.
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
    ink = _ink(lines[0], texts[0], ADDRESS)
    grafts = dict.fromkeys([own, *(graft for head in heads if (graft := _grafted(head, own)) is not None)])
    found = [
        Suggestion(
            (first, *rest), ink(first), postal.agreement(code, first + "".join(rest)) or 0.0, _TOWN_TIPS
        )
        for first in grafts
    ]
    return sorted(found, key=lambda s: -s.score)


def _grafted(head: str, text: str) -> str | None:
    """``head`` in place of the part of ``text`` that is most like it; None when nothing is."""
    best, cut = 0.0, 0
    for end in range(max(1, len(head) - 2), min(len(text), len(head) + 2) + 1):
        likeness = SequenceMatcher(None, head, text[:end]).ratio()
        if likeness > best:
            best, cut = likeness, end
    return head + text[cut:] if best >= 0.6 else None


def name(line: FreeLine, text: LineText, kana: str) -> list[Suggestion]:
    """Readings of a name that its furigana supports, best first: the reader's own, and the dictionary's.

    Args:
        line: the written line.
        text: what the ink says.
        kana: the furigana, with a space between family and given name if it has one.
    """
    strings = [*_with_lookalikes(text), *_spelled(line, text.text, kana)]
    ink = _ink(line, text, NAME)
    found = [
        Suggestion((string,), ink(string), name_readings.agreement(string, kana) or 0.0)
        for string in dict.fromkeys(strings)
    ]
    return sorted(found, key=lambda s: -s.score)


def _ink(line: FreeLine, text: LineText, content: str) -> Callable[[str], float]:
    """Log odds of a string against the ink's best: as decoded, or scored anew if it was not among the n best."""
    decoded = dict(text.alternatives)
    best = decoded.get(text.text, 1.0)
    base = log_of(line, text.text) + log_prior(content, text.text)

    def odds(string: str) -> float:
        as_decoded = math.log(decoded[string] / best) if decoded.get(string, 0.0) > 0 else -math.inf
        if as_decoded > -math.inf and not any(char in LOOKALIKES for char in string):
            return as_decoded
        return max(as_decoded, log_of(line, string) + log_prior(content, string) - base)

    return odds


def family_of(name: str) -> str:
    """The family name with which a name begins: before its space, else the longest that leaves a given name."""
    parts = name.split()
    if len(parts) == 2:
        return parts[0]
    text = "".join(parts)
    for length in range(min(_LONGEST_FAMILY, len(text) - 1), 0, -1):
        if name_readings.is_family(text[:length]) and name_readings.is_given(text[length:]):
            return text[:length]
    return ""


def plain_name(line: FreeLine, text: LineText, family: str) -> list[Suggestion]:
    """Readings of a name without furigana, best first: names that exist, and the family name of the page.

    Args:
        line: the written line.
        text: what the ink says.
        family: family name of another person on the page; may be empty.
    """
    strings = dict.fromkeys(_with_lookalikes(text))
    if family:
        strings |= dict.fromkeys(
            family + other[len(family) :] for other in strings if len(other) > len(family)
        )
    most = _FAMILY_KNOWN + _GIVEN_KNOWN + _SAME_FAMILY
    ink = _ink(line, text, NAME)
    found = [Suggestion((string,), ink(string), _existing(string, family) / most, most) for string in strings]
    return sorted(found, key=lambda s: -s.score)


def _with_lookalikes(text: LineText) -> list[str]:
    """What was decoded, and each with one character exchanged for one that hands write alike (由 for 田)."""
    strings = [string for string, _ in text.alternatives]
    return strings + [
        string[:i] + other + string[i + 1 :]
        for string in strings[:_FEW]
        for i, char in enumerate(string)
        for other in LOOKALIKES.get(char, {})
        if char not in KATAKANA or other not in KATAKANA
    ]


def _family_odds(family: str) -> float:
    """Log odds for a family name that the dictionary has; one with 由 is hardly ever meant where 田 is as likely."""
    if not name_readings.is_family(family):
        return 0.0
    return 0.0 if "由" in family and family not in _WITH_YU else _FAMILY_KNOWN


def _existing(name: str, family: str) -> float:
    """Log odds for the best way to part a name into a family and a given name."""
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
"""Log odds for a run of katakana that the dictionary can part into words."""
_BUILDING_KNOWN = 3.5
"""Log odds for a run of katakana in an address that has a word for a building in it."""
_BUILDINGS = re.compile(
    "マンション|アパート|コーポ|ハイツ|ハイム|メゾン|パーク|ヴィラ|レジデンス|テラス|タワー|プラザ|コート|ガーデン|シャトー|ヒルズ"
    "|グランド|パレス|フラット|ビル|カーサ|ハウス|エステート|ステージ|シティ|ホームズ|ルーム|ロイヤル|サンライズ|グリーン"
)


def words(line: FreeLine, text: LineText, content: str) -> list[Suggestion]:
    """Readings in which every run of katakana is made of words, best first; the ink's own text is one of them.

    Args:
        line: the written line.
        text: what the ink says.
        content: what the field holds.
    """
    strings = dict.fromkeys(string for string, _ in text.alternatives)
    for run in _KATAKANA_RUN.finditer(text.text):
        if not _right(run[0], content):
            strings |= dict.fromkeys(
                text.text[: run.start()] + other + text.text[run.end() :] for other in _respelled(run[0])
            )
    ink = _ink(line, text, content)
    most = _WORD_KNOWN + (_BUILDING_KNOWN if content == ADDRESS else 0.0)
    found = [Suggestion((s,), ink(s), _odds_of_words(s, content) / most, most) for s in strings]
    return sorted(found, key=lambda s: -s.score)


def _right(run: str, content: str) -> bool:
    return name_readings.splits_into_words(run) and (content != ADDRESS or bool(_BUILDINGS.search(run)))


def _odds_of_words(text: str, content: str) -> float:
    """Log odds that a text's runs of katakana are worth."""
    runs = _KATAKANA_RUN.findall(text)
    if not runs:
        return 0.0
    known = _WORD_KNOWN * sum(name_readings.splits_into_words(run) for run in runs) / len(runs)
    return known + (_BUILDING_KNOWN if content == ADDRESS and any(map(_BUILDINGS.search, runs)) else 0.0)


def _respelled(run: str) -> list[str]:
    """The run with one or two characters exchanged for ones that look like them, where that makes words of it."""
    once = [run[:i] + other + run[i + 1 :] for i, char in enumerate(run) for other in _CONFUSED.get(char, "")]
    found = [other for other in once if name_readings.splits_into_words(other)]
    if found:
        return found
    twice = (
        o[:i] + c + o[i + 1 :] for o in once for i, char in enumerate(o) for c in _CONFUSED.get(char, "")
    )
    return list(itertools.islice((o for o in twice if name_readings.splits_into_words(o)), 6))


def in_words(text: str, content: str) -> bool:
    """Whether every run of katakana in a text is made of words; in an address, of such as buildings have."""
    return all(_right(run, content) for run in _KATAKANA_RUN.findall(text))


def _spelled(line: FreeLine, text: str, kana: str) -> list[str]:
    """The dictionary's spellings of the furigana whose characters are most in sight on the line."""
    parts = to_kana(kana).split()
    if len(parts) != 2:
        return []
    peaks = _peaks(line)
    space = " " if " " in text else ("　" if "　" in text else "")
    families = _in_sight(name_readings.surfaces(parts[0], family=True), peaks)
    givens = _in_sight(name_readings.surfaces(parts[1], family=False), peaks)
    pairs = [(f + space + g, p + q) for f, p in families for g, q in givens]
    pairs.sort(key=lambda pair: -pair[1])
    return [string for string, _ in pairs[:_SHORTLIST]]


def _peaks(line: FreeLine) -> dict[str, float]:
    """For each character in sight its highest probability at any step, log scale."""
    highest = np.max([view.max(axis=0) for view in line.views], axis=0)
    return {char: float(np.log(highest[i])) for char, i in line.index().items()}


def _in_sight(words: Iterable[str], peaks: dict[str, float], keep: int = 8) -> list[tuple[str, float]]:
    scored = [(word, sum(peaks[c] for c in word)) for word in words if all(c in peaks for c in word)]
    return sorted(scored, key=lambda pair: -pair[1])[:keep]
