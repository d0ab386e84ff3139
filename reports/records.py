"""Settled records as a table: one row per application, one column per field, for CSV and Excel by pandas.

Secret fields are left out with their columns. With `secret` they are in clear, and each application's reveal
is recorded in the audit chain with person and reason; every export is recorded there in any case, with its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter
from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.facts import bounds
from reports.model import Span
from store.audit import chain
from store.base.errors import InvalidAnswer
from store.base.model import DocumentState
from store.base.schema import Document, Record
from store.base.session import vault
from store.documents import records

EXPORTED = "records.exported"
REVEALED = "secret.reveal"
FIXED = ("document", "state", "record_version", "settled_at")
# The characters that OWASP names for CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the form, as a column of the table."""

    name: str
    label: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export. `states` are of documents; `reason` is needed for `secret` fields."""

    form: str
    span: Span
    columns: Sequence[Column]
    states: tuple[DocumentState, ...] = (DocumentState.ENTERED,)
    secret: bool = False
    reason: str = ""


def table(session: Session, request: ExportRequest, actor: str) -> pd.DataFrame:
    """The table; the export is recorded in the audit chain. Needs a writing session.

    Raises:
        InvalidAnswer: secret fields without a reason.
    """
    if request.secret and not request.reason.strip():
        raise InvalidAnswer("reason")
    shown = [column for column in request.columns if request.secret or not column.secret]
    rows = [
        _row(session, document, record, shown, request, actor)
        for document, record in _settled(session, request)
    ]
    detail = {
        "form": request.form,
        "month": request.span.label,
        "records": len(rows),
        "secret": request.secret,
        "reason": vault(session).loggable(request.reason),
    }
    chain.append(session, actor=actor, act=EXPORTED, subject=f"form:{request.form}", detail=detail)
    return pd.DataFrame(rows, columns=[*FIXED, *(column.name for column in shown)], dtype="object")


def write(frame: pd.DataFrame, columns: Sequence[Column], path: Path) -> Path:
    """Write a table as Excel (`.xlsx`) or CSV (any other name), readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # before the first byte is written, so that nobody else can open it meanwhile
    if path.suffix.lower() == ".xlsx":
        _excel(frame, columns, path)
    else:
        frame.map(_escape_formula).to_csv(path, index=False, encoding="utf-8-sig")
    path.chmod(0o600)  # `touch` leaves the mode of a file that existed
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(data)


def _settled(session: Session, request: ExportRequest) -> Iterator[tuple[Document, Record]]:
    since, until = bounds(request.span)
    query = (
        select(Document)
        .where(
            Document.form_id == request.form,
            Document.state.in_(request.states),
            Document.opened_at >= since,
            Document.opened_at < until,
            Document.record_key.is_not(None),  # erasure deletes the key
        )
        .order_by(Document.id)
    )
    for document in session.scalars(query):
        record = records.newest(session, document.id)
        if record is not None:
            yield document, record


def _row(
    session: Session,
    document: Document,
    record: Record,
    shown: Sequence[Column],
    request: ExportRequest,
    actor: str,
) -> list[Any]:
    values = records.load(session, record, reveal=request.secret).values
    secret = sorted(column.name for column in shown if column.secret and values.get(column.name))
    if secret:
        detail = {"fields": secret, "purpose": vault(session).loggable(request.reason), "export": True}
        subject = f"document:{document.id}"
        chain.append(session, actor=actor, act=REVEALED, subject=subject, detail=detail)
    settled = record.settled_at.isoformat(timespec="seconds")
    fixed = [document.id, document.state.value, record.version, settled]
    return [*fixed, *(values.get(column.name, "") for column in shown)]


def _excel(frame: pd.DataFrame, columns: Sequence[Column], path: Path) -> None:
    """Values as text, so that leading zeros stay and nothing is taken for a formula."""
    labels = {column.name: column.label for column in columns}
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        frame.rename(columns=labels).to_excel(book, sheet_name="確定データ", index=False)
        sheet = book.sheets["確定データ"]
        sheet.freeze_panes = "A2"
        for number, name in enumerate(frame.columns, start=1):
            longest = max([len(labels.get(name, name)), *frame[name].astype(str).str.len()], default=8)
            # Full-width characters need more than one unit of width, which is that of a digit.
            sheet.column_dimensions[get_column_letter(number)].width = min(60.0, 4 + 1.6 * longest)
        for row in sheet.iter_rows(min_row=2, min_col=len(FIXED) + 1):
            for cell in row:
                # openpyxl takes a text that begins with `=` for a formula; "@" keeps it text when a person edits it.
                cell.data_type, cell.number_format = "s", "@"
        left_out = [column for column in columns if column.name not in frame.columns]
        words = [(c.name, c.label, "出力なし（秘匿項目）" if c in left_out else "出力") for c in columns]
        pd.DataFrame(words, columns=["項目", "名称", "出力"]).to_excel(book, sheet_name="項目", index=False)


def _escape_formula(value: object) -> object:
    """A text with an apostrophe before it if it begins like a formula, which a spreadsheet would execute."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
