"""What can go wrong while the sample forms are drawn."""

from __future__ import annotations


class DrawingError(Exception):
    """A sample form cannot be drawn. ``message_ja`` tells what to do; ``message_en`` says the same."""

    def __init__(self, message_ja: str, message_en: str) -> None:
        super().__init__(f"{message_ja} ({message_en})")
        self.message_ja = message_ja
        self.message_en = message_en


class FontMissing(DrawingError):
    """No Japanese TrueType font that can be embedded in a PDF is on this machine."""

    def __init__(self, family: str) -> None:
        super().__init__(
            f"日本語フォント {family} が見つかりません。パッケージ fonts-ipaexfont を入れてください。",
            f"Japanese TrueType font {family} not found: install the package fonts-ipaexfont",
        )
