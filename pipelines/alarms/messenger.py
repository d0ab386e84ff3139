"""Carries a trouble to people: by mail through the office's own server, and to a webhook inside the network.

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
from pipelines.alarms.model import Trouble
from pipelines.errors import PipelineError
from pipelines.network import is_inside, tls
from pipelines.settings import Settings

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class News:
    """Something that began or ended."""

    trouble: Trouble
    over: bool = False

    def headline(self, language: str = "ja") -> str:
        """One line."""
        say = words(language)
        level = say.coded("alert_level", "over" if self.over else self.trouble.level)
        return say("alert.headline", level=level, title=say.coded("alert_title", self.trouble.code))

    def message(self, language: str = "ja") -> str:
        """What is the matter and what to do, also of what is over."""
        return words(language).join([self.trouble.said])

    def text(self) -> str:
        """Headline and, unless it is over, message, in each language."""
        return "\n".join(
            f"{self.headline(one)}\n{'' if self.over else self.message(one)}".strip() for one in LANGUAGES
        )


class Undelivered(Exception):
    """Neither lost nor delivered: it is tried again at the next look."""


def check(settings: Settings) -> None:
    """Raise PipelineError unless mail server and webhook are inside the network."""
    for host in _hosts(settings):
        if not is_inside(host):
            raise PipelineError(
                f"通知先 {host} は庁内のアドレスではありません。庁内のメールサーバーか Webhook を指定してください",
                f"{host} is not inside the network; alarms go nowhere else",
            )


def deliver(settings: Settings, news: Sequence[News]) -> None:
    """Sends news by every way that the settings name; all of it again where one way fails.

    Raises:
        Undelivered: with the kind of error; nothing of the message.
    """
    if not news:
        return
    try:
        if settings.mail_server and settings.mail_to:
            _mail(settings, news)
        if settings.webhook_url:
            _post(settings, news)
    except (OSError, smtplib.SMTPException, httpx.HTTPError) as error:
        raise Undelivered(type(error).__name__) from error


def _mail(settings: Settings, news: Sequence[News]) -> None:
    message = EmailMessage()
    message["Subject"] = f"[写し] {news[0].headline()}" + (
        f" ほか {len(news) - 1} 件" if len(news) > 1 else ""
    )
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    board = f"http://{settings.host}:{settings.port}/"
    message.set_content(
        "\n\n".join([settings.office, *(one.text() for one in news), f"ボード: {board}"]) + "\n"
    )
    host, _, port = settings.mail_server.partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=SECONDS) as server:
        if server.has_extn("starttls"):
            server.starttls()
        server.send_message(message)


def _post(settings: Settings, news: Sequence[News]) -> None:
    body = {
        "office": settings.office,
        "text": "\n".join(one.headline() for one in news),
        "alerts": [
            {
                "code": one.trouble.code,
                "subject": one.trouble.subject,
                "level": one.trouble.level,
                "status": "resolved" if one.over else "firing",
                "message": one.message(),
                "message_en": one.message("en"),
            }
            for one in news
        ],
    }
    httpx.post(settings.webhook_url, json=body, timeout=SECONDS, verify=tls()).raise_for_status()


def _hosts(settings: Settings) -> list[str]:
    found = [settings.mail_server.partition(":")[0]] if settings.mail_server else []
    return found + ([urlsplit(settings.webhook_url).hostname or ""] if settings.webhook_url else [])
