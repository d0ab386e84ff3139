"""Words as a reader compares them: widths made equal, spaces left out."""

from __future__ import annotations

import re
import unicodedata


def without_spaces(text: str) -> str:
    """NFKC without any spaces; 「登　録」 and 「登録」 are the same words."""
    return re.sub(r"[\s　]+", "", unicodedata.normalize("NFKC", text))


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of a page's words in one line."""
    line = re.sub(r"[\s　]+", " ", text).strip()
    return line if len(line) <= length else line[: length - 1] + "…"
