"""What went wrong, by the bot's own conditions: in message boxes, in the system's answers, on pages that came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.base.errors import (  # fmt: skip
    BusinessRefusal,
    ConnectionLost,
    PageUnexpected,
    ServerError,
    SessionLost,
    UnexpectedDialog,
)
from bots.base.text import excerpt
from bots.browser.browser_events import BrowserEvents
from bots.procedure.conditions import View, evaluate_together, found_words
from bots.spec.model.bot import Bot, Condition
from bots.spec.templating import Scope


@dataclass(frozen=True)
class DetectedErrors:
    """Which of a bot's conditions are asked: ``session_lost`` if ``guarded``, ``refused`` if ``entering``."""

    bot: Bot
    guarded: bool
    entering: bool

    @property
    def lost(self) -> Sequence[Condition]:
        """When the login has ended."""
        return self.bot.session_lost if self.guarded else ()

    @property
    def refused(self) -> Sequence[Condition]:
        """When the system does not take what was entered."""
        return self.bot.refused if self.entering else ()


def first(conditions: Sequence[Condition], view: View) -> str | None:
    """The words that make the first true condition true; None when none is."""
    return next((w for w in (found_words(c, view) for c in conditions) if w is not None), None)


def on_pages(asked: DetectedErrors, view: View) -> None:
    """Raise SessionLost, PageUnexpected or BusinessRefusal for what the frames of the view show."""
    view = evaluate_together([*asked.lost, *asked.bot.error_page, *asked.refused], view)
    if (words := first(asked.lost, view)) is not None:
        raise SessionLost(
            f"ログインが切れました。「{excerpt(words)}」", f"the session is lost: {excerpt(words)!r}"
        )
    if (words := first(asked.bot.error_page, view)) is not None:
        raise PageUnexpected(f"エラー画面です。「{excerpt(words)}」", f"an error page: {excerpt(words)!r}")
    if (words := first(asked.refused, view)) is not None:
        raise BusinessRefusal(
            f"システムが受け付けません。「{excerpt(words)}」", f"the system refuses: {excerpt(words)!r}"
        )


def in_boxes(watch: BrowserEvents, asked: DetectedErrors, scope: Scope) -> None:
    """Raise for a message box that nobody announced; what it means is the bot's conditions' to say."""
    if not watch.unexpected:
        return
    kind, text = watch.unexpected.pop(0)
    watch.unexpected.clear()
    view = View((), scope, [text])
    if first(asked.lost, view) is not None:
        raise SessionLost(f"ログインが切れました。「{text}」", f"the session is lost: {text!r}")
    if first(asked.bot.error_page, view) is not None:
        raise PageUnexpected(f"システムのエラーです。「{text}」", f"the system reports an error: {text!r}")
    if first(asked.refused, view) is not None:
        raise BusinessRefusal(f"システムが受け付けません。「{text}」", f"the system refuses: {text!r}")
    raise UnexpectedDialog(kind, text)


def in_answers(watch: BrowserEvents) -> None:
    """Raise ServerError or ConnectionLost for a page that came with an error status, or not at all."""
    if not watch.failures:
        return
    broken = watch.failures[0]
    if broken.status:
        raise ServerError(
            f"システムがHTTP {broken.status}を返しました。", f"HTTP {broken.status} from {broken.url}"
        )
    raise ConnectionLost(
        "システムとの接続が切れました。", f"the connection broke: {broken.words} ({broken.url})"
    )
