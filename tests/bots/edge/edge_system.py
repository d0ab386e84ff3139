"""The saving system with pages that do something by themselves while they save."""

from __future__ import annotations

import time

from tests.bots.saving_system import SavingSystem
from tests.bots.small_system import Visit

_POST = "fetch('/ping',{method:'POST',body:'alive'})"
PAGES = {
    # Every 0.1 s, as a page that keeps the login alive does; twice at once, so that every typist has seen it twice.
    "ping": f"<script>{_POST};{_POST};setInterval(function(){{{_POST}}},100)</script>",
    # Answered late and asked again at once: there is never a moment without a request under way.
    "long_poll": f"<script>(function again(){{{_POST}.then(again,again)}})()</script>",
    "frame": "<iframe src=/clock width=90 height=30></iframe>",
}


class EdgeSystem(SavingSystem):
    """``busy`` names what the input form does by itself; ``pinged`` counts it."""

    def __init__(self, busy: str, way: str = "form_post", delay: float = 0.0) -> None:
        super().__init__(way, delay)
        self.busy = busy
        self.pinged = 0

    def fields(self, body: bytes, kind: str) -> dict[str, str]:
        return {} if body == b"alive" else super().fields(body, kind)

    def page_new(self, visit: Visit) -> None:
        send, more = visit.send, PAGES[self.busy]
        visit.send = lambda body, *a, **k: send(body + more, *a, **k)  # type: ignore[method-assign]
        super().page_new(visit)

    def page_ping(self, visit: Visit) -> None:
        self.pinged += 1
        time.sleep(20 if self.busy == "long_poll" and self.pinged > 3 else 0)
        visit.send("ok")

    def page_clock(self, visit: Visit) -> None:
        self.pinged += 1
        visit.send("<script>setTimeout(function(){location.reload()},100)</script>" + str(self.pinged))
