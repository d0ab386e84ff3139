"""The glyph grid: cells that were read as the same character side by side, so that an exception is noticed quickly.

Cells of easily confused characters (1 and 7) follow below. A confirmed grid is stored cell by cell,
each in a transaction of its own, as the answer to the whole field with that one character replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from store.base.errors import InvalidAnswer, StoreError
from store.base.model import ItemState, Presentation, QueueOrder
from store.base.schema import Item
from store.documents import readings
from store.doubtful_cell import box_of, doubtful_index
from store.queue import review_queue
from templates_forms.model import Field
from verification import typed_values
from verification.model import (
    AnswerIn,
    GlyphAnswer,
    GlyphAnswersIn,
    GlyphGroup,
    GlyphsIn,
    GlyphsOut,
    GlyphStored,
    GlyphView,
)
from verification.request_context import Context, RequestContext, require_script_token
from verification.routes.verify import claimed_item, form_of, submit

router = APIRouter()
_MOST_CELLS = 60  # of one grid; the rest follows after it is confirmed


@router.get("/verify/glyphs")
def glyphs_page(context: Context, group: str = "") -> Response:
    """The page; its script fetches the cells."""
    context.require("verify")
    settings = context.app.settings
    return context.page("glyphs.html", group=group, idle=settings.idle_seconds, lease=settings.lease_seconds)


@router.post("/api/glyphs/claim", dependencies=[Depends(require_script_token)])
def claim(context: Context, request: GlyphsIn) -> GlyphsOut:
    """Cells of one character and of easily confused ones: those already claimed, then new ones, most doubtful first."""
    context.require("verify")
    with context.app.store.write() as session:
        groups = _groups(session, context.name)
        # The requested character may be used up by now: the one with the most cells takes its place.
        waiting = [group.key for group in groups]
        group = request.group if request.group in waiting else next(iter(waiting), "")
        cells: list[GlyphView] = []
        for key in [group, *_similar_groups(group, waiting, context.app.settings.alike)]:
            found = _items(session, context, key, _MOST_CELLS - len(cells))
            views = [cell for item in found if (cell := _cell(session, context, item))]
            cells += sorted(views, key=lambda cell: -cell.doubt)
    return GlyphsOut(group=group, cells=cells, groups=groups)


@router.post("/api/glyphs/answer", dependencies=[Depends(require_script_token)])
def answer(context: Context, sent: GlyphAnswersIn) -> list[GlyphStored]:
    """Store a confirmed grid. Errors are reported by cell and do not affect other cells."""
    context.require("verify")
    # Shared out so that the sum over the cells is the number of keys pressed.
    share, rest = divmod(sent.keystrokes, len(sent.cells))
    stored = []
    for place, cell in enumerate(sent.cells):
        keys = share + (1 if place < rest else 0)
        # The time and keystrokes of the whole grid, divided equally among its cells.
        stored.append(_store(context, cell, sent.seconds / len(sent.cells), keys))
    context.app.ports.requeue()
    return stored


def _store(context: RequestContext, answered: GlyphAnswer, seconds: float, keystrokes: int) -> GlyphStored:
    try:
        with context.app.store.write() as session:
            if answered.whole:
                review_queue.remove_from_grid(session, answered.item, context.name)
            else:
                sent = AnswerIn(
                    item=answered.item,
                    token=answered.token,
                    outcome="ok",
                    value=_value(session, context, answered),
                    seconds=seconds,
                    keystrokes=keystrokes,
                )
                submit(session, context, sent, in_grid=True)
    except StoreError as error:
        return GlyphStored(item=answered.item, error=error.in_language(context.language))
    return GlyphStored(item=answered.item)


def _value(session: Session, context: RequestContext, answered: GlyphAnswer) -> str:
    """The whole field's value. Raises NotFound, NotYours, InvalidAnswer."""
    item = session.get(Item, answered.item)
    if item is None or item.claim_token != answered.token:
        item = claimed_item(session, context, answered.item)
    field = form_of(context, item).field(item.field)
    reading = readings.of_field(session, item.document_id, item.field)
    place = doubtful_index(reading, field.cell_count or 0)
    if reading is None or place is None:
        return answered.character
    return _replace_character(field, reading.value, place, answered.character)


def _replace_character(field: Field, value: str, index: int, character: str) -> str:
    """The value with one character replaced. Raises InvalidAnswer unless that is one character that fits the field."""
    normal = typed_values.normal_form(field, value[:index] + character.strip() + value[index + 1 :])
    # Another length means that the normal form dropped or expanded the character: all later boxes would shift.
    if not character.strip() or len(normal) != len(value):
        raise InvalidAnswer("1")
    return normal


def _similar_groups(group: str, waiting: Sequence[str], alike: Iterable[frozenset[str]]) -> list[str]:
    """The characters that are easily confused with `group`, in the order of `waiting`."""
    partners = {other for pair in alike if group in pair for other in pair} - {group}
    return [key for key in waiting if key in partners]


def _groups(session: Session, user: str) -> list[GlyphGroup]:
    """Characters by the number of cells that are free or the person's own."""
    mine = (Item.state == ItemState.OPEN) | ((Item.state == ItemState.CLAIMED) & (Item.lease_owner == user))
    query = (
        select(Item.group_key, func.count())
        .where(Item.presentation == Presentation.GRID, Item.group_key.is_not(None), mine)
        .group_by(Item.group_key)
        .order_by(func.count().desc(), Item.group_key)
        .limit(60)  # a page of links; the rarest characters wait
    )
    return [GlyphGroup(key=str(key), count=count) for key, count in session.execute(query).tuples()]


def _items(session: Session, context: RequestContext, group: str, limit: int) -> list[Item]:
    if not group or limit <= 0:
        return []
    mine = review_queue.claimed_by(session, context.name)
    held_cells = [
        item for item in mine if item.presentation is Presentation.GRID and item.group_key == group
    ][:limit]
    settings = context.app.settings
    review_queue.renew(session, [item.id for item in held_cells], context.name, settings.lease_seconds)
    return held_cells + review_queue.claim_next(
        session,
        context.name,
        roles=context.roles,
        limit=limit - len(held_cells),
        seconds=settings.lease_seconds,
        presentations=[Presentation.GRID],
        group=group,
        order=QueueOrder.DOUBT,
        snippets=settings.snippets,
    )


def _cell(session: Session, context: RequestContext, item: Item) -> GlyphView | None:
    """The item's doubtful character; an item without one is released and verified as a field."""
    form = form_of(context, item)
    field = form.field(item.field)
    reading = readings.of_field(session, item.document_id, item.field)
    place = doubtful_index(reading, field.cell_count or 0)
    if reading is None or place is None:
        review_queue.remove_from_grid(session, item.id, context.name)
        return None
    stamp = (item.claim_token or "")[:6]
    return GlyphView(
        item=item.id,
        token=item.claim_token or "",
        document=item.document_id,
        label=context.label(form, item.field),
        read=reading.value[place],
        doubt=1.0 - item.confidence,
        crop=f"/crops/{item.id}.jpg?c={stamp}&cell={box_of(reading, place, field.cell_count or 0)}",
        field_crop=f"/crops/{item.id}.jpg?c={stamp}",
    )
