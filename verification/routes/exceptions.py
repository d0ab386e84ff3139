"""Exceptions: pages that could not be registered, files that could not be opened, returned applications."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from store.base.errors import FileDamaged, IllegalMove
from store.base.model import COLLATION, GAVE_UP, MISSING_PAGE, Activity, DocumentState, FileState
from store.base.schema import Document, Page
from store.documents import batches, documents
from store.ops import activity
from verification.errors import CannotRegister, NoSuchPage
from verification.form_params import LARGEST_ID, Id, MaybeId, number, reason
from verification.ports import Corners
from verification.request_context import Context, Posted, RequestContext
from verification.views import exceptions_view

router = APIRouter(prefix="/exceptions")
_S = DocumentState


@router.get("")
def exceptions_page(context: Context) -> Response:
    """Everything that waits for a decision."""
    context.require("exceptions")
    with context.app.store.read() as session:
        cases = exceptions_view.exceptions_view(session, context)
    return context.page("documents/exceptions.html", cases=cases, gave_up=GAVE_UP)


@router.get("/pages/{document_id}")
def page_case(context: Context, document_id: Id, page: MaybeId = None) -> Response:
    """Register a page: choose the form, click the corners; split and join the document's pages."""
    context.require("exceptions")
    return _show_case(context, document_id, page, None, {})


@router.get("/preview.png")
def preview(
    context: Context,
    page: Annotated[int, Query(ge=1, le=LARGEST_ID)],
    form: str,
    page_no: Annotated[int, Query(ge=1, le=99)],
    corners: str = "",
    rotation: str = "",
) -> Response:
    """How the page would be registered on the form: with these corners, as turned, or by its print."""
    context.require("exceptions")
    found = context.app.forms.get(form)
    if found is None or page_no > len(found.pages):
        raise CannotRegister
    with context.app.store.read() as session:
        row = session.get(Page, page)
        if row is None or row.document_id is None:
            raise NoSuchPage
        # A page of an application that goes on is placed; its secret fields are not to be seen here either.
        _require_unplaced(documents.get(session, row.document_id))
    data = context.app.ports.preview(page, form, page_no, _corners(corners), _rotation(rotation))
    return Response(data, media_type="image/png")


@router.post("/pages/{document_id}/register")
def register(context: Context, sent: Posted, document_id: Id) -> Response:
    """Register the page on the chosen form; when that fails, show the error and the same choice again."""
    context.require("exceptions")
    form_id, _, chosen = sent.get("target", "").rpartition(":")
    form, page_no = context.app.forms.get(form_id), number(chosen)
    if form is None or page_no not in {page.number for page in form.pages}:
        raise NoSuchPage
    rotation = _rotation(sent.get("rotation", ""))
    with context.app.store.read() as session:
        pages = documents.pages_of(session, document_id)
        wanted = number(sent["page"]) if sent.get("page") else None
        page = exceptions_view.selected_page(pages, wanted)
    if page is None:
        raise NoSuchPage
    corners = _corners(sent.get("corners", ""))
    # Outside a transaction: registration takes a while, and would keep the database locked.
    try:
        context.app.ports.reregister(
            document_id, page.id, form_id, page_no, corners, rotation, actor=context.name
        )
    except CannotRegister as error:
        return _show_case(context, document_id, page.id, error, sent)
    with context.app.store.write() as session:
        document = documents.get(session, document_id)
        log_page_time(session, context, sent, document_id)
    context.app.ports.requeue()
    more = document.state in exceptions_view.UNPLACED and len(pages) > 1
    return RedirectResponse(f"/exceptions/pages/{document_id}" if more else "/exceptions", status_code=303)


@router.post("/documents/{document_id}/join")
def join(context: Context, sent: Posted, document_id: Id) -> Response:
    """Move the pages of another waiting application into this one; when complete, it is read next."""
    context.require("exceptions")
    other_id = number(sent.get("other"))
    with context.app.store.write() as session:
        # Both are locked, so that neither is read, settled or joined elsewhere meanwhile.
        document, other = documents.lock(session, document_id), documents.lock(session, other_id)
        if document.id == other.id:
            raise IllegalMove(f"document {other.id}")
        _require_unplaced(document, other)
        pages = [page.id for page in documents.pages_of(session, other.id)]
        documents.move_pages(session, document, pages, context.name)
        documents.advance(
            session, other, _S.DISMISSED, context.name, {"joined_to": document.id}, reason="joined"
        )
        _update_after_regrouping(session, context, document, other.form_id)
        log_page_time(session, context, sent, document_id)
    return _after_placing(context, document)


