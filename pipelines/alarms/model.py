"""One problem of the service. Its text names no person and no file."""

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
    "template_broken",
    "prefect_down",
    "messenger_failed",
)
"""Every code that the monitor raises and clears; other alerts on the board belong to the modules that raise them.

Titles and sentences stand in `foundation/vocabulary`, under `alert_title` and `alert`.
"""
DATABASE = "database"
"""The subject of a problem because of which the database could not be queried."""
DATABASE_CODES = frozenset(
    {"reading_stuck", UNKNOWN_EDITION, "queue_overdue", "bot_stopped", "chain_broken", "backup_old"}
)
"""Codes that cannot be checked while the database does not answer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A present problem. `level`: info, warning or error; `subject` distinguishes problems of one code."""

    code: str
    level: str
    message: Sentence
    subject: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Identifies the problem from one check to the next."""
        return self.code, self.subject
