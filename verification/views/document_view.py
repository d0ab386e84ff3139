"""One application on one page: every field with its reading and answers, the entries and the history.

Fields that are still to be keyed blind are hidden, except from a lead; secret values are masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.model import ItemMode, ItemState, Presentation, StoredReading
from store.base.schema import (
    AuditEvent,
    Batch,
    Document,
    Entry,
    EntryEvent,
    Item,
    Page,
    SourceFile,
    Verification,
)
from store.base.secrets import mask
from store.documents import documents, readings, records
from store.entry import entries
from store.ops import users
from store.queue import review_queue, settlement
from templates_forms import titles
from templates_forms.model import Box, Field, Form
from verification import typed_values
from verification.request_context import RequestContext

_ACTIVE = (ItemState.OPEN, ItemState.CLAIMED)

_BEYOND_MM = 1.0  # strokes often touch the edge of a box


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field's row and its frame over the picture."""

    name: str
    label: str
    page: int
    box: Box | None
    status: str
    value: str
    read: str
    confidence: float | None
    decision: str | None
    reasons: tuple[str, ...]
    origin: str
    secret: bool
    hidden: bool
    verifications: tuple[VerificationView, ...]


@dataclass(frozen=True, slots=True)
class VerificationView:
    """One answer, for display."""

    who: str
    outcome: str
    value: str
    seconds: float
    note: str


@dataclass(frozen=True, slots=True)
class PageView:
    """A page's picture; `size` in mm of the sheet, None when it is registered on no form."""

    id: int
    number: int | None
    size: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of an entry: what was settled and what the legacy system showed."""

    label: str
    settled: str
    shown: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with its journal and the comparison."""

    entry: Entry
    reason: str
    journal: Sequence[EntryEvent]
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything about one application."""

    document: Document
    batch: Batch
    file: SourceFile
    pages: tuple[PageView, ...]
    fields: tuple[FieldView, ...]
    waiting: int
    blocked: int
    entries: tuple[EntryView, ...]
    history: tuple[tuple[AuditEvent, str], ...]
    conflicts: int


def document_view(session: Session, context: RequestContext, document_id: int) -> DocumentView:
    """The document as this person may see it. Raises NotFound."""
    document = documents.get(session, document_id)
    form = context.app.forms.get(document.form_id or "")
    names = {user.name: user.display for user in users.all_users(session)}
    waiting = review_queue.unanswered(session, document.id)
    return DocumentView(
        document=document,
        batch=session.get_one(Batch, document.batch_id),
        file=session.get_one(SourceFile, document.file_id),
        pages=pages(session, document, form),
        fields=_fields(session, context, document, form, waiting, names),
        # Without seeded checks, which must look like any other item.
        waiting=len([item for item in waiting if item.mode is not ItemMode.SEEDED]),
        blocked=len([item for item in waiting if item.mode is ItemMode.OVERRIDE]),
        entries=tuple(
            entry_view(session, context, document, row) for row in entries.of_document(session, document.id)
        ),
        history=tuple(
            (event, names.get(event.actor, event.actor))
            for event in chain.history(session, f"document:{document.id}")
        ),
        conflicts=len(records.conflicts_of(session, document.id)),
    )


def pages(session: Session, document: Document, form: Form | None) -> tuple[PageView, ...]:
    """The document's pages that have a picture."""
    found = []
    for page in documents.pages_of(session, document.id):
        if page.picture_sha256 or page.scan_sha256:
            laid = form is not None and page.picture_sha256 is not None and page.page_no is not None
            found.append(PageView(page.id, page.page_no, form.size_mm if form and laid else None))
    return tuple(found)


def secret_boxes(form: Form | None, page: Page, document: Document | None) -> list[Box]:
    """The boxes of secret fields on a page: of those that are secret now, and that were when it was read."""
    if form is None or page.page_no is None:
        return []
    # A template that makes a field less secret must not unmask what people wrote before.
    secret = {*form.secret_fields(), *(document.secret_fields if document is not None else ())}
    return [field.box for field in form.fields() if field.name in secret and field.page == page.page_no]


def secret_outlines(
    form: Form | None, page: Page, document: Document | None
) -> list[list[tuple[float, float]]]:
    """The corners of the same boxes in px of the page as scanned; none where it has not been registered."""
    if page.homography is None:
        return []
    return [_on_scan(box, page.homography) for box in secret_boxes(form, page, document)]


def _on_scan(box: Box, to_px: list[list[float]]) -> list[tuple[float, float]]:
    left, top = box.x - _BEYOND_MM, box.y - _BEYOND_MM
    right, bottom = box.right + _BEYOND_MM, box.bottom + _BEYOND_MM
    found = []
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        across, down, depth = (row[0] * x + row[1] * y + row[2] for row in to_px)
        found.append((across / depth, down / depth))
    return found


