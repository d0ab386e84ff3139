"""The steps that only read the page: wait_for, expect, capture."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from fnmatch import fnmatch
from itertools import takewhile

from bots.base.errors import BusinessRefusal, PageUnexpected, StepTimeout
from bots.browser.dom_query import query
from bots.browser.locators import describe
from bots.procedure.conditions import holds, page_text, read, reading_hops
from bots.procedure.steps.finding import locate
from bots.procedure.walker import ProcedureWalk
from bots.spec import compare
from bots.spec.model.bot import Capture, Compared, Condition, Expect, Step, WaitFor
from bots.spec.templating import Template

# An element that is there with another text may still be updated by a script; after this it counts as wrong.
_VALUE_GRACE_SECONDS = 1.0


def _wait_until(
    walk: ProcedureWalk, condition: Condition, timeout: float, grace: float | None = None
) -> bool:
    started = time.monotonic()
    while not holds(condition, walk.view()):
        walk.check_errors()
        if walk.awaits_answer:
            started = time.monotonic()
        passed = time.monotonic() - started
        if passed > timeout or (grace is not None and passed > grace and _is_there(walk, condition)):
            return False
        walk.page.wait_for_timeout(30)
    walk.sign_seen = walk.submitted
    return True


def _is_there(walk: ProcedureWalk, condition: Condition) -> bool:
    return condition.kind == "target" and holds(replace(condition, test="shown", at_least=1), walk.view())


def wait_for(walk: ProcedureWalk, step: WaitFor) -> None:
    """Wait until the page shows something; raises ``StepTimeout`` when it does not."""
    if not _wait_until(walk, step.condition, walk.timeout(step)):
        shown = walk.visible_text()
        raise StepTimeout(
            f"{step.where}: 待っていた画面になりません。画面:「{shown}」",
            f"{step.where}: what was waited for did not come; the page shows {shown!r}",
        )


def expect(walk: ProcedureWalk, step: Expect) -> None:
    """Raise ``BusinessRefusal`` or ``PageUnexpected`` unless the page shows something."""
    if _wait_until(walk, step.condition, walk.timeout(step), _VALUE_GRACE_SECONDS):
        return
    shown = walk.visible_text()
    valued = step.condition.kind == "target" and step.condition.test != "shown"
    data = step.otherwise == "refused" or (step.otherwise == "" and valued)
    # Once submitted, only the system's own words say that nothing is stored.
    if walk.changing and data and not walk.submitted:
        raise BusinessRefusal(
            f"{step.where}: 画面が確定データと合いません。{_found_instead(walk, step.condition)}画面:「{shown}」",
            f"{step.where}: the page does not agree with the record; it shows {shown!r}",
        )
    raise PageUnexpected(
        f"{step.where}: 想定した画面ではありません。画面:「{shown}」",
        f"{step.where}: not the page expected; it shows {shown!r}",
    )


def _found_instead(walk: ProcedureWalk, condition: Condition) -> str:
    if condition.target is None or condition.wanted is None:
        return ""
    wanted = condition.wanted.render(walk.scope)
    if wanted.hidden:
        return ""
    frame = walk.session.frame(walk.page, condition.target.frame or walk.path)
    found = read(frame, condition.target, walk.scope) if frame is not None else []
    return f"{describe(condition.target)}: 「{wanted.text}」→「{' '.join(found)}」。"


def capture(walk: ProcedureWalk, step: Capture) -> None:
    """Read a text off the page, and compare it with the expected value."""
    text = _read(walk, step) if step.pattern is None else _matching(walk, step, step.pattern)
    # A receipt number is copied by people, who see no white space around it.
    text = compare.displayed(text) if step.name == "receipt" else compare.exact(text)
    walk.captured[step.name] = text
    walk.unrecorded = True
    walk.sign_seen = walk.submitted
    # The system assigns the receipt number, so there is nothing to compare it with.
    if step.name == "receipt" and step.expected is None:
        return
    if step.expected is not None or step.name in walk.scope.values:
        wanted = step.expected.render(walk.scope) if step.expected else walk.scope.look_up(step.name)
        same = compare.same(wanted.text, text, step.compare)
        walk.compared.append(Compared(step.name, compare.exact(wanted.text), text, same, wanted.hidden))


def _matching(walk: ProcedureWalk, step: Capture, template: Template) -> str:
    """Return what the pattern captures, after waiting for it: a script may show a receipt later than the page."""
    missing = (
        (f"届いたファイル「{step.file}」に", f"in the file {step.file!r}")
        if step.file
        else ("画面に", "on the page")
    )
    deadline, pattern = time.monotonic() + walk.timeout(step), template.render(walk.scope).text
    while True:
        text = _read(walk, step)
        # A pattern is matched on the text as displayed.
        match = re.search(pattern, compare.displayed(text) if step.target is not None else text)
        if match is not None:
            return str(match.group(1) if match.re.groups else match.group())
        walk.check_errors()
        if walk.awaits_answer:
            deadline = time.monotonic() + walk.timeout(step)
        if time.monotonic() > deadline:
            raise PageUnexpected(
                f"{step.where}: 「{template.source}」に合う文字が{missing[0]}ありません。",
                f"{step.where}: nothing {missing[1]} matches {template.source!r}",
            )
        walk.page.wait_for_timeout(30)


def _read(walk: ProcedureWalk, step: Capture) -> str:
    if step.file:
        files = walk.submission.files if walk.submission is not None else []
        return "\n".join(f.text(walk.bot.encoding) for f in files if fnmatch(f.name, step.file))
    if step.target is None:
        frames = walk.view().frames
        return "\n".join(page_text(f) for f in frames)
    if step.attribute:
        found = locate(walk, step, step.target, "element").locator
        return found.get_attribute(step.attribute, timeout=walk.timeout(step) * 1000) or ""
    deadline = time.monotonic() + walk.timeout(step)
    texts = _read_ahead(walk, step)
    while True:
        if len(texts) == 1:
            return texts[0]
        walk.check_errors()
        if len(texts) > 1 or time.monotonic() > deadline:
            raise PageUnexpected(
                f"{step.where}: {describe(step.target)} が{len(texts)}個あります (一つのはず)。",
                f"{step.where}: {len(texts)} elements for {describe(step.target)}; exactly one is wanted",
            )
        walk.page.wait_for_timeout(30)
        texts = read(walk.frame(step, step.target.frame), step.target, walk.scope)


def _read_ahead(walk: ProcedureWalk, step: Capture) -> list[str]:
    """Return the texts for this step; captures that follow it directly are read in the same query."""
    if step not in walk.read_ahead:
        block = list(takewhile(lambda s: _same_frame_capture(s, step), walk.upcoming))
        ways = [reading_hops(s.target, walk.scope) for s in block if isinstance(s, Capture) and s.target]
        answers = query(walk.frame(step, step.target.frame if step.target else None), ways, "visible_text")
        walk.read_ahead = {s: list(map(str, a)) for s, a in zip(block, answers, strict=True)}
    return walk.read_ahead.pop(step)


def _same_frame_capture(step: Step, first: Capture) -> bool:
    """Whether the step reads an element of the same frame as the first one."""
    if not isinstance(step, Capture) or step.target is None or first.target is None:
        return False
    return not step.attribute and step.target.frame == first.target.frame
