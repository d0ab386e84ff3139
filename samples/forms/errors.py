"""Errors while the sample forms are drawn."""

from __future__ import annotations

from samples.errors import SamplesError


class DrawingError(SamplesError):
    """A sample form cannot be drawn."""


class FontMissing(DrawingError):
    """This machine has no Japanese TrueType font that can be embedded in a PDF."""

    def __init__(self, family: str) -> None:
        super().__init__(
            f"日本語フォント {family} が見つかりません。パッケージ fonts-ipaexfont を入れてください。",
            f"Japanese TrueType font {family} not found: install the package fonts-ipaexfont",
        )
