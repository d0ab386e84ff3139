"""Text normalised for comparison: widths made equal, spaces removed."""

from __future__ import annotations

import re
import unicodedata


def without_spaces(text: str) -> str:
    """Return NFKC without any spaces; 「登　録」 and 「登録」 compare equal."""
    # Old pages spread the words on buttons with full-width spaces.
    return re.sub(r"[\s　]+", "", unicodedata.normalize("NFKC", text))


def excerpt(text: str, length: int = 200) -> str:
    """Return the beginning of a page's text in one line, at most ``length`` characters."""
    line = re.sub(r"[\s　]+", " ", text).strip()
    return line if len(line) <= length else line[: length - 1] + "…"
