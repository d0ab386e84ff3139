"""One thing that is the matter, in words that name no person and no file."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN_EDITION = "unknown_edition"
CODES = {
    "disk_low": "ディスクの空きが少ない (little room on the disk)",
    "disk_full": "空きがなく受付を止めた、または書き込めない (no room or read-only: intake has stopped)",
    "database_busy": "データベースが混み合っている (the database is busy)",
    "database_down": "データベースを使えない (the database cannot be used)",
    "inbox_missing": "受付フォルダーに届かない (the inbox is not there)",
    "inbox_stuck": "受付フォルダーのファイルが取り込まれない (files are not taken)",
    "reading_stuck": "読取が進まない (reading does not go on)",
    UNKNOWN_EDITION: "登録されていない版の帳票が届いた (papers of an edition that no template knows)",
    "queue_overdue": "確認待ちが期限を過ぎた (people's queue is older than its deadline)",
    "bot_stopped": "入力ボットが止まった (a bot has stopped)",
    "chain_broken": "監査記録の鎖が切れた (the audit chain is broken)",
    "backup_old": "バックアップが古い (the last backup is old)",
    "prefect_down": "Prefect が応答しない (Prefect does not answer)",
    "messenger_failed": "通知を送れない (mail or webhook cannot be reached)",
}
"""Every code that the alarms raise and clear; other alerts on the board are their makers' own."""
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
    message: str
    subject: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What makes it the same trouble from one look to the next."""
        return self.code, self.subject
