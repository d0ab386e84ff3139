"""The settings of the web app, taken from the office's settings."""

from __future__ import annotations

import secrets
from pathlib import Path

from extractors.base.alphabets import CONFUSABLE
from pipelines.context import Office
from pipelines.steps.accounting.account import report_settings
from pipelines.steps.entry.enter import known_systems
from store.base.files import write_new
from verification.settings import WebSettings

KEY_BYTES = 32


def web_settings(office: Office) -> WebSettings:
    """The settings of the verification app."""
    settings = office.settings
    return WebSettings(
        office=settings.office,
        session_secret=session_secret(office),
        language=settings.language,
        systems=tuple(known_systems(office)),
        reports_folder=settings.reports_folder,
        report=report_settings(office),
        session_minutes=settings.session_minutes,
        session_hours=settings.session_hours,
        secure_cookies=settings.secure_cookies,
        lease_seconds=settings.verify_lease_seconds,
        idle_seconds=settings.idle_seconds,
        snippets=settings.snippets,
        order=settings.verify_order,
        alike=CONFUSABLE,
        templates=settings.templates,
        # Drafts stay on this machine: the editor's worker reads pictures from this folder again and again.
        workshop=settings.own_folder / "workshop",
        systems_folder=settings.systems,
        sso_header=settings.sso_header,
        sso_proxies=settings.sso_proxies,
    )


def session_secret(office: Office) -> str:
    """The secret of the settings, or one made once and kept beside the other keys, outside the database."""
    if office.settings.session_secret is not None:
        return office.settings.session_secret.get_secret_value()
    # Kept in a file, so that a restart does not sign everybody out; `write_new` leaves an existing one as it is.
    path: Path = office.store.keys / "session.key"
    write_new(path, secrets.token_hex(KEY_BYTES).encode())
    return path.read_text(encoding="ascii").strip()
