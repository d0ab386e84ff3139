"""The audit chain, watched: what is new at every look, all of it with its seals once a day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pipelines.alarms.model import Trouble
from pipelines.context import Office
from pipelines.steps.accounting.account import verify_chain
from store.audit import chain

WHOLE_SECONDS = 86_400.0


class ChainWatch:
    """Remembers how far the chain has been found whole."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._whole_at: float | None = None
        self._good: tuple[int, str] = (0, chain.GENESIS)
        self._fault = ""

    def look(self, office: Office) -> Iterator[Trouble]:
        """A trouble while the chain is broken; a chain once found broken stays so until a whole check finds it good."""
        due = self._whole_at is None or self._clock() - self._whole_at > WHOLE_SECONDS
        if due or self._fault:
            self._look_at_all(office)
        else:
            self._look_at_new(office)
        if self._fault:
            yield Trouble(
                "chain_broken",
                "error",
                f"監査記録の検証に失敗しました（{self._fault}）。"
                "utsushi audit verify で箇所を確かめ、責任者に連絡してください。",
            )

    def _look_at_all(self, office: Office) -> None:
        result = verify_chain(office)
        self._whole_at = self._clock()
        self._fault = ""
        if not result.chain.ok:
            self._fault = f"{result.chain.broken_seq} 番目: {result.chain.reason}"
        elif not result.ok:
            self._fault = f"{result.seal_day} の封印: {result.seal_fault}"
        self._good = (result.chain.last_seq, result.chain.last_hash)

    def _look_at_new(self, office: Office) -> None:
        with office.store.read() as session:
            result = chain.verify(session, after=self._good)
        if not result.ok:
            self._fault = f"{result.broken_seq} 番目: {result.reason}"
        self._good = (result.last_seq, result.last_hash)
