"""Builds a Report from the store: every figure on screen, in PDF, Excel and CSV comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from reports import accuracy, facts, hours, vigilance
from reports.model import HandBaseline, Report, Span
from store.database import Store

DONE_STATES = ("entered",)


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What a report needs to know besides the database.

    Attributes:
        office: its name.
        baselines: minutes by hand per form from the templates; used where nothing was timed.
        scan_seconds_per_page: a person's seconds per scanned page; assumed, and marked so.
        cost_per_hour: staff cost in yen.
    """

    office: str
    baselines: Mapping[str, HandBaseline] = field(default_factory=dict)
    scan_seconds_per_page: float = 4.0
    cost_per_hour: float = 3000.0


def month(day: date) -> Span:
    """The calendar month of a day."""
    since = day.replace(day=1)
    return Span(since, (since + timedelta(days=32)).replace(day=1))


def build(store: Store, span: Span, settings: ReportSettings) -> Report:
    """Counts and adds up; reads one consistent picture of the database."""
    with store.read() as session:
        documents = facts.documents(session, span)
        entries = facts.entries(session, span)
        verifying = facts.verifying(session, span)
        activities = facts.activities(session, span)
        timed = facts.baselines(session)
        read = facts.read_fields(session, span)
        judged = facts.judged_readings(session, span)
        noticed = vigilance.by_form(session, span)
    baselines = {**settings.baselines, **hours.measured_baselines(timed)}
    entered = documents[documents["state"].isin(DONE_STATES)]
    # Every page was laid into the scanner by somebody, also those of applications that went back.
    scanning = {
        str(f): float(p) * settings.scan_seconds_per_page
        for f, p in documents.groupby("form")["pages"].sum().items()
    }
    other = activities[activities["document_id"].isna() & activities["form"].notna()]
    for form, seconds in other.groupby("form")["seconds"].sum().items():
        scanning[str(form)] = scanning.get(str(form), 0.0) + float(seconds)
    errors = {form: hours.baseline_error(timed, form) for form in baselines}
    spent = hours.seconds_by_document(verifying, activities)
    return Report(
        span=span,
        office=settings.office,
        states=documents.groupby(["form", "state"]).size().rename("documents").reset_index(),
        hours=hours.hours_by_form(entered, spent, scanning, baselines, errors, settings.cost_per_hour),
        activities=_activities(documents, verifying, activities, settings),
        accuracy=accuracy.by_field(read, judged),
        entries=_entries(entries),
        daily=_daily(documents, entries),
        waiting=_waiting(documents, entries),
        vigilance=noticed,
        notes=_notes(baselines, entered, settings),
    )


def _activities(
    documents: pd.DataFrame, verifying: pd.DataFrame, activities: pd.DataFrame, settings: ReportSettings
) -> pd.DataFrame:
    rows = [
        {"activity": "verify", "minutes": float(verifying["seconds"].sum()) / 60, "measured": True},
        {
            "activity": "scan",
            "minutes": float(documents["pages"].sum()) * settings.scan_seconds_per_page / 60,
            "measured": False,
        },
    ]
    for key, group in activities.groupby(["activity", "basis"]):
        activity, basis = key if isinstance(key, tuple) else (key, "")
        rows.append(
            {
                "activity": activity,
                "minutes": float(group["seconds"].sum()) / 60,
                "measured": basis == "measured",
            }
        )
    frame = pd.DataFrame(rows, columns=["activity", "minutes", "measured"])
    return frame.groupby(["activity", "measured"])["minutes"].sum().reset_index()


def _entries(entries: pd.DataFrame) -> pd.DataFrame:
    grouped = entries.groupby(["system", "state"])["seconds"].agg(["size", "median"]).reset_index()
    return grouped.rename(columns={"size": "entries", "median": "seconds"})


def _day(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times, utc=True).dt.tz_convert(facts.OFFICE_ZONE).dt.date


def _daily(documents: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    received = _day(documents["opened_at"]).value_counts().rename("received")
    confirmed = entries[entries["confirmed_at"].notna()]
    entered = _day(confirmed["confirmed_at"]).value_counts().rename("entered")
    frame = pd.concat([received, entered], axis=1).fillna(0).astype(int).sort_index()
    return frame.rename_axis("day").reset_index()


def _waiting(documents: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    confirmed = entries[entries["confirmed_at"].notna()][["document_id", "confirmed_at"]]
    merged = documents.merge(confirmed, left_on="id", right_on="document_id")
    waited = pd.to_datetime(merged["confirmed_at"], utc=True) - pd.to_datetime(merged["opened_at"], utc=True)
    merged = merged.assign(minutes=waited.dt.total_seconds() / 60)
    grouped = merged.groupby("form")["minutes"]
    frame = pd.DataFrame({"median_minutes": grouped.median(), "p95_minutes": grouped.quantile(0.95)})
    return frame.rename_axis("form").reset_index()


def _notes(
    baselines: Mapping[str, HandBaseline], entered: pd.DataFrame, settings: ReportSettings
) -> tuple[str, ...]:
    notes = [
        f"スキャン作業は 1 ページ {settings.scan_seconds_per_page:g} 秒と仮定しています (assumed, not measured)。"
    ]
    for form in sorted(set(entered["form"])):
        baseline = baselines.get(form)
        if baseline is None:
            notes.append(
                f"{form}: 手入力時間が未計測のため、削減時間に含めていません (no baseline, left out)。"
            )
        elif not baseline.measured:
            notes.append(
                f"{form}: 手入力 {baseline.minutes:g} 分/件は仮定値です (assumed): {baseline.source}"
            )
    return tuple(notes)
