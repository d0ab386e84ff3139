"""The characters that a field of each type can hold, and their classes in a recogniser's alphabet."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import jaconv
import numpy as np
from numpy.typing import NDArray

from templates_forms.model import FieldType

DIGITS = "0123456789"
KATAKANA = "".join(chr(code) for code in range(0x30A1, 0x30F5)) + "ヵヶヴー"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIRST_YEAR = "元"

# Characters that may be written or printed in the boxes of a type but are not part of its value.
_SEPARATORS = {
    FieldType.PHONE: "-()",
    FieldType.POSTAL_CODE: "-〒",
    FieldType.AMOUNT: "¥,円",
    FieldType.DIGITS: "-",
    FieldType.ACCOUNT_NUMBER: "-",
}
# The recogniser has several classes for one pen stroke (full width, kanji, Latin). In a field that allows only one of
# them, their probabilities are added.
_ALIASES: dict[str, str] = {
    "ー": "ー一-—―－‐丨|",
    "-": "-－ー—―‐一",
    "ニ": "ニ二",
    "ミ": "ミ三",
    "ハ": "ハ八",
    "ロ": "ロ口囗",
    "カ": "カ力",
    "タ": "タ夕",
    "エ": "エ工",
    "ト": "ト卜",
    "ヘ": "ヘへ",
    "ベ": "ベべ",
    "ペ": "ペぺ",
    "リ": "リり",
    "チ": "チ千",
    "オ": "オ才",
    "ヒ": "ヒ匕",
    "ノ": "ノ丿",
    "メ": "メ乂",
    "イ": "イ亻",
    "0": "0０OoОＯ〇",
    "1": "1１lI|丨",
    "2": "2２Z",
    "5": "5５S",
    "7": "7７",
    "6": "6６",
    "8": "8８",
    "9": "9９",
    "3": "3３",
    "4": "4４",
    "¥": "¥￥",
    ",": ",，、",
    "(": "(（",
    ")": ")）",
}
# For the reason `confusable`, which is only a remark: it does not prevent a reading from being accepted.
CONFUSABLE: tuple[frozenset[str], ...] = tuple(
    frozenset(pair)
    for pair in (
        "17", "06", "08", "49", "38", "56", "27", "59", "14", "79", "35",
        "ソン", "シツ", "ーノ", "クワ", "コユ", "スヌ", "レル", "ウワ", "ウラ", "チテ", "ナメ", "ラヲ", "アマ",
        "ロコ", "ヤセ", "ノソ", "ニミ", "ケク", "タク", "オホ", "サセ", "ヨコ", "ツッ", "ヤャ", "ユュ", "ヨョ",
        "アァ", "イィ", "エェ", "オォ", "バパ", "ビピ", "ブプ", "ベペ", "ボポ", "ハバ", "ヒビ", "フブ", "ヘベ",
        "カガ", "キギ", "クグ", "ケゲ", "コゴ", "サザ", "シジ", "スズ", "セゼ", "ソゾ", "タダ", "チヂ", "ツヅ",
        "テデ", "トド", "ソリ", "ンシ", "フワ", "フヲ", "メノ", "ルレ", "ヒセ", "テラ", "ウフ", "OD", "OQ",
        "UV", "IL", "PR", "BR", "EF", "MN", "KX", "GC", "VY",
    )
)  # fmt: skip
# Pairs that differ in size or hardly at all (ツッ, 由田) cost 1.0; pairs that differ in a dakuten cost 1.5.
_LOOKALIKE_COSTS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (
        1.0,
        (
            "ツッ",
            "ヤャ",
            "ユュ",
            "ヨョ",
            "アァ",
            "イィ",
            "エェ",
            "オォ",
            "由田",
            "干千",
            "ロ口",
            "八い",
            "ハい",
        ),
    ),
    (
        1.5,
        (
            "バパ",
            "ビピ",
            "ブプ",
            "ベペ",
            "ボポ",
            "ソゾ",
            "カガ",
            "キギ",
            "クグ",
            "ケゲ",
            "コゴ",
            "サザ",
            "シジ",
        ),
    ),
    (1.5, ("スズ", "セゼ", "タダ", "チヂ", "ツヅ", "テデ", "トド", "ハバ", "ヒビ", "フブ", "ヘベ", "ホボ")),
)
"""Cost in log odds of replacing a character by its lookalike, even where the line recogniser is certain.

