"""The catalogue of words: one JSON file per language; shared keys in `vocabulary/`, a package's own in its `words/`.

    words("en")("alert.inbox_stuck", minutes=15, n=1)
    words("ja", "reports").part("column")

For the singular, `key#one` may be defined beside `key`; it is used when the value `n` is 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from foundation.errors import UtsushiError

LANGUAGES: Final = ("ja", "en")
_SHARED = resources.files("foundation") / "vocabulary"
# Japanese sentences end with 。 and follow each other without a space.
_BETWEEN: Final = {"ja": "", "en": " "}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence independent of language: a key of the catalogue and its values. Stored in place of a text.

    `values` are text and numbers, never personal data.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def sentence(key: str, **values: Any) -> Sentence:
    """A sentence of the catalogue with its values."""
    return Sentence(key, values)


def error_sentence(error: UtsushiError) -> Sentence:
    """An error's message as a sentence that can be stored."""
    return sentence("alert.error", ja=error.ja, en=error.en)


class Words:
    """One language's catalogue. `words("board.title")` returns the text, with `{name}` filled in."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key; the key itself when the catalogue lacks it: visible on screen, but no error."""
        text = self._entries.get(key, key)
        if values.get("n") == 1:
            text = self._entries.get(f"{key}#one", text)
        return text.format(**values) if values else text

    def join(self, sentences: Sequence[Sentence]) -> str:
        """The text of several sentences, joined."""
        return _BETWEEN[self.language].join(self(one.key, **one.values) for one in sentences)

    def has(self, key: str) -> bool:
        """True when the catalogue knows the key."""
        return key in self._entries

    def coded(self, section: str, code: str | None) -> str:
        """The text of a code word: `coded("state", "read")`; the code itself when it is unknown."""
        key = f"{section}.{code}"
        return self._entries.get(key, code or "")

    def reason(self, code: str) -> str:
        """The text of a reason to doubt; `rule_failed:<rule>` uses the rule's text, free text is returned as it is."""
        name, _, rest = code.partition(":")
        if rest and (key := f"rule.{rest.split(':')[0]}") in self._entries:
            return self._entries[key]
        return self._entries.get(f"reason.{name}", code)

    def part(self, prefix: str) -> dict[str, str]:
        """All entries below a prefix, for a script: `part("js")`."""
        start = f"{prefix}."
        return {key[len(start) :]: text for key, text in self._entries.items() if key.startswith(start)}

    def keys(self) -> frozenset[str]:
        """Every key, for the test that compares languages."""
        return frozenset(self._entries)


@cache
def words(language: str, *rooms: str) -> Words:
    """The words of `ja` or `en` (`ja` for any other): the shared ones, then those of the named rooms."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    entries: dict[str, str] = {}
    for folder in (_SHARED, *(resources.files(room) / "words" for room in rooms)):
        entries |= json.loads((folder / f"{chosen}.json").read_text(encoding="utf-8"))
    return Words(chosen, entries)
