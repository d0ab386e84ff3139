"""The folder watch: notices files that have arrived and asks Prefect to take them in.

It decides nothing else. When Prefect does not answer, the files stay where they are and the next look tries again;
the intake deployment's own schedule sweeps up whatever this process may have missed.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from pipelines.prefect_api import ask_for
from pipelines.settings import load_settings
from pipelines.steps.stability import StabilityTracker, look

log = logging.getLogger("utsushi.watch")
ASK_AGAIN_SECONDS = 60.0


class Asker:
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
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = load_settings()
    tracker, asker = StabilityTracker(settings.stable_seconds), Asker()
    while True:
        now = time.monotonic()
        ready = tracker.observe(look(settings.inbox_folder), now)
        if asker.fresh(ready, now):
            answered = ask_for(settings, "intake")
            log.info("intake of %d files asked for%s", len(ready), "" if answered else " in vain")
        time.sleep(settings.poll_seconds)


if __name__ == "__main__":
    main()
