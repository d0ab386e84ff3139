"""Scripted verifiers for the endurance run, over HTTP and in real browsers."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import httpx
from playwright.async_api import Browser, BrowserContext, Error, Page

from benchmarks.rigs import crowd

_NEXT = """() => {
  const item = document.getElementById("item"), left = document.getElementById("nothing-left");
  return (!item.hidden && item.dataset.seen === item.dataset.item) || !left.hidden;
}"""
SLIPPING = frozenset({"text", "kana", "account_number", "my_number", "digits"})
AWAY = (httpx.HTTPError, ConnectionError)


@dataclass
class Ledger:
    """What people did and saw, for comparison with the database."""

    acknowledged: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    given: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    typed: dict[tuple[str, int, str], set[int]] = field(default_factory=dict)

    def was_given(self, user: str, item: dict[str, object]) -> None:
        """Nobody may be given a second question about a field that they have answered."""
        key = (user, int(str(item["document"])), str(item["field"]))
        answered = self.typed.get(key, set())
        if answered - {int(str(item["id"]))} and item["mode"] != "override" and not item["voices"]:
            self.violations.append(f"{user} was given their own double: {key}")


@dataclass
class Day:
    """State that all of them share."""

    server: crowd.Server
    truth: dict[tuple[int, str], str]
    ledger: Ledger
    pace: float
    over: asyncio.Event
    renew_seconds: float
    slips: float = 0.02


@dataclass
class HttpVerifier:
    """One verifier that sends the HTTP requests of the page's script."""

    day: Day
    name: str
    chance: Random
    http: httpx.AsyncClient | None = None
    csrf: str = ""
    renewed: float = 0.0
    past: list[dict[str, object]] = field(default_factory=list)

    async def work(self) -> None:
        """Until the day is over."""
        while not self.day.over.is_set():
            try:
                await self._open_browser()
                await self._work_until_closed()
            except AWAY:
                self.day.ledger.events["server away"] += 1
                await asyncio.sleep(0.5)
        await self._leave()

    async def _open_browser(self) -> None:
        """A new browser, signed in."""
        await self._leave()
        self.http = httpx.AsyncClient(base_url=self.day.server.url, timeout=30)
        page = await self.http.get("/login")
        sent = {
            "csrf": _csrf(page.text),
            "name": self.name,
            "password": crowd.seeding.PASSWORD,
            "next": "/verify",
        }
        await self.http.post("/login", data=sent)
        self.csrf = _csrf((await self.http.get("/verify")).text)

    async def _leave(self) -> None:
        if self.http is not None:
            await self.http.aclose()
            self.http = None

    async def _work_until_closed(self) -> None:
        """Works until the browser is closed, and leaves claimed items unanswered."""
        items: list[dict[str, object]] = []
        while not self.day.over.is_set():
            if not items:
                items = await self._claim([])
            if not items:
                await asyncio.sleep(1.0)
                continue
            if self.chance.random() < 0.01:
                self.day.ledger.events["browser closed"] += 1
                return
            item = items.pop(0)
            await asyncio.sleep(self.day.pace * self.chance.uniform(0.4, 1.6))
            await self._renew([item, *items])
            fresh = await self._answer(item, [int(str(one["id"])) for one in items])
            known = {one["id"] for one in items}
            items += [one for one in fresh if one["id"] not in known and one["id"] != item["id"]]
            await self._resend_or_withdraw()

    async def _renew(self, items: list[dict[str, object]]) -> None:
        """Renews leases as the page does while a person works."""
        if time.monotonic() - self.renewed > self.day.renew_seconds:
            self.renewed = time.monotonic()
            await self._post("/api/verify/renew", {"items": [item["id"] for item in items]})

    async def _claim(self, have: list[int]) -> list[dict[str, object]]:
        answer = await self._post("/api/verify/claim", {"want": 4, "have": have})
        return self._given(answer)

    def _given(self, answer: httpx.Response) -> list[dict[str, object]]:
        items: list[dict[str, object]] = answer.json().get("items", []) if answer.is_success else []
        for item in items:
            self.day.ledger.was_given(self.name, item)
        return items

    async def _answer(self, item: dict[str, object], have: list[int]) -> list[dict[str, object]]:
        sent = {**self._said(item), "want": {"want": max(1, 4 - len(have)), "have": have}}
        send = self._post("/api/verify/answer", sent)
        if self.chance.random() < 0.05:
            self.day.ledger.events["doubled click"] += 1
            answers = await asyncio.gather(send, self._post("/api/verify/answer", sent))
        else:
            answers = [await self._until_there(send, sent)]
        for answer in answers:
            self._note(item, sent, answer)
        return self._given(answers[0])

    def _said(self, item: dict[str, object]) -> dict[str, object]:
        value = self.day.truth[int(str(item["document"])), str(item["field"])]
        slips = 0.1 if item["mode"] in {"double", "third"} else self.day.slips
        if item["type"] in SLIPPING and value and self.chance.random() < slips:
            value = value[:-1] + self.chance.choice(["1", "2"] if value[-1].isdigit() else ["ア", "子"])
        said = {
            "item": item["id"],
            "token": item["token"],
            "outcome": "ok" if value else "blank",
            "value": value,
        }
        if item["mode"] == "override":
            said["note"] = "申請書のとおり"
        return {**said, "seconds": 1.0, "keystrokes": len(value)}

    async def _until_there(self, send: object, sent: dict[str, object]) -> httpx.Response:
        """Sends the answer again, with its token, until the server responds."""
        while True:
            try:
                return await send  # type: ignore[no-any-return, misc]
            except AWAY:
                self.day.ledger.events["answer sent again"] += 1
                await asyncio.sleep(0.4)
                send = self._post("/api/verify/answer", sent)

    def _note(self, item: dict[str, object], sent: dict[str, object], answer: httpx.Response) -> None:
        ledger = self.day.ledger
        if answer.status_code >= 500 and answer.status_code != 503:
            ledger.violations.append(f"HTTP {answer.status_code}: {answer.text[:200]}")
        if not answer.is_success:
            ledger.events[f"refused: {answer.json()['error']['code']}"] += 1
            return
        key = (self.name, int(str(item["document"])), str(item["field"]))
        ledger.typed.setdefault(key, set()).add(int(str(item["id"])))
        if not answer.json()["repeated"]:
            number = int(str(item["id"]))
            ledger.acknowledged[str(sent["token"])] = (number, self.name, str(sent["value"]))
            self.past = [*self.past[-5:], sent]

    async def _resend_or_withdraw(self) -> None:
        """The back button: sends an old form again, changed; or withdraws an answer and submits another."""
        if not self.past:
            return
        if self.chance.random() < 0.03:
            self.day.ledger.events["back button"] += 1
            old = self.chance.choice(self.past)
            again = await self._post("/api/verify/answer", {**old, "value": "もどるボタン"})
            if again.is_success and not again.json()["repeated"]:
                self.day.ledger.violations.append(f"an old form was taken for a new one: item {old['item']}")
        elif self.chance.random() < 0.02:
            self.day.ledger.events["undo"] += 1
            undone = await self._post("/api/verify/undo", {"item": self.past[-1]["item"]})
            if undone.is_success:
                self.past.pop()
                await self._answer(undone.json()["item"], [])
        elif self.chance.random() < 0.01:
            self.day.ledger.events["another's item"] += 1
            other = {"item": self.chance.randint(1, 4000), "token": "forged", "outcome": "ok", "value": "x"}
            forged = await self._post("/api/verify/answer", {**other, "seconds": 1})
            if forged.is_success:
                self.day.ledger.violations.append(f"a forged token was taken: {forged.text[:200]}")

    async def _post(self, path: str, body: dict[str, object]) -> httpx.Response:
        assert self.http is not None
        began = time.monotonic()
        answer = await self.http.post(path, json=body, headers={"x-csrf-token": self.csrf})
        self.day.ledger.seconds.append(time.monotonic() - began)
        return answer