@router.post("/documents/{document_id}/pages/{page_id}/split")
def split(context: Context, sent: Posted, document_id: Id, page_id: Id) -> Response:
    """Take a page out of an application into one of its own, to be registered again."""
    context.require("exceptions")
    with context.app.store.write() as session:
        document = documents.lock(session, document_id)
        page = session.get(Page, page_id)
        pages = documents.pages_of(session, document.id)
        # At least one page stays: a document without pages could not be handled on any screen.
        if page is None or page.document_id != document.id or len(pages) < 2:
            raise NoSuchPage
        _require_unplaced(document)
        form = context.app.forms.get(page.form_id or "")
        alone = documents.create(
            session,
            batch_id=document.batch_id,
            file_id=page.file_id,
            actor=context.name,
            form_id=form.id if form else None,
            edition=form.edition if form else None,
            state=_S.UNIDENTIFIED,
            reason="split",
            secret_fields=form.secret_fields() if form else (),
            key_fields=form.record_key if form else (),
            pages=[page.id],
            priority=document.priority,
            deadline=document.due,
        )
        _update_after_regrouping(session, context, alone, None)
        _update_after_regrouping(session, context, document, None)
        log_page_time(session, context, sent, document_id)
    return _after_placing(context, alone)


@router.post("/documents/{document_id}/together")
def together(context: Context, sent: Posted, document_id: Id) -> Response:
    """A person has compared the pages of an application and says that they are one person's: it is read next."""
    context.require("exceptions")
    with context.app.store.write() as session:
        document = documents.lock(session, document_id)
        form = context.app.forms.get(document.form_id or "")
        numbers = documents.page_numbers(documents.pages_of(session, document.id), document.form_id or "")
        if document.reason != COLLATION or form is None or not form.is_whole(numbers):
            raise IllegalMove(f"document {document.id}")
        documents.advance(
            session,
            document,
            _S.RECEIVED,
            context.name,
            {"collated": True},
            expected_version=_version(sent),  # the person compared what the page showed
        )
        log_page_time(session, context, sent, document_id)
    return _after_placing(context, document)


@router.post("/documents/{document_id}/{act}")
def decide(context: Context, sent: Posted, document_id: Id, act: str) -> Response:
    """Dismiss (not an application), return to the applicant, or restart a returned or unreadable one."""
    context.require("exceptions")
    targets = {"dismiss": _S.DISMISSED, "return": _S.RETURNED, "again": _S.RECEIVED}
    if act not in targets:
        raise NoSuchPage
    why = None if act == "again" else reason(sent)  # reading again loses nothing, so it needs no reason
    with context.app.store.write() as session:
        # Reading again is for what was whole before; a page that is not placed yet has nothing that could be read.
        if act == "again" and documents.get(session, document_id).state is _S.UNIDENTIFIED:
            raise IllegalMove(f"document {document_id}")
        documents.advance(
            session,
            document_id,
            targets[act],
            context.name,
            reason=why,
            expected_version=_version(sent),  # the person decided about what the page showed
        )
        log_page_time(session, context, sent, document_id)
    context.app.ports.requeue()
    return RedirectResponse("/exceptions", status_code=303)


@router.post("/files/{file_id}/{act}")
def decide_file(context: Context, sent: Posted, file_id: Id, act: str) -> Response:
    """Try a file again, or dismiss it with a reason."""
    context.require("exceptions")
    if act not in {"retry", "dismiss"}:
        raise NoSuchPage
    why = reason(sent) if act == "dismiss" else None
    target = FileState.RECEIVED if act == "retry" else FileState.DISMISSED
    with context.app.store.write() as session:
        file = batches.get_file(session, file_id)
        batches.move_file(session, file, target, context.name, reason=why, error=file.error)
        activity.log_time(session, context.name, Activity.EXCEPTION, seconds_of(sent), batch_id=file.batch_id)
    context.app.ports.requeue()
    return RedirectResponse("/exceptions", status_code=303)