The recogniser was trained on print, where the two differ clearly; in handwriting they often do not.
"""
LOOKALIKES: dict[str, dict[str, float]] = {}
for _cost, _pairs in _LOOKALIKE_COSTS:
    for _pair in _pairs:
        LOOKALIKES.setdefault(_pair[0], {})[_pair[1]] = _cost
        LOOKALIKES.setdefault(_pair[1], {})[_pair[0]] = _cost
# Pairs come from family and place names. A variant is a different legal spelling, so a reading with one is never
# corrected, only marked with the reason `variant_character`.
VARIANTS: dict[str, str] = {
    "高": "髙",
    "崎": "﨑",
    "辺": "邊邉",
    "邊": "邉辺",
    "邉": "邊辺",
    "斉": "齊齋斎",
    "斎": "齋齊斉",
    "齋": "齊斎斉",
    "齊": "齋斎斉",
    "浜": "濱濵",
    "濱": "浜濵",
    "沢": "澤",
    "広": "廣",
    "国": "國",
    "吉": "𠮷",
    "桜": "櫻",
    "徳": "德",
    "瀬": "瀨",
    "真": "眞",
    "恵": "惠",
    "島": "嶋嶌",
    "嶋": "島嶌",
    "富": "冨",
    "冨": "富",
    "峰": "峯",
    "峯": "峰",
    "柳": "栁",
    "橋": "槗",
    "都": "都",
    "塚": "塚",
    "館": "舘",
    "関": "關",
    "竜": "龍",
    "滝": "瀧",
    "鉄": "鐵",
    "円": "圓",
    "実": "實",
    "静": "靜",
    "寿": "壽",
    "栄": "榮",
    "亀": "龜",
    "薮": "藪",
    "梅": "楳",
    "草": "艸",
}


_KNOWN_VARIANTS = frozenset("".join(VARIANTS.values()))


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The characters that a field allows.

    Attributes:
        characters: one string per class, without the blank.
        skipped: characters that may be written but are not part of the value (hyphens, ¥).
    """

    characters: tuple[str, ...]
    skipped: frozenset[str] = field(default=frozenset())

    def index(self) -> dict[str, int]:
        """Class index by character."""
        return {char: place for place, char in enumerate(self.characters)}


@lru_cache(maxsize=64)
def for_type(kind: FieldType, in_cells: bool, *, first_year: bool = False) -> Alphabet | None:
    """Returns the alphabet of a field type; None for free text, which allows all Japanese characters.

    Args:
        kind: the field type.
        in_cells: true for boxes, whose separators are printed between them; only free writing contains separators.
        first_year: true for a year of an era, which may be written 元.
    """
    if kind is FieldType.KANA:
        return Alphabet(tuple(KATAKANA))
    if kind is FieldType.LATIN:
        return Alphabet(tuple(CAPITALS + DIGITS + ".-"))
    if kind is FieldType.DATE:
        return Alphabet(tuple(DIGITS + (FIRST_YEAR if first_year else "")))
    if kind is FieldType.AMOUNT:
        extra = "¥" if in_cells else _SEPARATORS[kind]
        return Alphabet(tuple(DIGITS + extra), frozenset(extra))
    if kind in _SEPARATORS or kind is FieldType.MY_NUMBER:
        extra = "" if in_cells else _SEPARATORS.get(kind, "")
        return Alphabet(tuple(DIGITS + extra), frozenset(extra))
    return None


@lru_cache(maxsize=8)
def in_hiragana(alphabet: Alphabet) -> Alphabet:
    """Returns the same sounds in hiragana, class by class: some people fill in furigana boxes with hiragana."""
    return Alphabet(tuple(jaconv.kata2hira(char) for char in alphabet.characters), alphabet.skipped)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The classes of a recogniser that correspond to an alphabet.

    Attributes:
        class_indexes: class indexes to request from the recogniser; index 0 is its blank.
        character_indexes: for each requested class after the blank, the index of its character in the alphabet.
        size: number of characters in the alphabet.
    """

    class_indexes: NDArray[np.intp]
    character_indexes: NDArray[np.intp]
    size: int

    def merge(self, part: NDArray[np.float32]) -> NDArray[np.float64]:
        """Adds up the classes of each character: float [steps, requested] → [steps, 1 + size].

        The blank is first; rows sum to 1.
        """
        out = np.zeros((part.shape[0], 1 + self.size))
        out[:, 0] = part[:, 0]
        np.add.at(out.T, 1 + self.character_indexes, part[:, 1:].T)
        out += 1e-9
        return np.asarray(out / out.sum(axis=1, keepdims=True))


def columns(alphabet: Alphabet, classes: Sequence[str]) -> Columns:
    """Finds an alphabet, with the aliases of its characters, among the recogniser's classes (blank at 0)."""
    # Reversed, so that the first of two classes with the same character wins.
    place = {char: i for i, char in reversed(list(enumerate(classes))) if i}
    wanted = set(alphabet.characters)
    class_indexes, character_indexes = [0], []
    for index, char in enumerate(alphabet.characters):
        names = dict.fromkeys([char, *_ALIASES.get(char, "")])
        for name in names:
            taken_by_other = name != char and name in wanted
            if name in place and not taken_by_other:
                class_indexes.append(place[name])
                character_indexes.append(index)
    return Columns(
        np.array(class_indexes, np.intp), np.array(character_indexes, np.intp), len(alphabet.characters)
    )


