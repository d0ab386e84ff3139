"""The journal's states, one run for each account, back-off and the circuit breaker."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typer.testing import CliRunner

from bots.base.errors import JournalBusy, JournalStateError
from bots.run.journal import SqliteJournal, exclusive_lock
from bots.run.recovery import next_action
from bots.run.retry import BackOff, CircuitBreaker
from bots.spec.model.bot import BotRecord, RunPolicy
from bots.tools.cli import app

RECORD = BotRecord("K", {"a": "1"})
OTHER = BotRecord("K", {"a": "2"})


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


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    """A journal with one Record that the system accepted and nobody can find."""
    opened = SqliteJournal(tmp_path / "j.db")
    opened.plan("b", RECORD)
    opened.submitting("b", "K")
    opened.accepted("b", "K", "R-1")
    opened.settle("b", "K", "unknown", "R-1", "find: no")
    yield opened
    opened.close()


def test_a_person_says_that_an_accepted_record_is_absent(journal: SqliteJournal) -> None:
    journal.decide("b", "K", "absent", "佐藤", "検索画面に無い")
    row = journal.row("b", "K")
    assert row is not None and not row.accepted and row.state == "absent"
    assert next_action(row, row.digest) == "look_up", "looked up once more before it is entered again"
    assert journal.events("b", "K")[-1][1:] == ("absent", "佐藤: 検索画面に無い")
    journal.submitting("b", "K")  # and then it may be sent again


def test_a_person_decides_only_what_is_left_to_people(journal: SqliteJournal) -> None:
    journal.decide("b", "K", "confirmed", "佐藤", "画面で確認")
    for key in ("K", "other"):
        with pytest.raises(JournalStateError):
            journal.decide("b", key, "absent", "佐藤", "考え直した")
    journal.plan("b", BotRecord("L", {}))
    journal.submitting("b", "L")
    with pytest.raises(JournalStateError):
        journal.decide("b", "L", "absent", "佐藤", "入力の最中")


def test_the_command_settles(tmp_path: Path, journal: SqliteJournal) -> None:
    bot = tmp_path / "bot.yaml"
    text = (Path(__file__).parent / "trap_bot.yaml").read_text(encoding="utf-8")
    bot.write_text(re.sub(r"^id: .*$", "id: b", text, flags=re.MULTILINE), encoding="utf-8")
    words = [
        "settle",
        str(bot),
        "--journal",
        str(journal.file),
        "--key",
        "K",
        "--by",
        "佐藤",
        "--reason",
        "無い",
    ]
    assert CliRunner().invoke(app, [*words, "--as", "gone"]).exit_code == 2
    done = CliRunner().invoke(app, [*words, "--as", "absent"])
    assert done.exit_code == 0, done.output
    row = journal.row("b", "K")
    assert row is not None and row.state == "absent"
