"""What the office's settings let the bots reach, and what is missing for those that are installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from bots.base.errors import NotGranted
from bots.run.grants import Grants
from bots.spec.model.bot import Bot
from pipelines.context import Office
from pipelines.settings import Settings
from store.documents import documents


def workshop_grants(settings: Settings) -> Grants:
    """What the bot workshop may reach."""
    known = [urlsplit(url).hostname or "" for url in settings.system_urls.values()]
    hosts = tuple(dict.fromkeys(filter(None, [*settings.workshop_hosts, *known])))
    return Grants(hosts, tuple(settings.workshop_secrets), settings.secrets_file, settings.browser)


def grants_for(settings: Settings, system: str) -> Grants:
    """What the bot of one system may reach: its own grants, and what every bot of the workshop may."""
    own = urlsplit(settings.system_urls.get(system, "")).hostname
    hosts = [*([own] if own else []), *settings.bot_hosts.get(system, []), *settings.workshop_hosts]
    secrets = [*settings.bot_secrets.get(system, []), *settings.workshop_secrets]
    return Grants(
        tuple(dict.fromkeys(hosts)),
        tuple(dict.fromkeys(secrets)),
        settings.secrets_file,
        settings.browser,
        uploads=system in settings.bot_uploads,
        settings=(f"bot_hosts.{system}", f"bot_secrets.{system}", "bot_uploads"),
    )


def not_granted(settings: Settings, bots: Iterable[Bot]) -> list[NotGranted]:
    """The first thing that each bot asks for and the settings do not grant."""
    missing = []
    for bot in bots:
        try:
            grants_for(settings, bot.system).require_bot(at_its_address(settings, bot))
        except NotGranted as error:
            missing.append(error)
    return missing


def at_its_address(settings: Settings, bot: Bot) -> Bot:
    """The bot with the address that the settings give its system."""
    address = settings.system_urls.get(bot.system, "").rstrip("/")
    return replace(bot, base_url=address) if address else bot


def files_to_send(office: Office, system: str, document_id: int) -> dict[str, Path]:
    """An application's page pictures, as `page1`, `page2`, …; none where the system's bot may send no files."""
    if system not in office.settings.bot_uploads:
        return {}
    with office.store.read() as session:
        pictures = [
            page.picture_sha256 or page.scan_sha256 for page in documents.pages_of(session, document_id)
        ]
    found = (office.store.files.path(sha256) for sha256 in pictures if sha256)
    return {f"page{number}": path for number, path in enumerate(found, start=1)}
