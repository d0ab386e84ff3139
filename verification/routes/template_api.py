"""The API of the editor's script: load, check and save a template's data, read a sample scan with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from store.audit import chain
from store.base.errors import InvalidAnswer
from store.base.model import Activity
from store.base.schema import Document
from store.documents.documents import FINAL
from store.ops import activity
from templates_forms.authoring.changes import changes
from templates_forms.authoring.errors import AuthorError
from templates_forms.authoring.fields.meanings import meaning_of
from templates_forms.authoring.saving import EditConflict, stamp
from templates_forms.errors import TemplateError
from templates_forms.loader import FORM_FILE, form_data, form_of, load_form
from verification.drafts import INSTALLED
from verification.errors import CannotMake, TemplateOvertaken, TemplateRefused
from verification.request_context import Context, RequestContext, Uploaded, require_script_token
from verification.routes.templates import FormId, drafts_of

router = APIRouter(prefix="/api/templates/{kind}/{form_id}")
# Problems of a template are texts, in the loader's two styles; the editor links the fields that they name.
_NAMED = re.compile(r"項目 ([a-z][a-z0-9_]*)(?: と ([a-z][a-z0-9_]*))?|fields › ([a-z][a-z0-9_]*)")


class DataIn(BaseModel):
    """A template's present data in the editor."""

    data: dict[str, Any]


class SaveIn(DataIn):
    """Data to be saved over the version `base`; `seconds` is the working time."""

    base: str = Field(max_length=64)
    seconds: float = Field(default=0, ge=0, le=86_400)


class ReadIn(DataIn):
    """Read a sample scan; `field` alone as each of `types` when it is given."""

    scan: str = Field(max_length=200)
    field: str = Field(default="", max_length=80)
    types: list[Annotated[str, Field(max_length=20)]] = Field(default=[], max_length=2)


class ScanIn(BaseModel):
    """Name of a sample scan."""

    scan: str = Field(max_length=200)


class LabelIn(BaseModel):
    """What is printed beside a field."""

    label: str = Field(max_length=200)


@router.post("/suggest", dependencies=[Depends(require_script_token)])
def suggest(context: Context, kind: str, form_id: FormId, sent: LabelIn) -> dict[str, str]:
    """The meaning of a label: name, type, English label, content; empty for unknown words."""
    drafts_of(context).folder(kind, form_id, context.app.forms)
    meaning = meaning_of(sent.label)
    if meaning is None:
        return {}
    return {
        "name": meaning.name,
        "type": meaning.type.value,
        "label_en": meaning.english,
        "content": meaning.content or "",
    }


@router.get("")
def opened(context: Context, kind: str, form_id: FormId) -> dict[str, Any]:
    """All data that the editor starts with."""
    drafts = drafts_of(context)
    folder = drafts.folder(kind, form_id, context.app.forms)
    form = load_form(folder)
    return {
        "data": form_data(folder),
        "stamp": stamp(folder),
        "lines": drafts.lines(form),
        "scans": drafts.scans(kind, folder),
    }


@router.post("/check", dependencies=[Depends(require_script_token)])
def check(context: Context, kind: str, form_id: FormId, sent: DataIn) -> dict[str, Any]:
    """The problems of the data, and the changes that saving would make."""
    folder = drafts_of(context).folder(kind, form_id, context.app.forms)
    now = form_data(folder)
    problems = [
        {"text": text, "fields": _fields(text)} for text in _problems(context, kind, form_id, sent.data)
    ]
    # Data with errors cannot be compared reliably.
    found = [] if problems else changes(now, sent.data)
    english = context.language == "en"
    return {
        "problems": problems,
        "changes": [{"kind": c.kind, "subject": c.subject, "text": c.en if english else c.ja} for c in found],
    }


