"""The words on screen: one JSON catalogue per language, Japanese first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("ja", "en")
_FOLDER = Path(__file__).with_name("words")


class Words:
    """One language's catalogue. `words("board.title")` gives the text, with `{name}` filled in."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key; the key itself when the catalogue lacks it, so that a gap is seen and harms nobody."""
        text = self._entries.get(key, key)
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """True when the catalogue knows the key."""
        return key in self._entries

    def coded(self, section: str, code: str | None) -> str:
        """A code word in words: `coded("state", "read")`; the code itself when it is unknown."""
        key = f"{section}.{code}"
        return self._entries.get(key, code or "")

    def reason(self, code: str) -> str:
        """The sentence of a reason to doubt; `rule_failed:<rule>` is told by its rule, free text stands as it is."""
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
def words(language: str) -> Words:
    """The catalogue of `ja` or `en`."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    return Words(chosen, json.loads((_FOLDER / f"{chosen}.json").read_text(encoding="utf-8")))
