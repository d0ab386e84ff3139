"""Builds a Report from the store: the source of every figure on screen, in PDF, Excel and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from foundation.clock import OFFICE_ZONE, office_time
from reports import accuracy, facts, hours, seeded_checks, trend, worst
from reports.model import HandBaseline, Report, Span
from store.base.session import now
from store.database import Store
from templates_forms.model import Form
from templates_forms.titles import title

# Only work that reached the legacy system has saved the keying.
DONE_STATES = ("entered",)


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Input of a report besides the database.

    Attributes:
        office: its name.
        baselines: minutes by hand per form from the templates; used where nothing was timed.
        scan_seconds_per_page: a person's seconds per scanned page; assumed, and marked so.
        cost_per_hour: staff cost in yen.
        forms: the installed forms by id, for their titles and labels.
    """

    office: str
    baselines: Mapping[str, HandBaseline] = field(default_factory=dict)
    scan_seconds_per_page: float = 4.0  # assumed; the report says so in its notes
    cost_per_hour: float = 3000.0  # assumed, yen
    forms: Mapping[str, Form] = field(default_factory=dict)


def month(day: date) -> Span:
    """The calendar month of a day."""
    since = day.replace(day=1)
    # 32 days after the first lie in the next month, whatever its length.
    return Span(since, (since + timedelta(days=32)).replace(day=1))


