"""What the office's settings let the workshop reach: hosts, secrets; never a file of this machine."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bots.base.secrets import Secrets
from bots.spec.language.rules import all_steps
from bots.spec.model.bot import Bot, Goto, Upload, step_templates
from bots.workshop.errors import NotGranted

_SECRET = re.compile(r"secret\.(\w+)")


@dataclass(frozen=True)
class Grants:
    """``hosts`` may be reached; ``secrets`` are patterns of names that may be typed; both come from the settings."""

    hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    secrets_file: Path | None = None
    browser: Path | None = None

    def require_address(self, url: str) -> str:
        """Return an address that may be opened.

        Raises:
            NotGranted: it is no web address, or its host is not granted.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        # Not file:, chrome: or data:, which would show this machine's own files in a picture.
        if parts.scheme not in ("http", "https") or host not in self.hosts:
            raise NotGranted(
                f"「{host or url[:60]}」に接続する許可がありません。"
                "管理者に設定 workshop_hosts への追加を依頼してください。",
                f"{host or url[:60]!r} is not granted: ask the administrator to add it to the setting workshop_hosts",
            )
        return url

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
                f"秘密情報「{name}」を使う許可がありません。管理者に設定 workshop_secrets への追加を依頼してください。",
                f"the secret {name!r} is not granted: ask the administrator to add it to the setting workshop_secrets",
            )

    def require_bot(self, bot: Bot) -> None:
        """Raise ``NotGranted`` unless everything that the bot would reach is granted."""
        for address in (bot.base_url, *(f"http://{host}" for host in bot.allowed_hosts)):
            self.require_address(address)
        for step in all_steps(bot):
            if isinstance(step, Upload):
                raise NotGranted(
                    f"{step.where}: ワークショップではファイルを送信できません。",
                    "no file is granted to the workshop",
                )
            if isinstance(step, Goto) and (":" in step.url.source.split("/")[0]):
                self._require_whole_address(step.url.source)
            for name in names_of_secrets(t.source for t in step_templates(step)):
                self.require_secret(name)
        boxes = (t.source for t in (bot.browser.user, bot.browser.password) if t is not None)
        for name in names_of_secrets(boxes):
            self.require_secret(name)

    def _require_whole_address(self, source: str) -> None:
        # The host must stand in the file: one that comes from a record could be any.
        if source != "about:blank":
            literal = not any("{{" in part for part in source.split("/", 3)[2:3])
            self.require_address(source if literal else "")


def names_of_secrets(texts: Iterable[Any]) -> list[str]:
    """Return the names of the secrets in some templates."""
    return [name for text in texts for name in _SECRET.findall(str(text))]
