"""Tables of people's and bots' work: human queue, verifications, settled records, entries, versions of bots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from store.base.columns import Base, Leased
from store.base.model import BotState, ConflictState, EntryState, ItemMode, ItemState, Outcome, Presentation


class Item(Leased, Base):
    """A field of a document in the human queue.

    `seat` numbers the people who verify the field in this `round` (1 and 2 of a double, 3 the third, 4 the lead).
    `claim_token` is returned by a claim and sent with the answer.
    `expected` and `wrong_value` (seeded items) are encrypted for secret fields. `confidence` is the machine's, 0 when
    unknown; `secret`: the field is one of the document's secret ones.
    """

    __tablename__ = "item"
    __table_args__ = (
        # Two processes that plan the same round cannot both open a seat.
        UniqueConstraint("document_id", "round", "field", "mode", "seat"),
        # One index for each order of the queue (`review_queue._ORDERS`), one for cells of a group, one for expired
        # claims, one for what a person has.
        Index("ix_item_next", "state", "priority", "due", "id"),
        Index("ix_item_doubt", "state", "priority", "due", "confidence", "id"),
        Index("ix_item_form", "state", "priority", "due", "form_id", "field", "id"),
        Index("ix_item_group", "state", "group_key"),
        Index("ix_item_lease", "state", "lease_until"),
        Index("ix_item_owner", "lease_owner", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    form_id: Mapped[str] = mapped_column(String(80))
    field: Mapped[str] = mapped_column(String(80))
    page_no: Mapped[int]
    round: Mapped[int]
    mode: Mapped[ItemMode]
    presentation: Mapped[Presentation]
    state: Mapped[ItemState] = mapped_column(default=ItemState.OPEN)
    seat: Mapped[int] = mapped_column(default=1)
    role: Mapped[str | None] = mapped_column(String(24))
    reasons: Mapped[list[str]] = mapped_column(default=list)
    group_key: Mapped[str | None] = mapped_column(String(80))
    secret: Mapped[bool] = mapped_column(default=False, server_default=false())
    confidence: Mapped[float] = mapped_column(default=0.0, server_default="0")
    priority: Mapped[int] = mapped_column(default=5)
    due: Mapped[datetime]
    claim_token: Mapped[str | None] = mapped_column(String(64))
    done_by: Mapped[str | None] = mapped_column(String(120))
    expected: Mapped[str | None]
    # `planted` is the column's first name; only a migration could change it.
    wrong_value: Mapped[str | None] = mapped_column("planted")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Verification(Base):
    """A person's answer about a field; append-only. The latest one of an item counts.

    `mode` is the item's; `decision`, `confidence` and `agrees` (is this the machine's value?) describe the reading at
    that time.
    """

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    field: Mapped[str] = mapped_column(String(80))
    user: Mapped[str] = mapped_column(String(120))
    value: Mapped[str]
    secret: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[Outcome]
    note: Mapped[str] = mapped_column(default="")
    active_seconds: Mapped[float]
    keystrokes: Mapped[int | None]
    shown: Mapped[Presentation]
    mode: Mapped[str] = mapped_column(String(24), default="", server_default="")
    decision: Mapped[str | None] = mapped_column(String(16))
    confidence: Mapped[float | None]
    agrees: Mapped[bool | None]
    # Unique: a request that is sent twice at the same instant is stored once.
    token: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Record(Base):
    """The settled values of a document. A later correction is a new version; the old one remains.

    `values` holds plain fields, `secret_values` the encrypted ones; `origins` names for each field who settled it;
    `digest` is a keyed fingerprint of all values that is also in the audit chain.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("document_id", "version"),
        Index("ix_record_key", "form_id", "record_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    version: Mapped[int]
    form_id: Mapped[str] = mapped_column(String(80))
    read_run: Mapped[str | None] = mapped_column(String(64))
    record_key: Mapped[str] = mapped_column(String(400))
    values: Mapped[dict[str, Any]]
    secret_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    origins: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str] = mapped_column(String(64))
    settled_by: Mapped[str] = mapped_column(String(120))
    settled_at: Mapped[datetime] = mapped_column(index=True)


class KeyConflict(Base):
    """Two documents with one record key, waiting for a person; nothing is entered while one is open."""

    __tablename__ = "key_conflict"
    __table_args__ = (UniqueConstraint("document_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    record_key: Mapped[str] = mapped_column(String(400))
    state: Mapped[ConflictState] = mapped_column(default=ConflictState.OPEN, index=True)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Entry(Leased, Base):
    """The attempt to put a Record into a legacy system; one per record and system."""

    __tablename__ = "entry"
    __table_args__ = (
        # A record is never planned twice for one system, whichever processes plan it.
        UniqueConstraint("record_id", "system"),
        Index("ix_entry_state", "system", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"))
    system: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(400))
    state: Mapped[EntryState] = mapped_column(default=EntryState.PLANNED)
    receipt: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None]
    read_back: Mapped[dict[str, Any] | None]
    seconds: Mapped[float | None]
    planned_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class EntryEvent(Base):
    """The journal of an Entry; append-only, written before the action that it announces."""

    __tablename__ = "entry_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    state: Mapped[EntryState]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BotVersion(Base):
    """One `bot.yaml` of a legacy system as it was checked; the text never changes afterwards.

    `number` counts the versions of a system from 1. `authors` are the people who worked on it, none of whom may
    activate it. `report` holds the warnings of its check and its steps as sentences, each {ja, en}; `rehearsal` the
    number of records by outcome. `source`: workshop, pack or file (found in the folder of systems).
    """

    __tablename__ = "bot_version"
    __table_args__ = (UniqueConstraint("system", "number"), Index("ix_bot_version_state", "state", "system"))

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str] = mapped_column(String(80))
    form: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[int]
    title: Mapped[dict[str, Any]] = mapped_column(default=dict)
    author: Mapped[str] = mapped_column(String(120))
    authors: Mapped[list[str]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    yaml: Mapped[str]
    state: Mapped[BotState] = mapped_column(default=BotState.DRAFT)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    walked_at: Mapped[datetime | None]
    rehearsal: Mapped[dict[str, Any] | None]
    owner: Mapped[str] = mapped_column(String(120), default="")
    signed_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(String(120))
    activated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
