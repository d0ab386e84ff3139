"""Finds the single element that a step acts on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from playwright.sync_api import Frame

from bots.base.errors import PageUnexpected
from bots.browser.dom_query import query
from bots.browser.locators import Element, Hop, Purpose, describe, hops
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Fill, Step, Target


def locate(walk: ProcedureWalk, step: Step, target: Target, purpose: Purpose = "control") -> Element:
    """Return the element that a target matches; see ``require_single``."""
    way = hops(target, walk.scope, purpose)
    return require_single(
        walk, step, Element(describe(target), walk.frame(step, target.frame), tuple(way)), target
    )


def require_single(walk: ProcedureWalk, step: Step, found: Element, target: Target) -> Element:
    """Return the element with its type; when there is none yet, Playwright waits for it later.

    Raises:
        PageUnexpected: more than one element matches.
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
    """Return the type of each match; inputs that are filled right after this one are queried together with it."""
    known = walk.kinds_ahead.pop((found.frame, found.way), [])
    if len(known) == 1:
        return known
    following = takewhile(lambda s: isinstance(s, Fill), walk.upcoming if isinstance(step, Fill) else ())
    ways = list(dict.fromkeys([found.way, *_ways(walk, found.frame, following)]))
    mine, *others = query(found.frame, ways, "types")
    walk.kinds_ahead = {(found.frame, way): kinds for way, kinds in zip(ways[1:], others, strict=True)}
    return mine


def _ways(walk: ProcedureWalk, frame: Frame, steps: Iterable[Step]) -> Iterator[tuple[Hop, ...]]:
    for step in steps:
        if isinstance(step, Fill):
            path = walk.path if step.target.frame is None else step.target.frame
            if walk.session.frame(walk.page, path) == frame:
                yield tuple(hops(step.target, walk.scope, "control"))
