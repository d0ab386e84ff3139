"""Errors when the sample system is started or controlled (not the refusals of its own screens)."""


class LegacySystemError(Exception):
    """The sample system cannot be started or configured as requested.

    Args:
        message_ja: what a clerk should do, in Japanese.
        message_en: the same in English.
    """

    def __init__(self, message_ja: str, message_en: str) -> None:
        super().__init__(f"{message_ja} ({message_en})")
        self.message_ja = message_ja
        self.message_en = message_en
