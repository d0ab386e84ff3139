"""Japanese headings of a report's columns, and the texts of code words in them; screens use the same catalogue."""

from __future__ import annotations

from typing import Final

from foundation.words import words

_JAPANESE = words("ja", "reports")
COLUMNS: Final = _JAPANESE.part("column")
STATE_WORDS: Final = _JAPANESE.part("state")
STEP_WORDS: Final = _JAPANESE.part("step")
AGE_WORDS: Final = _JAPANESE.part("age")
VALUES: Final = {"state": STATE_WORDS, "step": STEP_WORDS, "activity": STEP_WORDS, "age": AGE_WORDS}
"""Texts of the code words in these columns."""
