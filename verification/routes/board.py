"""The board: counts by state, batches with their progress, active people, exceptions. Updated by polling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from store.base.disk_space import disk_space
from store.base.errors import NotFound
from store.base.model import DocumentState
from store.base.schema import Alert, Batch
from verification.form_params import LARGEST_ID, MaybeId
from verification.request_context import Context, RequestContext
from verification.views import board_view

router = APIRouter()
_ROWS = 200  # of the list of documents on one page


@router.get("/")
def board_page(context: Context) -> Response:
    """The board."""
    context.require()
    return context.page("board.html", board=_load_board(context))


@router.get("/api/board")
def board_now(context: Context, stamp: str = "") -> dict[str, object]:
    """The board's counts, and its HTML unless it still has the stamp `stamp`."""
    context.require()
    board = _load_board(context)
    html = context.app.html.get_template("board_live.html").render(
        context=context, t=context.words, board=board
    )
    # Most polls find nothing new; the stamp spares them the HTML, and the page keeps its focus.
    fresh = sha256(html.encode("utf-8", "replace")).hexdigest()[:16]
    states = {tile.state: tile.count for tile in (*board.flow, *board.side)}
    return {
        "stamp": fresh,
        "html": None if fresh == stamp else html,
        "documents": states,
        "waiting": board.waiting,
        "exceptions": board.exceptions,
        "quarantined": len(board.quarantined),
    }


@router.get("/documents")
def documents_page(
    context: Context,
    state: str | None = None,
    batch: MaybeId = None,
    skip: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> Response:
    """A list of documents of one state, one batch, or both."""
    context.require_full_view()
    known = {word.value for word in DocumentState}
    chosen = state if state in known else None
    with context.app.store.read() as session:
        about = session.get(Batch, batch) if batch is not None else None
        if batch is not None and about is None:
            raise NotFound(f"batch {batch}")
        rows = board_view.documents(
            session, state=chosen, batch=batch, skip=skip, limit=_ROWS + 1
        )  # one more, to know whether a next page exists
        holders = board_view.holders_of(session, [row.id for row in rows])
    query = urlencode({name: word for name, word in (("state", chosen), ("batch", batch)) if word})
    return context.page(
        "documents/documents.html",
        rows=rows[:_ROWS],
        holders=holders,
        state=chosen,
        batch=about,
        query=query,
        before=max(0, skip - _ROWS) if skip else None,
        after=skip + _ROWS if len(rows) > _ROWS else None,
    )


def _load_board(context: RequestContext) -> board_view.BoardView:
    store = context.app.store
    with store.read() as session:
        board = board_view.board_view(session)
    # Tested on each request: with a full disk an alert cannot be stored either.
    if disk_space(store.root).writable or any(alert.code == "disk_full" for alert in board.alerts):
        return board
    return replace(board, alerts=[_disk_full(), *board.alerts])


def _disk_full() -> Alert:
    at = datetime.now(UTC)
    sentences = [{"key": "alert.disk_takes_nothing", "values": {}}]
    return Alert(
        code="disk_full", level="error", subject="", sentences=sentences, raised_at=at, last_at=at, times=1
    )
