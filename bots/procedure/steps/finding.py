"""Finding the one element that a step means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from playwright.sync_api import Frame

from bots.base.errors import PageUnexpected
from bots.browser.dom_query import ask
from bots.browser.locators import Element, Hop, Purpose, describe, hops
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Fill, Step, Target


def locate(walk: ProcedureWalk, step: Step, target: Target, purpose: Purpose = "control") -> Element:
    """The element that a target means; see ``one``."""
    way = hops(target, walk.scope, purpose)
    return one(walk, step, Element(describe(target), walk.frame(step, target.frame), tuple(way)), target)


def one(walk: ProcedureWalk, step: Step, found: Element, target: Target) -> Element:
    """Refuse a way that leads to several elements; none at all is left to Playwright's waiting.

    Raises:
        PageUnexpected: more than one element is there.
    """
    kinds = _kinds(walk, step, found)
    if len(kinds) > 1:
        in_table = target.by in ("cell", "column", "row")
        hint = "part か nth で選んでください" if in_table else "nth か within で絞ってください"
        raise PageUnexpected(
            f"{step.where}: {found.words} に当たる要素が{len(kinds)}個あります。{hint}。",
            f"{step.where}: {len(kinds)} elements match {found.words}; narrow it down with nth, part or within",
        )
    return replace(found, kind=str(kinds[0])) if kinds else found


def _kinds(walk: ProcedureWalk, step: Step, found: Element) -> list[str]:
    """The type of each element there; inputs that are filled right after this one are asked about together."""
    known = walk.kinds_ahead.pop((found.frame, found.way), [])
    if len(known) == 1:
        return known
    following = takewhile(lambda s: isinstance(s, Fill), walk.coming if isinstance(step, Fill) else ())
    ways = list(dict.fromkeys([found.way, *_ways(walk, found.frame, following)]))
    mine, *others = ask(found.frame, ways, "types")
    walk.kinds_ahead = {(found.frame, way): kinds for way, kinds in zip(ways[1:], others, strict=True)}
    return mine


def _ways(walk: ProcedureWalk, frame: Frame, steps: Iterable[Step]) -> Iterator[tuple[Hop, ...]]:
    for step in steps:
        if isinstance(step, Fill):
            path = walk.path if step.target.frame is None else step.target.frame
            if walk.session.frame(walk.page, path) == frame:
                yield tuple(hops(step.target, walk.scope, "control"))
