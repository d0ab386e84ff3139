"""What can go wrong between the rooms, told to whoever started the command."""

from __future__ import annotations


class PipelineError(Exception):
    """A step that cannot go on. The message says what to do next, Japanese first."""

    def __init__(self, message_ja: str, message_en: str) -> None:
        self.message_ja = message_ja
        self.message_en = message_en
        super().__init__(f"{message_ja} ({message_en})")


class ServiceDied(PipelineError):
    """A process that the service needs ended or never answered."""
