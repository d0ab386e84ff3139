"""The shelf: every installed form with its source and its measured accuracy in this office."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from foundation import clock
from reports import facts
from reports.accuracy import by_form
from reports.model import Span
from templates_forms.model import Form
from verification.drafts import package_facts

DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Measured:
    """Accuracy of a form by this office's verifications; shares of one, None without any."""

    read: int
    accepted_share: float
    verified: int
    doubted_accuracy: float | None
    quality_verified: int
    quality_wrong: int
    accepted_error_high: float
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One installed form; `signer` and `packed_at` are empty for templates made here."""

    form: Form
    fields: int
    signer: str
    packed_at: str
    packer_accuracy: float | None
    here: Measured | None


def shelf_rows(session: Session, forms: Mapping[str, Form]) -> list[ShelfRow]:
    """All forms, with the figures of the last year."""
    today = clock.today()
    # `until` is the first day after the span, so today is included.
    span = Span(today - timedelta(days=DAYS), today + timedelta(days=1))
    verified = facts.verified_readings(facts.answers(session, span), facts.documents(session, span))
    table = by_form(facts.read_fields(session, span), verified)
    here = {str(row["form"]): _measured(row) for row in table.to_dict("records")}
    return [_row(form, here.get(form.id)) for form in forms.values()]


def _row(form: Form, here: Measured | None) -> ShelfRow:
    package = package_facts(form.folder)
    fields = sum(1 for _ in form.fields())
    signer, made = str(package.get("fingerprint", "")), str(package.get("made_at", ""))[:10]
    return ShelfRow(form, fields, signer, made, packer_accuracy(package), here)


def packer_accuracy(package: Mapping[str, Any]) -> float | None:
    """The accuracy that the packer of a template measured; None without one."""
    # The file comes from another office: nothing in it is trusted to have its type.
    measured = package.get("measured")
    kinds = measured.get("kinds") if isinstance(measured, dict) else None
    for row in kinds if isinstance(kinds, list) else ():
        if (
            isinstance(row, dict)
            and row.get("kind") == "all"
            and isinstance(row.get("accuracy"), int | float)
        ):
            return float(row["accuracy"])
    return None


def _measured(row: Mapping[Any, Any]) -> Measured:
    def share(key: str) -> float | None:
        value = row[key]
        # pandas stores a missing number as NaN.
        return None if value is None or math.isnan(value) else float(value)

    return Measured(
        read=int(row["read"]),
        accepted_share=float(row["accepted_share"]),
        verified=int(row["judged"]),
        doubted_accuracy=share("doubted_accuracy"),
        quality_verified=int(row["quality_judged"]),
        quality_wrong=int(row["quality_wrong"]),
        accepted_error_high=float(row["accepted_error_high"]),
        accuracy=share("accuracy"),
    )
