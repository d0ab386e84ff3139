"""Removes hidden values from text that quotes a page."""

from __future__ import annotations

import re
from collections.abc import Iterable

import jaconv

# Shorter values (a sex code, a month) occur in unrelated text and would black out most of it.
MIN_HIDDEN_LENGTH = 3
_MASK = "●●●"


def hide_values(text: str, hidden: Iterable[str]) -> str:
    """Replace every hidden value in ``text``, in full or half width and however it is grouped (1234-5678)."""
    # Longest first: a value inside another one must not break that up.
    for value in sorted(hidden, key=len, reverse=True):
        if len(value) >= MIN_HIDDEN_LENGTH:
            text = re.sub(_pattern(value), _MASK, text)
    return text


def _pattern(value: str) -> str:
    either = (
        f"[{re.escape(c)}{re.escape(jaconv.h2z(c, ascii=True, digit=True))}]"
        for c in value
        if not c.isspace()
    )
    # Pages show numbers in groups, with spaces or hyphens.
    return r"[\s\-－ー　]*".join(either)
