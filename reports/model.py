"""Data classes of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from templates_forms.model import Form


@dataclass(frozen=True, slots=True)
class HandBaseline:
    """Minutes to key one application by hand, and where the number comes from.

    Attributes:
        minutes: per application.
        measured: True only when a person was timed.
        source: who, when, how many, or why it is assumed.
        forms: how many applications were timed; 0 when assumed.
    """

    minutes: float
    measured: bool
    source: str
    forms: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The days a report covers; ``until`` is the first day after it."""

    since: date
    until: date

    @property
    def label(self) -> str:
        return f"{self.since:%Y-%m-%d}_{self.until:%Y-%m-%d}"


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All figures of a report; screen, PDF, Excel and CSV are written from this one object.

    Attributes:
        span: the days covered.
        office: whose report it is.
        states: documents by form and state (columns form, state, documents).
        hours: one row per form, see ``hours.hours_by_form``.
        offices: the same by form and office, see ``hours.by_office``.
        activities: staff minutes by activity, of the applications in ``hours`` (activity, minutes, measured).
        waterfall: from gross to net hours (step, hours, measured).
        trend: month by month of the fiscal year, see ``trend.trend``.
        forecast: net hours at its end, see ``trend.forecast``; no row where nothing can be forecast.
        accuracy: one row per form and field, see ``accuracy.by_field``.
        reliability: share of right readings by confidence, see ``accuracy.reliability``.
        agreement: of two people who keyed a field independently, see ``accuracy.agreement``.
        worst: the fields that people corrected most, with a suggestion, see ``worst.worst``.
        entries: bots by system and state (system, state, entries, share, seconds: the median).
        refusals: why entries stopped (system, state, reason, entries).
        daily: received, verified and entered per day.
        queue: waiting items now, by age (age, mode, n).
        waiting: minutes from received to entered (form, median, p95).
        vigilance: seeded checks and how many were noticed, see ``seeded_checks.by_form``.
        notes: sentences on what was assumed.
        forms: the installed forms by id, for titles and labels, see ``titles``.
    """

    span: Span
    office: str
    states: pd.DataFrame
    hours: pd.DataFrame
    offices: pd.DataFrame
    activities: pd.DataFrame
    waterfall: pd.DataFrame
    trend: pd.DataFrame
    forecast: pd.DataFrame
    accuracy: pd.DataFrame
    reliability: pd.DataFrame
    agreement: pd.DataFrame
    worst: pd.DataFrame
    entries: pd.DataFrame
    refusals: pd.DataFrame
    daily: pd.DataFrame
    queue: pd.DataFrame
    waiting: pd.DataFrame
    vigilance: pd.DataFrame
    notes: tuple[str, ...]
    forms: Mapping[str, Form] = field(default_factory=dict)

    @property
    def applications(self) -> int:
        return int(self.hours["applications"].sum()) if len(self.hours) else 0

    @property
    def net_hours(self) -> float:
        return float(self.hours["net_hours"].sum()) if len(self.hours) else 0.0

    @property
    def gross_hours(self) -> float:
        return float(self.hours["gross_hours"].sum()) if len(self.hours) else 0.0

    @property
    def reduction(self) -> float | None:
        """Share of the hours by hand that was saved; None without any."""
        return self.net_hours / self.gross_hours if self.gross_hours else None
