"""entered → figures: the month's report, and the day's seal over the audit chain."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from foundation import clock
from pipelines import timestamps
from pipelines.context import Office
from store.audit import seals

if TYPE_CHECKING:  # pandas and the PDF library: loaded only to build a report, not to seal
    from reports.building import ReportSettings
    from reports.model import Report


def report_settings(office: Office) -> ReportSettings:
    """The report's settings. Minutes by hand from the forms are marked as not measured."""
    from reports.building import ReportSettings
    from reports.model import HandBaseline

    baselines = {
        form.id: HandBaseline(form.hand_minutes, False, form.hand_minutes_source or "出典の記載なし")
        for form in office.forms.values()
        if form.hand_minutes
    }
    settings = office.settings
    return ReportSettings(
        office=settings.office,
        baselines=baselines,
        scan_seconds_per_page=settings.scan_seconds_per_page,
        cost_per_hour=settings.cost_per_hour_yen,
        forms=office.forms,
    )


def build_report(office: Office, day: date) -> Report:
    """The report of the day's month."""
    from reports import building

    return building.build(office.store, building.month(day), report_settings(office))


def write_report(office: Office, day: date) -> dict[str, Path]:
    """Writes the report of the day's month below the reports folder; returns its files by name."""
    from reports import exports

    return exports.write(build_report(office, day), office.settings.reports_folder, office.settings.language)


def seal(office: Office) -> str:
    """Signs the head of the chain for the present day; returns the day. A day is sealed once."""
    keys, copies = seal_places(office)
    keys.create()
    with office.store.write() as session:
        day = seals.seal_day(session, keys, clock.today().isoformat()).day
    with office.store.read() as session:
        seals.write_copies(session, keys, copies)
    # After the commit: a time-stamping server that hangs must not hold the write transaction.
    timestamps.stamp_all(copies, timestamps.checked_url(office.settings.timestamp_url))
    return day


def verify_chain(office: Office) -> seals.SealResult:
    """Checks the whole chain and every seal."""
    keys, copies = seal_places(office)
    with office.store.read() as session:
        # What a power cut kept from being copied; whatever else lacks its copy has lost nothing that was signed.
        seals.write_copies(session, keys, copies)
        return seals.verify(session, keys, copies)


def seal_places(office: Office) -> tuple[seals.SealKeys, Path]:
    """The signing keys and the folder of the seals' copies. Outside the database: who changes it cannot change them."""
    return seals.SealKeys(office.store.keys), office.settings.home / "seals"