@lru_cache(maxsize=4)
def text_classes(classes: tuple[str, ...]) -> NDArray[np.intp]:
    """Class indexes that can occur in Japanese free writing: kana, kanji, digits, letters, common marks."""
    keep = [i for i, char in enumerate(classes) if i and _is_japanese(char)]
    return np.array([0, *keep], np.intp)


@lru_cache(maxsize=4)
def text_characters(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The characters of ``text_classes`` after the blank."""
    return tuple(classes[k] for k in text_classes(classes)[1:])


_MARKS = "-－ー・、，（）()「」〒々〆ヶヵ〇/& 　"


_FORM_WEIGHTS: dict[str, float] = {
    "髙": 100.0,
    "邉": 60.0,
    "惠": 0.01,
    "靜": 0.02,
    "黑": 0.01,
    "莊": 0.02,
    "增": 0.002,
    "穗": 0.03,
}
"""Factors that correct the recogniser's bias between two forms of one character.

It has seen few 髙 and 邉, and far more Chinese 惠 and 黑 than Japanese 恵 and 黒. The probabilities that it returns for
the rarer form on handwriting of the one and of the other are far apart; the factor lies between them. See
``tests/extractors/test_extractors_free_grammar.py`` and docs/reading.md.
"""


@lru_cache(maxsize=20_000)
def prior_weight(char: str) -> float:
    """Prior weight of a character in Japanese free writing, 1 for common ones.

    The recogniser also knows Chinese forms (黑 for 黒, 區 for 区). Variants used in names keep a higher weight.
    """
    if char in _FORM_WEIGHTS:
        return _FORM_WEIGHTS[char]
    if char in _KNOWN_VARIANTS:
        return 0.4
    if not _is_kanji(char):
        return 0.3 if char.isascii() and char.isalpha() else 1.0
    # Rows 16 to 47 of JIS X 0208 are level 1 (common kanji), rows from 48 level 2. Byte 0x8F starts JIS X 0212.
    try:
        row = char.encode("euc_jp")[0] - 0xA0
    except UnicodeEncodeError:
        return 0.05
    if char.encode("euc_jp")[0] == 0x8F:
        return 0.05
    return 1.0 if row < 48 else 0.25


def _is_japanese(char: str) -> bool:
    if char in _MARKS or (char.isascii() and char.isalnum()):
        return True
    if len(char) != 1:
        return False
    code = ord(char)
    if 0x3041 <= code <= 0x3094 or 0x30A1 <= code <= 0x30F6:
        return True
    return _is_kanji(char) and _in_japanese_sets(char)


def _is_kanji(char: str) -> bool:
    return unicodedata.name(char, "").startswith("CJK UNIFIED") or "豈" <= char <= "龎"


def _in_japanese_sets(char: str) -> bool:
    """Whether JIS X 0208 or an extension used for Japanese names (cp932, JIS X 0213) contains the character."""
    for codec in ("cp932", "euc_jis_2004"):
        try:
            char.encode(codec)
        except UnicodeEncodeError:
            continue
        return True
    return False


def confusable(left: str, right: str) -> bool:
    """Whether two characters are often confused in handwriting."""
    return frozenset((left, right)) in CONFUSABLE


def variants(char: str) -> tuple[str, ...]:
    """Other characters with which a name may legally be spelled; the recogniser may not know them."""
    found = set(VARIANTS.get(char, ""))
    found |= {other for other, group in VARIANTS.items() if char in group}
    return tuple(sorted(found - {char}))
