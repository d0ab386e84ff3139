"""A clerk or a lead sets priority and deadline of one application or of a whole batch."""

from __future__ import annotations

from datetime import date, datetime, time

from fastapi import APIRouter
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from foundation.clock import OFFICE_ZONE
from store.base.schema import Document
from store.documents import documents
from store.documents.documents import FINAL
from verification.errors import BadDeadline
from verification.form_params import Id, number
from verification.request_context import Context, Posted

router = APIRouter()
LAST_HOUR = time(23, 59, 59)  # a deadline includes its day


@router.post("/documents/{document_id}/urgency")
def of_document(context: Context, sent: Posted, document_id: Id) -> Response:
    """Set one application's priority and deadline, and those of its open items."""
    context.require("exceptions", "decide")
    priority, deadline = _priority_and_deadline(sent)
    with context.app.store.write() as session:
        documents.set_priority(session, document_id, priority, deadline, context.name)
    return RedirectResponse(f"/documents/{document_id}", status_code=303)


@router.post("/batches/{batch_id}/urgency")
def of_batch(context: Context, sent: Posted, batch_id: Id) -> Response:
    """The same for every application of a batch that is not finished."""
    context.require("exceptions", "decide")
    priority, deadline = _priority_and_deadline(sent)
    with context.app.store.write() as session:
        query = select(Document.id).where(Document.batch_id == batch_id, Document.state.not_in(FINAL))
        for document in session.scalars(query.order_by(Document.id)).all():
            documents.set_priority(session, document, priority, deadline, context.name)
    return RedirectResponse(f"/documents?batch={batch_id}", status_code=303)


def _priority_and_deadline(sent: dict[str, str]) -> tuple[int, datetime | None]:
    """Priority 1 to 9, and the end of a day in the office's time, or None. Raises NoSuchPage, BadDeadline."""
    priority = number(sent.get("priority"), largest=9) or 1
    text = sent.get("deadline", "").strip()
    if not text:
        return priority, None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadDeadline from error
    return priority, datetime.combine(day, LAST_HOUR, OFFICE_ZONE)
