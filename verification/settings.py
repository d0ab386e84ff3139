"""What the web app needs to be told: office, language, sessions, time."""

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
        session_minutes: a session without any request ends after so long.
        session_hours: and after so long in any case.
        secure_cookies: True wherever the app is reached by HTTPS.
        lease_seconds: an item goes back to the queue when its verifier has not been heard of for so long.
        idle_seconds: a pause counts as working time up to this length.
        snippets: verifiers are given single fields of many applications and cannot see the page around them.
        order: what comes first among equally urgent questions.
        alike: pairs of characters that are easily taken for each other; the glyph grid shows them side by side.
        systems: ids of the legacy systems that can be paused.
        reports_folder: where report files are written for download; None switches downloads off.
        report: office, baselines and cost for reports; None takes the forms' own minutes, marked as assumed.
        templates: folder of installed templates; None where this app has no editor of templates.
        workshop: folder for drafts of templates and the sample scans they are tried on.
        sso_header: name of the header in which a reverse proxy gives the user's name; None switches it off.
        sso_proxies: addresses from which that header is believed.
    """

    office: str
    session_secret: str
    language: str = "ja"
    session_minutes: float = 60.0
    session_hours: float = 12.0
    secure_cookies: bool = False
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
    sso_header: str | None = None
    sso_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
