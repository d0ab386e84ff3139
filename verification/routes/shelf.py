"""The shelf of templates: installed forms with their accuracy; packages are inspected and installed."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from store.audit import chain
from templates_forms.authoring.errors import AuthorError
from templates_forms.errors import TemplateError
from templates_forms.sharing.installing import Package, install_package, open_package
from verification.drafts import safe_name
from verification.errors import CannotMake, NoSuchPage, WebError
from verification.request_context import Context, Posted, RequestContext, Uploaded
from verification.routes.templates import drafts_of
from verification.views import shelf_view

router = APIRouter(prefix="/templates/shelf")
_SHA = re.compile(r"[0-9a-f]{64}")


@router.get("")
def shelf_page(context: Context) -> Response:
    """Every installed form."""
    return _show(context, None)


@router.post("/inspect")
def inspect(context: Context, sent: Uploaded) -> Response:
    """Show the contents of a package after its signature and contents were checked."""
    drafts_of(context)
    if not sent.files:
        return _show(
            context, CannotMake("パッケージのファイルを選んでください。", "Choose the file of a package.")
        )
    file = sent.files[0]
    name = safe_name(file.filename or "") or "package"
    folder = _packages(context)
    # One package for each person: an abandoned one must not stay on the disk.
    for old in folder.iterdir():
        old.unlink()
    path = folder / name
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    try:
        package = open_package(path)
    except AuthorError as error:
        path.unlink()
        return _show(context, CannotMake(error.ja, error.en))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    # Named by its content, so that what is installed is what was shown.
    path.rename(folder / digest)
    return _show(context, None, package, digest)


@router.post("/install")
def install(context: Context, sent: Posted) -> Response:
    """Install the inspected package; it is checked again and installed completely or not at all."""
    drafts = drafts_of(context)
    digest = sent.get("package", "")
    path = _packages(context) / digest
    if not _SHA.fullmatch(digest) or not path.is_file():
        raise NoSuchPage
    try:
        package = open_package(path)
        with context.app.store.write() as session:
            form = install_package(package, drafts.library)
            detail = {"edition": form.edition, "signer": package.signer, "sha256": digest}
            chain.append(
                session,
                actor=context.name,
                act="template.installed",
                subject=f"template:{form.id}",
                detail=detail,
            )
    except AuthorError as error:
        return _show(context, CannotMake(error.ja, error.en))
    except OSError:
        return _show(
            context,
            CannotMake(
                f"テンプレートのフォルダー {drafts.library} に書き込めません。権限を確かめてください。",
                f"{drafts.library} cannot be written to; correct its permissions.",
            ),
        )
    except TemplateError as error:
        words = "、".join(error.problems[:3])
        return _show(context, CannotMake(f"{error.ja} {words}", f"{error.en} {words}"))
    path.unlink()
    drafts.tools.reload()
    return RedirectResponse("/templates/shelf", status_code=303)


def _packages(context: RequestContext) -> Path:
    """Each person's own folder of packages that wait for a decision."""
    # A hash, because a user name from a proxy can contain any character.
    name = hashlib.sha256(context.name.encode()).hexdigest()[:16]
    folder = drafts_of(context).workshop / "packages" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _show(
    context: RequestContext, error: WebError | None, package: Package | None = None, digest: str = ""
) -> Response:
    drafts_of(context)
    with context.app.store.read() as session:
        rows = shelf_view.shelf_rows(session, context.app.forms)
    about = None
    if package is not None:
        manifest = package.manifest
        about = {
            "manifest": manifest,
            "signer": package.signer,
            "pages": sum(name.startswith("page") for name in package.contents),
            "scans": len(package.names("scans")),
            "bots": package.names("bot"),
            "accuracy": shelf_view.packer_accuracy({"measured": manifest.measured}),
            "installed": context.app.forms.get(manifest.form_id),
        }
    status = error.status if error else 200
    return context.page(
        "templates/shelf.html",
        status,
        rows=rows,
        error=error,
        about=about,
        digest=digest,
        days=shelf_view.DAYS,
    )
