"""The folder watch: notices files that have arrived and asks Prefect to take them in.

It decides nothing else. When Prefect does not answer, the files stay where they are and the next look tries again;
the intake deployment's own schedule sweeps up whatever this process may have missed.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

import httpx
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException

from pipelines.office import this_office
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
    settings = this_office().settings
    tracker, asker = StabilityTracker(settings.stable_seconds), Asker()
    while True:
        now = time.monotonic()
        ready = tracker.observe(look(settings.inbox_folder), now)
        if asker.fresh(ready, now):
            try:
                run_deployment("intake/intake", timeout=0, as_subflow=False)
                log.info("asked for intake of %d files", len(ready))
            except (PrefectException, httpx.HTTPError) as error:
                log.warning("Prefect does not answer (%s); trying again", type(error).__name__)
        time.sleep(settings.poll_seconds)


if __name__ == "__main__":
    main()
