"""The best ways to name an element in a bot.yaml, each proven with the locators that a run would use.

Candidates come from the facts of the page script, in the order of how long they usually last: words that people read,
then names in the page's source, then positions, CSS at the end. Whether a candidate names the element, and only it,
is decided by ``bots/browser/locators.py`` on the page itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from playwright.sync_api import Error

from bots.base.errors import BotError
from bots.browser.dom_query import numbers
from bots.browser.locators import Hop, hops, tick_hops
from bots.procedure.conditions import reading_hops
from bots.spec.templating import Scope, parse
from bots.workshop.page_elements import Found
from bots.workshop.recognise import Recogniser
from bots.workshop.sentences import read_target, target_sentences

Purpose = Literal["click", "fill", "choose", "check", "read"]
_BY_PURPOSE: dict[Purpose, tuple[str, ...]] = {
    "click": ("button", "link"),
    "fill": ("input", "password", "select", "file"),
    "check": ("check",),
    "choose": ("radio",),
    "read": ("text",),
}
PURPOSE: dict[str, Purpose] = {kind: purpose for purpose, kinds in _BY_PURPOSE.items() for kind in kinds}
# More than these would be a list to search in, no help to choose.
_MOST = 6
_AMONG = {"select": "select", "radio": "radio", "check": "check", "file": "file", "input": "text"}
Node = dict[str, Any]
KeyTemplate = Callable[[str], str]
"""Returns the template for a text that names a record; empty for any other text."""


def propose(found: Sequence[Found], known: Recogniser) -> None:
    """Fill in the locators of every element of a screen."""
    scope = known.scope
    wanted = {one.id: list(_candidates(one.facts, PURPOSE[one.kind], known)) for one in found}
    quick = {name: [node for node in nodes if _scripted(node)] for name, nodes in wanted.items()}
    _prove(found, quick, scope)
    # CSS is proven by a call each, so only for elements that nothing else names.
    rest = [one for one in found if not any(p["matches"] == 1 for p in one.locators)]
    slow = {one.id: _narrowed(one, wanted[one.id]) for one in rest if one.kind != "text"}
    _prove([one for one in rest if one.id in slow], slow, scope)


def propose_all(one: Found, purpose: Purpose, known: Recogniser) -> None:
    """Fill in every locator of one element for one purpose."""
    scope = known.scope
    nodes = list(_candidates(one.facts, purpose, known))
    one.locators = []
    _prove([one], {one.id: nodes}, scope, purpose)
    if sum(p["matches"] == 1 for p in one.locators) < 2:
        _prove([one], {one.id: _narrowed(one, nodes)}, scope, purpose)


def single_row(template: str, one: Found, found: Sequence[Found], known: Recogniser) -> Node:
    """Return the locator for the row of an element that only this row fits.

    The page may show the key elsewhere too: a search form shows again what was searched for.

    Args:
        template: the key in the row.
        one: an element in the row.
        found: every element of the screen.
        known: the sample record.
    """
    peers = [f for f in found if f.page is one.page and f.facts["row"] == one.facts["row"]]
    heads = [words for f in peers for words in f.facts["headers"] if not known.holds_value(words)]
    links = [f.facts["words"] for f in peers if f.kind == "link" and not known.holds_value(f.facts["words"])]
    nodes: list[Node] = [{"row": template}]
    nodes += [{"row": template, "link": words} for words in links if words]
    nodes += [{"row": template, "column": words} for words in dict.fromkeys(heads)]
    ways = [tuple(place_of(node, "click", known.scope)) for node in nodes]
    counts = map(len, numbers(one.page.frame, ways, one.page.elements))
    return next((node for node, count in zip(nodes, counts, strict=True) if count == 1), nodes[0])


def _candidates(facts: Node, purpose: Purpose, known: Recogniser) -> Iterator[Node]:
    # A value is not on the page of another record, so it names nothing there; a row is named by the key, and by another
    # value only to press something in it: read through its own value, a field would always look right.
    valued = known.holds_value
    key = known.value_template if purpose in ("click", "choose", "check") else known.key_template
    rows = list(dict.fromkeys(template for template in map(key, facts["row"]) if template))[:2]
    heads = [words for words in facts["heads"] if not valued(words)]
    facts = {**facts, "headers": [words for words in facts["headers"] if not valued(words)], "inside": []}
    if purpose == "click" and valued(facts["words"]) and not key(facts["words"]):
        # 「00000001 山田」 to choose from a list: only the part that is a field names it for every record.
        facts |= {"inside": re.findall(r"\{\{.*?\}\}", known.inside(facts["words"])), "words": ""}
    ways = {"click": _to_click, "fill": _to_fill, "choose": _to_choose, "check": _to_check, "read": _to_read}
    yield from ways[purpose](facts, rows, heads, key)
    for css in facts["css"]:
        yield {"css": css}


def _to_click(facts: Node, rows: list[str], heads: list[str], key: KeyTemplate) -> Iterator[Node]:
    words = key(facts["words"]) or facts["words"]
    by = "link" if facts["kind"] == "link" else "button"
    if facts["kind"] in ("button", "link") and words and len(words) <= 40:
        # In a list the row says which of many equal links it is.
        yield from ({"row": row, by: words} for row in rows)
        yield {by: words}
    yield from ({"text": template} for template in facts["inside"])
    if facts["alt"]:
        yield {"alt": facts["alt"]}
    yield from _by_attributes(facts, ("title", "name", "id"))
    if facts["kind"] not in ("button", "link"):
        yield from ({"label": words} for words in [*facts["labels"], *facts["beside"]])
    if words and len(words) <= 40:
        yield {"text": words}


def _to_fill(facts: Node, rows: list[str], heads: list[str], key: KeyTemplate) -> Iterator[Node]:
    yield from ({"label": words} for words in facts["labels"])
    yield from _in_cell(facts, heads)
    yield from ({"row": row, "column": words} for row in rows for words in facts["headers"])
    yield from ({"label": words} for words in facts["beside"])
    yield from _by_attributes(facts, ("placeholder", "title", "name", "id"))
    yield from ({"cell": words, "below": True} for words in facts["headers"])
    among = _AMONG.get(facts["kind"], "any")
    if among in facts["positions"]:
        yield {"position": facts["positions"][among], "among": among}


def _to_choose(facts: Node, rows: list[str], heads: list[str], key: KeyTemplate) -> Iterator[Node]:
    yield from ({"row": row, "css": "input[type=radio]"} for row in rows)
    for words in [*facts["labels"], *facts["beside"]]:
        yield from ({"cell": head, "option": words} for head in heads)
        yield from ({"label": group, "option": words} for group in [facts["group"]] if group)
        yield from ({"name": name, "option": words} for name in [facts["name"]] if name)
    if facts["name"] and facts["sent"]:
        yield {"name": facts["name"], "value": facts["sent"]}
    yield from ({"label": words} for words in [*facts["labels"], *facts["beside"]])
    yield from _by_attributes(facts, ("id",))


def _to_check(facts: Node, rows: list[str], heads: list[str], key: KeyTemplate) -> Iterator[Node]:
    yield from ({"row": row, "css": "input[type=checkbox]"} for row in rows)
    yield from ({"label": words} for words in facts["labels"])
    for head in heads:
        if facts["part_of"] == 1:
            yield {"cell": head}
        yield from ({"cell": head, "option": words} for words in [*facts["labels"], *facts["beside"]])
    yield from ({"label": words} for words in facts["beside"])
    yield from _by_attributes(facts, ("name", "id"))


def _to_read(facts: Node, rows: list[str], heads: list[str], key: KeyTemplate) -> Iterator[Node]:
    if facts["kind"] not in ("text", "link", "button"):
        yield from ({"label": words} for words in facts["labels"])
    yield from ({"row": row, "column": words} for row in rows for words in facts["headers"])
    if facts["kind"] in ("radio", "check"):
        yield from ({"cell": head} for head in heads)
    elif facts["part"]:
        yield from ({"cell": head, "part": facts["part"]} for head in heads)
    else:
        yield from ({"cell": head} for head in heads)
        yield from ({"cell": head, "below": True} for head in facts["headers"])
    yield from ({"label": words} for words in facts["beside"])
    yield from _by_attributes(facts, ("name", "id"))


def _in_cell(facts: Node, heads: list[str]) -> Iterator[Node]:
    for head in heads:
        yield {"cell": head} if facts["part_of"] == 1 else {"cell": head, "part": facts["part"]}


def _by_attributes(facts: Node, names: Sequence[str]) -> Iterator[Node]:
    for name in names:
        if facts[name] and len(facts[name]) <= 60 and "{{" not in facts[name]:
            yield {name: facts[name]}


def _narrowed(one: Found, nodes: list[Node]) -> list[Node]:
    """Return what is left to try for an element: CSS, the part of the page it stands in, its number among equals."""
    known = {json.dumps(p["target"], sort_keys=True) for p in one.locators}
    several = [p["target"] for p in one.locators if p["matches"] > 1]
    inside = [{**node, "within": {"css": css}} for node in several[:2] for css in one.facts["parts"]]
    # Refilled by ``_prove`` with the number that the element turns out to have.
    counted = [{**node, "nth": 0} for node in several[:2] if "nth" not in node]
    rest = [node for node in nodes if json.dumps(node, sort_keys=True) not in known]
    return [*inside, *rest, *counted]


def _scripted(node: Node) -> bool:
    return "css" not in node and "role" not in node


def place_of(node: Node, purpose: Purpose, scope: Scope) -> list[Hop]:
    """Return the hops by which a step with this purpose would look for the element.

    Raises:
        BotError: the locator means nothing, or names a field that the record does not have.
    """
    if purpose == "choose" and ("option" in node or "value" in node):
        by = "option" if "option" in node else "value"
        rest = {k: v for k, v in node.items() if k not in ("option", "value")}
        return tick_hops(read_target(rest), parse(str(node[by])).render(scope).text, by == "value", scope)
    if purpose == "read":
        return reading_hops(read_target(node), scope)
    return hops(read_target(node), scope, "element" if purpose == "click" else "control")


def _prove(
    found: Sequence[Found], wanted: dict[str, list[Node]], scope: Scope, purpose: Purpose | None = None
) -> None:
    """Add to each element those of its candidates that find it, single matches first."""
    for page in {id(one.page): one.page for one in found}.values():
        mine = [one for one in found if one.page is page]
        asked: dict[str, tuple[Hop, ...]] = {}
        pairs: list[tuple[Found, Node, str]] = []
        for one in mine:
            for node in wanted[one.id]:
                way = _way(node, purpose or PURPOSE[one.kind], scope)
                if way is not None:
                    # Many elements share candidates (the same heading, the same word on a button): each is asked once.
                    name = repr(way)
                    asked.setdefault(name, way)
                    pairs.append((one, node, name))
        try:
            answers = dict(zip(asked, numbers(page.frame, list(asked.values()), page.elements), strict=True))
        except Error:
            # The page was replaced meanwhile; the next screen has other elements.
            continue
        for one, node, name in pairs:
            _keep(one, node, answers[name], purpose or PURPOSE[one.kind])
    for one in found:
        one.locators.sort(key=lambda p: (p["matches"] != 1, _fragility(p["target"])))
        del one.locators[_MOST:]


def _fragility(node: Node) -> int:
    """Return how soon a locator breaks when a page changes a little: words and names last, positions do not."""
    if "css" in node and "row" not in node:
        return 3 if ":nth-of-type" in node["css"] else 1
    return 2 if "nth" in node or "position" in node else 0


def _way(node: Node, purpose: Purpose, scope: Scope) -> tuple[Hop, ...] | None:
    try:
        return tuple(place_of({k: v for k, v in node.items() if v != 0}, purpose, scope))
    except (BotError, ValueError):
        return None


def _keep(one: Found, node: Node, found: list[int], purpose: Purpose) -> None:
    ours = {one.number}
    if purpose == "read" and one.kind in ("radio", "check"):
        # What is read of a group of choices is its cell: the words beside the one that is on.
        ours.add(one.facts["cell_number"])
    at = next((i for i, number in enumerate(found) if number in ours), None)
    if at is None:
        return
    counted = node.get("nth") == 0
    target = {**node, "nth": at + 1} if counted else node
    if all(p["target"] != target for p in one.locators):
        matches = 1 if counted else len(found)
        one.locators.append({"target": target, **target_words(target), "matches": matches})


def target_words(node: Node) -> dict[str, str]:
    """Return the words for a locator in both languages; its option is said as in the file."""
    rest = {k: v for k, v in node.items() if k != "value"}
    return target_sentences(read_target(rest))
