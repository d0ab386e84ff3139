"""Looking at a frame without touching it: what elements show and inputs hold, many questions at a time.

Playwright's own evaluation first puts its whole library into each new page and then asks element by element; that
took a bot more time than typing. The scripts here are small, are sent once to each page, and leave no trace in it. What
only Playwright can find (its CSS extensions, ARIA roles) is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from playwright.sync_api import Error

from bots.browser.locators import Hop, finder, follow

if TYPE_CHECKING:
    from playwright.sync_api import Frame, JSHandle

Wanted = Literal["shown", "words", "held", "types", "options", "aim", "missed"]


def _script(name: str, start: str) -> str:
    text = resources.files("bots.browser").joinpath(f"page_scripts/{name}").read_text(encoding="utf-8")
    return text[text.index(start) :].strip()


_ASK = (
    _script("ask.js", "() =>")
    .replace("LOCATE()", f"({finder()})()")
    .replace("SHOWN;", f"{_script('shown.js', '(root) =>')};")
)
_CALL = "(answer, questions) => answer(questions)"
# One turn of the page's own event loop, in which a script's submit gets under way.
TICK = "() => new Promise((done) => setTimeout(() => done(true), 0))"
LEAVE = f"""() => {{
  if (document.activeElement) document.activeElement.blur();
  return ({TICK})();
}}"""
_DO = "(answer, question) => answer([question])[0][0] === true"
_GIVEN = "(found, [answer, what]) => answer([[[], what]], found)[0]"
Done = Literal["write", "pick"]
# The function that answers, in the page that each frame shows; it goes when the page goes.
_sent: WeakKeyDictionary[Frame, JSHandle] = WeakKeyDictionary()


def ask(frame: Frame, places: Sequence[Sequence[Hop]], what: Wanted | Sequence[Wanted]) -> list[list[Any]]:
    """Ask about the elements at each place, as they are now; nothing is waited for.

    Args:
        frame: where to look.
        places: for each question the way to its elements, see ``locators.hops``.
        what: of all places, or of each: ``shown`` the words of each visible element, ``words`` of the whole page
            (the place does not matter), ``held`` what each input holds (of a list its value and then its words),
            ``types`` each input's type or, without one, its tag, ``options`` value and words of each option;
            ``aim`` and ``missed`` are for ``bots/browser/actions.py``.

    Returns:
        For each place a list with one answer for each element found.

    Raises:
        Error: Playwright's own, when the frame goes away meanwhile.
    """
    wanted = [what] * len(places) if isinstance(what, str) else what
    plain = [index for index, place in enumerate(places) if all(h.plain for h in place)]
    answers: dict[int, list[Any]] = {}
    if plain:
        questions = [[[[h.way, h.words] for h in places[index]], wanted[index]] for index in plain]
        told = _with_answerer(frame, lambda answer: answer.evaluate(_CALL, questions))
        answers = dict(zip(plain, told, strict=True))
    for index in set(range(len(places))) - set(plain):
        answers[index] = _by_playwright(frame, places[index], wanted[index])
    return [answers[index] for index in range(len(places))]


def _by_playwright(frame: Frame, place: Sequence[Hop], what: Wanted) -> list[Any]:
    found = follow(frame, place)
    return list(_with_answerer(frame, lambda answer: found.evaluate_all(_GIVEN, [answer, what])))


def _with_answerer(frame: Frame, use: Callable[[JSHandle], Any]) -> Any:
    known = _sent.get(frame)
    if known is not None:
        try:
            return use(known)
        except Error:
            _sent.pop(frame, None)  # the frame shows another page by now
    _sent[frame] = frame.evaluate_handle(_ASK)
    return use(_sent[frame])


def forget_page(frame: Frame) -> None:
    """The frame shows another page by now: what was put into the last one need not be tried."""
    _sent.pop(frame, None)


def ask_last_page(frame: Frame, what: Wanted) -> list[Any] | None:
    """Ask the page that was asked last; None when the frame shows another one by now."""
    try:
        answers: list[list[Any]] = _sent[frame].evaluate(_CALL, [[[], what]])
        return answers[0]
    except (Error, KeyError):
        return None


def do_plainly(frame: Frame, place: Sequence[Hop], what: Done, more: str | int, then: str = "") -> bool:
    """Do something to the one input at a place of the page that was asked last, and then run a script.

    Args:
        frame: where the input is.
        place: the way to it, see ``locators.hops``.
        what: ``write`` a text in place of what it holds, ``pick`` an option by its number from 0.
        more: the text, or the number.
        then: ``LEAVE`` or ``TICK``, for the page to do what it does upon the change.

    Returns:
        False when nothing was done: the input takes nothing now, or only from Playwright.
    """
    known = _sent.get(frame)
    if known is None or not all(h.plain for h in place):
        return False
    script = f"(answer, question) => ({_DO})(answer, question) && ({then})()" if then else _DO
    try:
        # Asked once only: a page that came meanwhile is not the one that is meant.
        return bool(known.evaluate(script, [[[h.way, h.words] for h in place], what, more]))
    except Error:
        return True  # the change sent the page in by itself; whoever acts waits for what comes
