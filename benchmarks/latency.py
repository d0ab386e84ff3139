"""Enter to next crop with a long queue and many people at work, in real browser pages.

`python -m benchmarks.latency [--items 10000] [--verifiers 10] [--answers 60] [--pace 2.0]`

Every verifier is a page of its own browser profile in a real Chromium. Each waits at an item for about `pace` seconds
(at random from half of it to one and a half times) and presses Enter. The page itself measures from the key to the
next crop painted (`enter-to-crop`). The server is a process of its own on the same machine. Exit status 1 beyond
the limits.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.rigs import crowd
from bots.browser.launch import arguments

MEDIAN_MS, LATE_MS = 100.0, 250.0
_NEXT = """before => {
  const item = document.getElementById("item");
  return !item.hidden && item.dataset.item !== before && item.dataset.seen === item.dataset.item;
}"""
_TAKEN = "performance.getEntriesByName('enter-to-crop').map((entry) => entry.duration)"


@dataclass(frozen=True)
class Figures:
    """Milliseconds from Enter to the next crop."""

    taken: list[float]
    seconds: float

    @property
    def median(self) -> float:
        return statistics.median(self.taken)

    @property
    def late(self) -> float:
        return statistics.quantiles(self.taken, n=20)[-1]

    @property
    def good(self) -> bool:
        return self.median <= MEDIAN_MS and self.late <= LATE_MS


async def measure(url: str, names: list[str], answers: int, pace: float) -> Figures:
    """Lets all people work at once."""
    started = time.monotonic()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=crowd.chromium(), args=arguments(("127.0.0.1",))
        )
        taken = await asyncio.gather(*(_person(browser, url, name, answers, pace) for name in names))
        await browser.close()
    return Figures([one for each in taken for one in each], time.monotonic() - started)


async def _person(browser: Browser, url: str, name: str, answers: int, pace: float) -> list[float]:
    chance = random.Random(name)
    page = await _signed_in(browser, url, name)
    before = ""
    for _ in range(answers):
        await page.wait_for_function(_NEXT, arg=before, timeout=120_000)
        before = str(await page.get_attribute("#item", "data-item"))
        await asyncio.sleep(pace * chance.uniform(0.5, 1.5))
        await page.keyboard.press("Enter")
    await page.wait_for_function(_NEXT, arg=before, timeout=120_000)
    await asyncio.sleep(0.3)
    taken: list[float] = await page.evaluate(_TAKEN)
    return taken


async def _signed_in(browser: Browser, url: str, name: str) -> Page:
    context = await browser.new_context(viewport={"width": 1366, "height": 768})
    page = await context.new_page()
    page.set_default_timeout(120_000)
    await page.goto(f"{url}/login?next=/verify")
    await page.fill("#name", name)
    await page.fill("#password", crowd.seeding.PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url(f"{url}/verify")
    return page


def run(items: int, verifiers: int, answers: int, pace: float) -> Figures:
    """Fill an office, serve it, measure."""
    with tempfile.TemporaryDirectory() as folder:
        filled = crowd.fill(Path(folder), items, verifiers)
        print(f"{filled.items} items queued, {verifiers} verifiers, {answers} answers each", flush=True)
        with crowd.serving(filled.folder) as server:
            return crowd.run_apart(measure(server.url, filled.names, answers, pace))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--verifiers", type=int, default=10)
    parser.add_argument("--answers", type=int, default=60, help="by each verifier")
    parser.add_argument("--pace", type=float, default=2.0, help="seconds at one item")
    asked = parser.parse_args()
    found = run(asked.items, asked.verifiers, asked.answers, asked.pace)
    print(
        f"Enter to next crop: n={len(found.taken)} median {found.median:.0f} ms, 95th {found.late:.0f} ms, "
        f"longest {max(found.taken):.0f} ms ({len(found.taken) / found.seconds:.1f} answers a second, all together)"
    )
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
