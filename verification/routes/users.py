"""Accounts: add, switch off and on, change roles and passwords. For administrators."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from store.base.errors import InvalidUser
from store.ops import users
from verification.errors import NoSuchPage
from verification.request_context import Context, Posted, RequestContext

router = APIRouter()
ROLES = ("clerk", "verifier", "lead", "dx", "automator", "admin")


@router.get("/users")
def users_page(context: Context) -> Response:
    """All accounts."""
    context.require("users")
    return _show(context, None, {})


@router.post("/users")
def add(context: Context, sent: Posted) -> Response:
    """A new account; on an error the typed values are shown again."""
    context.require("users")
    roles = [role for role in sent.get("roles", "").split("|") if role]
    try:
        with context.app.store.write() as session:
            users.add(
                session,
                sent.get("name", "").strip(),
                display=sent.get("display", ""),
                password=sent.get("password", ""),
                roles=roles,
                actor=context.name,
            )
    except InvalidUser as error:
        return _show(context, error, sent)
    return RedirectResponse("/users", status_code=303)


@router.post("/users/{name}/{act}")
def change(context: Context, sent: Posted, name: str, act: str) -> Response:
    """Switch an account off or on, set its roles or its password."""
    context.require("users")
    try:
        with context.app.store.write() as session:
            if act in {"off", "on"}:
                # Otherwise the last administrator could lock everybody out of this page.
                if name == context.name:
                    raise InvalidUser("self")
                users.set_active(session, name, act == "on", actor=context.name)
            elif act == "roles":
                roles = [role for role in sent.get("roles", "").split("|") if role]
                if name == context.name and "admin" not in roles:
                    raise InvalidUser("self")
                users.set_roles(session, name, roles, actor=context.name)
            elif act == "password":
                users.set_password(session, name, sent.get("password", ""), actor=context.name)
            else:
                raise NoSuchPage
    except InvalidUser as error:
        return _show(context, error, {})
    return RedirectResponse("/users", status_code=303)


def _show(context: RequestContext, error: InvalidUser | None, sent: dict[str, str]) -> Response:
    with context.app.store.read() as session:
        rows = users.all_users(session)
    return context.page("users.html", 422 if error else 200, rows=rows, roles=ROLES, error=error, sent=sent)
