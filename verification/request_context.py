"""The context of one request: person, language, rights, and the shared objects of the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request
from jinja2 import Environment
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse

from foundation import words as catalogue
from foundation.words import Words
from store.base.errors import NotFound
from store.base.schema import Document, User
from store.database import Store
from store.ops import users
from templates_forms import titles
from templates_forms.model import Form
from verification.bot_drafts import BotDrafts
from verification.drafts import Drafts
from verification.errors import BadToken, Forbidden, NotSignedIn
from verification.pictures import Pictures
from verification.ports import Ports
from verification.sessions import SessionSigner, SignedSession
from verification.settings import WebSettings

# Routes require rights, not roles, so that a role can change in this one place.
RIGHTS: Final[Mapping[str, frozenset[str]]] = {
    "verify": frozenset({"verifier", "lead"}),
    "exceptions": frozenset({"clerk", "lead"}),
    "reveal": frozenset({"clerk", "verifier", "lead"}),
    "decide": frozenset({"lead"}),
    "evidence": frozenset({"clerk", "lead"}),
    "quality": frozenset({"verifier", "lead", "dx", "admin"}),
    "reports": frozenset({"dx", "lead", "admin"}),
    "systems": frozenset({"dx", "lead", "admin"}),
    "templates": frozenset({"dx", "lead", "admin"}),
    "workshop": frozenset({"automator"}),
    "activate": frozenset({"automator", "lead", "dx"}),
    "users": frozenset({"admin"}),
}
"""What each role may do; the board and the documents are open to everybody who is signed in."""


@dataclass(frozen=True, slots=True)
class AppState:
    """Shared objects of one running app."""

    store: Store
    forms: Mapping[str, Form]
    settings: WebSettings
    ports: Ports
    sessions: SessionSigner
    pictures: Pictures
    html: Environment
    drafts: Drafts | None = None
    """None when this app has no template editor."""
    bots: BotDrafts | None = None
    """None when this app has no bot workshop."""


@dataclass(slots=True)
class RequestContext:
    """One request."""

    request: Request
    app: AppState
    session: SignedSession
    user: User | None
    words: Words

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def name(self) -> str:
        """The user name, as recorded in logs and audit events. Raises NotSignedIn."""
        if self.user is None:
            raise NotSignedIn
        return self.user.name

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.user.roles) if self.user else frozenset()

    def may(self, right: str) -> bool:
        """Whether the person's roles include a right of `RIGHTS`."""
        return bool(self.roles & RIGHTS[right])

    def require(self, *rights: str) -> None:
        """Raise NotSignedIn, or Forbidden unless the person has one of the rights (any person when none is named)."""
        if self.user is None:
            raise NotSignedIn
        if rights and not any(self.may(right) for right in rights):
            raise Forbidden

    def require_full_view(self) -> None:
        """Raise Forbidden for a person who gets single snippets only and may not see whole applications."""
        self.require()
        if self.snippets_only:
            raise Forbidden

    @property
    def snippets_only(self) -> bool:
        """True for a person with no other right than verifying, when verifiers get single snippets."""
        others = any(self.may(right) for right in ("exceptions", "decide", "reports", "users"))
        return self.app.settings.snippets and not others

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the person's language."""
        shared = {"context": self, "t": self.words, "office": self.app.settings.office}
        text = self.app.html.get_template(template).render(**shared, **values)
        return HTMLResponse(text, status_code=status)

    def label(self, form: Form | None, name: str) -> str:
        """A field's label in the person's language; its name when the form is gone."""
        return titles.label({form.id: form}, form.id, name, self.language) if form else name

    def title(self, form_id: str | None) -> str:
        """A form's title in the person's language."""
        if not form_id:
            return self.words("form.none")
        return titles.title(self.app.forms, form_id, self.language)

    def reason_text(self, document: Document) -> str:
        """The reason why a document waits or was returned, with the labels of the fields concerned."""
        form = self.app.forms.get(document.form_id or "")
        code, _, field = (document.reason or "").partition(":")
        if field and self.words.has(f"document_reason.{code}"):
            return f"{self.words(f'document_reason.{code}')} ({self.label(form, field)})"
        reason = titles.reason([form] if form else [], document.reason or "", self.language)
        return self.words.coded("document_reason", reason)