@dataclass
class BrowserVerifier:
    """One verifier at a real browser: keys only, doubled Enters, back button, closed windows."""

    day: Day
    name: str
    chance: Random
    browser: Browser

    async def work(self) -> None:
        """Until the day is over."""
        while not self.day.over.is_set():
            context = await self.browser.new_context(viewport={"width": 1366, "height": 768})
            try:
                page = await self._signed_in(context)
                await self._work_until_closed(page)
            except Error:
                self.day.ledger.events["browser: server away"] += 1
                await asyncio.sleep(0.5)
            finally:
                await context.close()

    async def _signed_in(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.set_default_timeout(15_000)
        await page.goto(f"{self.day.server.url}/login?next=/verify")
        await page.fill("#name", self.name)
        await page.fill("#password", crowd.seeding.PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/verify")
        return page

    async def _work_until_closed(self, page: Page) -> None:
        while not self.day.over.is_set():
            await page.wait_for_function(_NEXT)
            shown = await page.evaluate("({...document.getElementById('item').dataset})")
            if not shown.get("item"):
                await asyncio.sleep(1.0)
                continue
            try:
                await self._answer(page, shown)
            except ValueError:  # an answer that could not be sent came back on screen in between
                self.day.ledger.events["browser: item came back"] += 1
                continue
            act = self.chance.random()
            if act < 0.02:
                self.day.ledger.events["browser: window closed"] += 1
                return
            if act < 0.04:
                self.day.ledger.events["browser: back and forward"] += 1
                await page.goto(f"{self.day.server.url}/")
                await page.go_back()

    async def _answer(self, page: Page, shown: dict[str, str]) -> None:
        value = self.day.truth[int(shown["document"]), shown["field"]]
        await asyncio.sleep(self.day.pace * self.chance.uniform(0.4, 1.2))
        options = page.locator('#inputs input[name="value"]:is([type="radio"],[type="checkbox"])')
        if not value:
            await page.keyboard.press("Alt+KeyK")
        elif shown["mode"] == "override":
            await page.keyboard.press("Enter")
            await page.keyboard.type("申請書のとおり")
            await page.keyboard.press("Enter")
        elif known := await options.evaluate_all("all => all.map(one => one.value)"):
            await page.keyboard.press("0")
            for chosen in value.split("|"):
                await page.keyboard.press(str(known.index(chosen) + 1))
            await self._enter(page)
        else:
            await page.keyboard.press("Control+A")
            await page.keyboard.insert_text(value)
            await self._enter(page)
        self.day.ledger.events["browser: answers"] += 1

    async def _enter(self, page: Page) -> None:
        await page.keyboard.press("Enter")
        if self.chance.random() < 0.1:
            self.day.ledger.events["browser: doubled Enter"] += 1
            await page.keyboard.press("Enter")


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" content="([^"]+)"', page)
    if found is None:
        raise ConnectionError("no page")
    return found[1]
