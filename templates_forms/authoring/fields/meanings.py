"""Looks up what a printed label means."""

from __future__ import annotations

import re
from functools import cache

from templates_forms.authoring.fields.vocabulary import MEANINGS, OFFICE, PEOPLE, Meaning
from templates_forms.authoring.print.words import plain
from templates_forms.model import FieldType

# Numbering (１．, ア), marks (※ ★) and 必須 / 任意 do not change what a label means.
_TRIM = re.compile(r"^[0-9①-⑳ア-オ]{1,2}[.．、)）]|[：:*＊※●◎★☆■◆○・\s]+|必須|任意|【】|\[\]|\(\)")
_BRACKETS = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]")
_KANA = re.compile(r"フリガナ|ふりがな|カタカナ|カナ|ヨミ|よみがな|読み")


@cache
def _words() -> tuple[tuple[str, Meaning], ...]:
    pairs = [(plain(word), meaning) for meaning in MEANINGS for word in meaning.words]
    return tuple(sorted(pairs, key=lambda p: -len(p[0])))


def label_core(text: str) -> str:
    """Return a label without numbers, marks and text in brackets."""
    return _BRACKETS.sub("", _TRIM.sub("", plain(text))) or _TRIM.sub("", plain(text))


def meaning_of(text: str) -> Meaning | None:
    """Return the meaning of the longest known word in a label, the last of equally long ones; None without one."""
    label = label_core(text)
    best: tuple[int, int, Meaning] | None = None
    for word, meaning in _words():
        place = label.rfind(word)
        # A single character (印, 〒) means something only at the end of a label.
        if place < 0 or (len(word) == 1 and not label.endswith(word)):
            continue
        # The head of a Japanese noun phrase is at its end: 児童の氏名 is a name, 氏名の変更理由 a reason.
        at_end = place + len(word) == len(label)
        rank = (len(word) + (2 if at_end else 0), place)
        if best is None or rank > best[:2]:
            best = (*rank, meaning)
    found = best[2] if best else None
    if (
        found is not None
        and found.type is FieldType.TEXT
        and _KANA.search(plain(text))
        and found.content == "name"
    ):
        return next(m for m in MEANINGS if m.type is FieldType.KANA)
    return found


def is_label_word(text: str) -> bool:
    """Whether a word is exactly a known label, as 氏名 or 電話番号, with almost nothing else beside it."""
    label = label_core(text)
    if not 1 < len(label) <= 12:
        return False
    return any(
        label == word or (len(word) > 1 and label.endswith(word) and len(label) <= len(word) + 4)
        for word, _ in _words()
    )


_OPEN = frozenset(
    {
        "name",
        "kana",
        "address",
        "phone",
        "birth_date",
        "organisation",
        "representative",
        "fax",
        "email",
        "relation",
        "postal_code",
        "occupation",
        "employer",
        "facility",
        "school",
    }
)


def is_open_label(text: str) -> bool:
    """Whether the value of this label is written after it even where no box is printed."""
    meaning = meaning_of(text)
    return (
        meaning is not None and meaning.name in _OPEN and is_label_word(text) and not plain(text)[0].isdigit()
    )


def person_of(text: str) -> tuple[str, str] | None:
    """Return the person that a label names: name part and English words; None when it names nobody."""
    label = plain(text)
    for words, name, english in PEOPLE:
        if any(
            word in label if len(word) > 1 else label in (word, f"{word}の氏名", f"{word}氏名")
            for word in words
        ):
            return name, english
    return None


def is_office_use(text: str) -> bool:
    """Whether a text marks an area that the office fills in."""
    label = plain(text)
    return any(word in label for word in OFFICE)
