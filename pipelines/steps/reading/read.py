"""received documents → machine readings, read in batches over fields and pages."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extractors.base.errors import ExtractionError
from extractors.base.model import Reading, RegisteredPage
from extractors.confidence.decision import decide
from extractors.files.decode import open_pages
from extractors.registration.register import locate, locate_by_corners
from extractors.values.rule_checks import apply_rules
from pipelines.context import Office
from store.base import claims
from store.base.errors import LeaseLost
from store.base.model import GAVE_UP, DocumentState, NewReading, PageState
from store.base.schema import Document, Page
from store.documents import batches, documents, readings
from templates_forms.model import Form

MAX_ATTEMPTS = 3  # together with other documents
MAX_ALONE = 3  # then alone, before the document goes to a person
log = logging.getLogger("utsushi.read")
RegisteredPages = tuple[RegisteredPage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ClaimedDocument:
    """A claimed document with its registered pages."""

    document: Document
    located: RegisteredPages


def read_next(office: Office, registered: Mapping[int, RegisteredPages], limit: int) -> int:
    """Claims received documents, reads them together, and commits each with its audit event.

    Args:
        registered: pages of documents that were registered a moment ago, by document id. These documents are claimed,
            unless another reader has them; without any, the most urgent ones, which are decoded again.
        limit: the largest number of documents.

    Returns:
        How many documents were claimed.
    """
    found = (
        (_claim(office, limit, MAX_ATTEMPTS, registered) if registered else [])
        or _claim(office, limit, MAX_ATTEMPTS)
        # Only when nothing else waits: a document that crashes its reader must not delay the others.
        or _claim(office, 1, MAX_ATTEMPTS + MAX_ALONE)
    )
    if not found:
        give_up(office)
    sheets = [one for document in found if (one := _load_pages(office, document, registered)) is not None]
    for sheet, machine in zip(sheets, _read(office, sheets), strict=True):
        try:
            _commit(office, sheet.document, machine)
        except LeaseLost:  # its lease ended while it was read, and another reader's result is as good
            log.info("document %d went to another reader", sheet.document.id)
    return len(found)


def free_documents(office: Office) -> int:
    """The number of received documents that nobody has claimed."""
    with office.store.read() as session:
        free = claims.unleased(session, Document)
        # Of a form whose template is broken there is nothing to read until somebody mends it.
        usable = Document.form_id.in_(office.forms)
        waiting = select(func.count()).where(Document.state == DocumentState.RECEIVED, free, usable)
        return int(session.scalar(waiting) or 0)


def _claim(office: Office, limit: int, attempts: int, only: Collection[int] | None = None) -> list[Document]:
    """Claims received documents that have had fewer than ``attempts`` attempts."""
    with office.store.write() as session:
        return documents.claim(
            session,
            DocumentState.RECEIVED,
            office.worker,
            limit=limit,
            seconds=office.settings.lease_seconds,
            max_attempts=attempts,
            only=only,
            forms=office.forms,
        )


def give_up(office: Office) -> int:
    """Sends documents that crash every reader, even alone, to a person; returns their number."""
    with office.store.write() as session:
        exhausted = Document.attempts >= MAX_ATTEMPTS + MAX_ALONE
        free = claims.unleased(session, Document)
        stuck = select(Document).where(Document.state == DocumentState.RECEIVED, exhausted, free)
        found = list(session.scalars(stuck))
        for document in found:
            documents.advance(session, document, DocumentState.UNREGISTERED, office.worker, reason=GAVE_UP)
    return len(found)


def _read(office: Office, sheets: Sequence[ClaimedDocument]) -> Iterator[list[Reading]]:
    """Reads all documents in one batch of inference; yields each document's decided readings."""
    pages = [located for sheet in sheets for located in sheet.located]
    by_page = iter(office.reader.read(pages) if pages else [])
    for sheet in sheets:
        form = sheet.located[0].form
        whole = [reading for _ in sheet.located for reading in next(by_page)]
        yield decide(form, apply_rules(form, whole), office.policy)


def _load_pages(
    office: Office, document: Document, registered: Mapping[int, RegisteredPages]
) -> ClaimedDocument | None:
    if document.id in registered:
        return ClaimedDocument(document, registered[document.id])
    with office.store.read() as session:
        pages = [page for page in documents.pages_of(session, document.id) if page.state is PageState.LOCATED]
        paths = {
            p.file_id: office.store.files.path(batches.get_file(session, p.file_id).sha256) for p in pages
        }
    try:
        located = tuple(relocate(office, page, paths) for page in pages)
    except ExtractionError as error:
        with office.store.write() as session, suppress(LeaseLost):
            _lock_received(session, office, document)
            documents.advance(
                session,
                document,
                DocumentState.UNREGISTERED,
                office.worker,
                {"cause": error.code},
                reason=error.code,
            )
        return None
    return ClaimedDocument(document, located)


def relocate(office: Office, page: Page, paths: Mapping[int, Path]) -> RegisteredPage:
    """Decodes a page again and registers it to its template as before.

    Falls back to the stored homography: a page that a person placed by its corners cannot be registered by print.
    """
    image = next(one for one in open_pages(paths[page.file_id]) if one.index == page.index_in_file)
    form = office.forms[page.form_id or ""]
    page_no = page.page_no or 1
    try:
        located = locate(image, office.library, form.id)
        if located.page_no == page_no:
            return located
    except ExtractionError:
        if page.homography is None:
            raise
    corners = corners_of(np.asarray(page.homography, np.float64), form)
    return locate_by_corners(image, form, page_no, corners, office.library)


def corners_of(mm_to_px: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    """The four corners of the sheet in pixels [4, 2], clockwise from its top left."""
    width, height = form.size_mm
    sheet = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    # Homogeneous coordinates: a homography needs the division by the third.
    points = sheet @ mm_to_px.T
    return np.asarray(points[:, :2] / points[:, 2:], np.float64)


def _commit(office: Office, document: Document, machine: Sequence[Reading]) -> None:
    new = [as_new_reading(reading) for reading in machine]
    with office.store.write() as session:
        _lock_received(session, office, document)
        readings.add(
            session,
            document,
            uuid.uuid4().hex,  # of this run over the document: readings are never overwritten, a new run adds to them
            new,
            actor=office.worker,
            model_version=office.model_version,
        )
        documents.advance(session, document, DocumentState.READ, office.worker, {"fields": len(new)})


def _lock_received(session: Session, office: Office, document: Document) -> None:
    """Locks a document that this reader may still commit. Raises LeaseLost, also when it has been read meanwhile."""
    # The state too: threads of one process share an owner's name, so the lease alone does not keep them apart.
    if claims.lock_leased(session, Document, document.id, office.worker).state is not DocumentState.RECEIVED:
        raise LeaseLost(f"document {document.id} has been read")


def as_new_reading(reading: Reading) -> NewReading:
    """The store's form of a reading."""
    box = reading.box
    return NewReading(
        field=reading.field,
        page=reading.page,
        value=reading.value,
        confidence=reading.confidence,
        decision=reading.decision.value if reading.decision else None,
        reasons=reading.reasons,
        candidates=tuple((c.value, c.probability, c.source) for c in reading.candidates),
        box=(box.x, box.y, box.width, box.height),
        weak=reading.weak,
        cells=reading.cells,
    )
