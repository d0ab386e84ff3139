"""The monitor's process: checks every half minute, updates the board's alerts, and sends what has changed.

Every five seconds it also requests runs for waiting work that no process holds (`requeue`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from foundation.words import sentence
from pipelines.alarms import checks, messenger
from pipelines.alarms.chain import ChainCheck
from pipelines.alarms.messenger import DeliveryFailed, Notice
from pipelines.alarms.model import CODES, DATABASE, DATABASE_CODES, Problem
from pipelines.alarms.requeue import Requeue
from pipelines.context import Office, this_office
from pipelines.logs import set_up
from pipelines.settings import Settings
from store.base.errors import StoreError
from store.ops import messages

CHECK_SECONDS = 30.0  # the checks query the database and Prefect's server, which have other work
REQUEUE_SECONDS = 5.0
log = logging.getLogger("utsushi.alarms")


class Deliver(Protocol):
    """How notices are sent: `messenger.deliver`, or a substitute in tests."""

    def __call__(self, settings: Settings, notices: Sequence[Notice]) -> None: ...


class Monitor:
    """Compares the present problems with those of the last check."""

    def __init__(
        self,
        office: Office,
        deliver: Deliver = messenger.deliver,
        find_problems: Callable[[Office], list[Problem]] = checks.find_problems,
    ) -> None:
        self._office = office
        self._deliver = deliver
        self._find_problems = find_problems
        self._chain = ChainCheck()
        self._open: dict[tuple[str, str], Problem] | None = None

    def run_once(self) -> list[Notice]:
        """One check; returns what began and what was resolved since the last."""
        found = [*self._find_problems(self._office), *self._chain_problems()]
        present = {one.key: one for one in found}
        previous = self._previous()
        # What could not be checked is not resolved: without this every outage of the database would send
        # "resolved" and then the same problems again.
        if any(one.subject == DATABASE for one in found):
            present = {k: one for k, one in previous.items() if one.code in DATABASE_CODES} | present
        notices = [Notice(one) for name, one in present.items() if name not in previous]
        notices += [Notice(one, resolved=True) for name, one in previous.items() if name not in present]
        # Sent before the board is changed: a monitor that is killed in between sends twice rather than never.
        if notices and not self._delivered(notices):
            failed = Problem("messenger_failed", "warning", sentence("alert.messenger_failed"))
            # `_open` stays as it was, so the next check finds and sends the same changes again.
            self._update_board({**previous, failed.key: failed} | present, previous)
            return []
        self._update_board(present, previous)
        self._open = present
        return notices

    def _chain_problems(self) -> list[Problem]:
        try:
            return list(self._chain.check(self._office))
        except StoreError as error:
            log.warning("the audit chain could not be read: %s", type(error).__name__)
            return [checks.database_problem(error)]

    def _previous(self) -> dict[tuple[str, str], Problem]:
        """The problems of the last check; after a start, those on the board."""
        if self._open is None:
            try:
                with self._office.store.read() as session:
                    alerts = [one for one in messages.open_alerts(session) if one.code in CODES]
            except StoreError:
                return {}
            shown = [Problem(one.code, one.level, messages.sentences(one)[0], one.subject) for one in alerts]
            # Of this one nobody was notified, so it is neither new nor resolved.
            self._open = {one.key: one for one in shown if one.code != "messenger_failed"}
        return self._open

    def _delivered(self, notices: Sequence[Notice]) -> bool:
        try:
            self._deliver(self._office.settings, notices)
        except DeliveryFailed as error:
            log.warning("alarms could not be delivered: %s", error)
            return False
        return True

    def _update_board(
        self, present: dict[tuple[str, str], Problem], previous: dict[tuple[str, str], Problem]
    ) -> None:
        """Writes the present problems to the board. A disk without space is also shown by the web pages themselves."""
        try:
            with self._office.store.read() as session:
                shown = {
                    (one.code, one.subject): messages.sentences(one) for one in messages.open_alerts(session)
                }
            ended = [name for name in shown if name[0] in CODES and name not in present]
            new = [one for name, one in present.items() if shown.get(name) != [one.message]]
            if not ended and not new:  # most checks change nothing and take no write lock
                return
            with self._office.store.write() as session:
                for code, subject in ended:
                    messages.clear_alert(session, code, subject)
                for one in new:
                    messages.raise_alert(session, one.code, one.message, level=one.level, subject=one.subject)
        except StoreError as error:
            log.warning("the board could not be updated: %s", type(error).__name__)


def main() -> None:
    """Runs until the process is ended."""
    set_up("alarms")
    office = this_office()
    messenger.require_inside(office.settings)
    monitor, requeue = Monitor(office), Requeue(office)
    next_check_at = 0.0
    while True:
        if time.monotonic() >= next_check_at:
            next_check_at = time.monotonic() + CHECK_SECONDS
            for one in monitor.run_once():
                log.info("%s %s", "over" if one.resolved else one.problem.level, one.problem.code)
        try:
            for name in requeue.run_once():
                log.info("%s requested again: its work was waiting", name)
        except StoreError as error:
            log.warning("waiting work could not be queried: %s", type(error).__name__)
        time.sleep(REQUEUE_SECONDS)


if __name__ == "__main__":
    main()
