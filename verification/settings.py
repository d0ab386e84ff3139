"""Settings of the web app: office, language, sessions, times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.building import ReportSettings
from store.base.model import QueueOrder


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of one running web app.

    Attributes:
        office: its name, shown in the header.
        language: ``ja`` or ``en``, until a person switches.
        session_secret: signs cookies; 32 characters or more, kept out of the database.
        session_minutes: a session ends after this time without requests.
        session_hours: a session ends after this time in any case.
        secure_cookies: True wherever the app is reached by HTTPS.
        lease_seconds: an item returns to the queue after this time without a sign of its verifier.
        idle_seconds: a pause counts as working time up to this length.
        snippets: verifiers get single fields of many applications and cannot see the page around them.
        order: order of equally urgent items.
        alike: pairs of easily confused characters; the glyph grid shows them side by side.
        systems: ids of the legacy systems that can be paused.
        reports_folder: where report files are written for download; None switches downloads off.
        report: office, baselines and cost for reports; None takes the forms' own minutes, marked as assumed.
        templates: folder of installed templates; None where this app has no editor of templates.
        workshop: folder for drafts of templates and their sample scans, and for drafts of bots.
        systems_folder: folder of legacy systems, where an activated bot is written; None leaves the bot workshop out.
        sso_header: name of the header in which a reverse proxy sends the user's name; None switches it off.
        sso_proxies: addresses from which that header is accepted.
    """

    office: str
    session_secret: str
    language: str = "ja"
    session_minutes: float = 60.0
    session_hours: float = 12.0
    secure_cookies: bool = False  # a small office runs it by plain HTTP on one machine
    lease_seconds: float = 120.0
    idle_seconds: float = 30.0
    snippets: bool = False
    order: QueueOrder = QueueOrder.DOCUMENT
    alike: tuple[frozenset[str], ...] = ()
    systems: tuple[str, ...] = ()
    reports_folder: Path | None = None
    report: ReportSettings | None = None
    templates: Path | None = None
    workshop: Path | None = None
    systems_folder: Path | None = None
    sso_header: str | None = None
    sso_proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # a proxy on this machine
