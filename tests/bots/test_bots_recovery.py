"""What a journal row means after a crash: every state, with the same values and with others."""

from __future__ import annotations

import pytest

from bots.run.journal import JournalRow
from bots.run.recovery import is_no_certain, next_action


@pytest.mark.parametrize(
    ("state", "submissions", "same", "other"),
    [
        ("planned", 0, "enter", "enter"),
        ("submitting", 1, "look_up", "conflict"),
        ("absent", 1, "look_up", "conflict"),
        ("unknown", 0, "enter", "enter"),
        ("unknown", 2, "look_up", "conflict"),
        ("confirmed", 1, "done", "conflict"),
        ("mismatch", 1, "done", "conflict"),
        ("refused", 0, "done", "enter"),
        ("refused", 1, "done", "look_up"),
    ],
)
def test_what_a_row_means(state: str, submissions: int, same: str, other: str) -> None:
    row = JournalRow("b", "K", state, "ours", submissions)  # type: ignore[arg-type]
    assert next_action(row, "ours") == same
    assert next_action(row, "another") == other
    assert next_action(None, "ours") == "enter"


def test_a_no_is_trusted_only_after_the_settle_time() -> None:
    assert not is_no_certain(1.9, 2.0) and is_no_certain(2.0, 2.0)
