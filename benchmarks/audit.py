"""Measures the seconds of ``audit verify`` over a chain as long as that of several years.

python -m benchmarks.audit --events 1000000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rich.progress import track
from sqlalchemy import insert

from store.audit import chain
from store.base.schema import AuditEvent
from store.database import Store

_AT_ONCE = 10_000
_ACTS = ("document.read", "verification.said", "entry.confirmed", "field.revealed")


def written(seq: int, before: str) -> dict[str, object]:
    """One event as the store would have written it."""
    at = f"2026-{1 + seq // 90_000 % 12:02d}-{1 + seq // 3600 % 28:02d}T{seq // 3600 % 24:02d}:00:00.000000Z"
    act, subject, detail = _ACTS[seq % 4], f"document:{seq // 20}", '{"fields":38,"state":"read"}'
    digest = chain.event_hash(seq, at, "worker-1", act, subject, detail, before)
    event = {"seq": seq, "at": at, "actor": "worker-1", "act": act, "subject": subject, "detail": detail}
    return event | {"prev_hash": before, "hash": digest}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/store.db", Path(folder))
        store.migrate()
        before, seq = chain.GENESIS, 0
        for start in track(range(0, count, _AT_ONCE), "writing the chain"):
            rows = []
            for seq in range(start + 1, min(start + _AT_ONCE, count) + 1):
                rows.append(written(seq, before))
                before = str(rows[-1]["hash"])
            with store.engine.begin() as connection:
                connection.execute(insert(AuditEvent), rows)
        begun = time.perf_counter()
        with store.read() as session:
            found = chain.verify(session)
        seconds = time.perf_counter() - begun
    print(
        f"{found.events:,} events, whole: {found.ok}, {seconds:.1f} s ({found.events / seconds:,.0f} a second)"
    )
    return 0 if found.ok and found.events == count else 1


if __name__ == "__main__":
    raise SystemExit(main())
