"""Runs each step in the browser; ``perform`` selects the handler by the step's class."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Error

from bots.base import characters
from bots.base.errors import BotFileError, ValueUnfit
from bots.browser.actions import blur, click, options, pick, set_checked, write
from bots.browser.dom_query import query
from bots.browser.locators import Element, Hop, describe, tick_hops
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.blocks import (
    expect_dialogs,
    for_each,
    in_frame,
    popup,
    repeat_while,
    run_branch,
    run_named_steps,
)
from bots.procedure.steps.finding import locate, require_single
from bots.procedure.steps.observation import capture, expect, wait_for
from bots.procedure.steps.scrolling import scroll
from bots.procedure.validation import check_value
from bots.procedure.walker import ProcedureWalk
from bots.spec import compare
from bots.spec.model.bot import (  # fmt: skip
    Capture,
    Check,
    Choose,
    Click,
    Dialog,
    Expect,
    Fill,
    ForEach,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    ProcedureName,
    Scroll,
    Select,
    Step,
    Upload,
    Use,
    WaitFor,
    While,
)
from bots.spec.templating import Rendered, Scope, Template

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
# A list may be filled by a request that another input started; longer than this it is not coming.
_OPTION_SECONDS = 5.0


def start(
    session: LoginSession,
    scope: Scope,
    phase: ProcedureName,
    before_irreversible: Callable[[ProcedureWalk], None] | None = None,
    before_leaving: Callable[[ProcedureWalk], None] | None = None,
) -> ProcedureWalk:
    """Begin a procedure at the top of the session's main window."""
    return ProcedureWalk(session, scope, phase, perform, before_irreversible, before_leaving)


def perform(walk: ProcedureWalk, step: Step) -> None:
    """Run one step."""
    HANDLERS[type(step)](walk, step)


def _goto(walk: ProcedureWalk, step: Goto) -> None:
    # Only the values are quoted, not the address around them.
    url = "".join(p if isinstance(p, str) else _quoted(walk, Template("", (p,))) for p in step.url.parts)
    if not step.is_whole and url != "about:blank":
        url = f"{walk.bot.base_url}/{url.lstrip('/')}"
    place = walk.frame(step) if walk.path else walk.page
    # Not `load`: a picture that never arrives must not hold up an entry.
    place.goto(url, wait_until="domcontentloaded", timeout=walk.timeout(step) * 1000)


def _quoted(walk: ProcedureWalk, template: Template) -> str:
    """Return a value for an address: percent-encoded in the system's character set."""
    text = template.render(walk.scope).text
    bad = characters.unencodable(text, walk.bot.encoding)
    if bad:
        shown = characters.describe(bad)
        raise ValueUnfit(
            f"アドレスに使えない文字があります: {shown}", f"characters not for the address: {shown}"
        )
    return quote(text.encode(characters.codec(walk.bot.encoding)), safe="")


def _fill(walk: ProcedureWalk, step: Fill) -> None:
    value = step.value.render(walk.scope)
    check_value(walk.bot.encoding, step, value)
    found = locate(walk, step, step.target)
    timeout = walk.timeout(step) * 1000
    kind = found.kind or str(found.locator.evaluate("e => e.type || e.tagName", timeout=timeout))
    # A literal password would appear in the YAML, in traces and in reasons.
    if kind == "password" and not value.hidden and value.text:
        raise BotFileError(
            walk.bot.file,
            str(step.where),
            "パスワード欄の値は {{ secret.NAME }} で書いてください。",
            "a password input takes its value from {{ secret.NAME }} only",
        )

    if step.typed and kind != "textarea" and re.search(r"[\r\n]", value.text):
        raise ValueUnfit(
            f"{describe(step.target)}: 改行のある値は一行の欄に入力できません。",
            # Typed key by key, a line break is the Enter key, which submits many forms.
            f"{step.where}: a value with a line break does not go into an input of one line",
        )

    def action() -> None:
        if step.typed:
            found.locator.fill("", timeout=timeout)
            found.locator.press_sequentially(value.text, timeout=timeout)
            # Kana and kanji arrive without key events, as from an input method; the page's key handlers need one.
            found.locator.press("End", timeout=timeout)
            if step.blur:
                blur(found.frame)
        else:
            write(found, value.text, timeout, blur_after=step.blur)

    walk.act(step, action, ticked=step.blur)
    shows = step.shows.render(walk.scope) if step.shows is not None else value
    walk.record_filled(found, replace(shows, hidden=shows.hidden or value.hidden), value.text)


def _select(walk: ProcedureWalk, step: Select) -> None:
    option = step.option.render(walk.scope)
    found = locate(walk, step, step.target)
    index = _option_index(walk, step, found, option)
    walk.act_or_leave_page(step, lambda: pick(found, index, walk.timeout(step) * 1000), ticked=True)
    walk.record_filled(found, option, exact=False)


