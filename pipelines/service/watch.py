"""The folder watch: finds files that have arrived and requests a run that takes them.

When Prefect does not answer (it is starting, has died, or is stuck), the watch takes the files itself, so that they are
in the store within seconds. A server whose database is locked still answers, and may accept a run that it cannot start;
so the watch also takes files that no run has taken within ``TAKE_OVER_SECONDS``. A lock (``intake_lock``) keeps the two
apart. The schedule of the intake deployment finds what this process may have missed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.logs import set_up
from pipelines.prefect_api import request_run
from pipelines.settings import Settings, load_settings
from pipelines.steps.intake.arrival import find_ready
from pipelines.steps.intake.stability import StabilityTracker, list_folder
from store.base.errors import StoreError
from store.base.locks import exclusive_lock

log = logging.getLogger("utsushi.watch")
TAKE_OVER_SECONDS = 20.0  # a requested run has usually begun after two to ten
REQUEST_AGAIN_SECONDS = 60.0
READ_AGAIN_SECONDS = 5.0


class IntakeTrigger:
    """Decides when to request an intake run: once for new ready files, and again when no run took them."""

    def __init__(self) -> None:
        self._requested: dict[Path, float] = {}
        self._expected: set[Path] = set()  # requested, and not yet taken over

    def needs_request(self, ready: list[Path], now: float) -> bool:
        """True when no run was requested lately for some ready file."""
        self._requested = {
            p: t for p, t in self._requested.items() if p in ready and now - t < REQUEST_AGAIN_SECONDS
        }
        new = [path for path in ready if path not in self._requested]
        self._requested.update(dict.fromkeys(new, now))
        self._expected = self._expected.intersection(ready).union(new)
        return bool(new)

    def take_over_due(self, now: float) -> bool:
        """True once when no run has taken a file for ``PATIENCE_SECONDS``."""
        late = {path for path in self._expected if now - self._requested[path] >= TAKE_OVER_SECONDS}
        self._expected -= late
        return bool(late)


class Watch:
    """Watches the inbox; takes the files itself when Prefect's runs do not."""

    def __init__(
        self,
        settings: Settings,
        request: Callable[[Settings, str], bool] = request_run,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._request = request
        self._clock = clock
        self._tracker = StabilityTracker(settings.stable_seconds)
        self._trigger = IntakeTrigger()
        self._unread = False  # files taken for which no reader could be requested
        self._next_request_at = 0.0

    def run_once(self) -> None:
        """One check: requests a run for ready files, or takes them and requests a reader."""
        ready = _ready(self._settings, self._tracker, self._clock())
        if ready and not _being_taken(self._settings) and not self._left_to_prefect(ready):
            self._unread = self._take() or self._unread
        if self._unread and self._clock() >= self._next_request_at:
            self._unread = not self._request(self._settings, "read")
            self._next_request_at = self._clock() + READ_AGAIN_SECONDS

    def _left_to_prefect(self, ready: list[Path]) -> bool:
        """Whether a run takes these files or may still do so; requests one."""
        if self._trigger.needs_request(ready, self._clock()):
            # `_unread` shows that Prefect did not answer a moment ago: another request would only cost its time limit.
            if self._unread or not self._request(self._settings, "intake"):
                return False
            log.info("intake of %d files requested", len(ready))
        return not self._trigger.take_over_due(self._clock())

    def _take(self) -> bool:
        """Takes what is ready; True when something now waits for the reader."""
        # Imported late: the store's libraries are not needed as long as Prefect answers.
        from pipelines.context import this_office
        from pipelines.steps.intake.take_in import take_ready

        try:
            # Listed once more: waiting for Prefect may have taken seconds, and another process the files.
            taken = take_ready(this_office(), _ready(self._settings, self._tracker, self._clock()))
        except (StoreError, OSError) as error:
            log.warning("intake stopped: %s", type(error).__name__)
            return False
        log.info("%d files taken without Prefect", taken)
        return taken > 0


def main() -> None:
    """Runs until the process is ended."""
    set_up("watch")
    settings = load_settings()
    watch = Watch(settings)
    while True:
        watch.run_once()
        time.sleep(settings.poll_seconds)


def _being_taken(settings: Settings) -> bool:
    """Whether an intake run holds the lock; it continues as long as files keep coming."""
    with exclusive_lock(settings.intake_lock) as alone:
        return not alone


def _ready(settings: Settings, tracker: StabilityTracker, now: float) -> list[Path]:
    """The files that may be taken now; none while the share cannot be reached, which the monitor reports."""
    try:
        sightings = list_folder(settings.inbox_folder)
    except OSError as error:
        log.warning("the inbox cannot be listed: %s", type(error).__name__)
        return []
    stable = tracker.observe(sightings, now)
    return list(find_ready(sightings, stable, done_required=settings.done_files == "required").files)


if __name__ == "__main__":
    main()
