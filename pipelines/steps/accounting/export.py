"""settled → a table of records: fields, month, and who may see the secret fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.context import Office
from pipelines.errors import PipelineError
from pipelines.steps.keeping.purge import operator
from reports import records
from reports.building import month
from reports.records import Column, ExportRequest
from store.base.model import DocumentState
from store.ops import users

MAY_REVEAL = "lead"


def export_request(
    office: Office, form_id: str, day: date, states: Sequence[str], secret: bool = False, reason: str = ""
) -> ExportRequest:
    """The export request, checked against the installed forms and the existing states."""
    form = office.forms.get(form_id)
    if form is None:
        known = ", ".join(office.forms)
        raise PipelineError(f"帳票 {form_id} はありません。あるのは {known} です", "no such form")
    try:
        wanted = tuple(DocumentState(state) for state in states)
    except ValueError as error:
        known = ", ".join(DocumentState)
        raise PipelineError(f"状態は {known} から選んでください", "no such state") from error
    columns = [Column(field.name, field.label, field.secret) for field in form.fields()]
    return ExportRequest(form_id, month(day), columns, wanted, secret, reason)


def export(office: Office, wanted: ExportRequest, path: Path, user: str = "", password: str = "") -> int:
    """Writes the table; returns the number of records.

    Raises:
        PipelineError: the person's role does not allow secret fields.
        BadLogin: the sign-in failed.
    """
    actor = operator()
    if wanted.secret:
        actor = require_lead(office, user, password)
    # The audit event first: an export that is recorded but never written is no leak; the reverse would be one.
    with office.store.write() as session:
        frame = records.table(session, wanted, actor)
    records.write(frame, wanted.columns, path)
    return len(frame)


def require_lead(office: Office, user: str, password: str) -> str:
    """Signs a person in who may export secret fields; returns the name.

    Raises:
        PipelineError: the person's role does not allow it.
        BadLogin: the sign-in failed.
    """
    person = users.sign_in(office.store, user, password)
    if MAY_REVEAL not in person.roles:
        raise PipelineError(
            f"秘匿項目を出力できるのは役割 {MAY_REVEAL} の人だけです。何も書き出していません",
            f"only the role {MAY_REVEAL} may export secret fields; nothing was written",
        )
    return person.name
