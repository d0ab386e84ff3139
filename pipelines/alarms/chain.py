"""The audit chain, watched: what is new at every look, all of it with its seals once a day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from foundation.words import Sentence, sentence
from pipelines.alarms.model import Trouble
from pipelines.context import Office
from pipelines.steps.accounting.account import verify_chain
from store.audit import chain as audit

WHOLE_SECONDS = 86_400.0


class ChainWatch:
    """Remembers how far the chain has been found whole."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._whole_at: float | None = None
        self._good: tuple[int, str] = (0, audit.GENESIS)
        self._fault: Sentence | None = None

    def check(self, office: Office) -> Iterator[Trouble]:
        """A trouble while the chain is broken; a chain once found broken stays so until a whole check finds it good."""
        due = self._whole_at is None or self._clock() - self._whole_at > WHOLE_SECONDS
        if due or self._fault:
            self._look_at_all(office)
        else:
            self._look_at_new(office)
        if self._fault:
            yield Trouble("chain_broken", "error", self._fault)

    def _look_at_all(self, office: Office) -> None:
        result = verify_chain(office)
        self._whole_at = self._clock()
        self._fault = None
        if not result.chain.ok:
            self._fault = _broken(result.chain)
        elif not result.ok:
            self._fault = sentence("alert.seal_broken", day=result.seal_day, reason=result.seal_fault)
        self._good = (result.chain.last_seq, result.chain.last_hash)

    def _look_at_new(self, office: Office) -> None:
        with office.store.read() as session:
            result = audit.verify(session, after=self._good)
        if not result.ok:
            self._fault = _broken(result)
        self._good = (result.last_seq, result.last_hash)


def _broken(chain: audit.AuditResult) -> Sentence:
    return sentence("alert.chain_broken", seq=chain.broken_seq, reason=chain.reason)