def entry_view(session: Session, context: RequestContext, document: Document, entry: Entry) -> EntryView:
    """An entry with what was settled beside what the legacy system showed; secrets masked on both sides."""
    form = context.app.forms.get(document.form_id or "")
    # In clear for the comparison; masked before it is shown.
    settled = records.load(session, entry.record_id, reveal=True).values
    shown = entries.read_back(session, entry)
    compared = []
    for name, value in settled.items():
        there = shown.get(name)
        same = None if there is None else same_value(value, there)
        if name in document.secret_fields:
            value, there = mask(value), mask(there or "")
        compared.append(Compared(context.label(form, name), value, there or "", same))
    return EntryView(
        entry,
        reason_of(context, document.form_id, entry.reason),
        entries.journal(session, entry.id),
        tuple(compared),
    )


def reason_of(context: RequestContext, form_id: str | None, reason: str | None) -> str:
    """Why an entry stopped: the text of a code word, or the system's message with field labels."""
    form = context.app.forms.get(form_id or "")
    return context.words.coded(
        "entry_reason", titles.reason([form] if form else [], reason or "", context.language)
    )


def same_value(one: str, other: str) -> bool:
    """Whether a settled and a shown value are equal without spaces and separators."""
    strip = str.maketrans("", "", " 　-,")
    return one.translate(strip) == other.translate(strip)


def _fields(
    session: Session,
    context: RequestContext,
    document: Document,
    form: Form | None,
    waiting: Sequence[Item],
    names: dict[str, str],
) -> tuple[FieldView, ...]:
    read = readings.latest(session, document.id, reveal=True) if document.read_run else {}
    values, origins = settlement.settled_values(session, document) if document.read_run else ({}, {})
    # Seeded checks and quality samples are left out: the page must not show which items they are.
    open_fields = {item.field for item in waiting if item.mode not in {ItemMode.SEEDED, ItemMode.QUALITY}}
    blind = {item.field for item in waiting if item.presentation is Presentation.BLIND}
    verifications = _verifications(session, context, document, names)
    rows = []
    for field in _all_fields(form, read):
        name, reading = field.name, read.get(field.name)
        secret = name in document.secret_fields
        # A lead decides between answers, and so has to see them.
        hidden = name in blind and not context.may("decide")
        value, machine = values.get(name, ""), reading.value if reading else ""
        if secret:
            value, machine = mask(value), mask(machine)
        else:
            value, machine = (typed_values.display(field, text, context.words) for text in (value, machine))
        rows.append(
            FieldView(
                name=name,
                label=context.label(form, name),
                page=field.page,
                box=field.box,
                status=_status(name, reading is not None, open_fields, origins.get(name, "")),
                value="" if hidden else value,
                read="" if hidden else machine,
                confidence=reading.confidence if reading and not hidden else None,
                decision=reading.decision if reading else None,
                reasons=()
                if hidden or reading is None
                else tuple(map(context.words.reason, reading.reasons)),
                origin="" if hidden or name in open_fields else origins.get(name, ""),
                secret=secret,
                hidden=hidden,
                verifications=() if hidden else verifications.get(name, ()),
            )
        )
    return tuple(rows)


def _all_fields(form: Form | None, read: dict[str, StoredReading]) -> list[Field]:
    if form is None:
        return []
    # A form that was edited later may have fields which this document was not read for.
    return [field for field in form.fields() if field.name in read or not read]


def _status(name: str, was_read: bool, open_fields: set[str], origin: str) -> str:
    if name in open_fields:
        return "waiting"
    if not was_read:
        return "unread"
    return "machine" if origin in {"", "machine"} else "person"


def _verifications(
    session: Session, context: RequestContext, document: Document, names: dict[str, str]
) -> dict[str, tuple[VerificationView, ...]]:
    """Verifications by field. Seeded ones are left out: they measure the verifier, not the document."""
    query = (
        select(Verification, Item.mode)
        .join(Item, Item.id == Verification.item_id)
        .where(Verification.document_id == document.id, Item.mode != ItemMode.SEEDED)
        .order_by(Verification.id)
    )
    found: dict[str, list[VerificationView]] = {}
    for row, _mode in session.execute(query).tuples():
        value = readings.decrypt_value(session, document.id, row.field, row.value, secret=row.secret)
        outcome = context.words.coded("outcome", row.outcome.value)
        who = names.get(row.user, row.user)
        found.setdefault(row.field, []).append(
            VerificationView(who, outcome, mask(value) if row.secret else value, row.active_seconds, row.note)
        )
    return {field: tuple(rows) for field, rows in found.items()}


def current_value(session: Session, document: Document, field: str) -> str:
    """The present value of a field, in clear."""
    return settlement.settled_values(session, document)[0].get(field, "")