def _option_index(walk: ProcedureWalk, step: Select, found: Element, option: Rendered) -> int:
    deadline = time.monotonic() + min(walk.timeout(step), _OPTION_SECONDS)
    while True:
        offered = options(found, walk.timeout(step) * 1000)
        for index, (value, text) in enumerate(offered):
            if (
                option.text == value
                if step.by_value
                else compare.same(option.text, text, ("width", "spaces"))
            ):
                return index
        if time.monotonic() > deadline:
            there = ", ".join(v if step.by_value else t.strip() for v, t in offered)
            raise ValueUnfit(
                f"{describe(step.target)} に「{option.text}」の選択肢がありません (ある物: {there})。",
                f"{step.where}: no option {option.text!r}; there are: {there}",
            )
        walk.page.wait_for_timeout(50)


def _check(walk: ProcedureWalk, step: Check) -> None:
    word = step.on.render(walk.scope).text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueUnfit(
            f"{describe(step.target)}: 「{word}」は true / false ではありません。",
            f"{step.where}: {word!r} is not true or false",
        )
    found = locate(walk, step, step.target)
    on, timeout = word in _TRUE, walk.timeout(step) * 1000
    walk.act_or_leave_page(step, lambda: set_checked(found, on, timeout))
    walk.record_filled(found, Rendered("true" if word in _TRUE else "false"))


def _choose(walk: ProcedureWalk, step: Choose) -> None:
    if step.option is None:
        found = locate(walk, step, step.target)
    else:
        option = step.option.render(walk.scope)
        # An optional choice that the applicant left empty.
        if not option.text:
            return
        way = tick_hops(step.target, option.text, step.by_value, walk.scope)
        words = f"{describe(step.target)} 「{option.text}」"
        found = require_single(
            walk, step, Element(words, walk.frame(step, step.target.frame), tuple(way)), step.target
        )
    timeout = walk.timeout(step) * 1000
    walk.act_or_leave_page(step, lambda: set_checked(found, True, timeout))
    walk.record_filled(found, Rendered("true"))


def _click(walk: ProcedureWalk, step: Click) -> None:
    found = locate(walk, step, step.target, "element")
    timeout = walk.timeout(step) * 1000
    # The form is read back just before the click; waiting for the button must not happen after that.
    if step.irreversible and not query(found.frame, [[*found.way, Hop("visible")]], "types")[0]:
        found.locator.wait_for(state="visible", timeout=timeout)
    walk.leave_page(step, lambda: _clicked(walk, step, found, timeout))


def _clicked(walk: ProcedureWalk, step: Click, found: Element, timeout: float) -> None:
    page = walk.page
    try:
        if step.double:
            found.locator.dblclick(timeout=timeout)
        elif step.irreversible:
            found.locator.click(timeout=timeout)
        else:
            click(found, timeout)
            if step.loads is None:
                walk.session.wait_for_start()
    except Error:
        # A popup that closes itself on the click leaves Playwright without a reply; that is no error.
        if page is walk.session.page or not page.is_closed():
            raise


def _press(walk: ProcedureWalk, step: Press) -> None:
    if step.target is None:
        walk.leave_page(step, lambda: walk.page.keyboard.press(step.key))
        return
    found = locate(walk, step, step.target).locator
    if step.irreversible:
        found.wait_for(state="visible", timeout=walk.timeout(step) * 1000)
    walk.leave_page(step, lambda: found.press(step.key))


def _upload(walk: ProcedureWalk, step: Upload) -> None:
    path = Path(step.path.render(walk.scope).text)
    if not walk.scope.may_send(path):
        raise ValueUnfit(
            f"添付ファイル {path.name} は、この申請のファイルではないため送信できません。",
            f"{step.where}: {path.name} is none of this record's files",
        )
    if not path.is_file():
        raise ValueUnfit(f"添付ファイル {path.name} がありません。", f"{step.where}: no file {path.name}")
    found = locate(walk, step, step.target)
    walk.uploaded = True
    walk.act_or_leave_page(step, lambda: found.locator.set_input_files(path))
    walk.record_filled(found, Rendered(path.name))


HANDLERS: Mapping[type[Step], Callable[[ProcedureWalk, Any], None]] = {
    Goto: lambda walk, step: walk.leave_page(step, lambda: _goto(walk, step)),
    Fill: _fill,
    Select: _select,
    Check: _check,
    Choose: _choose,
    Click: _click,
    Press: _press,
    Upload: _upload,
    Scroll: scroll,
    InFrame: in_frame,
    Popup: popup,
    Dialog: expect_dialogs,
    WaitFor: wait_for,
    Expect: expect,
    Capture: capture,
    If: run_branch,
    ForEach: for_each,
    While: repeat_while,
    Use: run_named_steps,
}