@router.post("/save", dependencies=[Depends(require_script_token)])
def save(context: Context, kind: str, form_id: FormId, sent: SaveIn) -> dict[str, Any]:
    """Save a checked version; an installed one goes into the audit chain with what changed."""
    drafts = drafts_of(context)
    folder = drafts.folder(kind, form_id, context.app.forms)
    if problems := list(_problems(context, kind, form_id, sent.data)):
        raise TemplateRefused(
            f"テンプレートに誤りがあるため保存していません。{problems[0]}",
            f"The template has mistakes and was not saved. {problems[0]}",
        )
    count = len(changes(form_data(folder), sent.data))
    try:
        with context.app.store.write() as session:
            form = drafts.save(kind, folder, sent.data, sent.base, context.name)
            mark = stamp(form.folder)
            detail = {"edition": form.edition, "version": form.version, "sha256": mark, "changes": count}
            chain.append(
                session,
                actor=context.name,
                act="template.saved",
                subject=f"template:{form.id}",
                detail=detail,
            )
            activity.log_time(
                session, context.name, Activity.SUPERVISE, sent.seconds, form_id=form.id, note="template"
            )
    except EditConflict as error:
        raise TemplateOvertaken(error.ja, error.en) from error
    except AuthorError as error:
        raise TemplateRefused(error.ja, error.en) from error
    except TemplateError as error:
        raise TemplateRefused("、".join(error.problems), "; ".join(error.problems)) from error
    drafts.tools.reload()  # readers and this app use the new version at once
    return {"stamp": mark, "version": form.version, "url": f"/templates/{INSTALLED}/{form.id}"}


@router.post("/scans")
def add_scans(context: Context, kind: str, form_id: FormId, sent: Uploaded) -> dict[str, Any]:
    """Store sample scans."""
    drafts = drafts_of(context)
    folder = drafts.folder(kind, form_id, context.app.forms)
    for file in sent.files:
        drafts.add_scan(kind, folder, file.filename or "scan", file.file)
    return {"scans": drafts.scans(kind, folder)}


@router.post("/scans/remove", dependencies=[Depends(require_script_token)])
def remove_scan(context: Context, kind: str, form_id: FormId, sent: ScanIn) -> dict[str, Any]:
    """Delete a sample scan that was uploaded."""
    drafts = drafts_of(context)
    folder = drafts.folder(kind, form_id, context.app.forms)
    drafts.remove_scan(kind, folder, sent.scan)
    return {"scans": drafts.scans(kind, folder)}


@router.post("/read", dependencies=[Depends(require_script_token)])
def read(context: Context, kind: str, form_id: FormId, sent: ReadIn) -> dict[str, Any]:
    """Read a sample scan with the data in the editor, saved or not."""
    drafts = drafts_of(context)
    folder = drafts.folder(kind, form_id, context.app.forms)
    scan = drafts.scan(kind, folder, sent.scan)
    if problems := list(_own_problems(context, kind, form_id, sent.data)):
        raise CannotMake(problems[0], problems[0])
    return drafts.tools.read(folder, sent.data, scan, sent.field, sent.types)


def _problems(context: RequestContext, kind: str, form_id: str, data: Mapping[str, Any]) -> Iterator[str]:
    yield from _own_problems(context, kind, form_id, data)
    if kind == INSTALLED:
        yield from _in_use(context, form_id, data)


def _own_problems(context: RequestContext, kind: str, form_id: str, data: Mapping[str, Any]) -> list[str]:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    # JSON can escape half of a surrogate pair, which no file can store.
    except UnicodeEncodeError as error:
        raise InvalidAnswer("unicode") from error
    assert context.app.drafts is not None
    folder = context.app.drafts.folder(kind, form_id, context.app.forms)
    try:
        form_of(dict(data), folder / FORM_FILE)
    except TemplateError as error:
        return error.problems
    return []


def _in_use(context: RequestContext, form_id: str, data: Mapping[str, Any]) -> Iterator[str]:
    """Applications in progress have answers by field, so no field may lose its name or type."""
    before = {field.name: field.type.value for field in context.app.forms[form_id].fields()}
    try:
        after = {entry["name"]: entry["type"] for page in data["pages"] for entry in page["fields"]}
    except (KeyError, TypeError):
        return
    # A renamed field counts as lost, too.
    lost = sorted(name for name, kind in before.items() if after.get(name) != kind)
    if not lost:
        return
    with context.app.store.read() as session:
        query = select(func.count()).where(Document.form_id == form_id, Document.state.not_in(FINAL))
        count = session.scalar(query) or 0
    for name in lost if count else ():
        yield (
            f"項目 {name}: 処理中の申請書が {count} 件あるため、名前と種類の変更や削除はできません。"
            "入力まで終えてから変えるか、新しい版として別の id で作ってください "
            f"({count} applications are under way; finish them first, or make a new edition with another id)"
        )


def _fields(text: str) -> list[str]:
    """Names of the fields in a problem's text."""
    return [name for found in _NAMED.findall(text) for name in found if name]
