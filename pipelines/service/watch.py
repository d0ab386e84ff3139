"""The folder watch: notices files that have arrived and asks Prefect to take them in.

When Prefect does not answer — it is starting, has died, or is stuck — the watch takes them itself, so that papers are
safe in the store within seconds whatever else is the matter. A server whose database is locked still answers, and may
even promise a run that it cannot start; so the watch also takes what nobody has come for ``PATIENCE_SECONDS`` after it
asked. Taking is locked (``intake``), so the two never meet. The intake deployment's own schedule sweeps up whatever
this process may have missed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.logs import set_up
from pipelines.prefect_api import ask_for
from pipelines.settings import Settings, load_settings
from pipelines.steps.intake.arrival import ready as ready_files
from pipelines.steps.intake.stability import StabilityTracker, list_folder
from store.base.errors import StoreError
from store.base.locks import exclusive_lock

log = logging.getLogger("utsushi.watch")
PATIENCE_SECONDS = 20.0  # a run that was asked for is at work after two to ten
ASK_AGAIN_SECONDS = 60.0
READ_AGAIN_SECONDS = 5.0


class IntakeTrigger:
    """Asks for an intake run once per set of ready files, and again when nothing came of it."""

    def __init__(self) -> None:
        self._asked: dict[Path, float] = {}
        self._hoped: set[Path] = set()  # asked for, and not yet given up

    def fresh(self, ready: list[Path], now: float) -> bool:
        """True when some ready file has not been asked for lately."""
        self._asked = {p: t for p, t in self._asked.items() if p in ready and now - t < ASK_AGAIN_SECONDS}
        new = [path for path in ready if path not in self._asked]
        self._asked.update(dict.fromkeys(new, now))
        self._hoped = self._hoped.intersection(ready).union(new)
        return bool(new)

    def in_vain(self, now: float) -> bool:
        """True once when nobody has come for a file for ``PATIENCE_SECONDS``."""
        late = {path for path in self._hoped if now - self._asked[path] >= PATIENCE_SECONDS}
        self._hoped -= late
        return bool(late)


class Watch:
    """One look after the other at the inbox; what Prefect does not have taken, it takes itself."""

    def __init__(
        self,
        settings: Settings,
        ask: Callable[[Settings, str], bool] = ask_for,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._ask = ask
        self._clock = clock
        self._tracker = StabilityTracker(settings.stable_seconds)
        self._asker = IntakeTrigger()
        self._unread = False  # files taken that no reader has been asked for: Prefect did not answer
        self._ask_at = 0.0

    def round(self) -> None:
        """One look: has ready files taken, and asks for a reader of what it took itself."""
        ready = _ready(self._settings, self._tracker, self._clock())
        if ready and not _being_taken(self._settings) and not self._left_to_prefect(ready):
            self._unread = self._take() or self._unread
        if self._unread and self._clock() >= self._ask_at:
            self._unread = not self._ask(self._settings, "read")
            self._ask_at = self._clock() + READ_AGAIN_SECONDS

    def _left_to_prefect(self, ready: list[Path]) -> bool:
        """Whether a run takes these, or may yet; asks for one."""
        if self._asker.fresh(ready, self._clock()):
            if self._unread or not self._ask(self._settings, "intake"):
                return False
            log.info("intake of %d files asked for", len(ready))
        return not self._asker.in_vain(self._clock())

    def _take(self) -> bool:
        """Takes what is ready; True when something now waits for the reader."""
        # The store's libraries: not needed as long as Prefect answers.
        from pipelines.context import this_office
        from pipelines.steps.intake.take_in import take_ready

        try:
            taken = take_ready(this_office(), _ready(self._settings, self._tracker, self._clock()))
        except (StoreError, OSError) as error:
            log.warning("intake stopped: %s", type(error).__name__)
            return False
        log.info("%d files taken without Prefect", taken)
        return taken > 0


def main() -> None:
    """Looks at the inbox for ever."""
    set_up("watch")
    settings = load_settings()
    watch = Watch(settings)
    while True:
        watch.round()
        time.sleep(settings.poll_seconds)


def _being_taken(settings: Settings) -> bool:
    """Whether an intake run of this machine is at it, which goes on as long as files keep coming."""
    with exclusive_lock(settings.intake_lock) as alone:
        return not alone


def _ready(settings: Settings, tracker: StabilityTracker, now: float) -> list[Path]:
    """What may be taken now; nothing while the share is not there, which the alarms tell people about."""
    try:
        sights = list_folder(settings.inbox_folder)
    except OSError as error:
        log.warning("the inbox cannot be listed: %s", type(error).__name__)
        return []
    still = tracker.observe(sights, now)
    return list(ready_files(sights, still, done_required=settings.done_files == "required").files)


if __name__ == "__main__":
    main()
