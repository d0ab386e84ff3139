"""Types values as a skilled person: real key events, Japanese through an input method.

Kana and kanji are typed in romaji: every letter is a key, a word with kanji takes Space to convert and Enter to commit,
a word of kana Enter alone. The keys go to the browser as its input method would send them (key code 229 with a
composition), so that a page sees and counts exactly what it would at a desk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import jaconv
from playwright.sync_api import CDPSession, Page
from sudachipy import dictionary, tokenizer

from templates_forms.model import Field, FieldType
from verification.views.item_view import short_date

JAPANESE = frozenset({FieldType.TEXT, FieldType.KANA})
NOT_KEYED = frozenset({FieldType.SEAL, FieldType.SIGNATURE})
CHOSEN = frozenset({FieldType.CHOICE, FieldType.MULTI_CHOICE, FieldType.CHECK})
_KANA = re.compile(r"[ぁ-んァ-ヶー]+")


@dataclass(frozen=True)
class Word:
    """What is typed in one go: `letters` on the keyboard, `text` on screen; `converted` when kanji were chosen."""

    letters: str
    text: str
    by_method: bool = False
    converted: bool = False

    @property
    def keys(self) -> int:
        return len(self.letters) + (1 if self.by_method else 0) + (1 if self.converted else 0)


def words(field: Field, value: str) -> list[Word]:
    """The value cut into what is typed in one go."""
    if field.type is FieldType.DATE:
        return [Word(short_date(value), short_date(value))]
    if field.type not in JAPANESE:
        return [Word(value, value)]
    return japanese(value)


def japanese(value: str) -> list[Word]:
    """Text with its readings from the dictionary; a space is one key."""
    found: list[Word] = []
    for part in re.split(r"(　| )", value):
        if part.strip():
            found += [_word(token) for token in _tokens().tokenize(part, tokenizer.Tokenizer.SplitMode.C)]
        elif part:
            found.append(Word(" ", part))
    return found


def keys(field: Field, value: str) -> int:
    """Key presses for the value alone, without moving on."""
    if field.type in CHOSEN:
        return len(value.split("|")) if value else 0
    return sum(word.keys for word in words(field, value)) if value else 0


def press(page: Page, cdp: CDPSession, typed: list[Word]) -> None:
    """Type the words with real key events."""
    for word in typed:
        if word.by_method:
            _compose(cdp, word)
            page.wait_for_timeout(20)  # nobody presses the next key faster after committing a word
        else:
            for letter in word.letters:
                page.keyboard.press("Space" if letter == " " else letter)


def _word(token: object) -> Word:
    surface, reading = token.surface(), token.reading_form()  # type: ignore[attr-defined]
    if surface.isascii():
        return Word(surface, surface)
    kana = surface if _KANA.fullmatch(surface) else reading
    letters = jaconv.kana2alphabet(jaconv.kata2hira(kana)).replace("ー", "-")
    return Word(letters, surface, by_method=True, converted=not _KANA.fullmatch(surface))


def _compose(cdp: CDPSession, word: Word) -> None:
    for place in range(len(word.letters)):
        _swallowed(cdp)
        shown = word.letters[: place + 1]
        cdp.send(
            "Input.imeSetComposition",
            {"text": shown, "selectionStart": len(shown), "selectionEnd": len(shown)},
        )
    for _ in range(2 if word.converted else 1):  # Space converts, Enter commits
        _swallowed(cdp)
    cdp.send("Input.insertText", {"text": word.text})


def _swallowed(cdp: CDPSession) -> None:
    """A key that the input method takes for itself: pages see it with code 229."""
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process"})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", "windowsVirtualKeyCode": 229, "key": "Process"})


@cache
def _tokens() -> tokenizer.Tokenizer:
    return dictionary.Dictionary().create()
