"""The steps that contain other steps: frames, windows, loops, conditions, named steps; and expected message boxes."""

from __future__ import annotations

import time

from bots.base.errors import PageUnexpected, StepTimeout
from bots.procedure.conditions import holds
from bots.procedure.validation import loop_items
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Dialog, ForEach, If, InFrame, Popup, Use, While
from bots.spec.templating import Rendered


def in_frame(walk: ProcedureWalk, step: InFrame) -> None:
    """Work in a frame: for the steps inside, or for the rest of the procedure."""
    before = walk.path
    walk.path = step.path
    walk.frame(step)
    if step.steps:
        walk.run(step.steps)
        walk.path = before


def popup(walk: ProcedureWalk, step: Popup) -> None:
    """Open a window, run steps in it, and return to the frame that opened it."""
    page, path = walk.page, walk.path
    with page.expect_popup(timeout=walk.timeout(step) * 1000) as opening:
        walk.perform(walk, step.opener)
    walk.page, walk.path = opening.value, ()
    walk.session.wait_until_loaded(walk.page, walk.timeout(step))
    walk.check_errors()
    walk.run(step.steps)
    # The new window replaces the main window for the rest of the run.
    if step.after == "stay":
        walk.session.page = walk.page
        return
    window, walk.page, walk.path = walk.page, page, path
    deadline = time.monotonic() + walk.timeout(step)
    while step.after == "closes" and not window.is_closed():
        if time.monotonic() > deadline:
            raise StepTimeout(f"{step.where}: 子画面が閉じません。", f"{step.where}: the popup did not close")
        page.wait_for_timeout(20)
    window.close()
    walk.session.wait_until_loaded(page, walk.timeout(step))
    walk.check_errors()


def for_each(walk: ProcedureWalk, step: ForEach) -> None:
    """Repeat steps with each part of a value as ``item`` and its number, from 1, as ``n``."""
    for number, item in enumerate(loop_items(step, walk.scope), start=1):
        given = {f"item.{name}": value for name, value in item.items() if name}
        given |= {"item": item[""]} if "" in item else {}
        walk.run_with_locals({**given, "n": Rendered(str(number))}, step.steps)


def expect_dialogs(walk: ProcedureWalk, step: Dialog) -> None:
    """Expect message boxes of the next step."""
    walk.expected_dialogs = (*walk.expected_dialogs, *step.dialogs)


def run_branch(walk: ProcedureWalk, step: If) -> None:
    """Run the steps of one branch."""
    walk.run(step.then if holds(step.condition, walk.view()) else step.otherwise)


def repeat_while(walk: ProcedureWalk, step: While) -> None:
    """Repeat steps while a condition holds; raises ``PageUnexpected`` when it still holds after ``at_most`` times."""
    for _ in range(step.at_most):
        if not holds(step.condition, walk.view()):
            return
        walk.run(step.steps)
    if holds(step.condition, walk.view()):
        raise PageUnexpected(
            f"{step.where}: {step.at_most}回繰り返しても終わりません。at_most で回数を増やせます。",
            f"{step.where}: still not done after {step.at_most} times; at_most allows more",
        )


def run_named_steps(walk: ProcedureWalk, step: Use) -> None:
    """Run named steps with their values filled in."""
    walk.run_with_locals({name: t.render(walk.scope) for name, t in step.given.items()}, step.steps)
