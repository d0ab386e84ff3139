"""Signing in and out. A form that was sent after the session ended is carried through the sign-in page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from store.base.errors import BadLogin
from store.base.schema import User
from store.ops import users
from store.queue import review_queue
from verification.errors import BadToken
from verification.request_context import Context, Posted, RequestContext, require_script_token

router = APIRouter()


class _LoginIn(BaseModel):
    name: str = Field(max_length=120)
    password: str = Field(max_length=1000)  # a longer one is refused before it is hashed


@router.get("/login")
def login_page(context: Context, next: str = "/") -> Response:
    """The sign-in page; a signed-in person is redirected."""
    if context.user is not None:
        return RedirectResponse(_local_path(next), status_code=303)
    return context.page("layout/login.html", next=_local_path(next), kept="", error=None, name="")


@router.post("/login")
def login(request: Request, context: Context, sent: Posted) -> Response:
    """Check name and password; then redirect to the requested page."""
    name, kept = sent.get("name", "").strip(), sent.get("kept", "")
    try:
        user = users.sign_in(context.app.store, name, sent.get("password", ""))
    except BadLogin as error:
        target = _local_path(sent.get("next", "/"))
        return context.page("layout/login.html", 401, next=target, kept=kept, error=error, name=name)
    _start_session(request, context, user)
    # A form that was sent after the session had ended is shown again; nothing is stored until it is sent again.
    waiting = context.app.sessions.load_pending(kept) if kept else None
    if waiting is not None:
        context.user, context.session = user, request.state.new_session
        return context.page("layout/resume.html", address=waiting[0], fields=waiting[1])
    return RedirectResponse(_local_path(sent.get("next", "/")), status_code=303)


@router.post("/api/login")
def login_again(request: Request, context: Context, sent: _LoginIn) -> dict[str, str]:
    """Sign in from within a page whose session has ended; returns the new CSRF token; typed values stay in the page."""
    require_script_token(request)
    user = users.sign_in(context.app.store, sent.name.strip(), sent.password)
    _start_session(request, context, user)
    return {"csrf": request.state.new_session.csrf, "user": user.name}


@router.get("/api/csrf")
def csrf(context: Context) -> dict[str, str]:
    """The CSRF token for a page of ours that outlived its session; other origins cannot read it."""
    return {"csrf": context.session.csrf}


@router.post("/logout")
def logout(request: Request, context: Context, sent: Posted) -> Response:
    """End the session and release every item that the person has claimed."""
    if context.user is not None:
        with context.app.store.write() as session:
            review_queue.release_all(session, context.name)
    request.state.new_session = context.app.sessions.fresh()
    return RedirectResponse("/login", status_code=303)


@router.get("/logout")
def logout_page(context: Context) -> Response:
    """GET must not sign anybody out: a link or picture of another site could."""
    raise BadToken


def _start_session(request: Request, context: RequestContext, user: User) -> None:
    # A fresh session with a new token: one planted before signing in is worthless (session fixation).
    request.state.new_session = context.app.sessions.fresh(user.name, user.session_epoch)


def _local_path(target: str) -> str:
    """A path of this app; anything that could lead to another site becomes the board."""
    # Browsers read `//host` and `/\host` as another site; /login and /logout would lead back or out.
    if target.startswith("/") and not target.startswith(("//", "/\\", "/login", "/logout")):
        return target if target.isprintable() else "/"
    return "/"
