"""What postal data and a name dictionary make likely, as further candidates for free writing.

Knowledge is evidence, never a silent overwrite: a candidate must still be in the ink, weighed by the line
reader's own probabilities; when it tips the balance, the reading says so and keeps what the ink alone says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from extractors.free_lines import FreeLine, log_of
from templates_forms import name_readings, postal
from templates_forms.values import to_kana

_TIPS = 6.0
"""Log odds that a name's furigana may add: what it likes best may be e^6 less likely by ink alone."""
_TOWN_TIPS = 14.0
"""The same for an address: hardly anything but the towns of its postal code can stand at its head."""
_FAMILY_KNOWN, _GIVEN_KNOWN, _SAME_FAMILY = 2.0, 2.0, 2.5
"""Log odds for a family name and a given name that exist, and for the family name of another person on the page."""
_LONGEST_FAMILY = 4
_SHORTLIST = 24


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


def address(lines: Sequence[FreeLine], texts: Sequence[str], code: str) -> list[Suggestion]:
    """Readings of an address that begin as the towns of its postal code do, best first.

    Args:
        lines: the written lines.
        texts: the ink's best text of each.
        code: seven digits.
    """
    if not lines or not postal.towns(code):
        return []
    base = log_of(lines[0], texts[0])
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
    found = []
    for head in heads:
        first = _grafted(head, texts[0])
        if first is None:
            continue
        fit = postal.agreement(code, first + "".join(texts[1:])) or 0.0
        ink = log_of(lines[0], first) - base
        if math.isfinite(ink):
            found.append(Suggestion((first, *texts[1:]), ink, fit, _TOWN_TIPS))
    return sorted(found, key=lambda s: -s.score)


def _grafted(head: str, text: str) -> str | None:
    """``head`` in place of the part of ``text`` that is most like it; None when nothing is."""
    best, cut = 0.0, 0
    for end in range(max(1, len(head) - 2), min(len(text), len(head) + 2) + 1):
        likeness = SequenceMatcher(None, head, text[:end]).ratio()
        if likeness > best:
            best, cut = likeness, end
    return head + text[cut:] if best >= 0.6 else None


def name(line: FreeLine, text: str, alternatives: Iterable[str], kana: str) -> list[Suggestion]:
    """Readings of a name that its furigana supports, best first: the reader's own, and the dictionary's.

    Args:
        line: the written line.
        text: the ink's best text.
        alternatives: the reader's n best.
        kana: the furigana, with a space between family and given name if it has one.
    """
    base = log_of(line, text)
    strings = dict.fromkeys([text, *alternatives, *_spelled(line, text, kana)])
    found = []
    for string in strings:
        ink = log_of(line, string) - base
        if math.isfinite(ink):
            found.append(Suggestion((string,), ink, name_readings.agreement(string, kana) or 0.0))
    return sorted(found, key=lambda s: -s.score)


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


def plain_name(line: FreeLine, text: str, alternatives: Iterable[str], family: str) -> list[Suggestion]:
    """Readings of a name without furigana, best first: names that exist, and the family name of the page.

    Args:
        line: the written line.
        text: the ink's best text.
        alternatives: the reader's n best.
        family: family name of another person on the page; may be empty.
    """
    base = log_of(line, text)
    strings = dict.fromkeys([text, *alternatives])
    if family:
        strings |= dict.fromkeys(
            family + other[len(family) :] for other in strings if len(other) > len(family)
        )
    most = _FAMILY_KNOWN + _GIVEN_KNOWN + _SAME_FAMILY
    found = [
        Suggestion((string,), log_of(line, string) - base, _existing(string, family) / most, most)
        for string in strings
    ]
    return sorted(found, key=lambda s: -s.score)


def _existing(name: str, family: str) -> float:
    """Log odds for the best way to part a name into a family and a given name."""
    text = "".join(name.split())
    best = 0.0
    for length in range(1, min(_LONGEST_FAMILY, len(text) - 1) + 1):
        head, rest = text[:length], text[length:]
        odds = _FAMILY_KNOWN * name_readings.is_family(head) + _GIVEN_KNOWN * name_readings.is_given(rest)
        best = max(best, odds + _SAME_FAMILY * (head == family))
    return best


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
