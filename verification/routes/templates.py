"""Templates: installed ones, drafts from blank forms, and the editor's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse, RedirectResponse, Response

from foundation import clock
from templates_forms.loader import load_form
from templates_forms.model import FieldType
from templates_forms.rules import RULES
from verification.drafts import DRAFT, Drafts, package_facts
from verification.errors import NoSuchPage, WebError
from verification.request_context import Context, Posted, RequestContext, Uploaded

router = APIRouter(prefix="/templates")
FormId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


def drafts_of(context: RequestContext) -> Drafts:
    """The drafts, for a person who may edit templates. Raises NotSignedIn, Forbidden, NoSuchPage."""
    context.require("templates")
    if context.app.drafts is None:
        raise NoSuchPage
    return context.app.drafts


@router.get("")
def templates_page(context: Context) -> Response:
    """Installed templates, drafts, and a place to drop a blank form."""
    return _show(context, None, {})


@router.post("/new")
def new(context: Context, sent: Uploaded) -> Response:
    """Start a draft from an uploaded blank form."""
    drafts = drafts_of(context)
    words = {name: sent.fields.get(name, "").strip()[:100] for name in ("id", "title", "edition")}
    if not sent.files:
        return _show(
            context,
            WebError("白紙の様式のファイルを選んでください。", "Choose the file of a blank form."),
            words,
        )
    blank = sent.files[0]
    try:
        drafts.start(
            words["id"],
            blank.file,
            blank.filename or "blank",
            words["title"],
            words["edition"],
            context.app.forms,
        )
    except WebError as error:
        return _show(context, error, words)
    return RedirectResponse(f"/templates/{DRAFT}/{words['id']}", status_code=303)


@router.get("/{kind}/{form_id}")
def editor_page(context: Context, kind: str, form_id: FormId) -> Response:
    """The editor; while a draft is being made, a page that waits for it; when it cannot be made, why."""
    drafts = drafts_of(context)
    job = drafts.jobs.get(form_id) if kind == DRAFT else None
    if job is not None and job.error is not None:
        words = {"id": job.form_id, "title": job.title, "edition": job.edition}
        return _show(context, job.error, words, job.name)
    if job is not None:
        return context.page("templates/template_wait.html", job=job)
    form = load_form(drafts.folder(kind, form_id, context.app.forms))
    return context.page(
        "templates/template_editor.html",
        form=form,
        kind=kind,
        types=[t.value for t in FieldType],
        rules=sorted(RULES),
    )


@router.get("/{kind}/{form_id}/page{number}.png")
def blank_page(
    context: Context, kind: str, form_id: FormId, number: Annotated[int, Path(ge=1, le=99)]
) -> Response:
    """A blank page's picture."""
    form = load_form(drafts_of(context).folder(kind, form_id, context.app.forms))
    if number > len(form.pages):
        raise NoSuchPage
    return FileResponse(form.pages[number - 1].blank, headers={"Cache-Control": "private, max-age=300"})


@router.post("/draft/{form_id}/discard")
def discard(context: Context, sent: Posted, form_id: FormId) -> Response:
    """Delete a draft."""
    drafts_of(context).discard(form_id)
    return RedirectResponse("/templates", status_code=303)


def _show(context: RequestContext, error: WebError | None, sent: dict[str, str], file: str = "") -> Response:
    drafts = drafts_of(context)
    rows = [(form, package_facts(form.folder)) for form in context.app.forms.values()]
    return context.page(
        "templates/templates.html",
        error.status if error else 200,
        rows=rows,
        drafts=drafts.list_all(),
        jobs=[job for job in list(drafts.jobs.values()) if job.error is None],
        error=error,
        file=file,
        sent=sent,
        today=f"{clock.today():%Y-%m}",
    )
