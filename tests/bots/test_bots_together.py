"""Several bots at once, one session for each account; and a system whose certificate nobody vouches for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bots.base.errors import JournalBusy
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BrowserNeeds
from tests.bots.conftest import Place, kyoka
from tests.bots.small_system import Visit
from tests.bots.systems.gakudo import Gakudo
from tests.bots.systems.test_bots_gakudo import YAML as GAKUDO
from tests.bots.systems.test_bots_gakudo import care
from tests.bots.trap_system import TrapSystem

pytestmark = pytest.mark.browser
WAIT_SECONDS = 60


class Meeting:
    """Lets nobody on until ``bots`` saves are under way at the same time."""

    def __init__(self, bots: int) -> None:
        self.barrier = threading.Barrier(bots, timeout=WAIT_SECONDS)


class MeetingTrap(TrapSystem):
    """A system that answers a save only when the others' saves have come too."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__()
        self.meeting = meeting

    def page_save(self, visit: Visit) -> None:
        self.meeting.barrier.wait()
        super().page_save(visit)


class MeetingGakudo(Gakudo):
    """Likewise."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__()
        self.meeting = meeting

    def page_done(self, visit: Visit) -> None:
        self.meeting.barrier.wait()
        super().page_done(visit)


def test_two_accounts_and_another_system_at_the_same_time(
    trap_bot: Bot, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each save waits for the two others: it ends only if three bots are at work at once."""
    for account in ("A", "B"):
        monkeypatch.setenv(f"UTSUSHI_SECRET_KYOKA_USER_{account}", "bot")
        monkeypatch.setenv(f"UTSUSHI_SECRET_KYOKA_PASSWORD_{account}", "himitsu-no-kotoba")
    meeting = Meeting(3)
    patient = replace(trap_bot, policy=replace(trap_bot.policy, timeout=WAIT_SECONDS))
    slow_care = load_bot(GAKUDO)
    slow_care = replace(slow_care, policy=replace(slow_care.policy, timeout=WAIT_SECONDS))
    with MeetingTrap(meeting) as trap, MeetingGakudo(meeting) as gakudo, ThreadPoolExecutor(3) as pool:
        runs = [
            pool.submit(Place(tmp_path / "a").run, patient, trap.url, [kyoka("A1")], account="A"),
            pool.submit(Place(tmp_path / "b").run, patient, trap.url, [kyoka("B1")], account="B"),
            pool.submit(Place(tmp_path / "c").run, slow_care, gakudo.url, [care("1")]),
        ]
        ended = [outcome for run in runs for outcome in run.result(timeout=3 * WAIT_SECONDS).values()]
    assert [o.status for o in ended] == ["confirmed"] * 3, [o.reason for o in ended]
    assert sorted(trap.saves) == ["A1", "B1"] and gakudo.saves == ["1"]
    assert trap.logins == 2, "one session for each account"


def test_one_account_has_one_session(trap_bot: Bot, place: Place) -> None:
    refused: list[str] = []

    def a_second_run(*_: object) -> bool:
        with pytest.raises(JournalBusy) as caught:
            Place(place.folder).run(trap_bot, system.url, [kyoka("B")])
        refused.append(str(caught.value))
        return True

    with TrapSystem() as system:
        done = place.run(trap_bot, system.url, [kyoka("A")], supervisor=a_second_run)
    assert done["A"].status == "confirmed" and system.saves == ["A"] and system.logins == 1
    assert len(refused) == 1 and "別の実行" in refused[0]


def test_a_certificate_that_nobody_vouches_for_only_when_the_bot_says_so(
    trap_bot: Bot, place: Place, own_certificate: tuple[Path, Path]
) -> None:
    with TrapSystem().secure(*own_certificate) as system:
        strict = place.run(trap_bot, system.url, [kyoka("A")])["A"]
        assert strict.status == "unknown" and "接続" in strict.reason and "CERT" in strict.reason
        assert system.logins == 0, "no password goes to a machine that is not known"
        trusting = replace(trap_bot, browser=BrowserNeeds(any_certificate=True))
        assert place.run(trusting, system.url, [kyoka("A")])["A"].status == "confirmed"
    assert system.saves == ["A"]
