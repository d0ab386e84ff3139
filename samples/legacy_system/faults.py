"""Faults that can be switched on, each with its own seeded random sequence."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from samples.legacy_system.errors import LegacySystemError

FAULTS: dict[str, str] = {
    "slow": "the page is answered after a wait of 2 to 5 seconds",
    "error500": "an HTTP 500 page; nothing was done",
    "blank500": "an HTTP 500 without any content; a save may or may not have been done",
    "lost_session": "the session is forgotten first, so the login page comes, inside the frame",
    "db_error_page": "a database error page with HTTP 200 on search, list, detail and save; nothing was done",
    "cut_before_save": "the connection drops at the save; nothing was stored",
    "cut_after_save": "the row is stored, then the connection drops before any answer",
}


@dataclass
class Fault:
    """One fault switched on.

    Attributes:
        rate: probability for each matching request, 0 to 1.
        times: how many more times it may happen; None for no limit.
        on: only requests whose path contains this text.
        fired: how often it has happened.
    """

    rate: float = 0.0
    times: int | None = None
    on: str = ""
    fired: int = 0
    random_source: random.Random = field(default_factory=random.Random)


class FaultPlan:
    """The faults that are on. The same seed and the same requests produce the same faults."""

    def __init__(self, seed: int = 0, slow_seconds: tuple[float, float] = (2.0, 5.0)) -> None:
        self.seed = seed
        self.slow_seconds = slow_seconds
        self._faults = {name: self._new_fault(name) for name in FAULTS}

    def set(self, **changes: object) -> None:
        """Change faults; the others stay unchanged.

        Args:
            changes: fault name to a rate (0 to 1) or a mapping of ``rate``, ``times``, ``on``;
                ``seed=N`` restarts all sequences, ``clear=True`` switches everything off first.

        Raises:
            LegacySystemError: no such fault, or a rate outside 0 to 1.
        """
        seed, clear = changes.pop("seed", None), changes.pop("clear", False)
        if isinstance(seed, int):
            self.seed = seed
        # A new seed restarts the sequences but keeps the rates.
        if clear or seed is not None:
            kept = (
                {}
                if clear
                else {name: (fault.rate, fault.times, fault.on) for name, fault in self._faults.items()}
            )
            self._faults = {name: self._new_fault(name, *kept.get(name, ())) for name in FAULTS}
        for name, change in changes.items():
            self._set_one(name, change)

    def happens(self, name: str, path: str) -> bool:
        """Decide at random whether a fault happens to one request, and count it."""
        fault = self._faults[name]
        # Decided before a number is drawn: a request that the fault is not meant for must not shift the sequence.
        if not fault.rate or fault.times == 0 or fault.on not in path:
            return False
        if fault.random_source.random() >= fault.rate:
            return False
        fault.fired += 1
        fault.times = None if fault.times is None else fault.times - 1
        return True

    def wait_seconds(self) -> float:
        """Return the seconds that a slow page waits."""
        return self._faults["slow"].random_source.uniform(*self.slow_seconds)

    def coin(self, name: str) -> bool:
        """Return True with probability one half, from a fault's own sequence."""
        return self._faults[name].random_source.random() < 0.5

    def state(self) -> dict[str, object]:
        """Return the seed, and for each fault its rate, its remaining times, and how often it happened."""
        faults = {
            name: {"rate": fault.rate, "times": fault.times, "on": fault.on, "fired": fault.fired}
            for name, fault in self._faults.items()
        }
        return {"seed": self.seed, "faults": faults}

    def _new_fault(self, name: str, rate: float = 0.0, times: int | None = None, on: str = "") -> Fault:
        # A sequence for each fault: switching one on must not change when another happens.
        return Fault(rate, times, on, random_source=random.Random(f"{self.seed}:{name}"))

    def _set_one(self, name: str, change: object) -> None:
        if name not in FAULTS:
            known = ", ".join(FAULTS)
            raise LegacySystemError(
                f"「{name}」という障害はありません。次から選んでください: {known}",
                f"no fault {name!r}; choose from {known}",
            )
        options: Mapping[str, object] = change if isinstance(change, Mapping) else {"rate": change}
        try:
            rate = float(str(options.get("rate", 1.0)))
            times = None if options.get("times") is None else int(str(options["times"]))
        except ValueError as error:
            raise _bad_rate(name) from error
        if not 0.0 <= rate <= 1.0:
            raise _bad_rate(name)
        fault = self._faults[name]
        fault.rate, fault.times, fault.on = rate, times, str(options.get("on", ""))


def _bad_rate(name: str) -> LegacySystemError:
    return LegacySystemError(
        f"障害「{name}」の割合は0から1の数、回数は整数で指定してください。",
        f"fault {name!r}: rate must be 0 to 1, times a whole number",
    )
