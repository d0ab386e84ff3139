"""A scripted person who works in the real web pages by keyboard and knows the true values of the sheets.

Everything goes through a real browser: signing in, typing, Enter. Nothing here uses the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Error, Page, sync_playwright

from bots.browser.launch import arguments, find_browser
from pipelines.demo.demo_office import DemoOffice, Person
from pipelines.demo.truth import Truth

WAIT_MS = 20_000  # the machine reads at the same time, so pages may take seconds
PAUSE_SECONDS = 3.0  # each look loads pages, which takes processor time from reading
_CROP_SEEN = "item => document.querySelector('#item').dataset.seen === item"
NOTE = "申請書のとおり（記載どおりで受理）"
MISSING = "必須項目の記入がないため返戻"
_NEXT = """([before]) => {
  const item = document.querySelector('#item');
  const left = document.querySelector('#nothing-left');
  const showing = item && !item.hidden && item.dataset.item && item.dataset.item !== before;
  return Boolean(showing || (left && !left.hidden));
}"""


@dataclass
class ScriptedPerson(threading.Thread):
    """One person at one browser, until ``stopped`` is set.

    Attributes:
        stage: where to sign in.
        person: who signs in.
        truth: the values on the paper.
        stopped: set when no more work will come.
        answers: number of fields answered.
        failure: the error that ended the thread, if any.
    """

    stage: DemoOffice
    person: Person
    truth: Truth
    stopped: threading.Event
    answers: int = 0
    failure: str | None = None
    other_work: Callable[[Page], None] | None = None

    def __post_init__(self) -> None:
        super().__init__(name=self.person.name, daemon=True)

    # A dataclass with `eq` has no hash, and threading keeps its threads in a set.
    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Works until ``stopped``; an error ends the thread and is kept for the report."""
        try:
            with sync_playwright() as started:
                browser = started.chromium.launch(
                    executable_path=find_browser(started), args=arguments(("127.0.0.1",))
                )
                try:
                    self._work(browser)
                finally:
                    browser.close()
        except (Error, KeyError) as error:
            self.failure = f"{self.person.name}: {type(error).__name__}: {str(error)[:300]}"

    def _work(self, browser: Browser) -> None:
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{self.stage.pages}/login")
        page.fill("#name", self.person.name)
        page.fill("#password", self.person.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        while not self.stopped.is_set():
            if self.other_work is not None:
                self.other_work(page)
            page.goto(f"{self.stage.pages}/verify")
            self._verify(page)
            self.stopped.wait(PAUSE_SECONDS)

    def _verify(self, page: Page) -> None:
        """Answers items until none is left for this person."""
        before = ""
        while not self.stopped.is_set():
            page.wait_for_function(_NEXT, arg=[before])
            shown = page.evaluate(
                "() => { const i = document.querySelector('#item'); return i.hidden ? null : {...i.dataset}; }"
            )
            if not shown or not shown.get("item"):
                return
            self._answer(page, shown)
            before = str(shown["item"])
            self.answers += 1

    def _decide(self, page: Page, value: str) -> None:
        """Answers a broken rule: a missing value returns the application, a written one is kept with a reason."""
        page.keyboard.press("Enter" if value else "Alt+KeyR")
        page.locator("#note").fill(NOTE if value else MISSING)
        page.keyboard.press("Enter")

    def _answer(self, page: Page, shown: dict[str, str]) -> None:
        value = self.truth.value(shown["file"], int(shown["page"]), shown["field"])
        if shown["mode"] == "override":
            _wait_until_seen(page, shown)
            self._decide(page, value)
            return
        if not value:
            _wait_until_seen(page, shown)
            page.keyboard.press("Alt+KeyK")
            return
        options = page.locator('#inputs input[name="value"]:is([type="radio"],[type="checkbox"])')
        if options.count():
            page.keyboard.press("0")  # clears a choice that the machine has proposed
            known = options.evaluate_all("all => all.map(one => one.value)")
            for chosen in value.split("|"):
                page.keyboard.press(str(known.index(chosen) + 1))
        else:
            page.locator('#inputs input[name="value"]').fill(value)
        page.keyboard.press("Enter")


def _wait_until_seen(page: Page, shown: dict[str, str]) -> None:
    """Waits until the page accepts an answer: not before a person could have seen the crop."""
    page.wait_for_function(_CROP_SEEN, arg=shown["item"])
