"""The office's clock: days and months are Japanese ones on a machine that is set to another zone."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from foundation import clock
from store.ops.erasure import _day
from templates_forms.loader import load_form
from templates_forms.rules import check_values

HOME = Path(__file__).parents[2]
EVENING_IN_UTC = datetime(2026, 12, 31, 20, 30, tzinfo=UTC)


@pytest.fixture
def new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """05:30 on New Year's Day in Tokyo; the day before in UTC."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return EVENING_IN_UTC.astimezone(tz)  # type: ignore[arg-type]

    monkeypatch.setattr(clock, "datetime", Then)


@pytest.mark.usefixtures("new_year")
def test_day_and_month_are_the_offices() -> None:
    assert (clock.today(), clock.month()) == (date(2027, 1, 1), date(2027, 1, 1))
    assert clock.month("2026-11") == date(2026, 11, 1)
    for wrong in ("november", "2026-13", "0001-01", "1999-12", "2100-01", "9999-12"):
        with pytest.raises(ValueError):
            clock.month(wrong)
    assert clock.month("2000-01") == date(2000, 1, 1) and clock.month("2099-12") == date(2099, 12, 1)


@pytest.mark.usefixtures("new_year")
def test_a_birth_of_today_is_not_in_the_future_before_nine_in_the_morning() -> None:
    form = load_form(HOME / "templates_forms" / "jido_teate_nintei")
    rule = next(rule for rule in form.rules if rule.rule == "date_in_past")
    told = [p.rule for p in check_values(form, {rule.fields[0]: "2027-01-01"})]
    assert "date_in_past" not in told
    told = [p.rule for p in check_values(form, {rule.fields[0]: "2027-01-02"})]
    assert "date_in_past" in told


def test_a_certificate_of_erasure_names_the_offices_day() -> None:
    assert _day(EVENING_IN_UTC) == "2027-01-01"


def test_the_machines_own_zone_does_not_matter() -> None:
    code = "from foundation import clock; print(clock.now().utcoffset())"
    for zone in ("UTC", "America/New_York"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=HOME,
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
        )
        assert run.stdout.strip() == "9:00:00"


def test_the_zone_is_defined_once() -> None:
    rooms = ("bots", "extractors", "pipelines", "reports", "store", "templates_forms", "verification")
    for room in rooms:
        for path in (HOME / room).rglob("*.py"):
            assert "ZoneInfo(" not in path.read_text(encoding="utf-8"), path
