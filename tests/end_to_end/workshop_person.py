"""A person at the bot workshop's page: does by keyboard and mouse what `benchmarks.workshop.staff.Staff` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

from benchmarks.workshop.staff import Staff

Screen = dict[str, Any]
_SPOTS = """() => [...document.querySelectorAll('.spot')].map((s) => ({
  id: s.dataset.id, kind: s.dataset.kind, words: s.title, frame: s.dataset.frame }))"""


class Person:
    """Sees only what the page shows."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.staff = Staff(self.act, self.screen, self.edit)

    def screen(self, url: str = "") -> Screen:
        self.settled()
        box = self.page.locator("#message-box")
        dialog = None
        if box.is_visible():
            dialog = {"kind": "confirm", "text": box.locator(".message-text").inner_text()}
        windows = self.page.locator("#windows:not([hidden]) button").count() or 1
        return {"elements": self.page.evaluate(_SPOTS), "dialog": dialog, "windows": [""] * windows}

    def settled(self) -> None:
        expect(self.page.locator("#screen")).to_have_attribute("aria-busy", "false", timeout=90_000)
        assert not self.page.locator("#status.bad").count(), self.page.locator("#status").inner_text()

    def act(self, act: Mapping[str, Any]) -> Screen:
        self._record(str(act.get("procedure", "")))
        if act["kind"] == "goto":
            self.page.locator("#address").fill(str(act["value"]))
            self.page.locator("#go button").click()
        elif act["kind"] == "dialog":
            name = "キャンセル" if act.get("value") == "dismiss" else "OK"
            self.page.locator("#message-box").get_by_role("button", name=name).click()
        elif act["kind"] == "window":
            self.page.locator("#windows button").nth(int(act["value"])).click()
        else:
            self._on_element(act)
        return self.screen()

    def edit(self, edit: Mapping[str, Any]) -> None:
        sign = edit["sign"]
        self.page.locator("#recording").check()
        if sign["kind"] in {"yes", "no", "many"}:
            self.page.locator("#tab-find").click()
        else:
            self.page.locator("#tab-enter").click()
            if sign["kind"] == "session_lost":
                self.page.locator("#tab-login").click()
        element = sign.get("element") or self.screen()["elements"][0]["id"]
        box = self._open(element)
        if box.locator("details summary").count():
            box.locator("details summary").click()
        if "text" in sign:
            box.locator("#act-sign-text").fill(sign["text"])
        box.locator("#act-sign").select_option(sign["kind"])
        box.locator("#act-mark").click()
        self.settled()

    def _record(self, procedure: str) -> None:
        self.page.locator("#recording").set_checked(bool(procedure))
        if procedure:
            self.page.locator(f"#tab-{procedure}").click()

    def _open(self, element: str) -> Locator:
        # By keyboard, as a small element may lie under a larger one.
        self.page.locator(f".spot[data-id='{element}']").focus()
        self.page.keyboard.press("Enter")
        box = self.page.locator("#act")
        expect(box).to_be_visible()
        return box

    def _on_element(self, act: Mapping[str, Any]) -> None:
        box = self._open(str(act["element"]))
        kind = act["kind"]
        if kind == "fill" and act.get("secret"):
            box.get_by_label("秘密（ID・パスワード）").check()
            box.locator("#act-secret").fill(act["secret"])
        elif kind == "fill":
            if box.get_by_label("値", exact=True).count():
                box.get_by_label("値", exact=True).check()
            box.locator("#act-value").fill(str(act["value"]))
        elif kind == "select":
            box.locator("#act-value").select_option(str(act["value"]))
        elif kind == "uncheck":
            box.get_by_label("印を付ける").uncheck()
        if kind in {"fill", "select", "check", "uncheck", "choose"}:
            if "field" in act:
                box.locator("#act-field").select_option(act["field"])
            return box.locator("#act-go").click()
        if kind == "capture":
            return self._capture(box, act)
        if act.get("irreversible"):
            if kind == "only_record":
                return box.locator("#act-save").click()
            self.page.once("dialog", lambda dialog: dialog.accept())
            return box.get_by_role("button", name="保存ボタンとして押す").click()
        words = "この文言が出るまで待つ" if kind == "wait_for" else "押す|開く|ここをクリックする"
        return next(
            b for w in words.split("|") if (b := box.get_by_role("button", name=w, exact=True)).count()
        ).click()

    def _capture(self, box: Locator, act: Mapping[str, Any]) -> None:
        box.locator("#act-capture").select_option(act["field"])
        if act.get("value"):
            box.locator("#act-part").fill(str(act["value"]))
        box.get_by_role("button", name="この値を読み取る").click()
