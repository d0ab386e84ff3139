"""The step scroll: lists that hold only the rows in sight, or load more of them when they are scrolled."""

from __future__ import annotations

import time

from bots.base.errors import PageUnexpected
from bots.procedure.conditions import holds
from bots.procedure.steps.finding import locate
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Scroll

# A list that loads its next rows by a script shows its end only after a while without any.
_END_SECONDS = 0.6
_DRAW_MS = 50.0
_MOST_SCROLLS = 2000

# Scrolls what the element lies in, or the first thing inside it that scrolls, else the page: to the top, or on by
# four fifths of what is seen, so that no row is jumped over. Returns [the place reached, whether it is the end].
_SCROLL = """(e, on) => {
  const moves = (s) => /auto|scroll|overlay/.test(getComputedStyle(s).overflowY);
  const scrolls = (s) => s.scrollHeight > s.clientHeight + 1 && moves(s);
  let box = [e, ...e.querySelectorAll('*')].find(scrolls);
  for (let s = e; !box && s; s = s.parentElement) if (scrolls(s)) box = s;
  box = box || document.scrollingElement;
  box.scrollTop = on ? box.scrollTop + Math.max(box.clientHeight * 0.8, 1) : 0;
  return [box.scrollTop, box.scrollTop + box.clientHeight >= box.scrollHeight - 1];
}"""


def scroll(walk: ProcedureWalk, step: Scroll) -> None:
    """Scroll from the top until a condition holds, or to the end.

    Raises:
        PageUnexpected: there is no end.
    """
    asked = walk.session.events.under_way()
    moved_at, last = time.monotonic(), -1.0
    for count in range(_MOST_SCROLLS):
        element = locate(walk, step, step.target, "element").locator
        place, at_end = element.evaluate(_SCROLL, count > 0)
        _wait_for_rows(walk, step, asked)
        if holds(step.condition, walk.view()):
            return
        walk.check_errors()
        if place != last or not at_end:
            moved_at, last = time.monotonic(), place
        elif time.monotonic() - moved_at > _END_SECONDS:
            return
    raise PageUnexpected(
        f"{step.where}: 一覧の終わりに着きません。検索で絞り込んでください。",
        f"{step.where}: the list has no end; narrow it by a search first",
    )


def _wait_for_rows(walk: ProcedureWalk, step: Scroll, asked: frozenset[tuple[str, str, bytes]]) -> None:
    """Wait until the rows in sight are drawn; what was under way before the step is not waited for."""
    deadline = time.monotonic() + walk.timeout(step)
    walk.page.wait_for_timeout(_DRAW_MS)
    while walk.session.events.under_way() - asked and time.monotonic() < deadline:
        walk.page.wait_for_timeout(_DRAW_MS)
