"""Settled records as a table: one row per application, one column per field, for CSV and Excel by pandas.

Secret fields are left out: the column is not there. With `secret` they are in clear, and each application's reveal
stands in the audit chain with who and why; every export stands there in any case, with its size.
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
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the form as it stands in the table."""

    name: str
    label: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported. `states` are of documents; `reason` is needed for `secret` fields."""

    form: str
    span: Span
    columns: Sequence[Column]
    states: tuple[DocumentState, ...] = (DocumentState.ENTERED,)
    secret: bool = False
    reason: str = ""


def table(session: Session, wish: Wish, actor: str) -> pd.DataFrame:
    """The table, and its mark in the audit chain. Needs a writing session.

    Raises:
        InvalidAnswer: secret fields without a reason.
    """
    if wish.secret and not wish.reason.strip():
        raise InvalidAnswer("reason")
    shown = [column for column in wish.columns if wish.secret or not column.secret]
    rows = [
        _row(session, document, record, shown, wish, actor) for document, record in _settled(session, wish)
    ]
    detail = {
        "form": wish.form,
        "month": wish.span.label,
        "records": len(rows),
        "secret": wish.secret,
        "reason": vault(session).loggable(wish.reason),
    }
    chain.append(session, actor=actor, act=EXPORTED, subject=f"form:{wish.form}", detail=detail)
    return pd.DataFrame(rows, columns=[*FIXED, *(column.name for column in shown)], dtype="object")


def write(frame: pd.DataFrame, columns: Sequence[Column], path: Path) -> Path:
    """Write a table as Excel (`.xlsx`) or CSV (any other name), readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    if path.suffix.lower() == ".xlsx":
        _excel(frame, columns, path)
    else:
        frame.map(_harmless).to_csv(path, index=False, encoding="utf-8-sig")
    path.chmod(0o600)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(data)


def _settled(session: Session, wish: Wish) -> Iterator[tuple[Document, Record]]:
    since, until = bounds(wish.span)
    query = (
        select(Document)
        .where(
            Document.form_id == wish.form,
            Document.state.in_(wish.states),
            Document.opened_at >= since,
            Document.opened_at < until,
            Document.record_key.is_not(None),  # what has been erased has no key any more
        )
        .order_by(Document.id)
    )
    for document in session.scalars(query):
        record = records.newest(session, document.id)
        if record is not None:
            yield document, record


def _row(
    session: Session, document: Document, record: Record, shown: Sequence[Column], wish: Wish, actor: str
) -> list[Any]:
    values = records.load(session, record, reveal=wish.secret).values
    secret = sorted(column.name for column in shown if column.secret and values.get(column.name))
    if secret:
        detail = {"fields": secret, "purpose": vault(session).loggable(wish.reason), "export": True}
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
            sheet.column_dimensions[get_column_letter(number)].width = min(60.0, 4 + 1.6 * longest)
        for row in sheet.iter_rows(min_row=2, min_col=len(FIXED) + 1):
            for cell in row:
                cell.data_type, cell.number_format = "s", "@"
        left_out = [column for column in columns if column.name not in frame.columns]
        words = [(c.name, c.label, "出力なし（秘匿項目）" if c in left_out else "出力") for c in columns]
        pd.DataFrame(words, columns=["項目", "名称", "出力"]).to_excel(book, sheet_name="項目", index=False)


def _harmless(value: object) -> object:
    """A spreadsheet would run a text that begins like a formula; an apostrophe before it says that it is text."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
