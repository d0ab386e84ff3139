"""Detects errors by the bot's own conditions: in message boxes, in HTTP responses, on loaded pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.base.errors import (  # fmt: skip
    ConnectionLost,
    ErrorPage,
    ServerError,
    SessionLost,
    SystemRefusal,
    UnexpectedDialog,
)
from bots.base.text import excerpt
from bots.browser.browser_events import BrowserEvents
from bots.procedure.conditions import PageView, evaluate_together, matching_text
from bots.spec.model.bot import Bot, Condition
from bots.spec.templating import Scope


@dataclass(frozen=True)
class ErrorConditions:
    """Which of a bot's conditions apply: ``session_lost`` if ``logged_in``, ``refused`` if ``entering``."""

    bot: Bot
    logged_in: bool
    entering: bool

    @property
    def lost(self) -> Sequence[Condition]:
        """Conditions that show that the login has ended."""
        return self.bot.session_lost if self.logged_in else ()

    @property
    def refused(self) -> Sequence[Condition]:
        """Conditions that show that the system rejects the data."""
        return self.bot.refused if self.entering else ()


def first_match(conditions: Sequence[Condition], view: PageView) -> str | None:
    """Return the text that makes the first true condition true; None when none is true."""
    return next((w for w in (matching_text(c, view) for c in conditions) if w is not None), None)


def check_pages(conditions: ErrorConditions, view: PageView) -> None:
    """Raise SessionLost, ErrorPage or SystemRefusal according to what the frames of the view show."""
    # In this order: a login page that also contains an error text means a lost session, not refused data.
    view = evaluate_together([*conditions.lost, *conditions.bot.error_page, *conditions.refused], view)
    if (words := first_match(conditions.lost, view)) is not None:
        raise SessionLost(
            f"ログインが切れました。「{excerpt(words)}」", f"the session is lost: {excerpt(words)!r}"
        )
    if (words := first_match(conditions.bot.error_page, view)) is not None:
        raise ErrorPage(f"エラー画面です。「{excerpt(words)}」", f"an error page: {excerpt(words)!r}")
    if (words := first_match(conditions.refused, view)) is not None:
        raise SystemRefusal(
            f"システムが受け付けません。「{excerpt(words)}」", f"the system refuses: {excerpt(words)!r}"
        )


def check_dialogs(events: BrowserEvents, conditions: ErrorConditions, scope: Scope) -> None:
    """Raise for an unexpected message box; the bot's conditions decide which error it means."""
    if not events.unexpected:
        return
    kind, text = events.unexpected.pop(0)
    events.unexpected.clear()
    view = PageView((), scope, [text])
    if first_match(conditions.lost, view) is not None:
        raise SessionLost(f"ログインが切れました。「{text}」", f"the session is lost: {text!r}")
    if first_match(conditions.bot.error_page, view) is not None:
        raise ErrorPage(f"システムのエラーです。「{text}」", f"the system reports an error: {text!r}")
    if first_match(conditions.refused, view) is not None:
        raise SystemRefusal(f"システムが受け付けません。「{text}」", f"the system refuses: {text!r}")
    raise UnexpectedDialog(kind, text)


def check_responses(events: BrowserEvents) -> None:
    """Raise ServerError or ConnectionLost for a page that arrived with an error status or did not arrive."""
    if not events.failures:
        return
    broken = events.failures[0]
    if broken.status:
        raise ServerError(
            f"システムがHTTP {broken.status}を返しました。", f"HTTP {broken.status} from {broken.url}"
        )
    raise ConnectionLost(
        "システムとの接続が切れました。", f"the connection broke: {broken.words} ({broken.url})"
    )
