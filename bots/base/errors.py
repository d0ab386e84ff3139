"""Errors of a bot run, classified by who must act.

``BotFileError`` is for the author of a bot.yaml; ``SetupError`` for the person who runs the machine;
``BusinessRefusal`` for a person who knows the data (never retried automatically); ``SystemFailure`` is a fault
of the legacy system (retried with a fresh login, then parked).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from foundation.errors import BAD_INPUT, UtsushiError


class BotError(UtsushiError):
    """Base of every error of this room."""

    exit_code = BAD_INPUT


class BotFileError(BotError):
    """A bot.yaml is wrong: the message names the file, the position in it and what to write instead."""

    def __init__(self, file: Path | str, where: str, ja: str, en: str) -> None:
        place = f"{file}: {where}: " if where else f"{file}: "
        super().__init__(place + ja, en)
        self.file = str(file)
        self.where = where


class TemplateError(BotError):
    """A ``{{ … }}`` is malformed, or names a formatter that does not exist."""


class SetupError(BotError):
    """This machine or this run is not set up: no browser, a missing secret, a journal in use."""


class NoBrowser(SetupError):
    """No Chromium, Chrome or Edge was found."""


class SecretMissing(SetupError):
    """A ``{{ secret.NAME }}`` has no value on this machine."""


class NotGranted(SetupError):
    """The office's settings do not let this bot reach a host, a secret or a file."""


class JournalBusy(SetupError):
    """Another run works with this journal and account."""


class JournalStateError(SetupError):
    """The requested change of state is not allowed from the journal row's current state."""


class RecordsFileError(SetupError):
    """The CSV of records cannot be used."""


@dataclass(frozen=True)
class Difference:
    """One field with a wrong value: the expected value and the value found."""

    field: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.field}: 「{self.wanted}」→「{self.found}」"


class BusinessRefusal(BotError):
    """The data cannot be entered as it is; a person decides. Nothing was saved."""


class SystemRefusal(BusinessRefusal):
    """The system rejects the data, in words that the bot.yaml lists under ``refused``."""


class AlreadyExists(BusinessRefusal):
    """The system holds a row with this key that this journal never submitted."""


class ValueUnfit(BusinessRefusal):
    """A value is empty, too long, or contains characters that the system cannot store."""


class FormDiffers(BusinessRefusal):
    """The filled form, read back before saving, does not show the Record's values."""

    def __init__(self, differences: Sequence[Difference], masked: frozenset[str] = frozenset()) -> None:
        self.differences = tuple(differences)
        shown = "; ".join(f"{d.field}: (masked)" if d.field in masked else str(d) for d in differences)
        super().__init__(
            f"保存前の画面が確定データと一致しません。{shown}",
            f"before saving, the form does not show the record's values: {shown}",
        )


class UnexpectedDialog(BusinessRefusal):
    """The page showed a message box that the bot.yaml does not mention."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        super().__init__(
            f"想定外のメッセージが表示されました ({kind}):「{text}」", f"unexpected {kind} dialog: {text!r}"
        )


class SystemFailure(BotError):
    """The legacy system, its network or the browser failed; trying again later may help."""

    retry = True


class SessionLost(SystemFailure):
    """The system requires a new login."""


class LoginRefused(SystemFailure):
    """After the login procedure the page is still a login page."""


class PasswordExpired(LoginRefused):
    """The system wants a new password; only a person may choose one, and every further try could lock the account."""


class StepTimeout(SystemFailure):
    """Something that should have appeared did not, in the time allowed."""


class ServerError(SystemFailure):
    """A page came with an HTTP status of 400 or above."""


class ConnectionLost(SystemFailure):
    """The connection to the system broke."""


class BrowserGone(SystemFailure):
    """The browser or its page crashed or was closed."""


class PageUnexpected(SystemFailure):
    """The page is not one that the bot.yaml describes at this point."""


class ReadOnlyInput(PageUnexpected):
    """A ``fill`` on an input that takes no typing: its value comes from a calendar or another window."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"{words} は入力できない欄です (readonly)。カレンダーや子画面なら click や popup で選びます。",
            f"{words} takes no typing (readonly): choose its value in its calendar or window, with click or popup",
        )


class ErrorPage(PageUnexpected):
    """The system shows one of its error pages, as the bot.yaml lists them under ``error_page``."""


class CannotTell(SystemFailure):
    """``find`` could answer neither yes nor no."""


class WrongRecord(SystemFailure):
    """The system shows another record than the one asked for."""
