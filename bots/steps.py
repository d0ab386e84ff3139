"""Doing the steps of one procedure in the browser.

A ``Walk`` goes through one procedure of one Record. It knows which window and frame the procedure is in,
what it has filled and captured, and it raises errors of ``bots.errors`` only, each naming the step.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urljoin

from playwright.sync_api import Error, Frame, Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from bots import characters, compare
from bots.boundary import boundary
from bots.conditions import View, holds, page_text, read
from bots.errors import (
    BotError,
    BotFileError,
    BrowserGone,
    BusinessRefusal,
    ConnectionLost,
    Difference,
    FormDiffers,
    PageUnexpected,
    StepTimeout,
    ValueUnfit,
)  # fmt: skip
from bots.form_check import Filled, differences
from bots.locators import Purpose, describe, group, locate, one
from bots.model import (
    Capture,
    Check,
    Choose,
    Click,
    Compared,
    Condition,
    Dialog,
    DialogRule,
    Expect,
    Fill,
    ForEach,
    FramePath,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    ProcedureName,
    Select,
    Step,
    Target,
    Upload,
    Use,
    WaitFor,
)  # fmt: skip
from bots.sending import at_most_once
from bots.session import Session, expectations
from bots.templating import Rendered, Scope, Template

_TYPE = "e => e.type || e.tagName"
_BLUR = "e => { e.blur(); return new Promise(done => setTimeout(done, 0)) }"
_OPTIONS = "e => Array.from(e.options).map(o => [o.value, o.text])"
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
_GRACE = 1.0


@dataclass
class Walk:
    """One procedure on its way; ``submitted`` turns true at the irreversible step and stays so."""

    session: Session
    scope: Scope
    phase: ProcedureName
    before_irreversible: Callable[[Walk], None] | None = None
    path: FramePath = ()
    filled: list[Filled] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    submitted: bool = False
    uploaded: bool = False
    _announced: tuple[DialogRule, ...] = ()
    _before: Mapping[Frame, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page = self.session.page
        self.bot = self.session.bot
        self.scope = replace(self.scope, captured=self.captured)

    def run(self, steps: Sequence[Step]) -> None:
        """Do the steps in order; raises the errors of this room."""
        for step in steps:
            boundary(str(step.where))
            with self._in_words(step):
                self._do(step)

    # -- errors and looking around ---------------------------------------------------------------------

    @contextmanager
    def _in_words(self, step: Step) -> Iterator[None]:
        try:
            yield
        except Error as error:
            self.look()
            raise self._explained(step, error) from error

    def _explained(self, step: Step, error: Error) -> BotError:
        line = str(error).splitlines()[0]
        if isinstance(error, PlaywrightTimeout):
            target = getattr(step, "target", None)
            what = describe(target) if isinstance(target, Target) else ""
            shown = self.session.words()
            return StepTimeout(
                f"{step.where}: {what} が見つからないか、使えませんでした。画面:「{shown}」",
                f"{step.where}: timed out {what}; the page shows {shown!r}",
            )
        if "net::" in line:
            return ConnectionLost("システムに接続できません。", f"{step.where}: {line}")
        if "closed" in line or "crashed" in line:
            return BrowserGone("ブラウザーの画面が閉じられました。", f"{step.where}: {line}")
        return PageUnexpected(f"{step.where}: 画面の操作に失敗しました。", f"{step.where}: {line}")

    def look(self) -> None:
        entering = self.phase == "enter"
        self.session.look(self.scope, guarded=self.phase != "login", entering=entering)

    def _timeout(self, step: Step) -> float:
        return step.timeout or self.bot.manner.timeout

    def frame(self, step: Step, path: FramePath | None = None) -> Frame:
        """The frame that the procedure is in, or the one that a target names."""
        return self.session.wait_frame(self.page, self.path if path is None else path, self._timeout(step))

    def view(self, fresh_only: bool = False) -> View:
        """What a condition of this procedure looks at."""
        frame = self.session.frame(self.page, self.path)
        inside = [f for f in self.page.frames if frame is not None and (not self.path or _within(f, frame))]
        return View(
            inside,
            self.scope,
            self.session.watch.shown,
            lambda path: self.session.frame(self.page, path),
            self.is_fresh if fresh_only else lambda _: True,
        )

    def is_fresh(self, frame: Frame) -> bool:
        """Whether the frame has loaded a page since the last acting step began."""
        return self.session.watch.documents[frame] > self._before.get(frame, 0)

    def _locate(self, step: Step, target: Target, purpose: Purpose) -> Locator:
        frame = self.frame(step, target.frame)
        return one(locate(frame, target, self.scope, purpose), target, step.where, describe(target))

    # -- acting ----------------------------------------------------------------------------------------

    def _act(self, step: Step, action: Callable[[], object]) -> None:
        watch = self.session.watch
        watch.announced[:] = expectations((*self._announced, *step.dialogs), self.scope)
        self._announced = ()
        self._before = dict(watch.documents)
        awaited = self.session.frame(self.page, step.loads) if step.loads is not None else None
        action()
        self._after(step, awaited)

    def _after(self, step: Step, awaited: Frame | None) -> None:
        self.session.settle(self.page, self._timeout(step))
        if step.loads is not None:
            self._wait_loaded(step, awaited)
        self.look()
        missing = [d for d in self.session.watch.announced if not d.optional]
        self.session.watch.announced.clear()
        if missing:
            raise PageUnexpected(
                f"{step.where}: メッセージ「{missing[0].text}」が表示されませんでした。",
                f"{step.where}: the dialog {missing[0].text!r} did not appear",
            )

    def _wait_loaded(self, step: Step, awaited: Frame | None) -> None:
        assert step.loads is not None
        deadline = time.monotonic() + self._timeout(step)
        while True:
            now = self.session.frame(self.page, step.loads)
            if now is not None and (now is not awaited or self.is_fresh(now)):
                return self.session.settle(self.page, self._timeout(step))
            self.look()
            if time.monotonic() > deadline:
                words = " > ".join(map(str, step.loads)) or "top"
                raise StepTimeout(
                    f"{step.where}: フレーム「{words}」に新しい画面が出ません。",
                    f"{step.where}: no new page in the frame {words!r}",
                )
            self.page.wait_for_timeout(20)

    def _leave(self, step: Step, action: Callable[[], object]) -> None:
        """Do something that may leave the page: look at the filled form first."""
        if self.phase == "enter" and not self.submitted:
            self.verify()
        if step.irreversible and self.before_irreversible is not None:
            self.before_irreversible(self)
            self.submitted = True
            boundary("irreversible")
            with at_most_once(self.session.context, self._timeout(step), self._sends_once()):
                self._act(step, action)
        else:
            self._act(step, action)
        self.filled = [f for f in self.filled if not f.frame.is_detached() and not self.is_fresh(f.frame)]

    def _sends_once(self) -> bool:
        return self.bot.send_once and not self.uploaded

    def verify(self) -> None:
        """Compare the filled inputs, and what was captured on the way, with the Record.

        Raises:
            FormDiffers: side by side, what was wanted and what the page holds.
        """
        found = differences(self.filled)
        found += [
            Difference(c.field, "(masked)" if c.masked else c.wanted, "(masked)" if c.masked else c.found)
            for c in self.compared
            if not c.same
        ]
        if found:
            raise FormDiffers(found)

    def _do(self, step: Step) -> None:
        match step:
            case Goto():
                self._leave(step, lambda: self._go(step))
            case Fill():
                self._fill(step)
            case Select():
                self._select(step)
            case Check():
                self._check(step)
            case Choose():
                self._choose(step)
            case Click():
                self._click(step)
            case Press():
                self._press(step)
            case InFrame():
                self._in_frame(step)
            case Popup():
                self._popup(step)
            case Dialog():
                self._announced = (*self._announced, *step.dialogs)
            case WaitFor():
                self._wait_for(step)
            case Expect():
                self._expect(step)
            case Capture():
                self._capture(step)
            case Upload():
                self._upload(step)
            case If():
                holding = holds(step.condition, self.view())
                self.run(step.then if holding else step.otherwise)
            case ForEach():
                self._for_each(step)
            case Use():
                given = {name: t.render(self.scope) for name, t in step.given.items()}
                self._with(given, step.steps)

    def _go(self, step: Goto) -> None:
        codec = characters.codec(self.bot.encoding)
        parts = (
            p
            if isinstance(p, str)
            else quote(Template("", (p,)).render(self.scope).text.encode(codec, "strict"), safe="")
            for p in step.url.parts
        )
        url = urljoin(self.bot.base_url + "/", "".join(parts))
        if not url.startswith(self.bot.base_url) and "://" not in step.url.source:
            url = self.bot.base_url + "".join(parts)
        timeout = self._timeout(step) * 1000
        target = self.frame(step) if self.path else self.page
        target.goto(url, wait_until="domcontentloaded", timeout=timeout)

    def _fill(self, step: Fill) -> None:
        value = step.value.render(self.scope)
        check_value(self.bot.encoding, step, value)
        found = self._locate(step, step.target, "control")
        timeout = self._timeout(step) * 1000
        if found.evaluate(_TYPE, timeout=timeout) == "password" and not value.hidden and value.text:
            raise BotFileError(
                self.bot.file,
                str(step.where),
                "パスワード欄の値は {{ secret.NAME }} で書いてください。",
                "a password input takes its value from {{ secret.NAME }} only",
            )

        def action() -> None:
            if step.typed:
                found.fill("", timeout=timeout)
                found.press_sequentially(value.text, timeout=timeout)
            else:
                found.fill(value.text, timeout=timeout)
            if step.blur:
                self._blur(found)

        self._act(step, action)
        shows = step.shows.render(self.scope) if step.shows is not None else value
        self._remember(
            step, step.target, found, replace(shows, hidden=shows.hidden or value.hidden), value.text
        )

    def _blur(self, found: Locator) -> None:
        try:
            found.evaluate(_BLUR, timeout=2000)
        except Error:
            # Leaving the input sent the page in by itself; _after waits for what comes.
            self.look()

    def _remember(
        self,
        step: Step,
        target: Target,
        found: Locator,
        wanted: Rendered,
        typed: str = "",
        exact: bool = True,
    ) -> None:
        if self.phase == "enter":
            self.filled.append(
                Filled(describe(target), found, self.frame(step, target.frame), wanted, typed, exact)
            )

    def _select(self, step: Select) -> None:
        option = step.option.render(self.scope)
        found = self._locate(step, step.target, "control")
        index = self._option_index(step, found, option)
        self._irreversible_or_plain(step, lambda: found.select_option(index=index))
        self._remember(step, step.target, found, option, exact=False)

    def _option_index(self, step: Select, found: Locator, option: Rendered) -> int:
        deadline = time.monotonic() + min(self._timeout(step), 5.0)
        while True:
            options = [
                (str(v), str(t)) for v, t in found.evaluate(_OPTIONS, timeout=self._timeout(step) * 1000)
            ]
            for index, (value, text) in enumerate(options):
                if (
                    option.text == value
                    if step.by_value
                    else compare.same(option.text, text, ("width", "spaces"))
                ):
                    return index
            if time.monotonic() > deadline:
                offered = ", ".join(v if step.by_value else t.strip() for v, t in options)
                raise ValueUnfit(
                    f"{describe(step.target)} に「{option.text}」の選択肢がありません (ある物: {offered})。",
                    f"{step.where}: no option {option.text!r}; there are: {offered}",
                )
            self.page.wait_for_timeout(50)

    def _irreversible_or_plain(self, step: Step, action: Callable[[], object]) -> None:
        if step.irreversible:
            self._leave(step, action)
        else:
            self._act(step, action)

    def _check(self, step: Check) -> None:
        word = step.on.render(self.scope).text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueUnfit(
                f"{describe(step.target)}: 「{word}」は true / false ではありません。",
                f"{step.where}: {word!r} is not true or false",
            )
        found = self._locate(step, step.target, "control")
        self._irreversible_or_plain(step, lambda: found.set_checked(word in _TRUE))
        self._remember(step, step.target, found, Rendered("true" if word in _TRUE else "false"))

    def _choose(self, step: Choose) -> None:
        option = step.option.render(self.scope)
        if not option.text:
            return
        frame = self.frame(step, step.target.frame)
        found = group(frame, step.target, option.text, step.by_value, self.scope)
        one(found, step.target, step.where, f"{describe(step.target)} 「{option.text}」")
        self._irreversible_or_plain(step, found.check)
        self._remember(step, step.target, found, Rendered("true"))

    def _click(self, step: Click) -> None:
        found = self._locate(step, step.target, "element")
        timeout = self._timeout(step) * 1000
        if step.irreversible:
            found.wait_for(state="visible", timeout=timeout)
        self._leave(step, lambda: self._clicked(step, found, timeout))

    def _clicked(self, step: Click, found: Locator, timeout: float) -> None:
        page = self.page
        try:
            if step.double:
                found.dblclick(timeout=timeout)
            else:
                found.click(timeout=timeout)
        except Error:
            # A popup that closes itself takes the answer to the click with it.
            if page is self.session.page or not page.is_closed():
                raise

    def _press(self, step: Press) -> None:
        if step.target is None:
            self._leave(step, lambda: self.page.keyboard.press(step.key))
            return
        found = self._locate(step, step.target, "control")
        if step.irreversible:
            found.wait_for(state="visible", timeout=self._timeout(step) * 1000)
        self._leave(step, lambda: found.press(step.key))

    def _upload(self, step: Upload) -> None:
        path = Path(step.path.render(self.scope).text)
        if not path.is_file():
            raise ValueUnfit(f"添付ファイル {path.name} がありません。", f"{step.where}: no file {path.name}")
        found = self._locate(step, step.target, "control")
        self.uploaded = True
        self._irreversible_or_plain(step, lambda: found.set_input_files(path))
        self._remember(step, step.target, found, Rendered(path.name))

    # -- moving around ---------------------------------------------------------------------------------

    def _in_frame(self, step: InFrame) -> None:
        before = self.path
        self.path = step.path
        self.frame(step)
        if step.steps:
            self.run(step.steps)
            self.path = before

    def _popup(self, step: Popup) -> None:
        page, path = self.page, self.path
        with page.expect_popup(timeout=self._timeout(step) * 1000) as opening:
            self._do(step.opener)
        self.page, self.path = opening.value, ()
        self.session.settle(self.page, self._timeout(step))
        self.look()
        self.run(step.steps)
        if step.after == "stay":
            self.session.page = self.page
            return
        popup, self.page, self.path = self.page, page, path
        deadline = time.monotonic() + self._timeout(step)
        while step.after == "closes" and not popup.is_closed():
            if time.monotonic() > deadline:
                raise StepTimeout(
                    f"{step.where}: 子画面が閉じません。", f"{step.where}: the popup did not close"
                )
            page.wait_for_timeout(20)
        popup.close()
        self.session.settle(page, self._timeout(step))
        self.look()

    def _for_each(self, step: ForEach) -> None:
        for number, item in enumerate(items(step, self.scope), start=1):
            given = {f"item.{name}": value for name, value in item.items() if name}
            given |= {"item": item[""]} if "" in item else {}
            self._with({**given, "n": Rendered(str(number))}, step.steps)

    def _with(self, given: Mapping[str, Rendered], steps: Sequence[Step]) -> None:
        before = self.scope
        self.scope = replace(before, locals={**before.locals, **given})
        try:
            self.run(steps)
        finally:
            self.scope = before

    # -- looking ---------------------------------------------------------------------------------------

    def _until(self, condition: Condition, timeout: float, grace: float | None = None) -> bool:
        started = time.monotonic()
        while not holds(condition, self.view()):
            self.look()
            passed = time.monotonic() - started
            if passed > timeout or (grace is not None and passed > grace and self._is_there(condition)):
                return False
            self.page.wait_for_timeout(30)
        return True

    def _is_there(self, condition: Condition) -> bool:
        return condition.kind == "target" and holds(replace(condition, test="shown", at_least=1), self.view())

    def _wait_for(self, step: WaitFor) -> None:
        if not self._until(step.condition, self._timeout(step)):
            shown = self.session.words()
            raise StepTimeout(
                f"{step.where}: 待っていた画面になりません。画面:「{shown}」",
                f"{step.where}: what was waited for did not come; the page shows {shown!r}",
            )

    def _expect(self, step: Expect) -> None:
        if self._until(step.condition, self._timeout(step), _GRACE):
            return
        shown = self.session.words()
        valued = step.condition.kind == "target" and step.condition.test != "shown"
        data = step.otherwise == "refused" or (step.otherwise == "" and valued and not self.submitted)
        if self.phase == "enter" and data:
            raise BusinessRefusal(
                f"{step.where}: 画面が確定データと合いません。{self._instead(step.condition)}画面:「{shown}」",
                f"{step.where}: the page does not agree with the record; it shows {shown!r}",
            )
        raise PageUnexpected(
            f"{step.where}: 想定した画面ではありません。画面:「{shown}」",
            f"{step.where}: not the page expected; it shows {shown!r}",
        )

    def _instead(self, condition: Condition) -> str:
        if condition.target is None or condition.wanted is None:
            return ""
        wanted = condition.wanted.render(self.scope)
        if wanted.hidden:
            return ""
        frame = self.session.frame(self.page, condition.target.frame or self.path)
        found = read(frame, condition.target, self.scope) if frame is not None else []
        return f"{describe(condition.target)}: 「{wanted.text}」→「{' '.join(found)}」。"

    def _capture(self, step: Capture) -> None:
        text = self._read(step)
        if step.target is not None:
            text = compare.plain(text)
        if step.pattern:
            match = re.search(step.pattern, text)
            if match is None:
                raise PageUnexpected(
                    f"{step.where}: 「{step.pattern}」に合う文字が画面にありません。",
                    f"{step.where}: nothing on the page matches {step.pattern!r}",
                )
            text = match.group(1) if match.re.groups else match.group()
        text = compare.plain(text)
        self.captured[step.name] = text
        if step.name == "receipt" and step.expected is None:
            return
        if step.expected is not None or step.name in self.scope.values:
            wanted = step.expected.render(self.scope) if step.expected else self.scope.look_up(step.name)
            same = compare.same(wanted.text, text, step.compare)
            self.compared.append(Compared(step.name, compare.plain(wanted.text), text, same, wanted.hidden))

    def _read(self, step: Capture) -> str:
        if step.target is None:
            frames = self.view().frames
            return "\n".join(page_text(f) for f in frames)
        deadline = time.monotonic() + self._timeout(step)
        while True:
            frame = self.frame(step, step.target.frame)
            if step.attribute:
                found = self._locate(step, step.target, "element")
                return found.get_attribute(step.attribute, timeout=self._timeout(step) * 1000) or ""
            texts = read(frame, step.target, self.scope)
            if len(texts) == 1:
                return texts[0]
            self.look()
            if len(texts) > 1 or time.monotonic() > deadline:
                raise PageUnexpected(
                    f"{step.where}: {describe(step.target)} が{len(texts)}個あります (一つのはず)。",
                    f"{step.where}: {len(texts)} elements for {describe(step.target)}; exactly one is wanted",
                )
            self.page.wait_for_timeout(30)


def _within(frame: Frame, ancestor: Frame) -> bool:
    current: Frame | None = frame
    while current is not None:
        if current == ancestor:
            return True
        current = current.parent_frame
    return False


def items(step: ForEach, scope: Scope) -> list[dict[str, Rendered]]:
    """What a ``for_each`` goes over: each item's parts by name; a plain item stands under the empty name."""
    if step.over == "fields":
        return list(_numbered(step, scope))
    rendered = step.source.render(scope)
    if not rendered.text:
        return []
    if step.over == "split":
        return [{"": Rendered(p, rendered.hidden)} for p in rendered.text.split(step.by) if p]
    try:
        data = json.loads(rendered.text)
    except ValueError:
        data = None
    if not isinstance(data, list):
        raise ValueUnfit(
            f"{step.where}: JSONの一覧ではありません。", f"{step.where}: the value is no JSON list"
        )
    return [
        {k: Rendered(str(v), rendered.hidden) for k, v in d.items()}
        if isinstance(d, dict)
        else {"": Rendered(str(d), rendered.hidden)}
        for d in data
    ]


