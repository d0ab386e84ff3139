"""How often to try again, how long to wait, and when to leave the whole system alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bots.spec.model.bot import RunPolicy


@dataclass
class BackOff:
    """Waiting times that double, with jitter, so that several bots do not come back at one instant."""

    manner: RunPolicy
    source: random.Random = field(default_factory=random.Random)

    def seconds(self, attempt: int) -> float:
        """How long to wait after the ``attempt``-th failure (from 1)."""
        most = min(self.manner.back_off * 2 ** (attempt - 1), self.manner.back_off_most)
        return float(most * self.source.uniform(0.5, 1.0))


@dataclass
class CircuitBreaker:
    """Opens after several Records in a row failed by the system's fault; an open one stops the run."""

    limit: int
    failures: int = 0
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the run must stop."""
        return self.failures >= self.limit

    def failed(self, reason: str) -> None:
        """A Record was parked because of a system failure."""
        self.failures += 1
        self.reason = reason

    def trip(self, reason: str) -> None:
        """Stop at once, as when a login is refused and another try might lock the account."""
        self.failures = self.limit
        self.reason = reason

    def worked(self) -> None:
        """The system answered properly."""
        self.failures = 0
