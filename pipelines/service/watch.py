"""The folder watch: notices files that have arrived and asks Prefect to take them in.

When Prefect does not answer — it is starting, or has died — the watch takes them itself, so that papers are safe in the
store within seconds whatever else is the matter. Taking is locked (``intake``), so the two never meet. The intake
deployment's own schedule sweeps up whatever this process may have missed.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from pipelines.logs import set_up
from pipelines.prefect_api import ask_for
from pipelines.settings import Settings, load_settings
from pipelines.steps.intake.arrival import ready as ready_files
from pipelines.steps.intake.stability import StabilityTracker, list_folder
from store.base.errors import StoreError
from store.base.locks import only_one

log = logging.getLogger("utsushi.watch")
ASK_AGAIN_SECONDS = 60.0
READ_AGAIN_SECONDS = 5.0


class IntakeTrigger:
    """Asks for an intake run once per set of ready files, and again when nothing came of it."""

    def __init__(self) -> None:
        self._asked: dict[Path, float] = {}

    def fresh(self, ready: list[Path], now: float) -> bool:
        """True when some ready file has not been asked for lately."""
        self._asked = {p: t for p, t in self._asked.items() if p in ready and now - t < ASK_AGAIN_SECONDS}
        new = [path for path in ready if path not in self._asked]
        self._asked.update(dict.fromkeys(new, now))
        return bool(new)


def main() -> None:
    """Looks at the inbox for ever."""
    set_up("watch")
    settings = load_settings()
    tracker, asker = StabilityTracker(settings.stable_seconds), IntakeTrigger()
    unread, ask_at = False, 0.0  # files taken that no reader has been asked for, and when to ask next
    while True:
        ready = _ready(settings, tracker)
        if ready and not _being_taken(settings) and asker.fresh(ready, time.monotonic()):
            if ask_for(settings, "intake"):
                log.info("intake of %d files asked for", len(ready))
            else:
                unread = _take_without_prefect(settings, tracker) or unread
        if unread and time.monotonic() >= ask_at:
            unread = not ask_for(settings, "read")
            ask_at = time.monotonic() + READ_AGAIN_SECONDS
        time.sleep(settings.poll_seconds)


def _being_taken(settings: Settings) -> bool:
    """Whether an intake run of this machine is at it, which goes on as long as files keep coming."""
    with only_one(settings.intake_lock) as alone:
        return not alone


def _take_without_prefect(settings: Settings, tracker: StabilityTracker) -> bool:
    """Takes what is ready; True when something now waits for the reader."""
    from pipelines.context import this_office  # the reader's libraries: not needed as long as Prefect answers
    from pipelines.steps.intake.take_in import take_ready

    try:
        taken = take_ready(this_office(), _ready(settings, tracker))
    except (StoreError, OSError) as error:
        log.warning("intake stopped: %s", type(error).__name__)
        return False
    log.info("%d files taken without Prefect", taken)
    return taken > 0


def _ready(settings: Settings, tracker: StabilityTracker) -> list[Path]:
    """What may be taken now; nothing while the share is not there, which the alarms tell people about."""
    try:
        sights = list_folder(settings.inbox_folder)
    except OSError as error:
        log.warning("the inbox cannot be listed: %s", type(error).__name__)
        return []
    still = tracker.observe(sights, time.monotonic())
    return list(ready_files(sights, still, done_required=settings.done_files == "required").files)


if __name__ == "__main__":
    main()
