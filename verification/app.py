"""The web app: `create_app` assembles pages, scripts, sessions and error handlers."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from foundation.errors import UtsushiError
from store.base.errors import InvalidAnswer, StoreError
from store.database import Store
from templates_forms import blocking
from templates_forms.model import Form
from verification import template_filters
from verification.bot_drafts import BotDrafts
from verification.drafts import Drafts
from verification.errors import NoSuchPage, NotSignedIn, TooLarge, WebError, status_of
from verification.form_params import typed_fields
from verification.middleware import SecurityMiddleware
from verification.pictures import Pictures
from verification.ports import EditorPort, Ports
from verification.request_context import AppState, RequestContext, anonymous_context, request_context
from verification.routes import (
    baseline,
    board,
    corrections,
    documents,
    exceptions,
    glyphs,
    health,
    login,
    metrics,
    pages,
    quality,
    reports,
    shelf,
    systems,
    template_api,
    templates,
    urgency,
    users,
    verify,
)
from verification.routes.automation import bot_list, build, build_api, versions
from verification.sessions import SessionSigner
from verification.settings import WebSettings
from verification.workshop_port import WorkshopPort

_STATIC = Path(__file__).with_name("static")
_log = logging.getLogger("utsushi.verification")


def create_app(
    store: Store,
    forms: Mapping[str, Form],
    settings: WebSettings,
    ports: Ports,
    workshop: EditorPort | None = None,
    bot_workshop: WorkshopPort | None = None,
) -> FastAPI:
    """The app over an opened store.

    Args:
        store: migrated.
        forms: every installed form by id.
        settings: office, language, sessions.
        ports: operations that need images or flows.
        workshop: operations of the template editor; None leaves the editor out.
        bot_workshop: operations of the bot workshop; None leaves it out.
    """
    # No interactive documentation: its page loads scripts from a CDN, and it lists addresses without signing in.
    app = FastAPI(title="Utsushi", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    sessions = SessionSigner(settings.session_secret, settings.session_minutes, settings.session_hours)
    html = Environment(
        loader=PackageLoader("verification", "html"),
        autoescape=True,  # names and values come from applicants
        undefined=StrictUndefined,  # a misspelt variable fails a test instead of printing nothing
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template_filters.install(html, _STATIC)
    drafts = None
    if workshop is not None and settings.templates is not None and settings.workshop is not None:
        drafts = Drafts(settings.templates, settings.workshop, workshop)
    bots = None
    if bot_workshop is not None and settings.workshop is not None and settings.systems_folder is not None:
        bots = BotDrafts(settings.workshop / "bots", settings.systems_folder, bot_workshop)
    pictures = Pictures(store.files)
    app.state.shared = AppState(store, forms, settings, ports, sessions, pictures, html, drafts, bots)
    for module in (
        health, metrics, login, board, documents, pages, verify, glyphs, exceptions, corrections, quality, baseline,
        # Before `systems`, whose addresses have a name where these have "workshop".
        reports, bot_list, build, build_api, versions, systems, urgency, users, shelf, templates, template_api,
    ):  # fmt: skip
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    # Starlette looks a handler up by the classes of the error, nearest first, so the order here does not matter.
    app.add_exception_handler(WebError, _error_response)
    app.add_exception_handler(UtsushiError, _error_response)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.add_middleware(
        SecurityMiddleware, sessions=sessions, language=settings.language, secure=settings.secure_cookies
    )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the dictionaries in the background, so that the first verifier does not wait for them."""
    forms = list(app.state.shared.forms.values())
    threading.Thread(target=blocking.warm, args=(forms,), name="warm", daemon=True).start()
    yield


def _error_response(request: Request, error: Exception) -> Response:
    """An error of any module: JSON for scripts, a page for people, the sign-in page without a session."""
    assert isinstance(error, UtsushiError)
    status, code = status_of(error)
    context = _context_or_anonymous(request)
    if request.url.path.startswith("/api/"):
        message = error.in_language(context.language)
        return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
    # A GET can simply be repeated after signing in; a POST is carried through the sign-in page.
    if isinstance(error, NotSignedIn):
        if request.method == "GET":
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={_quoted(target)}", status_code=303)
        pending = context.app.sessions.sign_pending(request.url.path, getattr(request.state, "posted", {}))
        return context.page("layout/login.html", 401, next="", kept=pending, error=error, name="")
    if request.url.path.endswith((".jpg", ".png")):
        return Response(status_code=status)  # an `img` cannot show a page
    words = typed_fields(getattr(request.state, "posted", {}))
    return context.page("layout/error.html", status, error=error, kept=words, back=_return_path(request))


def _context_or_anonymous(request: Request) -> RequestContext:
    try:
        return request_context(request)
    except StoreError:
        return anonymous_context(request)


def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    kinds = {str(problem.get("type")) for problem in error.errors()}
    if any("too_long" in kind for kind in kinds):
        return _error_response(request, TooLarge())
    if "string_unicode" in kinds:
        return _error_response(request, InvalidAnswer("unicode"))
    # An impossible id in an address is an address that does not exist.
    if any(problem["loc"][:1] == ("path",) for problem in error.errors()):
        return _error_response(request, NoSuchPage())
    return _error_response(request, WebError())


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error_response(request, NoSuchPage() if error.status_code in {404, 405} else WebError())


def _unexpected_error(request: Request, error: Exception) -> Response:
    """An unexpected error: the traceback goes to the log, the person gets a message without details."""
    _log.exception("%s %s", request.method, request.url.path, exc_info=error)
    return _error_response(request, StoreError())


def _return_path(request: Request) -> str:
    """Path of the page that a refused form was sent from, if it is one of this app; else the board."""
    # The Referer can be forged; only its path is used, and only if it names this host.
    came = urlsplit(request.headers.get("referer", ""))
    ours = came.netloc == request.url.netloc and request.method == "POST"
    return f"{came.path}?{came.query}".rstrip("?") if ours and came.path.startswith("/") else "/"


def _quoted(target: str) -> str:
    return quote(target, safe="/")
