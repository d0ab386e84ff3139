"""The glyph reader's classes and the groups of classes that a field of each type allows."""

from __future__ import annotations

NOT_A_CHARACTER = ""
"""Class of everything that is not a character: dust, frame pieces, scribbles, a neighbour's ink."""

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KATAKANA = "".join(chr(code) for code in range(0x30A1, 0x30F7)) + "ー"
HIRAGANA = "".join(chr(code) for code in range(0x3041, 0x3094))
MARKS = "－・（）〒¥./"
ALPHABET: tuple[str, ...] = (*DIGITS, *KATAKANA, *HIRAGANA, *CAPITALS, *MARKS, NOT_A_CHARACTER)

GROUPS: dict[str, str] = {
    "digits": DIGITS,
    "katakana": KATAKANA,
    "hiragana": HIRAGANA,
    "capitals": CAPITALS,
    "marks": MARKS,
}
"""The alphabets under which accuracy is measured and trained; a field's alphabet is a union of these."""

SMALL: dict[str, str] = dict(
    zip(
        "ァィゥェォヵヶッャュョヮぁぃぅぇぉっゃゅょゎ",
        "アイウエオカケツヤユヨワあいうえおつやゆよわ",
        strict=True,
    )
)
"""Small kana to the large one: they differ in size and position in the box, not in shape."""

BASE_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
"""The 46 katakana in collections of single characters."""

_RARE = "ヮヰヱヵヶゎゐゑ"


def group_of(character: str) -> str:
    """Name of the group that a character (not NOTHING) belongs to."""
    return next(name for name, members in GROUPS.items() if character in members)


def training_weights() -> dict[str, float]:
    """How often each class is drawn, summing to 1: classes that forms contain most, and difficult ones, more often."""
    weights: dict[str, float] = {}
    for character in ALPHABET:
        if character == NOT_A_CHARACTER:
            weights[character] = 12.0
        elif character in DIGITS:
            weights[character] = 4.5
        elif character in BASE_KATAKANA:
            weights[character] = 2.2
        elif character in _RARE:
            weights[character] = 0.3
        elif character in KATAKANA:
            weights[character] = 0.8
        elif character in SMALL or character in MARKS:
            weights[character] = 0.6
        elif character in CAPITALS:
            weights[character] = 1.0
        else:
            weights[character] = 0.65
    total = sum(weights.values())
    return {character: weight / total for character, weight in weights.items()}
