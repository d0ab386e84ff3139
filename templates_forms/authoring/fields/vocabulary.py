"""The vocabulary of Japanese application forms: labels, answers, people, units, office-use words.

The words themselves are data in ``vocabulary.yaml``, which can be extended.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from templates_forms.model import FieldType


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a label.

    Attributes:
        words: any of these in the label is enough; the longest match decides.
        name: English snake_case name for the field.
        type: the field type.
        english: the label in English.
        content: the kind of text (name, address …), which selects the reader's dictionary.
    """

    words: tuple[str, ...]
    name: str
    type: FieldType
    english: str
    content: str | None = None


def _meaning(row: dict[str, Any]) -> Meaning:
    kind = FieldType(row["type"])
    return Meaning(tuple(row["words"]), row["name"], kind, row["english"], row.get("content"))


_DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))

MEANINGS: tuple[Meaning, ...] = tuple(_meaning(row) for row in _DATA["meanings"])

PEOPLE: tuple[tuple[tuple[str, ...], str, str], ...] = tuple(
    (tuple(row["words"]), row["name"], row["english"]) for row in _DATA["people"]
)
"""(words, name part, English)"""

ANSWERS: tuple[tuple[str, dict[str, str]], ...] = tuple(
    (row["set"], row["words"]) for row in _DATA["answers"]
)
"""Words that are ringed or ticked, in sets of answers to one question, with their values."""

ERAS: dict[str, str] = _DATA["eras"]

UNITS: dict[str, FieldType] = {
    word: FieldType(kind) for kind, words in _DATA["units"].items() for word in words
}
"""Words printed after an area (円, 人 …) that determine its type."""

OFFICE: tuple[str, ...] = tuple(_DATA["office"])
REQUIRED: tuple[str, ...] = tuple(_DATA["required"])
OPTIONAL: tuple[str, ...] = tuple(_DATA["optional"])
SEVERAL: tuple[str, ...] = tuple(_DATA["several"])
