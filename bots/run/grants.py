"""What the office's settings let bots reach: hosts, secrets, files to send. A bot.yaml only says what it asks for."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bots.base.errors import NotGranted
from bots.base.secrets import Secrets
from bots.browser.launch import hosts_of
from bots.spec.language.rules import all_steps
from bots.spec.model.bot import Bot, Goto, Upload, step_templates
from bots.spec.templating import Template

_SECRET = re.compile(r"secret\.(\w+)")


@dataclass(frozen=True)
class Request:
    """What a bot asks for: hosts, names of secrets, whether it sends files."""

    hosts: tuple[str, ...]
    secrets: tuple[str, ...]
    uploads: bool


def request_of(bot: Bot) -> Request:
    """Return everything that a bot asks for, in the order of the file."""
    steps = list(all_steps(bot))
    written = [urlsplit(s.url.source).hostname or "" for s in steps if isinstance(s, Goto) and s.is_whole]
    hosts = dict.fromkeys([*hosts_of(bot), *filter(None, written)])
    names = (name for template in _templates(bot) for name in sorted(template.names))
    secrets = dict.fromkeys(n.removeprefix("secret.") for n in names if n.startswith("secret."))
    return Request(tuple(hosts), tuple(secrets), any(isinstance(s, Upload) for s in steps))


@dataclass(frozen=True)
class Grants:
    """What the settings grant.

    Attributes:
        hosts: that may be reached.
        secrets: patterns of names that may be typed.
        uploads: whether files of the record may be sent.
        settings: the names of the settings for hosts, secrets and uploads, for messages.
    """

    hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    secrets_file: Path | None = None
    browser: Path | None = None
    uploads: bool = False
    settings: tuple[str, str, str] = ("workshop_hosts", "workshop_secrets", "bot_uploads")

    def require_address(self, url: str) -> str:
        """Return an address that may be opened.

        Raises:
            NotGranted: it is no web address, or its host is not granted.
        """
        parts = urlsplit(url)
        # Not file:, chrome: or data:, which would show this machine's own files in a picture.
        self.require_host(parts.hostname or "" if parts.scheme in ("http", "https") else "", url)
        return url

    def require_host(self, host: str, url: str = "") -> None:
        """Raise ``NotGranted`` unless the host may be reached; ``url`` is named where there is no host."""
        if host not in self.hosts:
            raise NotGranted(
                f"「{host or url[:60]}」に接続する許可がありません。{self._add_ja(0)}",
                f"{host or url[:60]!r} is not granted: {self._add_en(0)}",
            )

    def secret(self, name: str) -> str:
        """Return a secret that may be typed.

        Raises:
            NotGranted: the settings do not grant it.
            SecretMissing: it has no value on this machine.
        """
        self.require_secret(name)
        return Secrets.load(file=self.secrets_file).get(name)

    def require_secret(self, name: str) -> None:
        """Raise ``NotGranted`` unless the secret may be used."""
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in self.secrets):
            raise NotGranted(
                f"秘密情報「{name}」を使う許可がありません。{self._add_ja(1)}",
                f"the secret {name!r} is not granted: {self._add_en(1)}",
            )

    def require_bot(self, bot: Bot) -> None:
        """Raise ``NotGranted`` unless everything that the bot asks for is granted."""
        asked = request_of(bot)
        for host in asked.hosts:
            self.require_host(host)
        for name in asked.secrets:
            self.require_secret(name)
        if asked.uploads and not self.uploads:
            raise NotGranted(
                f"ファイルを送信する許可がありません。{self._add_ja(2)}",
                f"files are not granted: {self._add_en(2)}",
            )

    def _add_ja(self, setting: int) -> str:
        return f"管理者に設定 {self.settings[setting]} への追加を依頼してください。"

    def _add_en(self, setting: int) -> str:
        return f"ask the administrator to add it to the setting {self.settings[setting]}"


def _templates(bot: Bot) -> Iterator[Template]:
    for step in all_steps(bot):
        yield from step_templates(step)
    for condition in (bot.find.yes, bot.find.no, bot.find.many):
        yield from condition.templates() if condition is not None else ()
    yield from bot.browser.templates()


def names_of_secrets(texts: Iterable[Any]) -> list[str]:
    """Return the names of the secrets in some templates."""
    return [name for text in texts for name in _SECRET.findall(str(text))]
