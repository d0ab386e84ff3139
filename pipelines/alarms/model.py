"""One thing that is the matter, in words that name no person and no file."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.words import Sentence

UNKNOWN_EDITION = "unknown_edition"
CODES = (
    "disk_low",
    "disk_full",
    "database_busy",
    "database_down",
    "inbox_missing",
    "inbox_stuck",
    "reading_stuck",
    UNKNOWN_EDITION,
    "queue_overdue",
    "bot_stopped",
    "chain_broken",
    "backup_old",
    "prefect_down",
    "messenger_failed",
)
"""Every code that the alarms raise and clear; other alerts on the board are their makers' own.

Titles and sentences stand in `foundation/vocabulary`, under `alert_title` and `alert`.
"""
DATABASE = "database"
"""The subject of a trouble that kept the database from being asked."""
ASKED_OF_DATABASE = frozenset(
    {"reading_stuck", UNKNOWN_EDITION, "queue_overdue", "bot_stopped", "chain_broken", "backup_old"}
)
"""Codes that nothing can be said of while the database does not answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trouble that stands now. `level`: info, warning or error; `subject` tells two of one code apart."""

    code: str
    level: str
    said: Sentence
    subject: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What makes it the same trouble from one look to the next."""
        return self.code, self.subject
