"""Decides the next step from a journal row; pure functions, no browser.

After a crash it matters only whether the irreversible step may have happened. It may have whenever
``submissions`` is above zero, whatever state the row is in; then the Record is looked up in the system first.
"""

from __future__ import annotations

from typing import Literal

from bots.run.journal import JournalRow

NextAction = Literal["enter", "look_up", "done", "conflict"]


def next_action(row: JournalRow | None, digest: str) -> NextAction:
    """Decide what to do with a Record.

    Args:
        row: its journal row, if it has one.
        digest: of its values as they are now.

    Returns:
        ``enter``: never submitted; ``find`` must say no, and a yes means somebody else entered it.
        ``look_up``: we may have stored it; a yes leads to read-back, a certain no to entering.
        ``done``: settled with these values; nothing to do.
        ``conflict``: settled or submitted with other values under the same key; a person decides.
    """
    if row is None:
        return "enter"
    same = row.digest == digest
    if row.settled:
        if same:
            return "done"
        # A refused Record may be corrected and tried again; settled ones may not change.
        return "conflict" if row.state != "refused" else ("look_up" if row.submissions else "enter")
    if row.submissions == 0:
        return "enter"
    return "look_up" if same else "conflict"


def is_no_certain(seconds_waited: float, settle: float) -> bool:
    """Whether a ``no`` of ``find`` is certain: a save whose connection broke may still commit for a while."""
    return seconds_waited >= settle
