"""One draft at work: what a person sees, does and marks in the supervised browser, and what is recorded of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bots.base.errors import NotGranted, SecretMissing
from bots.base.redact import hide_values
from bots.procedure.conditions import PageView, holds
from bots.run.grants import Grants, names_of_secrets
from bots.spec.templating import Scope, parse
from bots.workshop import draft as drafts
from bots.workshop import recording
from bots.workshop.act_rules import (
    Before,
    dialog_rule,
    drop_irreversible,
    is_within,
    loaded_frames,
    require_allowed,
    set_after,
    whole_address,
)
from bots.workshop.acts import ON_ELEMENT, ONLY_READING, action_for, recorded_step, shown_otherwise
from bots.workshop.browser import SupervisedBrowser
from bots.workshop.draft import PROCEDURES, Draft, Sign, Step
from bots.workshop.edits import add_sign, apply, recogniser
from bots.workshop.errors import WorkshopError
from bots.workshop.page_elements import Found, elements_of, pages_of
from bots.workshop.proposals import propose, single_row
from bots.workshop.sentences import read_condition
from bots.workshop.signs import apart
from bots.workshop.steps import address
from bots.workshop.trials import write_bot

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

Act = Mapping[str, Any]


@dataclass
class Workshop:
    """The browser of one draft. Every method reads the draft from its folder and writes it back."""

    folder: Path
    started: Playwright
    grants: Grants
    _browser: SupervisedBrowser | None = None
    _found: dict[str, Found] = field(default_factory=dict)
    _png: bytes = b""
    _opened: dict[Page, str] = field(default_factory=dict)
    _waiting: Before | None = None
    _typed: set[str] = field(default_factory=set)

    def close(self) -> None:
        """Close the browser."""
        if self._browser is not None:
            self._browser.close()
        self._browser, self._waiting = None, None
        self._opened.clear()
        self._found.clear()

    def screen(self, url: str = "") -> dict[str, Any]:
        """Return what the browser shows; opened at ``url``, or at the draft's address, when it is not open."""
        draft = drafts.load(self.folder)
        if self._browser is None or not self._browser.alive:
            self.close()
            address_to_open = self.grants.require_address(url or draft.base_url)
            browser = self._open(draft)
            browser.do(lambda: browser.page.goto(address_to_open, wait_until="domcontentloaded"))
        elif url:
            self.act({"kind": "goto", "value": url})
        return self._shown(draft)

    def act(self, act: Act) -> dict[str, Any]:
        """Do one act, record it where ``procedure`` says so, and return what is shown then."""
        draft = drafts.load(self.folder)
        if self._browser is None or not self._browser.alive:
            # Closed after a long pause: opened anew, where an element of the old screen is no longer there.
            self.screen()
        assert self._browser is not None
        if act["kind"] == "dialog":
            return self._answer(draft, act)
        if self._browser.dialog is not None:
            raise WorkshopError("先にメッセージに答えてください。", "answer the message box first")
        if act["kind"] == "window":
            return self._switch(draft, act)
        self._do(draft, self._browser, act)
        return self._shown(draft)

    def sign(self, kind: str, text: str, element: str) -> Draft:
        """Mark a text on the page that is shown."""
        draft = drafts.load(self.folder)
        one = self._element(element) if element else self._showing(text)
        words = text or (one.facts["words"] if one else "")
        rows = [found.facts["row"] for found in self._found.values() if found.facts["row"]]
        self._save(add_sign(draft, kind, words, one.facts if one else None, rows))
        made = draft.signs[-1] if draft.signs else None
        if (
            made is not None
            and kind in ("yes", "many")
            and isinstance(made.condition, dict)
            and "row" in made.condition
        ):
            self._narrow(draft, made, one)
        self._tell_apart(draft)
        return draft

    def _tell_apart(self, draft: Draft) -> None:
        """Where a page shows both answers of find, as a list without a word for "none" does: "no" excludes "yes"."""
        browser, yes = self._browser, [s.condition for s in draft.signs if s.kind == "yes"]
        if browser is None or not yes:
            return
        frames = [f for page in browser.windows() for f in page.frames]
        view = PageView(frames, recogniser(draft).scope, [], lambda _: None)
        if not holds(read_condition(yes[0]), view):
            return
        words = " ".join(f.facts["words"] for f in self._found.values())
        for sign in draft.signs:
            if sign.kind == "no" and holds(read_condition(sign.condition), view):
                sign.condition = apart(sign.condition, yes[0], words)
                self._save(draft, part_of_last=True)

    def _narrow(self, draft: Draft, sign: Sign, one: Found | None) -> None:
        """Make the sign of a row one that fits only that row of the page."""
        known = recogniser(draft)
        template = sign.condition["row"]
        named = (f for f in self._found.values() if template in map(known.key_template, f.facts["row"]))
        place = one if one is not None and one.facts["row"] else next(named, None)
        if place is not None:
            rest = {k: v for k, v in sign.condition.items() if k != "row"}
            sign.condition = {**single_row(template, place, list(self._found.values()), known), **rest}
            self._save(draft, part_of_last=True)

    def hidden(self, draft: Draft) -> frozenset[str]:
        """Return the values that no picture and no element may show."""
        names = set(names_of_secrets(step.step for _, _, step in draft.steps())) | self._typed
        found = {draft.sample.get(name, "") for name in draft.masked}
        for name in names:
            try:
                found.add(self.grants.secret(name))
            except (NotGranted, SecretMissing):
                # One that cannot be read cannot be on the page either.
                continue
        return frozenset(filter(None, found))

    # -- the browser -----------------------------------------------------------------------------------

    def _open(self, draft: Draft) -> SupervisedBrowser:
        needs = draft.extra.get("browser", {})
        login = needs.get("basic_login")
        pair = (self._secret_text(login["user"]), self._secret_text(login["password"])) if login else None
        parts = urlsplit(draft.base_url)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._browser = SupervisedBrowser(self.started, self.grants, needs, pair, origin)
        return self._browser

    def _secret_text(self, template: str) -> str:
        for name in names_of_secrets([template]):
            self.grants.require_secret(name)
            self._typed.add(name)
        secrets = {f"secret.{n}": self.grants.secret(n) for n in names_of_secrets([template])}
        text = template
        for name, value in secrets.items():
            text = text.replace(f"{{{{ {name} }}}}", value)
        return text if "{{" in text else parse(text).render(Scope({})).text

    def _shown(self, draft: Draft) -> dict[str, Any]:
        browser = self._browser
        assert browser is not None
        hints, browser.hints = browser.hints, []
        dialog = browser.dialog
        if dialog is None:
            self._png = browser.png(self.hidden(draft))
            self._read(draft, browser)
            hints += browser.old_techniques()
        size = browser.page.viewport_size or {"width": 0, "height": 0}
        return {
            "picture": base64.b64encode(self._png).decode("ascii"),
            "width": size["width"],
            "height": size["height"],
            "url": browser.page.url,
            "title": "" if dialog else browser.page.title(),
            "elements": [] if dialog else self._listed(draft),
            "dialog": {"kind": dialog.type, "text": dialog.message} if dialog else None,
            "windows": [page.url for page in browser.windows()],
            "hints": hints,
        }

    def _read(self, draft: Draft, browser: SupervisedBrowser) -> None:
        known = recogniser(draft)
        found = list(elements_of(pages_of(browser.page)))
        propose(found, known)
        self._found = {one.id: one for one in found}

    def _listed(self, draft: Draft) -> list[dict[str, Any]]:
        hidden = self.hidden(draft)
        return [_element_data(one, hidden) for one in self._found.values()]

    def _element(self, name: str) -> Found:
        if name not in self._found:
            raise WorkshopError(
                "画面が変わりました。もう一度選んでください。", f"no element {name!r} on the present screen"
            )
        return self._found[name]

    def _showing(self, text: str) -> Found | None:
        """Return the smallest element that shows a text."""
        holding = [f for f in self._found.values() if text and text in f.facts["words"]]
        return min(holding, key=lambda f: len(f.facts["words"]), default=None)

    # -- acting ----------------------------------------------------------------------------------------

    def _do(self, draft: Draft, browser: SupervisedBrowser, act: Act) -> None:
        procedure = act.get("procedure", "")
        if procedure and procedure not in PROCEDURES:
            raise WorkshopError("この手順書はありません。", f"no procedure {procedure!r}")
        one = self._element(act["element"]) if act.get("element") else None
        if one is None and act["kind"] in ON_ELEMENT:
            raise WorkshopError("操作する要素を選んでください。", f"the act {act['kind']!r} needs an element")
        text = self._text(draft, act, one)
        start, step = "", None
        if procedure and act["kind"] not in ("back", "scroll"):
            require_allowed(draft, act)
            start = self._start(draft, browser, procedure, act)
            step = self._step(draft, act, one, text)
        action = (
            self._goto(draft, browser, text) if act["kind"] == "goto" else action_for(browser, act, one, text)
        )
        before = Before(
            act["kind"], browser.page, dict(browser.events.documents), browser.windows(), step, procedure
        )
        if step is not None:
            step.window = self._window(draft, browser.page, procedure)
        if action is not None:
            browser.do(action)
        if step is not None and one is not None and "fill" in step.step:
            shown_otherwise(step, one, text, recogniser(draft))
        if step is not None:
            self._append(draft, procedure, step, one, start)
        # A message box in the middle of the act: the rest is seen when it is answered.
        self._waiting = before
        if browser.dialog is None:
            self._after(draft, browser)
        self._save(draft)

    def _append(self, draft: Draft, procedure: str, step: Step, one: Found | None, start: str) -> None:
        frame: Any = "top"
        if one is not None:
            frame = one.page.node
        elif "goto" in step.step or "wait_for" in step.step or "press" in step.step:
            frame = recording.path_at_end(draft, procedure, step.window) if "goto" not in step.step else "top"
        if step.irreversible or step.step.get("irreversible"):
            drop_irreversible(draft)
        kept = recording.append(draft, procedure, step, frame, start)
        if self._png and one is not None:
            kept.picture = f"{kept.id}.png"
            drafts.write_atomically(self.folder / "pictures" / kept.picture, self._png)

    def _text(self, draft: Draft, act: Act, one: Found | None) -> str:
        if act.get("secret"):
            name = str(act["secret"])
            value = self.grants.secret(name)
            self._typed.add(name)
            return value
        if "value" in act:
            return str(act["value"])
        return draft.sample.get(str(act.get("field", "")), "")

    def _step(self, draft: Draft, act: Act, one: Found | None, text: str) -> Step:
        if act["kind"] == "goto":
            known = recogniser(draft)
            url = address(whole_address(draft, text), draft.base_url, draft.encoding, known)
            return Step(draft.new_id("s"), {"goto": url}, value=text)
        return recorded_step(draft, act, one, text)

    def _goto(self, draft: Draft, browser: SupervisedBrowser, text: str) -> Any:
        url = self.grants.require_address(whole_address(draft, text))
        return lambda: browser.page.goto(url, wait_until="domcontentloaded")

    def _start(self, draft: Draft, browser: SupervisedBrowser, procedure: str, act: Act) -> str:
        """Return the address by which a procedure that begins here reaches this page by itself; empty for none."""
        page = browser.page
        if draft.procedures[procedure] or procedure == "read_back" or act["kind"] == "goto":
            return ""
        # A frameset stays open from one record to the next; a page that was sent to cannot be opened by its address.
        if page.main_frame.child_frames or browser.methods.get(page.main_frame, "GET") != "GET":
            return ""
        if self._window(draft, page, procedure) or not page.url.startswith("http"):
            return ""
        return address(page.url, draft.base_url, draft.encoding, recogniser(draft))

    def _window(self, draft: Draft, page: Page, procedure: str) -> str:
        """Return the step that opened the window of a page; empty for the main window."""
        opener = self._opened.get(page, "")
        if not opener:
            self._leave_windows(draft, procedure, "")
            return ""
        if opener not in {step.id for _, _, step in draft.steps()}:
            del self._opened[page]
            return ""
        steps, at = draft.step(opener)
        if steps is draft.procedures[procedure]:
            self._leave_windows(draft, procedure, opener)
            return opener
        # Another procedure goes on in it: it has become the main window.
        set_after(steps[at], "stay")
        del self._opened[page]
        return ""

    def _leave_windows(self, draft: Draft, procedure: str, but: str) -> None:
        for opener in self._opened.values():
            for step in draft.procedures[procedure]:
                if step.id == opener != but and not is_within(draft.procedures[procedure], but, opener):
                    set_after(step, "close")

    def _after(self, draft: Draft, browser: SupervisedBrowser) -> None:
        """Record what the act has changed: pages loaded, windows opened and closed."""
        before, self._waiting = self._waiting, None
        if before is None:
            return
        step = before.step
        if step is not None:
            # The draft may have been read anew since, while a message box was open.
            step = next((s for _, _, s in draft.steps() if s.id == step.id), step)
        opened = [page for page in browser.windows() if page not in before.windows]
        if step is not None and before.kind != "goto" and before.kind not in ONLY_READING:
            recording.loading(step, loaded_frames(browser, before), before.kind)
        if opened:
            browser.page = opened[-1]
            if step is not None and ("click" in step.step or "press" in step.step):
                recording.opened_window(step, "stay" if before.procedure == "login" else "close")
                self._opened[opened[-1]] = step.id
        self._closed_windows(draft)

    def _closed_windows(self, draft: Draft) -> None:
        for page in [p for p in self._opened if p.is_closed()]:
            opener = self._opened.pop(page)
            for _, _, step in draft.steps():
                if step.id == opener:
                    set_after(step, "closes")

    def _answer(self, draft: Draft, act: Act) -> dict[str, Any]:
        browser = self._browser
        assert browser is not None
        dialog, accept = browser.dialog, act.get("value", "accept") != "dismiss"
        if dialog is None:
            raise WorkshopError("メッセージは開いていません。", "no message box is open")
        if self._waiting is not None and self._waiting.step is not None:
            step = next((s for _, _, s in draft.steps() if s.id == self._waiting.step.id), None)
            if step is not None:
                recording.add_dialog(
                    step, dialog_rule(draft, dialog.type, dialog.message, accept, act.get("text"))
                )
        browser.answer(accept, act.get("text"))
        if browser.dialog is None:
            self._after(draft, browser)
        self._save(draft, part_of_last=True)
        return self._shown(draft)

    def _switch(self, draft: Draft, act: Act) -> dict[str, Any]:
        browser = self._browser
        assert browser is not None
        windows = browser.windows()
        number = str(act.get("value", ""))
        if not number.isdigit() or int(number) >= len(windows):
            raise WorkshopError("その画面はもうありません。", f"no window {number!r}")
        browser.page = windows[int(number)]
        browser.page.bring_to_front()
        return self._shown(draft)

    def _save(self, draft: Draft, part_of_last: bool = False) -> None:
        drafts.save(self.folder, draft, part_of_last)
        write_bot(self.folder, draft)