def log_page_time(session: Session, context: RequestContext, sent: dict[str, str], document_id: int) -> None:
    """Log the working time on this page, as its script measured it."""
    form_id = documents.get(session, document_id).form_id
    activity.log_time(
        session,
        context.name,
        Activity.EXCEPTION,
        seconds_of(sent),
        document_id=document_id,
        form_id=form_id,
    )


def seconds_of(sent: dict[str, str]) -> float:
    """Seconds at work as the page's script sent them; 0 without one."""
    try:
        seconds = float(sent.get("seconds") or 0)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), 86_400.0) if seconds == seconds else 0.0  # NaN is unequal to itself


def _version(sent: dict[str, str]) -> int | None:
    text = sent.get("version", "")
    return number(text) if text else None


def _corners(text: str) -> Corners | None:
    """`x,y,x,y,x,y,x,y` in px of the scan; None when empty. Raises CannotRegister for anything else."""
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise CannotRegister from error
    # The limit also excludes infinity and NaN, which `float` accepts.
    if len(numbers) != 8 or not all(abs(number) < 1e6 for number in numbers):
        raise CannotRegister
    return [(numbers[at], numbers[at + 1]) for at in range(0, 8, 2)]


def _rotation(text: str) -> int | None:
    """Quarter turns in degrees clockwise; None when nobody turned the picture. Raises NoSuchPage for anything else."""
    degrees = number(text) if text else None
    if degrees not in (None, 0, 90, 180, 270):
        raise NoSuchPage
    return degrees


def _show_case(
    context: RequestContext,
    document_id: int,
    page_id: int | None,
    error: CannotRegister | None,
    sent: dict[str, str],
) -> Response:
    with context.app.store.read() as session:
        case = exceptions_view.page_case(session, context, document_id, page_id)
    # A page that was registered is stored upright only; corners are clicked on the picture as scanned.
    if case.page is not None and case.page.scan_sha256 is None:
        context.app.ports.store_scan(case.page.id)
        with context.app.store.read() as session:
            case = exceptions_view.page_case(session, context, document_id, case.page.id)
    size = _size(context, case.page) if case.page else (0, 0)
    return context.page(
        "documents/page_case.html", 422 if error else 200, case=case, size=size, error=error, sent=sent
    )


def _size(context: RequestContext, page: Page) -> tuple[int, int]:
    """In px; A4 at 200 dpi for a lost picture, so that its page can still be decided about."""
    try:
        return context.app.pictures.size(page.scan_sha256 or page.picture_sha256 or "")
    except FileDamaged:
        return 1654, 2339  # 210 × 297 mm


def _require_unplaced(*rows: Document) -> None:
    for row in rows:
        if row.state not in exceptions_view.UNPLACED:
            raise IllegalMove(f"document {row.id}: {row.state}")


def _update_after_regrouping(
    session: Session, context: RequestContext, document: Document, form_id: str | None
) -> None:
    """After pages were moved: queue the document for reading if it is complete, else record what is missing."""
    form = context.app.forms.get(document.form_id or form_id or "")
    if form is None:
        return
    if document.form_id is None:
        documents.assign_form(
            session,
            document,
            form_id=form.id,
            edition=form.edition,
            secret_fields=form.secret_fields(),
            key_fields=form.record_key,
            actor=context.name,
        )
    if form.is_whole(documents.page_numbers(documents.pages_of(session, document.id), form.id)):
        documents.advance(session, document, _S.RECEIVED, context.name, {"form": form.id})
    else:
        document.reason = MISSING_PAGE


def _after_placing(context: RequestContext, document: Document) -> Response:
    """Redirect to the document while it needs registration, otherwise to the list."""
    context.app.ports.requeue()
    waits = document.state in exceptions_view.UNPLACED
    return RedirectResponse(f"/exceptions/pages/{document.id}" if waits else "/exceptions", status_code=303)
