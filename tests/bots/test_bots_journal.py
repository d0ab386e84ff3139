"""The journal's states, what a row means after a crash, the schedule, back-off and the circuit breaker."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bots.base.errors import JournalBusy, JournalStateError
from bots.run.journal import JournalRow, SqliteJournal, digest, exclusive_lock
from bots.run.recovery import is_no_certain, next_action
from bots.run.retry import BackOff, CircuitBreaker
from bots.run.schedule import Schedule, closed_because
from bots.spec.model.bot import BotRecord, Hours, RunPolicy
from foundation.clock import OFFICE_ZONE

RECORD = BotRecord("K", {"a": "1"})
OTHER = BotRecord("K", {"a": "2"})


def row(state: str, submissions: int) -> JournalRow:
    return JournalRow("b", "K", state, digest(RECORD), submissions)  # type: ignore[arg-type]


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
    assert next_action(row(state, submissions), digest(RECORD)) == same
    assert next_action(row(state, submissions), digest(OTHER)) == other
    assert next_action(None, digest(RECORD)) == "enter"


def test_a_no_is_trusted_only_after_the_settle_time() -> None:
    assert not is_no_certain(1.9, 2.0) and is_no_certain(2.0, 2.0)


class JournalMachine(RuleBasedStateMachine):
    """Whatever happens, a submission is never forgotten and a settled row is never submitted again."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "j.db"
        self.journal = SqliteJournal(self.file)
        self.sent = 0

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()

    @rule(other=st.booleans())
    def plan(self, other: bool) -> None:
        self.journal.plan("b", OTHER if other else RECORD)

    @rule()
    def submit(self) -> None:
        before = self.journal.row("b", "K")
        try:
            self.journal.submitting("b", "K")
        except JournalStateError:
            assert before is None or before.state not in ("planned", "absent")
            return
        self.sent += 1
        assert before is not None and before.state in ("planned", "absent")

    @rule(status=st.sampled_from(["confirmed", "refused", "unknown", "mismatch"]))
    def settle(self, status: str) -> None:
        now = self.journal.row("b", "K")
        if now is not None and not now.settled:
            self.journal.settle("b", "K", status, "R", "why")  # type: ignore[arg-type]

    @rule()
    def absent(self) -> None:
        now = self.journal.row("b", "K")
        if now is not None and now.state in ("submitting", "unknown") and now.submissions:
            self.journal.absent("b", "K", "find: no")

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = SqliteJournal(self.file)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        now = self.journal.row("b", "K")
        assert (now.submissions if now else 0) == self.sent
        if now is not None and self.sent and not now.settled:
            assert next_action(now, now.digest) == "look_up"


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = hypothesis_settings(max_examples=25, stateful_step_count=20, deadline=None)


HOLD = """
import sys
from pathlib import Path
from bots.run.journal import exclusive_lock
with exclusive_lock(Path(sys.argv[1]), "s", "a"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_run_for_each_account(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(JournalBusy), exclusive_lock(tmp_path, "s", "a"):
            pass
        with exclusive_lock(tmp_path, "s", "another account"):
            pass
        process.kill()
    with exclusive_lock(tmp_path, "s", "a"):
        pass


def test_opening_hours() -> None:
    office = Hours(
        "08:30",
        "17:15",
        (0, 1, 2, 3, 4),
        False,
        ("2026-12-29",),
        (("12:00", "13:00"), ("2026-11-24 15:00", "2026-11-24 16:00")),
    )

    def at(text: str) -> bool:
        return closed_because(office, dt.datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)) is None

    assert at("2026-11-24 08:30") and at("2026-11-24 14:59") and at("2026-11-24 17:14")
    assert not at("2026-11-24 08:29") and not at("2026-11-24 17:15")
    assert not at("2026-11-24 12:30") and not at("2026-11-24 15:00")
    assert not at("2026-11-22 10:00"), "Sunday"
    assert not at("2026-11-23 10:00"), "勤労感謝の日"
    assert not at("2026-12-29 10:00")
    night = Hours(maintenance=(("23:00", "05:00"),))
    assert closed_because(night, dt.datetime(2026, 1, 1, 4, tzinfo=OFFICE_ZONE)) is not None
    assert closed_because(night, dt.datetime(2026, 1, 1, 6, tzinfo=OFFICE_ZONE)) is None


def test_pause_and_pace(tmp_path: Path) -> None:
    slept: list[float] = []
    pause = tmp_path / "pause"
    pause.touch()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        pause.unlink(missing_ok=True)

    schedule = Schedule(RunPolicy(per_minute=60), pause, sleep=sleep)
    schedule.wait_turn()
    assert len(slept) == 1
    schedule.wait_turn()
    assert 0.5 < slept[1] <= 1.0


def test_back_off_grows_with_jitter_and_the_breaker_counts_in_a_row() -> None:
    back_off = BackOff(RunPolicy(back_off=1, back_off_most=10), random.Random(1))
    waits = [back_off.seconds(n) for n in range(1, 8)]
    assert all(min(10, 2 ** (n - 1)) / 2 <= w <= min(10, 2 ** (n - 1)) for n, w in enumerate(waits, 1))
    assert len({round(w, 6) for w in waits[4:]}) == 3
    breaker = CircuitBreaker(2)
    breaker.record_failure("x")
    breaker.record_success()
    breaker.record_failure("x")
    assert not breaker.is_open
    breaker.record_failure("y")
    assert breaker.is_open and breaker.reason == "y"
