"""Intake records: batches, dropped files and the pages found in them.

A file is registered only after its bytes are stored (`Store.files.add`); the same bytes dropped again are recorded as
a duplicate of the first, so that a clerk can see the state of every drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base import claims
from store.base.errors import IllegalMove, NotFound
from store.base.model import FileState, PageState
from store.base.schema import Batch, Page, SourceFile
from store.base.session import now, transaction_lock, vault

_F = FileState

ALLOWED: Final[Mapping[FileState, frozenset[FileState]]] = {
    # Back to `received`: a person may have a quarantined, repeated or dismissed file read after all.
    _F.RECEIVED: frozenset({_F.SPLIT, _F.QUARANTINED, _F.DISMISSED}),
    _F.SPLIT: frozenset(),
    _F.QUARANTINED: frozenset({_F.RECEIVED, _F.DISMISSED}),
    _F.DUPLICATE: frozenset({_F.RECEIVED, _F.DISMISSED}),
    _F.DISMISSED: frozenset({_F.RECEIVED}),
}


def open_batch(
    session: Session,
    *,
    name: str,
    source: str,
    actor: str,
    office: str = "",
    form_hint: str | None = None,
    dropped_at: datetime | None = None,
) -> Batch:
    """Create a batch. `source` is the folder it was dropped into, `form_hint` the form in the folder's name."""
    batch = Batch(
        name=name, source=source, office=office, form_hint=form_hint, dropped_at=dropped_at or now(session)
    )
    session.add(batch)
    session.flush()
    # The name of a dropped folder may contain a person's name: the chain gets its fingerprint only.
    detail = {"office": office, "form_hint": form_hint, "name": vault(session).fingerprint(name)[:32]}
    chain.append(session, actor=actor, act="batch.opened", subject=f"batch:{batch.id}", detail=detail)
    return batch


def add_file(
    session: Session,
    batch_id: int,
    *,
    sha256: str,
    original_name: str,
    size: int,
    kept_path: str,
    actor: str,
    parent_id: int | None = None,
) -> SourceFile:
    """Record a stored file: `received`, or `duplicate` when the same bytes came before and were not dismissed."""
    # Two intakes of the same bytes must not both find no earlier file.
    transaction_lock(session, f"file:{sha256}")
    first = session.scalars(
        select(SourceFile.id)
        # Duplicates are left out, so that each refers to the first drop and never to another duplicate.
        .where(SourceFile.sha256 == sha256, SourceFile.state.in_((_F.RECEIVED, _F.SPLIT, _F.QUARANTINED)))
        .order_by(SourceFile.id)
        .limit(1)
    ).one_or_none()
    state = _F.RECEIVED if first is None else _F.DUPLICATE
    row = SourceFile(
        batch_id=batch_id,
        parent_id=parent_id,
        sha256=sha256,
        original_name=original_name,
        size=size,
        kept_path=kept_path,
        state=state,
        reason=None if first is None else "same_content",
        duplicate_of=first,
        received_at=now(session),
        updated_at=now(session),
    )
    session.add(row)
    session.flush()
    detail = {"batch": batch_id, "sha256": sha256, "size": size, "same_as": first}
    chain.append(session, actor=actor, act=f"file.{state}", subject=f"file:{row.id}", detail=detail)
    return row


def move_file(
    session: Session,
    file: SourceFile | int,
    to: FileState,
    actor: str,
    *,
    reason: str | None = None,
    error: str | None = None,
    pages: int | None = None,
) -> SourceFile:
    """Move a file to its next state. `reason` is a code word, `error` the sentence for the clerk.

    Raises IllegalMove, NotFound.
    """
    # Flushed first: populate_existing would overwrite changes that are not in the database yet.
    file_id = file if isinstance(file, int) else file.id
    session.flush()
    row = session.get(SourceFile, file_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"file {file_id}")
    if to not in ALLOWED[row.state]:
        raise IllegalMove(f"file {row.id}: {row.state} → {to}")
    detail: dict[str, Any] = {"from": row.state.value, "pages": pages}
    if reason is not None:
        detail["reason"] = vault(session).loggable(reason)
    row.state, row.reason, row.error, row.updated_at = to, reason, error, now(session)
    row.pages = pages if pages is not None else row.pages
    # A new state is new work: its attempts are counted from 0.
    row.lease_owner, row.lease_until, row.attempts = None, None, 0
    session.flush()
    chain.append(session, actor=actor, act=f"file.{to}", subject=f"file:{row.id}", detail=detail)
    return row


def claim_files(
    session: Session,
    owner: str,
    *,
    limit: int = 1,
    seconds: float = claims.DEFAULT_SECONDS,
    max_attempts: int | None = None,
) -> list[SourceFile]:
    """Claim received files for a worker, oldest first; see `store.base.claims`."""
    return claims.claim(
        session,
        SourceFile,
        [SourceFile.state == _F.RECEIVED],
        owner=owner,
        limit=limit,
        seconds=seconds,
        max_attempts=max_attempts,
    )


def put_page(
    session: Session,
    file_id: int,
    index_in_file: int,
    state: PageState,
    *,
    document_id: int | None = None,
    form_id: str | None = None,
    page_no: int | None = None,
    rotation: int = 0,
    homography: list[list[float]] | None = None,
    inliers: int | None = None,
    residual_mm: float | None = None,
    scan_sha256: str | None = None,
    picture_sha256: str | None = None,
    picture_dpi: float | None = None,
    suggestions: list[tuple[str, int, float]] | None = None,
) -> Page:
    """Create or replace the row of image `index_in_file` (from 1).

    `homography`: 3×3, sheet mm to scan px. `rotation`: degrees clockwise to turn it upright. `residual_mm` ≥ 0.
    """
    query = select(Page).where(Page.file_id == file_id, Page.index_in_file == index_in_file)
    page = session.scalars(query.with_for_update()).one_or_none()
    if page is None:
        page = Page(file_id=file_id, index_in_file=index_in_file)
        session.add(page)
    page.state, page.document_id = state, document_id
    page.form_id, page.page_no, page.rotation = form_id, page_no, rotation
    page.homography = [list(row) for row in homography] if homography else None
    page.inliers, page.residual_mm = inliers, residual_mm
    page.scan_sha256, page.picture_sha256, page.picture_dpi = scan_sha256, picture_sha256, picture_dpi
    page.suggestions = [list(suggestion) for suggestion in suggestions or []]
    session.flush()
    return page


def files_in_state(session: Session, *states: FileState, limit: int = 200) -> list[SourceFile]:
    """Files in any of the states, newest first."""
    query = select(SourceFile).where(SourceFile.state.in_(states))
    return list(session.scalars(query.order_by(SourceFile.id.desc()).limit(limit)))


def get_file(session: Session, file_id: int) -> SourceFile:
    """The file. Raises NotFound."""
    row = session.get(SourceFile, file_id)
    if row is None:
        raise NotFound(f"file {file_id}")
    return row


def pages_in_file(session: Session, file_id: int) -> list[Page]:
    """The images of a file, in order."""
    return list(session.scalars(select(Page).where(Page.file_id == file_id).order_by(Page.index_in_file)))
