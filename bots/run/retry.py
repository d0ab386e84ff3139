"""Exponential back-off between attempts, and a circuit breaker for the whole system."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bots.spec.model.bot import RunPolicy


@dataclass
class BackOff:
    """Waiting times that double, with jitter, so that several bots do not retry at the same time."""

    policy: RunPolicy
    rng: random.Random = field(default_factory=random.Random)

    def seconds(self, attempt: int) -> float:
        """Return how many seconds to wait after the ``attempt``-th failure (from 1)."""
        most = min(self.policy.back_off * 2 ** (attempt - 1), self.policy.back_off_most)
        # Half to full waiting time ("equal jitter"): spread out, but never immediate.
        return float(most * self.rng.uniform(0.5, 1.0))


@dataclass
class CircuitBreaker:
    """Opens after several Records in a row failed because of the system; an open breaker stops the run."""

    limit: int
    failures: int = 0
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the run must stop."""
        return self.failures >= self.limit

    def record_failure(self, reason: str) -> None:
        """Count a Record that was parked because of a system failure."""
        self.failures += 1
        self.reason = reason

    def trip(self, reason: str) -> None:
        """Open at once, as when a login is refused and another try might lock the account."""
        self.failures = self.limit
        self.reason = reason

    def record_success(self) -> None:
        """Reset the count: the system answered properly."""
        self.failures = 0
