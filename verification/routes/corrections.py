"""Decisions about settled applications: two with one key, entries that the legacy system refused, later corrections."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from store.base.errors import NotFound
from store.base.model import ConflictState, DocumentState, EntryState, ItemMode, ItemPlan, Presentation
from store.base.schema import Document, Entry
from store.documents import documents, records
from store.entry import entries
from store.queue import review_queue
from templates_forms import blocking
from verification.errors import NoSuchPage, ReasonNeeded
from verification.form_params import Id, number, reason
from verification.request_context import Context, Posted, RequestContext
from verification.routes.exceptions import log_page_time
from verification.views import copies_view, document_view, exceptions_view

router = APIRouter()
CORRECTION = "correction"
# Not while an entry is in progress, which would enter the old value.
_CORRECTABLE = (DocumentState.VERIFIED, DocumentState.REFUSED, DocumentState.ENTERED, DocumentState.RETURNED)


@router.get("/exceptions/conflicts/{conflict_id}")
def conflict_page(context: Context, conflict_id: Id) -> Response:
    """Two applications with one key, side by side."""
    context.require("exceptions")
    with context.app.store.read() as session:
        case = exceptions_view.conflict_case(session, context, conflict_id)
    return context.page("documents/conflict.html", case=case)


@router.post("/exceptions/conflicts/{conflict_id}")
def decide_conflict(context: Context, sent: Posted, conflict_id: Id) -> Response:
    """Decide that both are real, or that one is a duplicate submission."""
    context.require("exceptions")
    word, _, other = sent.get("decision", "").partition(":")
    if word not in {"distinct", "duplicate"}:
        raise NoSuchPage
    why = reason(sent)
    state = ConflictState(word)
    drop = number(other) if word == "duplicate" else None
    with context.app.store.write() as session:
        found = records.decide(session, conflict_id, state, actor=context.name, reason=why, drop=drop)
        log_page_time(session, context, sent, found.document_id)
    context.app.ports.requeue()  # what has been decided can be entered now
    return RedirectResponse("/exceptions", status_code=303)


@router.get("/exceptions/entries/{entry_id}")
def entry_page(context: Context, entry_id: Id) -> Response:
    """An entry that needs a person, with the settled values and those of the legacy system."""
    context.require("exceptions")
    with context.app.store.read() as session:
        entry, document = _entry(session, entry_id)
        view = document_view.entry_view(session, context, document, entry)
        fields = _fields(context, document)
    return context.page("documents/entry.html", view=view, document=document, fields=fields)


@router.post("/exceptions/entries/{entry_id}")
def decide_entry(context: Context, sent: Posted, entry_id: Id) -> Response:
    """Decide that the row exists, that it certainly does not (enter it again), or that it stays refused."""
    context.require("exceptions")
    wanted = {"confirmed": EntryState.CONFIRMED, "planned": EntryState.PLANNED, "refused": EntryState.REFUSED}
    state = wanted.get(sent.get("decision", ""))
    if state is None:
        raise NoSuchPage
    why, receipt = reason(sent), review_queue.clean(sent.get("receipt", ""))[:200]
    with context.app.store.write() as session:
        entry, document = _entry(session, entry_id)
        entries.resolve(session, entry.id, state, actor=context.name, reason=why, receipt=receipt)
        log_page_time(session, context, sent, document.id)
    context.app.ports.requeue()
    return RedirectResponse("/exceptions", status_code=303)


@router.get("/documents/{document_id}/fields/{name}")
def copies_page(context: Context, document_id: Id, name: str) -> Response:
    """Every copy of a field's value, its corrections, and the button that starts one."""
    context.require_full_view()
    with context.app.store.read() as session:
        view = copies_view.copies_view(session, context, document_id, name)
        # A field that is still to be keyed blind is hidden here as on the page of the document.
        if any(
            row.name == name and row.hidden
            for row in document_view.document_view(session, context, document_id).fields
        ):
            raise NotFound(name[:40])
    return context.page("documents/copies.html", view=view)


@router.post("/documents/{document_id}/correct")
def correct(context: Context, sent: Posted, document_id: Id) -> Response:
    """Open chosen fields of a settled application for a new version of its record, then redirect to verifying."""
    context.require("exceptions", "decide")
    names = [name for name in sent.get("fields", "").split("|") if name]
    if not names:
        raise ReasonNeeded("直す項目を1つ以上選んでください。", "Choose at least one field to correct.")
    with context.app.store.write() as session:
        # Locked, so that no worker starts an entry of the document meanwhile.
        document = documents.lock(session, document_id)
        form = context.app.forms.get(document.form_id or "")
        if form is None or document.state not in _CORRECTABLE:
            raise NotFound(f"document {document_id}")
        plans = [
            ItemPlan(
                field.name,
                field.page,
                mode=ItemMode.VERIFY,
                presentation=Presentation.CONFIRM,
                reasons=(CORRECTION,),
                priority=1,  # the most urgent: the wrong value may be in use already
            )
            for field in form.fields()
            if field.name in names
        ]
        rules = blocking.blocking_rules(form, context.language)
        copies_view.note_opened(session, document, [plan.field for plan in plans], context.name)
        review_queue.open_items(session, document, plans, actor=context.name, rules=rules)
        log_page_time(session, context, sent, document.id)
    target = f"/verify?document={document_id}" if context.may("verify") else f"/documents/{document_id}"
    return RedirectResponse(target, status_code=303)


def _entry(session: Session, entry_id: int) -> tuple[Entry, Document]:
    entry = session.get(Entry, entry_id)
    if entry is None:
        raise NotFound(f"entry {entry_id}")
    return entry, documents.get(session, entry.document_id)


def _fields(context: RequestContext, document: Document) -> list[tuple[str, str]]:
    form = context.app.forms.get(document.form_id or "")
    return [(field.name, context.label(form, field.name)) for field in form.fields()] if form else []
