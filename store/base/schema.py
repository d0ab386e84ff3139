"""The tables, typed. This module: batches, files, documents, pages and machine readings.

The tables of people's and bots' work are in `schema_work`, those of audit, time, users and settings in
`schema_ledger`; import every table from here. Rows of `reading`, `verification`, `entry_event`, `activity_time`,
`audit_event` and `audit_seal` are only ever added (`APPEND_ONLY`); `store.database` refuses to change or remove them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.base.columns import Base, Leased
from store.base.model import DocumentState, FileState, PageState
from store.base.schema_ledger import (
    ActivityTime,
    Alert,
    AuditEvent,
    AuditSeal,
    Baseline,
    Setting,
    SystemState,
    User,
)
from store.base.schema_work import BotVersion, Entry, EntryEvent, Item, KeyConflict, Record, Verification

__all__ = [
    "APPEND_ONLY",
    "ActivityTime",
    "Alert",
    "AuditEvent",
    "AuditSeal",
    "Base",
    "Baseline",
    "Batch",
    "BotVersion",
    "Document",
    "Entry",
    "EntryEvent",
    "Item",
    "KeyConflict",
    "Page",
    "Reading",
    "Record",
    "Setting",
    "SourceFile",
    "SystemState",
    "User",
    "Verification",
]


class Batch(Base):
    """One drop into the inbox."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    source: Mapped[str]
    office: Mapped[str] = mapped_column(default="")
    form_hint: Mapped[str | None]
    dropped_at: Mapped[datetime] = mapped_column(index=True)


class SourceFile(Leased, Base):
    """A dropped file, or a member of a dropped archive (`parent_id`). Its bytes are in the file store."""

    __tablename__ = "source_file"
    # The order of `batches.claim_files`: the oldest received file is found without sorting.
    __table_args__ = (Index("ix_source_file_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("source_file.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    original_name: Mapped[str]
    size: Mapped[int]
    kept_path: Mapped[str]
    state: Mapped[FileState] = mapped_column(default=FileState.RECEIVED)
    reason: Mapped[str | None] = mapped_column(String(80))
    error: Mapped[str | None]
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("source_file.id"))
    pages: Mapped[int | None]
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Document(Leased, Base):
    """One application.

    `secret_fields` and `key_fields` come from the template when the form is known; `round` counts the rounds
    of verification; `read_run` names the current reading run; `tally` contains the decisions of that run
    (`field=decision`, joined by commas), so that reports count without loading each reading; `version` grows with
    every change of state.
    """

    __tablename__ = "document"
    __table_args__ = (
        # The order of `documents.claim`: the most urgent document is found without sorting.
        Index("ix_document_state", "state", "priority", "due", "id"),
        Index("ix_document_record_key", "form_id", "record_key"),
        Index("ix_document_opened", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("source_file.id"), index=True)
    form_id: Mapped[str | None] = mapped_column(String(80))
    edition: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[DocumentState]
    reason: Mapped[str | None]
    # `records.record_key` cuts longer keys to this length.
    record_key: Mapped[str | None] = mapped_column(String(400))
    secret_fields: Mapped[list[str]] = mapped_column(default=list)
    key_fields: Mapped[list[str]] = mapped_column(default=list)
    priority: Mapped[int] = mapped_column(default=5)
    # Never NULL: `FAR_FUTURE` stands for no deadline, because the two databases sort NULL differently.
    due: Mapped[datetime]
    read_run: Mapped[str | None] = mapped_column(String(64))
    tally: Mapped[str] = mapped_column(default="", server_default="")
    round: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Page(Base):
    """One image of a file. `homography` maps sheet mm to scan px (3×3, row by row).

    `scan_sha256` is the decoded page as scanned, `picture_sha256` the upright sheet registered on its template.
    `suggestions` are [form_id, page_no, score] for a person who has to choose.
    """

    __tablename__ = "page"
    # An interrupted split can be repeated: the same image finds its own row (`batches.put_page`).
    __table_args__ = (UniqueConstraint("file_id", "index_in_file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("source_file.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    index_in_file: Mapped[int]
    form_id: Mapped[str | None] = mapped_column(String(80))
    page_no: Mapped[int | None]
    state: Mapped[PageState]
    rotation: Mapped[int] = mapped_column(default=0)
    homography: Mapped[list[Any] | None]
    inliers: Mapped[int | None]
    residual_mm: Mapped[float | None]
    scan_sha256: Mapped[str | None] = mapped_column(String(64))
    picture_sha256: Mapped[str | None] = mapped_column(String(64))
    picture_dpi: Mapped[float | None]
    suggestions: Mapped[list[Any]] = mapped_column(default=list)


class Reading(Base):
    """The machine's reading of a field; append-only. Secret values and candidates are encrypted."""

    __tablename__ = "reading"
    # A run that is repeated after an interruption adds nothing twice.
    __table_args__ = (UniqueConstraint("document_id", "run", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    run: Mapped[str] = mapped_column(String(64))
    field: Mapped[str] = mapped_column(String(80))
    page_no: Mapped[int]
    value: Mapped[str]
    secret: Mapped[bool] = mapped_column(default=False)
    confidence: Mapped[float | None]
    decision: Mapped[str | None] = mapped_column(String(16))
    reasons: Mapped[list[str]] = mapped_column(default=list)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    box_mm: Mapped[list[Any] | None]
    weak: Mapped[list[Any]] = mapped_column(default=list)
    cells: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    model_version: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]


# `Record` is not among them: erasure replaces its values, and `records.tampered` finds every other change.
APPEND_ONLY: tuple[type[Base], ...] = (Reading, Verification, EntryEvent, ActivityTime, AuditEvent, AuditSeal)
