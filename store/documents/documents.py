"""Applications and their states: the allowed transitions and the only function that performs them.

`advance` changes the state and writes the audit event in the caller's transaction; there is no other way to change
`document.state`. Transitions that are not in `ALLOWED` raise IllegalMove and change nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base import claims
from store.base.columns import FAR_FUTURE
from store.base.errors import IllegalMove, NotFound, StaleVersion
from store.base.model import DocumentState, ItemState, PageState
from store.base.schema import Document, Item, Page
from store.base.session import now, vault

_S = DocumentState

ALLOWED: Final[Mapping[DocumentState, frozenset[DocumentState]]] = {
    _S.RECEIVED: frozenset({_S.READ, _S.UNIDENTIFIED, _S.UNREGISTERED, _S.RETURNED, _S.DISMISSED}),
    _S.UNIDENTIFIED: frozenset({_S.RECEIVED, _S.UNREGISTERED, _S.RETURNED, _S.DISMISSED}),
    _S.UNREGISTERED: frozenset({_S.RECEIVED, _S.UNIDENTIFIED, _S.RETURNED, _S.DISMISSED}),
    _S.READ: frozenset({_S.VERIFYING, _S.VERIFIED, _S.RECEIVED, _S.UNIDENTIFIED, _S.RETURNED, _S.DISMISSED}),
    _S.VERIFYING: frozenset(
        {_S.VERIFIED, _S.RECEIVED, _S.UNIDENTIFIED, _S.UNREGISTERED, _S.RETURNED, _S.DISMISSED}
    ),
    # Back to verifying: a fault found after settling becomes a new version of the record.
    _S.VERIFIED: frozenset({_S.ENTERING, _S.VERIFYING, _S.RETURNED, _S.DISMISSED}),
    _S.ENTERING: frozenset({_S.ENTERED, _S.REFUSED, _S.UNKNOWN, _S.VERIFIED}),
    # What was entered can still be corrected: the new version of the record changes the row.
    _S.ENTERED: frozenset({_S.VERIFYING}),
    _S.REFUSED: frozenset({_S.VERIFYING, _S.ENTERING, _S.RETURNED, _S.DISMISSED}),
    # Never back to verification: first somebody finds out whether the row is in the legacy system.
    _S.UNKNOWN: frozenset({_S.ENTERING, _S.ENTERED, _S.REFUSED}),
    _S.RETURNED: frozenset({_S.RECEIVED, _S.VERIFYING, _S.DISMISSED}),
    _S.DISMISSED: frozenset({_S.RECEIVED, _S.UNIDENTIFIED, _S.UNREGISTERED}),
}

FINAL: Final = frozenset({_S.ENTERED, _S.RETURNED, _S.DISMISSED})
"""States in which nothing happens unless a person starts it."""

NEEDS_PERSON: Final = frozenset({_S.UNIDENTIFIED, _S.UNREGISTERED, _S.VERIFYING, _S.REFUSED, _S.UNKNOWN})
"""States in which a document waits for a person."""

INITIAL: Final = frozenset({_S.RECEIVED, _S.UNIDENTIFIED, _S.UNREGISTERED})


def create(
    session: Session,
    *,
    batch_id: int,
    file_id: int,
    actor: str,
    form_id: str | None = None,
    edition: str | None = None,
    state: DocumentState = DocumentState.RECEIVED,
    reason: str | None = None,
    secret_fields: Iterable[str] = (),
    key_fields: Iterable[str] = (),
    pages: Iterable[int] = (),
    priority: int = 5,
    deadline: datetime | None = None,
) -> Document:
    """Create a document of `pages` (their ids) in `received`, `unidentified` or `unregistered`.

    `secret_fields` and `key_fields` come from the template. `priority`: 1 first, 9 last.
    """
    if state not in INITIAL:
        raise IllegalMove(f"new → {state}")
    at = now(session)
    document = Document(
        batch_id=batch_id,
        file_id=file_id,
        form_id=form_id,
        edition=edition,
        state=state,
        reason=reason,
        secret_fields=sorted(secret_fields),
        # In the template's order, in which `records.record_key` joins them.
        key_fields=list(key_fields),
        priority=priority,
        due=deadline or FAR_FUTURE,
        opened_at=at,
        updated_at=at,
    )
    session.add(document)
    session.flush()
    assign_pages(session, document, pages)
    detail = {"batch": batch_id, "file": file_id, "form": form_id, "edition": edition}
    _note(session, actor, document, f"document.{state}", detail)
    return document


def get(session: Session, document_id: int) -> Document:
    """The document. Raises NotFound."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(f"document {document_id}")
    return document


def lock(session: Session, document: Document | int) -> Document:
    """The document as it is now, locked until the transaction ends. Raises NotFound."""
    # Flushed first: populate_existing would overwrite changes that are not in the database yet.
    document_id = document if isinstance(document, int) else document.id
    session.flush()
    found = session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"document {document_id}")
    return found


