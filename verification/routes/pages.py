"""Pictures over HTTP: crops for the person who has claimed the item, whole pages with secret fields painted over."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from store.base.errors import NotFound, NotYours
from store.base.model import ItemMode, Outcome, PageState
from store.base.schema import Document, Item, Page
from store.documents import documents
from store.queue import settlement
from templates_forms import blocking
from templates_forms.model import Box, Form
from verification.errors import NoSuchPage
from verification.form_params import Id
from verification.request_context import Context, RequestContext
from verification.views import document_view, exceptions_view

router = APIRouter()
_NEAR = (60.0, 22.0)  # mm around the field: some lines above and below


@router.get("/crops/{item_id}.jpg")
def crop(context: Context, item_id: Id, field: str | None = None, cell: int | None = None) -> Response:
    """The field of an item that the person has claimed.

    `field` names another one that the same broken rule concerns; `cell` cuts out one printed character box.
    """
    context.require("verify")
    with context.app.store.read() as session:
        item, document, form = _item(session, context, item_id)
        name = field or item.field
        if name != item.field and name not in _concerned(session, document, item, form):
            raise NoSuchPage
        page, box = _place(session, document, form, name)
        margin = (5.0, 3.0)
        cells = form.field(name).cell_boxes()
        if cell is not None and 0 <= cell < len(cells):
            box, margin = cells[cell], (1.0, 1.0)
        data = context.app.pictures.crop(page.picture_sha256 or "", page.picture_dpi or 200.0, box, margin)
    return Response(data, media_type="image/jpeg")


@router.get("/crops/{item_id}/near.jpg")
def near(context: Context, item_id: Id) -> Response:
    """The field with its surroundings, other secret fields painted over; not where verifiers see snippets only."""
    context.require("verify")
    if context.app.settings.snippets:
        raise NoSuchPage
    with context.app.store.read() as session:
        item, document, form = _item(session, context, item_id)
        page, box = _place(session, document, form, item.field)
        hidden = [secret for secret in document_view.secret_boxes(form, page, document) if secret != box]
        data = context.app.pictures.crop(
            page.picture_sha256 or "", page.picture_dpi or 200.0, box, _NEAR, hidden
        )
    return Response(data, media_type="image/jpeg")


@router.get("/pages/{page_id}.jpg")
def page_picture(context: Context, page_id: Id, turn: int = 0, width: int = 0) -> Response:
    """A page: the upright sheet with secrets painted over, or the original scan when it is not registered yet."""
    context.require_full_view()
    with context.app.store.read() as session:
        page = session.get(Page, page_id)
        if page is None:
            raise NotFound(f"page {page_id}")
        document = session.get(Document, page.document_id) if page.document_id else None
        form = context.app.forms.get((document.form_id if document else None) or page.form_id or "")
        # As scanned, secret fields cannot be covered: where they lie is not known yet.
        if page.picture_sha256 is None:
            context.require("exceptions", "decide")
        cover = document_view.secret_boxes(form, page, document) if page.picture_sha256 else []
        sha = page.picture_sha256 or page.scan_sha256
        if sha is None:
            raise NoSuchPage
    wide = min(max(width, 0), 3000)
    data = context.app.pictures.page(sha, page.picture_dpi, cover, turn if turn % 90 == 0 else 0, wide)
    return Response(data, media_type="image/jpeg")


@router.get("/scans/{page_id}.jpg")
def scan_picture(context: Context, page_id: Id) -> Response:
    """The page as it was scanned, for choosing the form and clicking corners.

    Nothing is covered only while nobody knows which form it is; otherwise the secret fields are, where they lie.
    """
    context.require("exceptions")
    with context.app.store.read() as session:
        page = session.get(Page, page_id)
        if page is None:
            raise NotFound(f"page {page_id}")
        document = session.get(Document, page.document_id) if page.document_id else None
        unknown = page.state is not PageState.LOCATED or (
            document is not None and document.reason == Outcome.WRONG_FORM.value
        )
        waits = document is None or document.state in exceptions_view.UNPLACED
        form = context.app.forms.get((document.form_id if document else None) or page.form_id or "")
        as_scanned = page.scan_sha256 if (waits and unknown) or page.homography else None
        sha = as_scanned or page.picture_sha256
        if sha is None:
            raise NoSuchPage
        if waits and unknown:
            data = context.app.pictures.page(sha, None)
        elif as_scanned:
            outlines = document_view.secret_outlines(form, page, document)
            data = context.app.pictures.page(sha, None, outlines=outlines)
        else:
            cover = document_view.secret_boxes(form, page, document)
            data = context.app.pictures.page(sha, page.picture_dpi, cover)
    return Response(data, media_type="image/jpeg")


def _item(session: Session, context: RequestContext, item_id: int) -> tuple[Item, Document, Form]:
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound(f"item {item_id}")
    # Also after the answer, so that undoing it shows the picture again.
    if context.name not in {item.lease_owner, item.done_by}:
        raise NotYours(f"item {item_id}")
    form = context.app.forms.get(item.form_id)
    if form is None:
        raise NotFound(f"form {item.form_id}")
    return item, documents.get(session, item.document_id), form


def _concerned(session: Session, document: Document, item: Item, form: Form) -> tuple[str, ...]:
    if item.mode is not ItemMode.OVERRIDE or not item.reasons:
        return ()
    values = settlement.settled_values(session, document)[0]
    return blocking.fields_of_rule(form, values, item.reasons[0])


def _place(session: Session, document: Document, form: Form, name: str) -> tuple[Page, Box]:
    try:
        field = form.field(name)
    except KeyError as error:
        raise NoSuchPage from error
    query = select(Page).where(Page.document_id == document.id, Page.page_no == field.page)
    page = session.scalars(query.limit(1)).first()
    if page is None or not page.picture_sha256:
        raise NoSuchPage
    return page, field.box
