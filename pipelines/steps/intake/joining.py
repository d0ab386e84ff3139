"""After a person has chosen a page's form: releases its document for reading once all its pages are present."""

from __future__ import annotations

from sqlalchemy.orm import Session

from store.base.model import MISSING_PAGE, DocumentState, PageState
from store.base.schema import Document, Page
from store.documents import batches, documents
from templates_forms.model import Form

JOINED = "joined"


def assign_and_release(session: Session, document_id: int, form: Form, actor: str) -> Document:
    """Assigns the form and releases the document for reading once its pages are complete.

    A single page is joined with the neighbouring pages of its file that complete it.

    Returns:
        The released document, or the given one, which waits for its missing page.
    """
    document = documents.assign_form(
        session,
        document_id,
        form_id=form.id,
        edition=form.edition,
        secret_fields=form.secret_fields(),
        key_fields=form.record_key,
        actor=actor,
    )
    own = documents.pages_of(session, document.id)
    if form.is_whole(documents.page_numbers(own, form.id)):
        return documents.advance(session, document, DocumentState.RECEIVED, actor, {"form": form.id})
    # Neighbours alone: pages elsewhere in the file may be another applicant's.
    pages = _neighbouring_pages(session, document, form) if len(own) == 1 else None
    if pages is None:
        if document.state is not DocumentState.UNIDENTIFIED:
            documents.advance(session, document, DocumentState.UNIDENTIFIED, actor, reason=MISSING_PAGE)
        document.reason = MISSING_PAGE
        return document
    others = {page.document_id for page in pages if page.document_id not in (None, document_id)}
    documents.assign_pages(session, document, [page.id for page in pages])
    # The neighbours' documents have lost their only page: dismissed, and the event names where it went.
    for other in sorted(one for one in others if one is not None):
        documents.advance(
            session, other, DocumentState.DISMISSED, actor, {"into": document_id}, reason=JOINED
        )
    return documents.advance(session, document, DocumentState.RECEIVED, actor, {"form": form.id})


def _neighbouring_pages(session: Session, document: Document, form: Form) -> list[Page] | None:
    """Pages 1 to n of the form next to each other in the file, with the document's page; None unless complete."""
    own = documents.pages_of(session, document.id)[0]
    in_file = [p for p in batches.pages_in_file(session, document.file_id) if p.state is not PageState.BLANK]
    place = next(number for number, page in enumerate(in_file) if page.id == own.id)
    # Where page 1 would lie, counted without blank backs.
    start = place - ((own.page_no or 1) - 1)
    found = in_file[max(start, 0) : start + len(form.pages)]
    numbers = [page.page_no if page.form_id == form.id else None for page in found]
    return found if numbers == list(range(1, len(form.pages) + 1)) else None