def words(language: str) -> Words:
    """The catalogue of `ja` or `en`: the shared words, those of the reports, and this package's own."""
    return catalogue.words(language, "reports", "verification")


def request_context(request: Request) -> RequestContext:
    """The context of the present request."""
    app = cast("AppState", request.app.state.shared)
    session = cast("SignedSession", request.state.session)
    user = _user(request, app, session)
    return RequestContext(request, app, session, user, words(str(request.state.language)))


def anonymous_context(request: Request) -> RequestContext:
    """The present request without loading the user: for error pages while the database is unavailable."""
    app = cast("AppState", request.app.state.shared)
    session = cast("SignedSession", request.state.session)
    return RequestContext(request, app, session, None, words(str(request.state.language)))


Context = Annotated[RequestContext, Depends(request_context)]


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form that was sent, after its CSRF token was checked.

    The fields are also stored in the request's state, so that they survive signing in. Raises BadToken.
    """
    # Limits against requests that would fill the memory; Starlette allows 1,000 of each.
    sent = await request.form(max_files=0, max_fields=400)
    fields: dict[str, str] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            # Checkboxes send one name several times; `|` is also the separator of stored multiple choices.
            fields[name] = f"{fields[name]}|{value}" if name in fields else value
    token = fields.pop("csrf", "")  # removed, so that no route stores or shows it again
    request.state.posted = fields
    session = cast("SignedSession", request.state.session)
    if not _equal(token, session.csrf):
        raise BadToken
    return fields


async def uploaded(request: Request) -> Upload:
    """Fields and files of a form that was sent with files, after its CSRF token (field or header) was checked.

    Raises BadToken.
    """
    sent = await request.form(max_files=20, max_fields=40)
    fields = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    session = cast("SignedSession", request.state.session)
    if not _equal(fields.pop("csrf", "") or request.headers.get("x-csrf-token", ""), session.csrf):
        raise BadToken
    files = [value for _, value in sent.multi_items() if not isinstance(value, str) and value.filename]
    return Upload(fields, files)


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: text fields by name, and files."""

    fields: dict[str, str]
    files: list[UploadFile]


Uploaded = Annotated[Upload, Depends(uploaded)]
Posted = Annotated[dict[str, str], Depends(posted)]


def require_script_token(request: Request) -> None:
    """Check the CSRF token that the app's scripts send as a header. Raises BadToken."""
    session = cast("SignedSession", request.state.session)
    if not _equal(request.headers.get("x-csrf-token", ""), session.csrf):
        raise BadToken


def _user(request: Request, app: AppState, session: SignedSession) -> User | None:
    name = session.user or _by_proxy(request, app.settings)
    if name is None:
        return None
    with app.store.read() as opened:
        try:
            user = users.get(opened, name)
        except NotFound:
            return None
    # The epoch grows with a change of password or roles, so older sessions end at once.
    if not user.active or (session.user and session.epoch != user.session_epoch):
        return None
    return user


def _by_proxy(request: Request, settings: WebSettings) -> str | None:
    """The user name in the header of a trusted reverse proxy; the header is ignored from other addresses."""
    if settings.sso_header is None or request.client is None:
        return None
    # By address, because anybody on the network can send the header.
    if request.client.host not in settings.sso_proxies:
        return None
    return request.headers.get(settings.sso_header) or None


def _equal(sent: str, expected: str) -> bool:
    # Constant time, so that response times reveal nothing of the token.
    return compare_digest(sent.encode("utf-8", "replace"), expected.encode())
