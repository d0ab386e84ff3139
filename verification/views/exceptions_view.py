"""Everything that waits for a person's decision outside verifying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.base.errors import NotFound
from store.base.model import (
    COLLATION,
    MISSING_PAGE,
    DocumentState,
    EntryState,
    FileState,
    ItemMode,
    ItemState,
    PageState,
)
from store.base.schema import Document, Entry, Item, KeyConflict, Page, SourceFile
from store.base.secrets import mask
from store.documents import batches, documents, records
from store.entry import entries
from verification import typed_values
from verification.request_context import RequestContext
from verification.views.document_view import reason_of

UNPLACED = (DocumentState.UNIDENTIFIED, DocumentState.UNREGISTERED)
_TO_SETTLE = (EntryState.REFUSED, EntryState.UNKNOWN, EntryState.MISMATCH, EntryState.PARKED)


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """A document that waits, with its file and the first of its pages."""

    document: Document
    file: str
    page: int | None
    picture: int | None


@dataclass(frozen=True, slots=True)
class Blocked:
    """A document that broken rules prevent from being settled, with the rules' messages."""

    document: Document
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A form and page suggested by the machine; `score` is the identifier's, 0 to 1."""

    form_id: str
    title: str
    page_no: int
    score: float | None


@dataclass(frozen=True, slots=True)
class PageCase:
    """A document with pages to be registered by a person; `page` is the selected one, None without a picture.

    `doubtful`: the pages follow each other, but may be two people's.
    """

    document: Document
    file: SourceFile
    page: Page | None
    pages: Sequence[Page]
    suggestions: tuple[Suggestion, ...]
    doubtful: bool
    joinable: tuple[WaitingDocument, ...]


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of two applications with one key."""

    document: Document
    file: str
    settled_at: datetime | None
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConflictCase:
    """Two applications with one key, field by field: (label, left, right, same)."""

    conflict: KeyConflict
    left: ConflictSide
    right: ConflictSide
    rows: tuple[tuple[str, str, str, bool], ...]

    @property
    def different(self) -> int:
        return sum(1 for row in self.rows if not row[3])


@dataclass(frozen=True, slots=True)
class ExceptionCases:
    """Everything on the exceptions page."""

    unidentified: tuple[WaitingDocument, ...]
    unregistered: tuple[WaitingDocument, ...]
    missing: tuple[WaitingDocument, ...]
    quarantined: Sequence[SourceFile]
    conflicts: Sequence[KeyConflict]
    entries: tuple[tuple[Entry, str], ...]
    blocked: tuple[Blocked, ...]
    returned: tuple[WaitingDocument, ...]

    @property
    def total(self) -> int:
        """How many wait for a decision; returned applications wait for the applicant."""
        parts: tuple[Sequence[object], ...] = (
            self.unidentified,
            self.unregistered,
            self.missing,
            self.quarantined,
            self.conflicts,
            self.entries,
            self.blocked,
        )
        return sum(map(len, parts))


def exceptions_view(session: Session, context: RequestContext) -> ExceptionCases:
    """All exceptions as they are now."""
    # One state, two tables: the reason separates an incomplete document from one of unknown form.
    lost = _waiting(session, DocumentState.UNIDENTIFIED)
    return ExceptionCases(
        unidentified=tuple(row for row in lost if row.document.reason != MISSING_PAGE),
        unregistered=_waiting(session, DocumentState.UNREGISTERED),
        missing=tuple(row for row in lost if row.document.reason == MISSING_PAGE),
        quarantined=batches.files_in_state(session, FileState.QUARANTINED),
        conflicts=records.open_conflicts(session),
        entries=tuple(_entry(session, context, entry) for entry in entries.in_state(session, *_TO_SETTLE)),
        blocked=_blocked(session),
        returned=_waiting(session, DocumentState.RETURNED),
    )


def page_case(
    session: Session, context: RequestContext, document_id: int, page_id: int | None = None
) -> PageCase:
    """A document with pages to be registered, the named or the first unregistered one selected. Raises NotFound."""
    document = documents.get(session, document_id)
    pages = [
        page for page in documents.pages_of(session, document.id) if page.scan_sha256 or page.picture_sha256
    ]
    page = selected_page(pages, page_id)
    return PageCase(
        document=document,
        file=session.get_one(SourceFile, page.file_id if page else document.file_id),
        page=page,
        pages=pages,
        suggestions=_suggestions(context, [page] if page else []),
        doubtful=document.reason == COLLATION,
        joinable=_joinable(session, document),
    )


def selected_page(pages: Sequence[Page], page_id: int | None) -> Page | None:
    """The named page of these; else the first unregistered one, else the first. Raises NotFound."""
    if page_id is not None:
        named = next((page for page in pages if page.id == page_id), None)
        if named is None:
            raise NotFound(f"page {page_id}")
        return named
    return next((page for page in pages if page.state is not PageState.LOCATED), pages[0] if pages else None)


def conflict_case(session: Session, context: RequestContext, conflict_id: int) -> ConflictCase:
    """Both sides of a conflict. Raises NotFound."""
    conflict = session.get(KeyConflict, conflict_id)
    if conflict is None:
        raise NotFound(f"conflict {conflict_id}")
    first, second = (documents.get(session, number) for number in (conflict.document_id, conflict.other_id))
    left, right = _values(session, first), _values(session, second)
    form = context.app.forms.get(first.form_id or "")
    names = [field.name for field in form.fields()] if form else sorted({*left, *right})
    rows = []
    for name in names:
        one, other = left.get(name, ""), right.get(name, "")
        same = one == other  # before masking, which makes all values alike
        if name in first.secret_fields:
            one, other = mask(one), mask(other)
        elif form:
            field = form.field(name)
            one, other = (typed_values.display(field, value, context.words) for value in (one, other))
        if one or other or not same:
            rows.append((context.label(form, name), one, other, same))
    rows.sort(key=lambda row: row[3])  # stable: differing fields first, each group in the order of the form
    return ConflictCase(conflict, _side(session, first), _side(session, second), tuple(rows))


def _entry(session: Session, context: RequestContext, entry: Entry) -> tuple[Entry, str]:
    form_id = documents.get(session, entry.document_id).form_id
    return entry, reason_of(context, form_id, entry.reason)


def _waiting(session: Session, state: DocumentState) -> tuple[WaitingDocument, ...]:
    return tuple(_row(session, document) for document in documents.in_state(session, state))


def _row(session: Session, document: Document) -> WaitingDocument:
    file = session.get_one(SourceFile, document.file_id)
    pages = documents.pages_of(session, document.id)
    first = pages[0] if pages else None
    shown = next((page.id for page in pages if page.picture_sha256 or page.scan_sha256), None)
    return WaitingDocument(document, file.original_name, first.index_in_file if first else None, shown)


def _blocked(session: Session) -> tuple[Blocked, ...]:
    query = (
        select(Item)
        .where(Item.mode == ItemMode.OVERRIDE, Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)))
        .order_by(Item.document_id, Item.id)
        .limit(400)  # a rule that is wrong itself can be broken by every document
    )
    sentences: dict[int, list[str]] = {}
    for item in session.scalars(query):
        known = sentences.setdefault(item.document_id, [])
        text = item.reasons[1] if len(item.reasons) > 1 else item.field
        if text not in known:
            known.append(text)
    return tuple(Blocked(documents.get(session, number), tuple(rows)) for number, rows in sentences.items())


def _suggestions(context: RequestContext, pages: Sequence[Page]) -> tuple[Suggestion, ...]:
    """The machine's, best first, then every other page of every form, so that every page can be chosen."""
    scores: dict[tuple[str, int], float | None] = {}
    for page in pages:
        for form_id, number, score in page.suggestions:
            if form_id in context.app.forms:
                scores.setdefault((str(form_id), int(number)), float(score))
    ranked = sorted(scores, key=lambda key: -(scores[key] or 0.0))
    for form in context.app.forms.values():
        ranked += [(form.id, page.number) for page in form.pages if (form.id, page.number) not in scores]
    return tuple(
        Suggestion(form_id, context.title(form_id), number, scores.get((form_id, number)))
        for form_id, number in ranked
    )


def _joinable(session: Session, document: Document) -> tuple[WaitingDocument, ...]:
    """Other applications that wait for registration: incomplete ones of the same form first, then the nearest."""
    if document.state not in UNPLACED:
        return ()
    query = select(Document).where(
        Document.state.in_(UNPLACED), Document.batch_id == document.batch_id, Document.id != document.id
    )

    def distance(other: Document) -> tuple[bool, int]:
        # Pages of one application are scanned close together, so the distance of numbers ranks the rest.
        fits = other.form_id == document.form_id and other.reason == MISSING_PAGE
        return not fits, abs(other.id - document.id)

    return tuple(
        _row(session, other) for other in sorted(session.scalars(query.limit(200)), key=distance)[:12]
    )


def _values(session: Session, document: Document) -> dict[str, str]:
    record = records.newest(session, document.id)
    return records.load(session, record, reveal=True).values if record else {}


def _side(session: Session, document: Document) -> ConflictSide:
    record = records.newest(session, document.id)
    file = session.get_one(SourceFile, document.file_id)
    pages = tuple(page.id for page in documents.pages_of(session, document.id) if page.picture_sha256)
    return ConflictSide(document, file.original_name, record.settled_at if record else None, pages)
