"""Monitors the audit chain: new events at every check, the whole chain with its seals once a day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from foundation.words import Sentence, sentence
from pipelines.alarms.model import Problem
from pipelines.context import Office
from pipelines.steps.accounting.account import verify_chain
from store.audit import chain as audit

# The chain grows for years, so verifying all of it at every check would cost more each day.
FULL_CHECK_SECONDS = 86_400.0


class ChainCheck:
    """Remembers up to which event the chain has been verified."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._verified_all_at: float | None = None
        self._verified_to: tuple[int, str] = (0, audit.GENESIS)
        self._fault: Sentence | None = None

    def check(self, office: Office) -> Iterator[Problem]:
        """Yields a problem while the chain is broken; only a full check that finds it intact ends the problem."""
        is_due = self._verified_all_at is None or self._clock() - self._verified_all_at > FULL_CHECK_SECONDS
        if (
            is_due or self._fault
        ):  # events after a broken link verify among themselves: new ones prove nothing
            self._verify_all(office)
        else:
            self._verify_new(office)
        if self._fault:
            yield Problem("chain_broken", "error", self._fault)

    def _verify_all(self, office: Office) -> None:
        result = verify_chain(office)
        self._verified_all_at = self._clock()
        self._fault = None
        if not result.chain.ok:
            self._fault = _broken(result.chain)
        elif not result.ok:
            self._fault = sentence("alert.seal_broken", day=result.seal_day, reason=result.seal_fault)
        self._verified_to = (result.chain.last_seq, result.chain.last_hash)

    def _verify_new(self, office: Office) -> None:
        with office.store.read() as session:
            result = audit.verify(session, after=self._verified_to)
        if not result.ok:
            self._fault = _broken(result)
        self._verified_to = (result.last_seq, result.last_hash)


def _broken(chain: audit.AuditResult) -> Sentence:
    return sentence("alert.chain_broken", seq=chain.broken_seq, reason=chain.reason)
