"""Read-only queries on a frame: the visible text of elements and the values of inputs, many in one round trip.

Playwright's own evaluation first injects its whole library into each new page and then evaluates element by element;
that took more time than typing. The scripts here are small, are sent to each page once, and do not change it. Elements
that only Playwright can find (its CSS extensions, ARIA roles) are left to Playwright.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from playwright.sync_api import Error

from bots.browser.locators import Hop, find_script, follow

if TYPE_CHECKING:
    from playwright.sync_api import Frame, JSHandle

QueryKind = Literal["visible_text", "page_text", "values", "types", "options", "click_point", "click_missed"]


def _script(name: str, start: str) -> str:
    text = resources.files("bots.browser").joinpath(f"page_scripts/{name}").read_text(encoding="utf-8")
    return text[text.index(start) :].strip()


_QUERY_SCRIPT = (
    _script("query.js", "() =>")
    .replace("LOCATE()", f"({find_script()})()")
    .replace("SHOWN;", f"{_script('shown.js', '(root) =>')};")
)
_QUERY_CALL = "(answer, questions) => answer(questions)"
# One turn of the page's own event loop, in which a submit requested by a script starts.
TICK = "() => new Promise((done) => setTimeout(() => done(true), 0))"
BLUR_SCRIPT = f"""() => {{
  if (document.activeElement) document.activeElement.blur();
  return ({TICK})();
}}"""
_CHANGE_SCRIPT = "(answer, question) => answer([question])[0][0] === true"
_ELEMENTS_SCRIPT = "(found, [answer, what]) => answer([[[], what]], found)[0]"
# The list is passed once: Playwright follows each mention of a handle.
_NUMBERS_CALL = "(answer, [among, places]) => answer(places.map((place) => [place, 'numbers', among]))"
_NUMBERS_SCRIPT = "(found, among) => found.map((e) => among.indexOf(e))"
ChangeKind = Literal["write", "pick"]
# The query function inside the page that each frame shows; it is lost when the page is replaced.
_installed: WeakKeyDictionary[Frame, JSHandle] = WeakKeyDictionary()


def query(
    frame: Frame, places: Sequence[Sequence[Hop]], what: QueryKind | Sequence[QueryKind]
) -> list[list[Any]]:
    """Query the elements at each place in their present state; does not wait for anything.

    Args:
        frame: the frame to query.
        places: for each query the hops to its elements, see ``locators.hops``.
        what: for all places, or for each: ``visible_text`` of each visible element, ``page_text`` of the whole page
            (the place is ignored), ``values`` of each input (for a list its value and then its text), ``types`` each
            input's type or, without one, its tag, ``options`` value and text of each option; ``click_point`` and
            ``click_missed`` are for ``bots/browser/actions.py``.

    Returns:
        For each place a list with one answer for each element found.

    Raises:
        Error: Playwright's own, when the frame is removed meanwhile.
    """
    wanted = [what] * len(places) if isinstance(what, str) else what
    scripted = [index for index, place in enumerate(places) if all(h.scripted for h in place)]
    answers: dict[int, list[Any]] = {}
    if scripted:
        questions = [[[[h.way, h.words] for h in places[index]], wanted[index]] for index in scripted]
        results = _with_query_function(frame, lambda answer: answer.evaluate(_QUERY_CALL, questions))
        answers = dict(zip(scripted, results, strict=True))
    for index in set(range(len(places))) - set(scripted):
        answers[index] = _by_playwright(frame, places[index], wanted[index])
    return [answers[index] for index in range(len(places))]


def numbers(frame: Frame, places: Sequence[Sequence[Hop]], among: JSHandle) -> list[list[int]]:
    """Return for each place which of the elements ``among`` are found there: their numbers from 0, -1 for others.

    Args:
        frame: the frame to query.
        places: see ``query``.
        among: a list of elements of that frame's page.

    Raises:
        Error: Playwright's own; also when the frame shows another page than the elements are of.
    """
    scripted = [place for place in places if all(h.scripted for h in place)]
    questions = [[[h.way, h.words] for h in place] for place in scripted]
    found = _with_query_function(frame, lambda answer: answer.evaluate(_NUMBERS_CALL, [among, questions]))
    answers = iter(found)
    return [
        next(answers)
        if all(h.scripted for h in place)
        else list(follow(frame, place).evaluate_all(_NUMBERS_SCRIPT, among))
        for place in places
    ]


def _by_playwright(frame: Frame, place: Sequence[Hop], what: QueryKind) -> list[Any]:
    found = follow(frame, place)
    return list(
        _with_query_function(frame, lambda answer: found.evaluate_all(_ELEMENTS_SCRIPT, [answer, what]))
    )


def _with_query_function(frame: Frame, use: Callable[[JSHandle], Any]) -> Any:
    known = _installed.get(frame)
    if known is not None:
        try:
            return use(known)
        except Error:
            _installed.pop(frame, None)  # the frame shows another page now
    _installed[frame] = frame.evaluate_handle(_QUERY_SCRIPT)
    return use(_installed[frame])


def forget_page(frame: Frame) -> None:
    """Drop the query function of a frame that shows another page now, so that it is not tried in vain."""
    _installed.pop(frame, None)


def query_last_page(frame: Frame, what: QueryKind) -> list[Any] | None:
    """Query the page that was queried last; None when the frame shows another one now."""
    try:
        answers: list[list[Any]] = _installed[frame].evaluate(_QUERY_CALL, [[[], what]])
        return answers[0]
    except (Error, KeyError):
        return None


def change_input(
    frame: Frame, place: Sequence[Hop], what: ChangeKind, more: str | int, then: str = ""
) -> bool:
    """Change the single input at a place of the page that was queried last, and then run a script.

    Args:
        frame: where the input is.
        place: the hops to it, see ``locators.hops``.
        what: ``write`` a text in place of its value, ``pick`` an option by its number from 0.
        more: the text, or the number.
        then: ``BLUR_SCRIPT`` or ``TICK``, so that the page's change handlers run.

    Returns:
        False when nothing was changed: the input accepts no change now, or only from Playwright.
    """
    known = _installed.get(frame)
    if known is None or not all(h.scripted for h in place):
        return False
    script = (
        f"(answer, question) => ({_CHANGE_SCRIPT})(answer, question) && ({then})()"
        if then
        else _CHANGE_SCRIPT
    )
    try:
        # One try only: a page that loaded meanwhile is not the intended one.
        return bool(known.evaluate(script, [[[h.way, h.words] for h in place], what, more]))
    except Error:
        return True  # the change submitted the page; the caller waits for the next one
