"""Which characters a field of each type can hold, and where they stand in a reader's alphabet."""

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

# What else stands in the boxes of a type and is left out of its value.
_SEPARATORS = {
    FieldType.PHONE: "-()",
    FieldType.POSTAL_CODE: "-〒",
    FieldType.AMOUNT: "¥,円",
    FieldType.DIGITS: "-",
    FieldType.ACCOUNT_NUMBER: "-",
}
# Same stroke, several names in the recogniser's alphabet: their probability belongs together.
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
_PRICES: tuple[tuple[float, tuple[str, ...]], ...] = (
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
"""Log odds at which what the line reader is certain of may be its lookalike: it knows print, and hands are looser."""
LOOKALIKES: dict[str, dict[str, float]] = {}
for _price, _pairs in _PRICES:
    for _pair in _pairs:
        LOOKALIKES.setdefault(_pair[0], {})[_pair[1]] = _price
        LOOKALIKES.setdefault(_pair[1], {})[_pair[0]] = _price
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
        skipped: the ones that may be written but are no part of the value (hyphens, ¥).
    """

    characters: tuple[str, ...]
    skipped: frozenset[str] = field(default=frozenset())

    def index(self) -> dict[str, int]:
        """Class index by character."""
        return {char: place for place, char in enumerate(self.characters)}


@lru_cache(maxsize=64)
def for_type(kind: FieldType, in_cells: bool, *, first_year: bool = False) -> Alphabet | None:
    """The alphabet of a field type; None for free text, which takes whatever is Japanese writing.

    Args:
        kind: the field type.
        in_cells: separators are printed between boxes, so they are only looked for in free writing.
        first_year: a year of an era, which may be written 元.
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
    """The same sounds in hiragana, class by class: furigana boxes are sometimes filled in with it."""
    return Alphabet(tuple(jaconv.kata2hira(char) for char in alphabet.characters), alphabet.skipped)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Where an alphabet stands among a reader's classes.

    Attributes:
        take: class indexes to ask the reader for; index 0 is its blank.
        owner: for each taken column after the blank, the index of the alphabet's character it counts for.
        size: number of characters in the alphabet.
    """

    take: NDArray[np.intp]
    owner: NDArray[np.intp]
    size: int

    def merge(self, part: NDArray[np.float32]) -> NDArray[np.float64]:
        """float [steps, taken] as the reader gave it → [steps, 1 + size], blank first, rows summing to 1."""
        out = np.zeros((part.shape[0], 1 + self.size))
        out[:, 0] = part[:, 0]
        np.add.at(out.T, 1 + self.owner, part[:, 1:].T)
        out += 1e-9
        return np.asarray(out / out.sum(axis=1, keepdims=True))


def columns(alphabet: Alphabet, classes: Sequence[str]) -> Columns:
    """Finds an alphabet (and the same strokes under other names) among a reader's classes, blank at 0."""
    place = {char: i for i, char in reversed(list(enumerate(classes))) if i}
    wanted = set(alphabet.characters)
    take, owner = [0], []
    for index, char in enumerate(alphabet.characters):
        names = dict.fromkeys([char, *_ALIASES.get(char, "")])
        for name in names:
            taken_by_other = name != char and name in wanted
            if name in place and not taken_by_other:
                take.append(place[name])
                owner.append(index)
    return Columns(np.array(take, np.intp), np.array(owner, np.intp), len(alphabet.characters))


@lru_cache(maxsize=4)
def text_classes(classes: tuple[str, ...]) -> NDArray[np.intp]:
    """Class indexes that can stand in Japanese free writing: kana, kanji, digits, letters, usual marks."""
    keep = [i for i, char in enumerate(classes) if i and _is_japanese(char)]
    return np.array([0, *keep], np.intp)


@lru_cache(maxsize=4)
def text_characters(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The characters of ``text_classes`` after the blank."""
    return tuple(classes[k] for k in text_classes(classes)[1:])


_MARKS = "-－ー・、，（）()「」〒々〆ヶヵ〇/& 　"


_AS_WRITTEN_IN_JAPAN: dict[str, float] = {
    "髙": 100.0,
    "邉": 60.0,
    "惠": 0.01,
    "靜": 0.02,
    "黑": 0.01,
    "莊": 0.02,
    "增": 0.002,
    "穗": 0.03,
}
"""Where the recogniser leans too far to one of two forms: it has seen few 髙 and 邉, and far more Chinese 惠 and 黑
than 恵 and 黒. The odds at which it gives the rarer form on handwriting of the other are far apart: see
``tests/extractors/test_extractors_free_grammar.py`` and docs/reading.md."""


@lru_cache(maxsize=20_000)
def commonness(char: str) -> float:
    """How readily a character is expected in Japanese free writing, 1 for the usual ones.

    The recogniser knows Chinese forms too (黑 for 黒, 區 for 区); what names keep as variants stays likely.
    """
    if char in _AS_WRITTEN_IN_JAPAN:
        return _AS_WRITTEN_IN_JAPAN[char]
    if char in _KNOWN_VARIANTS:
        return 0.4
    if not _is_kanji(char):
        return 0.3 if char.isascii() and char.isalpha() else 1.0
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
    """JIS X 0208 and the extensions that Japanese names use (cp932 and JIS X 0213)."""
    for codec in ("cp932", "euc_jis_2004"):
        try:
            char.encode(codec)
        except UnicodeEncodeError:
            continue
        return True
    return False


def confusable(left: str, right: str) -> bool:
    """Whether two characters are commonly mistaken for each other in handwriting."""
    return frozenset((left, right)) in CONFUSABLE


def variants(char: str) -> tuple[str, ...]:
    """Other characters that a name may really be written with; the reader may not know them."""
    found = set(VARIANTS.get(char, ""))
    found |= {other for other, group in VARIANTS.items() if char in group}
    return tuple(sorted(found - {char}))