def advance(
    session: Session,
    document: Document | int,
    to: DocumentState,
    actor: str,
    detail: Mapping[str, Any] | None = None,
    *,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Document:
    """Move a document to its next state; ends its lease and resets its attempts.

    Args:
        detail: goes into the audit event: ids, counts, code words, never a person's data.
        reason: for the screen; the audit event contains its fingerprint unless it is a code word.
        expected_version: the version that the person saw; StaleVersion if the document has changed since.

    Raises:
        IllegalMove: no such transition. StaleVersion: see above. NotFound.
    """
    row = lock(session, document)
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"document {row.id}")
    if to not in ALLOWED[row.state]:
        raise IllegalMove(f"document {row.id}: {row.state} → {to}")
    facts = {**(detail or {}), "from": row.state.value, "version": row.version + 1}
    if reason is not None:
        facts["reason"] = vault(session).loggable(reason)
    row.state, row.reason = to, reason
    row.updated_at = now(session)
    row.version += 1
    row.lease_owner, row.lease_until, row.attempts = None, None, 0
    session.flush()
    _note(session, actor, row, f"document.{to}", facts)
    return row


def assign_form(
    session: Session,
    document: Document | int,
    *,
    form_id: str,
    edition: str | None,
    secret_fields: Iterable[str],
    key_fields: Iterable[str],
    actor: str,
) -> Document:
    """Set the form of a document that has not been read yet; existing readings would belong to another form."""
    row = lock(session, document)
    # Only before reading: a document that was read goes back to one of these states first.
    if row.state not in INITIAL:
        raise IllegalMove(f"document {row.id}: {row.state}, form")
    row.form_id, row.edition = form_id, edition
    row.secret_fields, row.key_fields = sorted(secret_fields), list(key_fields)
    row.updated_at = now(session)
    row.version += 1
    session.flush()
    _note(session, actor, row, "document.form", {"form": form_id, "edition": edition})
    return row


def assign_pages(session: Session, document: Document, pages: Iterable[int]) -> None:
    """Assign pages (ids) to a document, away from their earlier one."""
    wanted = list(pages)
    for page in session.scalars(select(Page).where(Page.id.in_(wanted)).with_for_update()):
        page.document_id = document.id
    session.flush()


def move_pages(session: Session, document: Document | int, pages: Iterable[int], actor: str) -> Document:
    """A person's regrouping: assign pages to this document, with an audit event. Their order is by `page_no`."""
    row = lock(session, document)
    wanted = list(pages)
    assign_pages(session, row, wanted)
    row.version += 1
    row.updated_at = now(session)
    session.flush()
    _note(session, actor, row, "document.pages", {"pages": wanted})
    return row


def set_priority(
    session: Session, document: Document | int, priority: int, deadline: datetime | None, actor: str
) -> Document:
    """Set priority and deadline of a document and its unanswered items: 1 first, 9 last; None is no deadline."""
    row = lock(session, document)
    row.priority, row.due = priority, deadline or FAR_FUTURE
    waiting = select(Item).where(
        Item.document_id == row.id, Item.state.in_((ItemState.OPEN, ItemState.CLAIMED))
    )
    for item in session.scalars(waiting.with_for_update()):
        item.priority, item.due = row.priority, row.due
    session.flush()
    detail = {"priority": priority, "deadline": deadline.isoformat() if deadline else None}
    _note(session, actor, row, "document.priority", detail)
    return row


def pages_of(session: Session, document_id: int) -> list[Page]:
    """The document's pages in the order of the form, then of the file."""
    query = select(Page).where(Page.document_id == document_id)
    return list(session.scalars(query.order_by(Page.page_no, Page.file_id, Page.index_in_file)))


def page_numbers(pages: Sequence[Page], form_id: str) -> list[int]:
    """The number that each page has on this form; 0 for one that is not registered on it."""
    return [
        (page.page_no or 0) if page.state is PageState.LOCATED and page.form_id == form_id else 0
        for page in pages
    ]


def claim(
    session: Session,
    state: DocumentState,
    owner: str,
    *,
    limit: int = 1,
    seconds: float = claims.DEFAULT_SECONDS,
    max_attempts: int | None = None,
    only: Collection[int] | None = None,
    forms: Collection[str] | None = None,
) -> list[Document]:
    """Claim documents of one state (and of these ids, of these forms) for a worker, most urgent first.

    See `store.base.claims`.
    """
    among = [] if only is None else [Document.id.in_(only)]
    among += [] if forms is None else [Document.form_id.in_(forms)]
    return claims.claim(
        session,
        Document,
        [Document.state == state, *among],
        owner=owner,
        limit=limit,
        seconds=seconds,
        order_by=(Document.priority, Document.due),
        max_attempts=max_attempts,
    )


def in_state(
    session: Session, *states: DocumentState, limit: int = 200, batch_id: int | None = None
) -> list[Document]:
    """Documents in any of the states, most urgent first."""
    query = select(Document).where(Document.state.in_(states))
    if batch_id is not None:
        query = query.where(Document.batch_id == batch_id)
    return list(session.scalars(query.order_by(Document.priority, Document.due, Document.id).limit(limit)))


def _note(session: Session, actor: str, document: Document, act: str, detail: Mapping[str, Any]) -> None:
    chain.append(session, actor=actor, act=act, subject=f"document:{document.id}", detail=detail)
