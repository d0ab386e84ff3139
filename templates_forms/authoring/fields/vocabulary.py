"""What printed words on Japanese application forms mean: labels, answers, people, units, words of the office.

The words themselves are data, in ``vocabulary.yaml``, and may be added to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from templates_forms.model import FieldType


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label stands for.

    Attributes:
        words: any of these in the label is enough; the longest that fits decides.
        name: English snake_case name for the field.
        type: what is written there.
        english: the label in English.
        content: what a text is about, as the reader knows it.
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
"""What is printed behind a place and says what is written there."""

OFFICE: tuple[str, ...] = tuple(_DATA["office"])
REQUIRED: tuple[str, ...] = tuple(_DATA["required"])
OPTIONAL: tuple[str, ...] = tuple(_DATA["optional"])
SEVERAL: tuple[str, ...] = tuple(_DATA["several"])
