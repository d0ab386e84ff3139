"""The words on screen, Japanese first: the shared ones, those of the reports, and this package's own."""

from __future__ import annotations

from foundation import words as catalogue
from foundation.words import Words


def words(language: str) -> Words:
    """The catalogue of `ja` or `en`."""
    return catalogue.words(language, "reports", "verification")