def _element_data(one: Found, hidden: frozenset[str]) -> dict[str, Any]:
    facts, node = one.facts, one.page.node
    return {
        "id": one.id,
        "kind": one.kind,
        "words": hide_values(facts["words"], hidden),
        "value": hide_values(facts["value"], hidden),
        "options": [words for _, words in facts["options"]],
        "frame": node if isinstance(node, str) else " > ".join(map(str, node)),
        "box": one.box,
        "locators": one.locators,
    }


def create(folder: Path, data: Mapping[str, Any], grants: Grants) -> Draft:
    """Begin a draft, new or of a present bot.yaml, in an empty folder.

    Raises:
        WorkshopError: there is a draft already, or the data is not usable.
        NotGranted: the system's host is not granted.
    """
    if (folder / drafts.FILE_NAME).exists():
        raise WorkshopError("この名前の下書きはすでにあります。", f"{folder.name} holds a draft already")
    made = drafts.from_data({"id": "", "title": {}, "base_url": "", **data})
    if "yaml" in data:
        made = apply(made, {"yaml": data["yaml"]}, grants)
    made.base_url = made.base_url.rstrip("/")
    grants.require_address(made.base_url)
    if isinstance(made.key, str):
        made.key = [made.key]
    if not made.id or not made.key:
        raise WorkshopError("名前とキーの項目が必要です。", "a draft needs an id and a key")
    if "yaml" not in data:
        made.extra = {**made.extra, "fields": _field_rules(made)}
    drafts.save(folder, made)
    write_bot(folder, made)
    return made


def _field_rules(draft: Draft) -> dict[str, Any]:
    rules: dict[str, Any] = {name: {"required": True} for name in draft.key}
    for name in draft.masked:
        rules[name] = {**rules.get(name, {}), "masked": True}
    return rules
