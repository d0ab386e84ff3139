"""A scripted newcomer: real mouse and keys in a real browser, minutes by the keystroke-level model.

Operators and seconds are those of Card, Moran and Newell, "The keystroke-level model for user performance time with
interactive systems" (CACM 1980): K 0.28 a key (average typist), P 1.1 pointing, B 0.1 a press or release of the button,
H 0.4 from mouse to keyboard or back, M 1.35 a decision. R is the measured time of the machine. Comparing
something with paper is not in the model: it counts ``LOOK`` seconds each, an assumption.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

SECONDS = {"K": 0.28, "P": 1.1, "B": 0.1, "H": 0.4, "M": 1.35}
LOOK = 2.0
"""Assumed seconds to compare one field on the screen with the paper."""


@dataclass
class Person:
    """Acts on a page with real events, and counts them."""

    page: Page
    operators: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    waited: float = 0.0
    mends: list[str] = field(default_factory=list)
    _at_keys: bool = False

    @property
    def minutes(self) -> float:
        """Minutes of the whole: operators, looks, and what the machine took."""
        spent = sum(SECONDS[name] * count for name, count in self.operators.items())
        return (spent + LOOK * self.looks + self.waited) / 60

    def decide(self, mend: str = "") -> None:
        """Count one decision; ``mend`` is recorded for the report."""
        self.operators["M"] += 1
        if mend:
            self.mends.append(mend)

    def look(self, count: int) -> None:
        """Count a comparison of `count` fields with the paper."""
        self.looks += count

    @contextmanager
    def waiting(self):
        """Counts the time inside the block as the machine's."""
        start = time.monotonic()
        yield
        self.waited += time.monotonic() - start

    def click(self, target: Locator) -> None:
        self._hand(keys=False)
        self.operators.update({"P": 1, "B": 2})
        target.click()

    def click_at(self, x: float, y: float) -> None:
        self._hand(keys=False)
        self.operators.update({"P": 1, "B": 2})
        self.page.mouse.click(x, y)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self._hand(keys=False)
        self.operators.update({"P": 2, "B": 2})
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        self.page.mouse.move(*end, steps=3)
        self.page.mouse.up()

    def press(self, key: str, times: int = 1) -> None:
        self._hand(keys=True)
        self.operators["K"] += times * len(key.split("+"))
        for _ in range(times):
            self.page.keyboard.press(key)

    def fill(self, target: Locator, text: str) -> None:
        """Click into an input, replace what stands there. Japanese is counted at two keys a letter."""
        self.click(target)
        self._hand(keys=True)
        self.page.keyboard.press("Control+a")
        self.operators["K"] += 2 + sum(2 if ord(letter) > 127 else 1 for letter in text)
        self.page.keyboard.insert_text(text) if text else self.page.keyboard.press("Delete")

    def choose(self, target: Locator, value: str) -> None:
        """Open a list and choose one option."""
        self._hand(keys=False)
        self.operators.update({"P": 2, "B": 4})
        target.select_option(value)

    def pick_file(self, target: Locator, path: object) -> None:
        """Choose a file; the dialog itself is invisible to scripts, and its steps are counted."""
        self.decide()
        self._hand(keys=False)
        self.operators.update({"P": 3, "B": 7})
        target.set_input_files(str(path))

    def _hand(self, keys: bool) -> None:
        if keys != self._at_keys:
            self.operators["H"] += 1
        self._at_keys = keys