def _numbered(step: ForEach, scope: Scope) -> Iterator[dict[str, Rendered]]:
    for number in range(1, step.up_to + 1):
        stem = step.source.source.replace("{n}", str(number))
        item = {k.removeprefix(stem): scope.look_up(k) for k in scope.values if k.startswith(stem)}
        if not step.present or (step.present in item and item[step.present].text):
            yield item


def check_value(encoding: str, step: Fill, value: Rendered) -> None:
    """Refuse a value that the input or the system's character set cannot hold.

    Raises:
        ValueUnfit: names the characters, or the length and the limit.
    """
    words = describe(step.target)
    bad = characters.unfit(value.text, encoding)
    if bad:
        shown = "" if value.hidden else characters.describe(bad)
        raise ValueUnfit(
            f"{words}: システムで使えない文字があります: {shown}",
            f"{words}: characters outside {encoding}: {shown}",
        )
    if step.max_length is not None and len(value.text) > step.max_length:
        raise ValueUnfit(
            f"{words}: {len(value.text)}文字は長すぎます (最大{step.max_length}文字)。",
            f"{words}: {len(value.text)} characters, at most {step.max_length}",
        )
    length = characters.byte_length(value.text, encoding)
    if step.max_bytes is not None and length > step.max_bytes:
        raise ValueUnfit(
            f"{words}: {length}バイトは長すぎます (最大{step.max_bytes}バイト)。",
            f"{words}: {length} bytes, at most {step.max_bytes}",
        )
