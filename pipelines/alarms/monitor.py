"""The monitor's process: checks every half minute, keeps the board's alerts up to date, and sends what is new.

Every five seconds it also requests again work that nobody is doing (`requeue`).

News is sent before the board is changed: a monitor that is killed in between sends it twice rather than never.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from foundation.words import sentence
from pipelines.alarms import checks, messenger
from pipelines.alarms.chain import ChainWatch
from pipelines.alarms.messenger import News, Undelivered
from pipelines.alarms.model import ASKED_OF_DATABASE, CODES, DATABASE, Trouble
from pipelines.alarms.requeue import Requeue
from pipelines.context import Office, this_office
from pipelines.logs import set_up
from pipelines.settings import Settings
from store.base.errors import StoreError
from store.ops import messages

LOOK_SECONDS = 30.0
URGE_SECONDS = 5.0
log = logging.getLogger("utsushi.alarms")


class Deliver(Protocol):
    """How news leaves; `messenger.deliver` or a test's own."""

    def __call__(self, settings: Settings, news: Sequence[News]) -> None: ...


class Monitor:
    """Compares what is the matter now with what was."""

    def __init__(
        self,
        office: Office,
        deliver: Deliver = messenger.deliver,
        look: Callable[[Office], list[Trouble]] = checks.troubles,
    ) -> None:
        self._office = office
        self._deliver = deliver
        self._look = look
        self._chain = ChainWatch()
        self._standing: dict[tuple[str, str], Trouble] | None = None

    def round(self) -> list[News]:
        """One look; gives what began and what ended since the last."""
        found = [*self._look(self._office), *self._looked_at_chain()]
        present = {one.name: one for one in found}
        before = self._before()
        if any(one.subject == DATABASE for one in found):  # what could not be looked at is not over
            present = {k: one for k, one in before.items() if one.code in ASKED_OF_DATABASE} | present
        news = [News(one) for name, one in present.items() if name not in before]
        news += [News(one, over=True) for name, one in before.items() if name not in present]
        if news and not self._sent(news):
            failed = Trouble("messenger_failed", "warning", sentence("alert.messenger_failed"))
            self._put({**before, failed.name: failed} | present, before)
            return []
        self._put(present, before)
        self._standing = present
        return news

    def _looked_at_chain(self) -> list[Trouble]:
        try:
            return list(self._chain.check(self._office))
        except StoreError as error:
            log.warning("the audit chain could not be read: %s", type(error).__name__)
            return [checks.unanswered(error)]

    def _before(self) -> dict[tuple[str, str], Trouble]:
        """What stood at the last look; after a start, what stands on the board."""
        if self._standing is None:
            try:
                with self._office.store.read() as session:
                    alerts = [one for one in messages.open_alerts(session) if one.code in CODES]
            except StoreError:
                return {}
            shown = [Trouble(one.code, one.level, messages.sentences(one)[0], one.subject) for one in alerts]
            self._standing = {one.name: one for one in shown if one.code != "messenger_failed"}
        return self._standing

    def _sent(self, news: Sequence[News]) -> bool:
        try:
            self._deliver(self._office.settings, news)
        except Undelivered as error:
            log.warning("alarms could not be delivered: %s", error)
            return False
        return True

    def _put(self, present: dict[tuple[str, str], Trouble], before: dict[tuple[str, str], Trouble]) -> None:
        """Makes the board say what stands; a disk that takes nothing is shown by the web pages themselves."""
        try:
            with self._office.store.read() as session:
                shown = {
                    (one.code, one.subject): messages.sentences(one) for one in messages.open_alerts(session)
                }
            gone = [name for name in shown if name[0] in CODES and name not in present]
            new = [one for name, one in present.items() if shown.get(name) != [one.said]]
            if not gone and not new:
                return
            with self._office.store.write() as session:
                for code, subject in gone:
                    messages.clear_alert(session, code, subject)
                for one in new:
                    messages.raise_alert(session, one.code, one.said, level=one.level, subject=one.subject)
        except StoreError as error:
            log.warning("the board could not be told: %s", type(error).__name__)


def main() -> None:
    """Looks for ever."""
    set_up("alarms")
    office = this_office()
    messenger.check(office.settings)
    monitor, requeue = Monitor(office), Requeue(office)
    look_at = 0.0
    while True:
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + LOOK_SECONDS
            for one in monitor.round():
                log.info("%s %s", "over" if one.over else one.trouble.level, one.trouble.code)
        try:
            for name in requeue.round():
                log.info("%s asked for again: its work lay", name)
        except StoreError as error:
            log.warning("what lies could not be seen: %s", type(error).__name__)
        time.sleep(URGE_SECONDS)


if __name__ == "__main__":
    main()
