"""Which characters usually follow each other in free writing (names, addresses), as odds for the decoder.

A recogniser trained on many languages reads the last character of ひまわり as the same stroke in katakana, and a 3
between two hyphens as 子. The odds state how usual a pair of neighbours is; they never forbid one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import log

from templates_forms.model import Field

NAME, ADDRESS, OTHER = "name", "address", "other"
_LABELS = {NAME: ("氏名", "名前", "世帯主"), ADDRESS: ("住所", "所在地", "居所")}
_NUMBERED = frozenset("丁番号地階棟室条線の之ノ町年組F")
_SELDOM = 0.1
_HARDLY = 0.02
_HIRAGANA_SHAPES = frozenset("へべぺり")
_KATAKANA_SHAPES = frozenset("ヘベペリ")
_KANJI_SHAPES = frozenset("一二八力口夕工卜千三才")
_KATAKANA_LIKE_KANJI = frozenset("ニハカロタエトチミオ")
"""Written with the same strokes as a character of another script; the neighbours determine which one it is."""
_HYPHENS_ARE_MISSED = 60.0
"""Factor for a hyphen between digits: the recogniser often misses one that touches them."""
_DOTS_ARE_MISSED = 15.0


def content_of(field: Field) -> str:
    """What a text field contains: as stated by the form, otherwise as implied by its label."""
    if field.content in (NAME, ADDRESS):
        return str(field.content)
    label = "".join(field.label.split())
    if field.content is None:
        for content, words in _LABELS.items():
            if any(word in label for word in words):
                return content
    return OTHER


def kind_of(char: str) -> str:
    """Returns digit, hyphen, hiragana, katakana, long (ー), kanji, latin, space or mark; empty for no character."""
    if not char:
        return ""
    if char.isascii() and char.isdigit():
        return "digit"
    if char in "-－":
        return "hyphen"
    if char == "ー":
        return "long"
    if "ぁ" <= char <= "ゖ":
        return "hiragana"
    if "ァ" <= char <= "ヺ":
        return "katakana"
    if char.isspace():
        return "space"
    if char.isascii() and char.isalpha():
        return "latin"
    return "kanji" if "㐀" <= char <= "鿿" or "豈" <= char <= "龎" or char in "々〆𠮷" else "mark"


@lru_cache(maxsize=100_000)
def pair_odds(content: str | None, before: str, char: str) -> float:
    """Odds of a character after another one; 1 is neutral.

    Args:
        content: ``name``, ``address`` or ``other``; None for writing with unknown content (numbers).
        before: the preceding character, empty at the start.
        char: the character.
    """
    if content is None:
        return 1.0
    if content == NAME:
        return _in_name(before, char)
    if content == ADDRESS:
        return _in_address(before, char)
    return _script(before, char)


def _script(before: str, char: str) -> float:
    last, now = kind_of(before), kind_of(char)
    same_shape = {
        "katakana": char in _KATAKANA_SHAPES,
        "hiragana": char in _HIRAGANA_SHAPES,
        "kanji": char in _KANJI_SHAPES,
    }
    if same_shape.get(now) and last != now and last in ("katakana", "hiragana", "long"):
        return _SELDOM
    if char in _KATAKANA_LIKE_KANJI and last in ("kanji", ""):
        return _SELDOM
    if char == "・":
        return _DOTS_ARE_MISSED
    before = last
    if now == "long":
        return 1.0 if before in ("katakana", "long") else _SELDOM
    if now == "katakana" and before == "hiragana":
        return 0.3
    if now == "hyphen" and before != "digit":
        return _SELDOM
    return 1.0


def _in_name(before: str, char: str) -> float:
    last, now = kind_of(before), kind_of(char)
    if now in ("digit", "latin", "mark", "hyphen"):
        return _HARDLY
    if now == "katakana" and last in ("kanji", "hiragana"):
        return 0.3  # some people write a given name in katakana after a family name in kanji without a gap
    return _script(before, char)


def _in_address(before: str, char: str) -> float:
    last, now = kind_of(before), kind_of(char)
    if now == "mark":
        return _SELDOM
    if now == "latin":
        return 0.5 if last == "latin" else _SELDOM
    if now == "hyphen":
        return _HYPHENS_ARE_MISSED if last == "digit" else _HARDLY
    if last == "digit":
        return _after_digit(char, now)
    if last == "hyphen":
        return 1.0 if now == "digit" else _HARDLY
    # After 丁 an address continues with 目 (丁目).
    if before == "丁":
        return 1.0 if char == "目" else _HARDLY
    return _script(before, char)


def _after_digit(char: str, now: str) -> float:
    if now == "digit" or char in _NUMBERED:
        return 1.0
    if char == "目":
        return _HARDLY
    return {"katakana": 0.7, "hiragana": 0.3, "kanji": 0.3, "long": _HARDLY}.get(now, _SELDOM)


def log_prior(content: str | None, text: str) -> float:
    """Log odds of a whole text: the sum over its pairs of neighbours."""
    return sum(log(pair_odds(content, before, char)) for before, char in zip(("", *text), text, strict=False))


def pair_odds_by_class(content: str | None, characters: Sequence[str]) -> Callable[[int, int], float]:
    """The pair odds by class index (from 1; 0 before the first), as the beam search needs them."""
    return lambda before, now: pair_odds(
        content, characters[before - 1] if before else "", characters[now - 1]
    )
