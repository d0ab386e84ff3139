"""Detects errors by the bot's own conditions: in message boxes, in HTTP responses, on loaded pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bots.base.errors import (  # fmt: skip
    ConnectionLost,
    ErrorPage,
    LoginRefused,
    PasswordExpired,
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
    """Raise according to what the frames of the view show: PasswordExpired, SessionLost, ErrorPage, SystemRefusal."""
    # In this order: a login page that also contains an error text means a lost session, not refused data.
    expired = conditions.bot.password_expired
    view = evaluate_together(
        [*expired, *conditions.lost, *conditions.bot.error_page, *conditions.refused], view
    )
    if (words := first_match(expired, view)) is not None:
        raise _expired(words)
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
    if first_match(conditions.bot.password_expired, view) is not None:
        raise _expired(text)
    if first_match(conditions.lost, view) is not None:
        raise SessionLost(f"ログインが切れました。「{text}」", f"the session is lost: {text!r}")
    if first_match(conditions.bot.error_page, view) is not None:
        raise ErrorPage(f"システムのエラーです。「{text}」", f"the system reports an error: {text!r}")
    if first_match(conditions.refused, view) is not None:
        raise SystemRefusal(f"システムが受け付けません。「{text}」", f"the system refuses: {text!r}")
    raise UnexpectedDialog(kind, text)


def _expired(words: str) -> PasswordExpired:
    return PasswordExpired(
        f"パスワードの期限が切れています。「{excerpt(words)}」人が業務システムで新しいパスワードを決め、秘密情報を"
        "書き換えてから続けてください。口座が止められないように、入力を止めました。",
        f"the password has expired: {excerpt(words)!r}. Set a new one in the system, change the secret, then go on;"
        " stopped here so that the account is not locked",
    )


def _login_wanted(schemes: str) -> LoginRefused:
    """Return what to do about the login that the server itself asks for (RFC 9110, 11.6.1; RFC 4559)."""
    if {"negotiate", "ntlm"} & set(re.findall(r"[a-z]+", schemes.lower())):
        return LoginRefused(
            "システムがWindows統合ログイン (NTLM・Negotiate) を求めています。Kerberosの自動ログインは使えません。"
            "NTLMが許されていれば、browser の basic_login に「ドメイン\\利用者」とパスワードを、"
            "send_once に false を書いてください。そうでなければ、画面のログインを管理者に頼んでください。",
            f"the server asks for integrated Windows login ({schemes}): Kerberos cannot be used. Where NTLM is"
            " allowed, give browser.basic_login DOMAIN\\user and the password, and send_once: false; else ask its"
            " administrator for a login page",
        )
    return LoginRefused(
        "システムがブラウザーのログイン窓で利用者とパスワードを求めています。"
        "browser の basic_login を確かめてください。",
        f"the server asks for a user name and password ({schemes}): check browser.basic_login",
    )


def check_responses(events: BrowserEvents) -> None:
    """Raise ServerError or ConnectionLost for a page that arrived with an error status or did not arrive."""
    if not events.failures:
        return
    broken = events.failures[0]
    if broken.asks_for:
        raise _login_wanted(broken.asks_for)
    if broken.status:
        raise ServerError(
            f"システムがHTTP {broken.status}を返しました。", f"HTTP {broken.status} from {broken.url}"
        )
    raise ConnectionLost(
        "システムとの接続が切れました。", f"the connection broke: {broken.words} ({broken.url})"
    )
