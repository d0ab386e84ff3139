"""The steps that hold other steps: frames, windows, loops, conditions, steps kept under a name; and announced boxes."""

from __future__ import annotations

import time

from bots.base.errors import PageUnexpected, StepTimeout
from bots.procedure.conditions import holds
from bots.procedure.validation import items
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Dialog, ForEach, If, InFrame, Popup, Use, While
from bots.spec.templating import Rendered


def in_frame(walk: ProcedureWalk, step: InFrame) -> None:
    """Work in a frame: for the steps inside, or from here on."""
    before = walk.path
    walk.path = step.path
    walk.frame(step)
    if step.steps:
        walk.run(step.steps)
        walk.path = before


def popup(walk: ProcedureWalk, step: Popup) -> None:
    """Open a window, work in it, and come back to the frame that opened it."""
    page, path = walk.page, walk.path
    with page.expect_popup(timeout=walk.timeout(step) * 1000) as opening:
        walk.do(walk, step.opener)
    walk.page, walk.path = opening.value, ()
    walk.session.settle(walk.page, walk.timeout(step))
    walk.look()
    walk.run(step.steps)
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
    walk.session.settle(page, walk.timeout(step))
    walk.look()


def for_each(walk: ProcedureWalk, step: ForEach) -> None:
    """Repeat steps with each part of a value as ``item``, and its number as ``n``."""
    for number, item in enumerate(items(step, walk.scope), start=1):
        given = {f"item.{name}": value for name, value in item.items() if name}
        given |= {"item": item[""]} if "" in item else {}
        walk.with_names({**given, "n": Rendered(str(number))}, step.steps)


def announce(walk: ProcedureWalk, step: Dialog) -> None:
    """Expect message boxes of the next step."""
    walk.announced = (*walk.announced, *step.dialogs)


def either(walk: ProcedureWalk, step: If) -> None:
    """Do the steps of one branch."""
    walk.run(step.then if holds(step.condition, walk.view()) else step.otherwise)


def as_long_as(walk: ProcedureWalk, step: While) -> None:
    """Repeat steps while the page shows something; raises ``PageUnexpected`` when that never ends."""
    for _ in range(step.at_most):
        if not holds(step.condition, walk.view()):
            return
        walk.run(step.steps)
    if holds(step.condition, walk.view()):
        raise PageUnexpected(
            f"{step.where}: {step.at_most}回繰り返しても終わりません。at_most で回数を増やせます。",
            f"{step.where}: still not done after {step.at_most} times; at_most allows more",
        )


def use(walk: ProcedureWalk, step: Use) -> None:
    """Run named steps with their words filled in."""
    walk.with_names({name: t.render(walk.scope) for name, t in step.given.items()}, step.steps)
