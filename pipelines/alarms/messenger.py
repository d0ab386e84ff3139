"""Sends notices of problems: by mail through the office's own server, and to a webhook inside the network.

Nothing leaves the network: an address that is not a private one is refused when the service starts.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx

from foundation.words import LANGUAGES, words
from pipelines.alarms.model import Problem
from pipelines.errors import PipelineError
from pipelines.network import is_inside, tls
from pipelines.settings import Settings

# The monitor sends between two checks: a mail server that does not answer delays the checks by this much.
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Notice:
    """A problem that began or was resolved."""

    problem: Problem
    resolved: bool = False

    def headline(self, language: str = "ja") -> str:
        """The subject line."""
        translate = words(language)
        level = translate.coded("alert_level", "over" if self.resolved else self.problem.level)
        return translate(
            "alert.headline", level=level, title=translate.coded("alert_title", self.problem.code)
        )

    def message(self, language: str = "ja") -> str:
        """The problem and what to do about it."""
        return words(language).join([self.problem.message])

    def text(self) -> str:
        """Headline and, unless it is resolved, message, in each language."""
        return "\n".join(
            f"{self.headline(one)}\n{'' if self.resolved else self.message(one)}".strip() for one in LANGUAGES
        )


class DeliveryFailed(Exception):
    """Notices were not delivered; they are sent again at the next check."""


def require_inside(settings: Settings) -> None:
    """Raise PipelineError unless mail server and webhook are inside the network."""
    for host in _hosts(settings):
        if not is_inside(host):
            raise PipelineError(
                f"通知先 {host} は庁内のアドレスではありません。庁内のメールサーバーか Webhook を指定してください",
                f"{host} is not inside the network; alarms go nowhere else",
            )


def deliver(settings: Settings, notices: Sequence[Notice]) -> None:
    """Sends notices by every channel in the settings. When one channel fails, all are sent again next time.

    Raises:
        Undelivered: with the type of error only.
    """
    if not notices:
        return
    try:
        if settings.mail_server and settings.mail_to:
            _mail(settings, notices)
        if settings.webhook_url:
            _post(settings, notices)
    except (OSError, smtplib.SMTPException, httpx.HTTPError) as error:
        # An error of a mail server quotes addresses and text; its type is enough for the log.
        raise DeliveryFailed(type(error).__name__) from error


def _mail(settings: Settings, notices: Sequence[Notice]) -> None:
    message = EmailMessage()
    message["Subject"] = f"[写し] {notices[0].headline()}" + (
        f" ほか {len(notices) - 1} 件" if len(notices) > 1 else ""
    )
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    board = f"http://{settings.host}:{settings.port}/"
    message.set_content(
        "\n\n".join([settings.office, *(one.text() for one in notices), f"ボード: {board}"]) + "\n"
    )
    host, _, port = settings.mail_server.partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT_SECONDS) as server:
        # What the server offers is known only after this greeting.
        server.ehlo()
        # Used where the server offers it, never required: the text names no person and no value.
        if server.has_extn("starttls"):
            server.starttls()
        server.send_message(message)


def _post(settings: Settings, notices: Sequence[Notice]) -> None:
    body = {
        "office": settings.office,
        "text": "\n".join(one.headline() for one in notices),
        "alerts": [
            {
                "code": one.problem.code,
                "subject": one.problem.subject,
                "level": one.problem.level,
                # The words of Prometheus Alertmanager, which receivers of webhooks commonly understand.
                "status": "resolved" if one.resolved else "firing",
                "message": one.message(),
                "message_en": one.message("en"),
            }
            for one in notices
        ],
    }
    httpx.post(settings.webhook_url, json=body, timeout=TIMEOUT_SECONDS, verify=tls()).raise_for_status()


def _hosts(settings: Settings) -> list[str]:
    found = [settings.mail_server.partition(":")[0]] if settings.mail_server else []
    return found + ([urlsplit(settings.webhook_url).hostname or ""] if settings.webhook_url else [])
