"""What columns of a report and the words in them are called on paper, in Japanese; screens take the same catalogue."""

from __future__ import annotations

from typing import Final

from foundation.words import words

_JAPANESE = words("ja", "reports")
COLUMNS: Final = _JAPANESE.part("column")
STATE_WORDS: Final = _JAPANESE.part("state")
STEP_WORDS: Final = _JAPANESE.part("step")
AGE_WORDS: Final = _JAPANESE.part("age")
VALUES: Final = {"state": STATE_WORDS, "step": STEP_WORDS, "activity": STEP_WORDS, "age": AGE_WORDS}
"""What stands in these columns, in words."""
