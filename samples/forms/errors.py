"""Errors while the sample forms are drawn."""

from __future__ import annotations


class DrawingError(Exception):
    """A sample form cannot be drawn. ``message_ja`` says what to do; ``message_en`` the same in English."""

    def __init__(self, message_ja: str, message_en: str) -> None:
        super().__init__(f"{message_ja} ({message_en})")
        self.message_ja = message_ja
        self.message_en = message_en


class FontMissing(DrawingError):
    """This machine has no Japanese TrueType font that can be embedded in a PDF."""

    def __init__(self, family: str) -> None:
        super().__init__(
            f"日本語フォント {family} が見つかりません。パッケージ fonts-ipaexfont を入れてください。",
            f"Japanese TrueType font {family} not found: install the package fonts-ipaexfont",
        )