def build(store: Store, span: Span, settings: ReportSettings) -> Report:
    """The report of a span, from one read transaction; the fiscal year around the span is read with it."""
    year = trend.fiscal_year(span.since)
    whole = Span(min(year.since, span.since), max(year.until, span.until))
    # One transaction, so that the figures agree with each other although people go on working.
    with store.read() as session:
        today = office_time(now(session)).date()
        answers = facts.answers(session, whole)
        read = facts.read_fields(session, span)
        # Read once and cut by month below, instead of queries for each of twelve months.
        yearly = _Facts(
            facts.documents(session, whole),
            facts.entries(session, whole),
            facts.verifying(answers),
            facts.activities(session, whole),
        )
        timed = facts.baselines(session)
        pairs = facts.paired_answers(session, span)
        queue = facts.waiting_items(session)
        vigilance = seeded_checks.by_form(session, span)
    # What was timed here replaces the minutes that came with the template.
    baselines = {**settings.baselines, **hours.measured_baselines(timed)}
    errors = {form: hours.baseline_error(timed, form) for form in baselines}
    selected = yearly.within(span)
    verified = facts.verified_readings(answers, selected.documents)
    entered = selected.documents[selected.documents["state"].isin(DONE_STATES)]
    staff_time = hours.staff_time(
        selected.documents, selected.verifying, selected.activities, settings.scan_seconds_per_page
    )
    by_form = hours.hours_by_form(entered, staff_time, baselines, errors, settings.cost_per_hour)
    activities = hours.by_activity(staff_time, set(by_form["form"]))
    by_month = trend.trend(year, lambda month: _monthly(yearly.within(month), baselines, settings))
    by_field = accuracy.by_field(read, verified)
    return Report(
        span=span,
        office=settings.office,
        states=selected.documents.groupby(["form", "state"]).size().rename("documents").reset_index(),
        hours=by_form,
        offices=hours.by_office(entered, staff_time, baselines),
        activities=activities,
        waterfall=hours.waterfall(by_form, activities),
        trend=by_month,
        forecast=trend.forecast(year, by_month, today),
        accuracy=by_field,
        reliability=accuracy.reliability(verified),
        agreement=accuracy.agreement(pairs),
        worst=worst.worst(by_field),
        entries=_entries(selected.entries),
        refusals=_refusals(selected.entries),
        daily=_daily(selected),
        queue=queue,
        waiting=_waiting(selected),
        vigilance=vigilance,
        notes=_notes(baselines, entered, settings),
        forms=settings.forms,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """Frames of ``facts``; ``within`` cuts them to a span by the day of arrival."""

    documents: pd.DataFrame
    entries: pd.DataFrame
    verifying: pd.DataFrame
    activities: pd.DataFrame

    def within(self, span: Span) -> _Facts:
        since, until = (pd.Timestamp(at) for at in facts.bounds(span))
        opened, at = self.documents["opened_at"], self.activities["at"]
        # By the day of arrival, so that an application's verifying and entries count in the month of its receipt.
        selected = self.documents[(opened >= since) & (opened < until)]
        if len(selected) == len(self.documents):
            return _Facts(
                selected, self.entries, self.verifying, self.activities[(at >= since) & (at < until)]
            )
        return _Facts(
            selected,
            self.entries[self.entries["document_id"].isin(selected["id"])],
            self.verifying[self.verifying["document_id"].isin(selected["id"])],
            self.activities[(at >= since) & (at < until)],
        )


def _monthly(
    month: _Facts, baselines: Mapping[str, HandBaseline], settings: ReportSettings
) -> tuple[int, pd.DataFrame]:
    entered = month.documents[month.documents["state"].isin(DONE_STATES)]
    staff_time = hours.staff_time(
        month.documents, month.verifying, month.activities, settings.scan_seconds_per_page
    )
    return len(month.documents), hours.hours_by_form(
        entered, staff_time, baselines, {}, settings.cost_per_hour
    )


def _entries(entries: pd.DataFrame) -> pd.DataFrame:
    grouped = entries.groupby(["system", "state"])["seconds"].agg(["size", "median"]).reset_index()
    frame = grouped.rename(columns={"size": "entries", "median": "seconds"})
    frame["share"] = frame["entries"] / frame.groupby("system")["entries"].transform("sum")
    return frame[["system", "state", "entries", "share", "seconds"]]


def _refusals(entries: pd.DataFrame) -> pd.DataFrame:
    """Reasons as the legacy system stated them, most frequent first."""
    stopped = entries[entries["reason"].notna() & (entries["state"] != "confirmed")]
    frame = stopped.groupby(["system", "state", "reason"]).size().rename("entries").reset_index()
    return frame.sort_values(["entries", "reason"], ascending=[False, True]).head(50).reset_index(drop=True)


def _day(times: pd.Series) -> pd.Series:
    # A day is the office's: shortly after midnight here it is still yesterday in UTC.
    days: pd.Series = times.dt.tz_convert(OFFICE_ZONE).dt.date
    return days


def _daily(selected: _Facts) -> pd.DataFrame:
    opened = _day(selected.documents["opened_at"])
    received = opened.value_counts().rename("received")
    # `fillna`: an application whose every field was accepted has no verifications.
    fields = selected.verifying.set_index("document_id")["fields"].reindex(selected.documents["id"]).fillna(0)
    verified = pd.Series(fields.to_numpy(), index=opened).groupby(level=0).sum().rename("verified_fields")
    entered = _day(_first_entered(selected)).value_counts().rename("entered")
    frame = pd.concat([received, verified, entered], axis=1).fillna(0).astype(int).sort_index()
    return frame.rename_axis("day").reset_index()


def _first_entered(selected: _Facts) -> pd.Series:
    """When each application was first confirmed in a legacy system: one entered again by a correction counts once."""
    confirmed = selected.entries[selected.entries["confirmed_at"].notna()]
    first: pd.Series = confirmed.groupby("document_id")["confirmed_at"].min()
    return first


def _waiting(selected: _Facts) -> pd.DataFrame:
    merged = selected.documents.merge(_first_entered(selected), left_on="id", right_index=True)
    minutes = (merged["confirmed_at"] - merged["opened_at"]).dt.total_seconds() / 60
    grouped = merged.assign(minutes=minutes).groupby("form")["minutes"]
    frame = pd.DataFrame({"median_minutes": grouped.median(), "p95_minutes": grouped.quantile(0.95)})
    return frame.rename_axis("form").reset_index()


def _notes(
    baselines: Mapping[str, HandBaseline], entered: pd.DataFrame, settings: ReportSettings
) -> tuple[str, ...]:
    notes = [
        f"スキャン作業は 1 ページ {settings.scan_seconds_per_page:g} 秒と仮定しています (assumed, not measured)。"
    ]
    for form in sorted(set(entered["form"])):
        baseline, name = baselines.get(form), _both_titles(settings.forms, form)
        if baseline is None:
            notes.append(
                f"{name}: 手入力時間が未計測のため、削減時間に含めていません (no baseline, left out)。"
            )
        elif not baseline.measured:
            notes.append(
                f"{name}: 手入力 {baseline.minutes:g} 分/件は仮定値です (assumed): {baseline.source}"
            )
    return tuple(notes)


def _both_titles(forms: Mapping[str, Form], form: str) -> str:
    """The form in Japanese and English: a note is one sentence in both languages."""
    ja, en = (title(forms, form, language) for language in ("ja", "en"))
    return ja if ja == en else f"{ja} / {en}"
