"""One document: its page with every field framed, its values, answers and history; revealing a secret."""

from __future__ import annotations

from base64 import b64encode

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from store.audit import chain
from store.base.errors import NotFound
from store.base.schema import Page
from store.documents import documents, readings
from templates_forms.model import Form
from verification.errors import ReasonNeeded
from verification.form_params import Id
from verification.request_context import Context, Posted, RequestContext, require_script_token
from verification.views import document_view

router = APIRouter()


class _RevealIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str = Field(max_length=80)
    purpose: str = Field(max_length=400)


@router.get("/documents/{document_id}")
def document_page(context: Context, document_id: Id) -> Response:
    """The document."""
    context.require_full_view()
    with context.app.store.read() as session:
        view = document_view.document_view(session, context, document_id)
    return context.page(
        "documents/document.html", view=view, form=context.app.forms.get(view.document.form_id or "")
    )


@router.get("/api/documents/{document_id}/stamp")
def stamp(context: Context, document_id: Id) -> dict[str, int]:
    """The number of the document's newest event, by which its page notices changes."""
    context.require_full_view()
    with context.app.store.read() as session:
        documents.get(session, document_id)
        history = chain.history(session, f"document:{document_id}")
    return {"stamp": history[-1].seq if history else 0}


@router.post("/documents/{document_id}/evidence")
def evidence(context: Context, sent: Posted, document_id: Id) -> Response:
    """The evidence bundle for download; its creation is recorded in the audit chain."""
    context.require("evidence")
    context.require_full_view()
    with context.app.store.read() as session:
        documents.get(session, document_id)  # NotFound before any work
    pdf = context.app.ports.evidence(document_id, context.name)
    name = f"evidence-{document_id}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/api/documents/{document_id}/reveal", dependencies=[Depends(require_script_token)])
def reveal(context: Context, document_id: Id, sent: _RevealIn) -> dict[str, str]:
    """A secret value in clear with its crop; person and purpose are recorded in the audit chain first."""
    context.require("reveal")
    context.require_full_view()
    if not sent.purpose.strip():
        raise ReasonNeeded
    # A writing transaction: without its event in the chain, the value is not returned either.
    with context.app.store.write() as session:
        document = documents.get(session, document_id)
        form = context.app.forms.get(document.form_id or "")
        if sent.field not in document.secret_fields:
            raise NotFound(sent.field[:40])
        view = document_view.document_view(session, context, document_id)
        if any(row.name == sent.field and row.hidden for row in view.fields):
            raise NotFound(sent.field[:40])
        value = readings.reveal(
            session, document_id, sent.field, actor=context.name, purpose=sent.purpose.strip()
        )
        # The settled value may be a correction of the reading.
        value = document_view.current_value(session, document, sent.field) or value
        crop = _crop(session, context, document_id, form, sent.field)
    # The crop as data: an address would be cached, and could be opened again without a purpose.
    return {"value": value, "crop": f"data:image/jpeg;base64,{b64encode(crop).decode()}" if crop else ""}


def _crop(session: Session, context: RequestContext, document_id: int, form: Form | None, name: str) -> bytes:
    if form is None:
        return b""
    field = form.field(name)
    query = select(Page).where(Page.document_id == document_id, Page.page_no == field.page)
    page = session.scalars(query.limit(1)).first()
    if page is None or not page.picture_sha256 or not page.picture_dpi:
        return b""
    return context.app.pictures.crop(page.picture_sha256, page.picture_dpi, field.box)
