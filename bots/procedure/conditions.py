"""Evaluates a ``Condition`` on the present pages, and returns the text that makes it true.

Inside a frame a condition covers that frame and the frames in it; at the top it covers all frames. It never
waits: a caller that has to wait evaluates it again.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from playwright.sync_api import Error, Frame

from bots.base.text import without_spaces
from bots.browser.dom_query import QueryKind, query
from bots.browser.locators import Hop, hops
from bots.spec.model.bot import Condition, FramePath, Target
from bots.spec.templating import Scope

# innerText leaves out what stands in shadow roots.
_TEXT = """() => {
  const inner = (root) => [...root.querySelectorAll('*')].flatMap((e) => e.shadowRoot
    ? [...[...e.shadowRoot.children].map((c) => c.innerText || ''), ...inner(e.shadowRoot)] : []);
  return document.body ? [document.body.innerText, ...inner(document).filter(Boolean)].join('\\n') : '';
}"""


@dataclass(frozen=True)
class PageView:
    """What a condition is evaluated on; ``texts`` and ``visible_texts`` cache results, see ``evaluate_together``."""

    frames: Sequence[Frame]
    scope: Scope
    dialogs: Sequence[str] = ()
    resolve: Callable[[FramePath], Frame | None] = lambda _: None
    fresh: Callable[[Frame], bool] = lambda _: True
    texts: Mapping[Frame, str] = field(default_factory=dict)
    visible_texts: Mapping[tuple[Frame, Target], list[str]] = field(default_factory=dict)

    def frames_for(self, condition: Condition) -> list[Frame]:
        """Return the frames of a condition, without those that still show a page from before the last action."""
        named = condition.frame or (condition.target.frame if condition.target else None)
        if named is None:
            frames = list(self.frames)
        else:
            frame = self.resolve(named)
            frames = [frame] if frame is not None else []
        return [f for f in frames if self.fresh(f)]


def page_text(frame: Frame) -> str:
    """Return the text that a frame shows; empty while its page is being replaced."""
    try:
        return str(frame.evaluate(_TEXT))
    except Error:
        return ""


def evaluate_together(conditions: Sequence[Condition], view: PageView) -> PageView:
    """Return the view with everything that the conditions need, queried once per frame: round trips cost the most."""
    leaves = [leaf for condition in conditions for leaf in _leaves(condition)]
    texts: dict[Frame, str] = {}
    visible_texts: dict[tuple[Frame, Target], list[str]] = {}
    for frame in view.frames:
        targets = [leaf.target for leaf in leaves if leaf.target and frame in view.frames_for(leaf)]
        ways = [reading_hops(target, view.scope) for target in targets]
        try:
            wanted: list[QueryKind] = ["visible_text"] * len(ways)
            *shown, words = query(frame, [*ways, []], [*wanted, "page_text"])
        except Error:
            continue  # the page is being replaced; each condition handles that itself
        texts[frame] = str(words[0])
        visible_texts |= {(frame, t): list(map(str, s)) for t, s in zip(targets, shown, strict=True)}
    return replace(view, texts=texts, visible_texts=visible_texts)


def _leaves(condition: Condition) -> Iterator[Condition]:
    if condition.parts:
        for part in condition.parts:
            yield from _leaves(part)
    else:
        yield condition


def holds(condition: Condition, view: PageView) -> bool:
    """Whether the condition is true now."""
    return matching_text(condition, view) is not None


def matching_text(condition: Condition, view: PageView) -> str | None:
    """Return the page's text that makes the condition true; None when it is not true."""
    match condition.kind:
        case "all":
            words = [matching_text(part, view) for part in condition.parts]
            return None if None in words else " ".join(w for w in words if w)
        case "any":
            return next(
                (w for w in (matching_text(part, view) for part in condition.parts) if w is not None), None
            )
        case "not":
            return "" if matching_text(condition.parts[0], view) is None else None
        case "text":
            return _page_text_match(condition, view)
        case "target":
            return _target_text(condition, view)
        case "dialog":
            wanted = without_spaces(_expected_text(condition, view))
            return next((d for d in view.dialogs if wanted in without_spaces(d)), None)
        case "value":
            return _value_text(condition, view)
        case "url":
            return next(
                (f.url for f in view.frames_for(condition) if _glob(f.url, _expected_text(condition, view))),
                None,
            )
        case "title":
            wanted = without_spaces(_expected_text(condition, view))
            return next(
                (t for t in map(_title, view.frames_for(condition)) if wanted in without_spaces(t)), None
            )


def _expected_text(condition: Condition, view: PageView) -> str:
    return condition.wanted.render(view.scope).text if condition.wanted is not None else ""


def _glob(url: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(url, pattern) if "*" in pattern else pattern in url


def _title(frame: Frame) -> str:
    try:
        return frame.title()
    except Error:
        return ""


def _page_text_match(condition: Condition, view: PageView) -> str | None:
    wanted = _expected_text(condition, view)
    for frame in view.frames_for(condition):
        text = view.texts[frame] if frame in view.texts else page_text(frame)
        if condition.test == "matches":
            match = re.search(wanted, text)
            if match:
                return match.group()
        # An empty text is contained in every page and would always be true.
        elif without_spaces(wanted) and without_spaces(wanted) in without_spaces(text):
            line = next(
                (one for one in text.splitlines() if without_spaces(wanted) in without_spaces(one)), wanted
            )
            return re.sub(r"[\s　]+", " ", line).strip()
    return None


def _value_text(condition: Condition, view: PageView) -> str | None:
    assert condition.subject is not None
    text = condition.subject.render(view.scope).text
    if condition.test == "shown":
        return text if text not in ("", "false") else None
    return text if compare(condition, text, view) else None


def compare(condition: Condition, text: str, view: PageView) -> bool:
    """Whether a text passes the condition's test."""
    wanted = _expected_text(condition, view)
    match condition.test:
        case "is":
            return without_spaces(text) == without_spaces(wanted)
        case "contains":
            return without_spaces(wanted) in without_spaces(text)
        case "matches":
            return re.search(wanted, text) is not None
        case "empty":
            return (without_spaces(text) == "") == (wanted == "true")
        case "shown":
            return True


def read(frame: Frame, target: Target, scope: Scope) -> list[str]:
    """Return the text of every visible element that the target matches."""
    return [str(text) for text in query(frame, [reading_hops(target, scope)], "visible_text")[0]]


def reading_hops(target: Target, scope: Scope) -> list[Hop]:
    """Return the hops to the text to read: a part of a cell is an input in it."""
    return hops(target, scope, "control" if target.part is not None else "element")


def _target_text(condition: Condition, view: PageView) -> str | None:
    assert condition.target is not None
    for frame in view.frames_for(condition):
        try:
            visible_texts = view.visible_texts.get((frame, condition.target))
            texts = visible_texts if visible_texts is not None else read(frame, condition.target, view.scope)
        except Error:
            continue
        passed = [t for t in texts if compare(condition, t, view)]
        if len(passed) >= condition.at_least:
            return " ".join(re.sub(r"[\s　]+", " ", t).strip() for t in passed)
    return None
