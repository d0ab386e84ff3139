"""The glyph grid: cells that were read as the same character side by side, so that the odd one strikes the eye.

Answers go through `/api/verify/answer` like all others; a cell's answer is the whole value of its field.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from store import documents, queue, readings
from store.model import ItemState, Presentation
from store.schema import Item
from templates_forms.model import Field, FieldType
from verification.model import GlyphGroup, GlyphsIn, GlyphsOut, GlyphView
from verification.rooms.verify import form_of
from verification.visits import Visit, Visiting, scripted

router = APIRouter()
_MOST_CELLS = 60
_FROM_THE_LEFT = frozenset({FieldType.KANA, FieldType.LATIN, FieldType.TEXT})


@router.get("/verify/glyphs")
def glyphs_page(visit: Visiting, group: str = "") -> Response:
    """The page; its script fetches the cells."""
    visit.need("verify")
    return visit.page("glyphs.html", group=group, idle=visit.place.settings.idle_seconds)


@router.post("/api/glyphs/claim", dependencies=[Depends(scripted)])
def claim(visit: Visiting, asked: GlyphsIn) -> GlyphsOut:
    """Cells of one character: what the person holds already, then more, most doubtful first."""
    visit.need("verify")
    with visit.place.store.write() as session:
        groups = _groups(session, visit.name)
        group = asked.group or (groups[0].key if groups else "")
        cells = [cell for item in _items(session, visit, group) if (cell := _cell(session, visit, item))]
    return GlyphsOut(group=group, cells=sorted(cells, key=lambda cell: -cell.doubt), groups=groups)


def _groups(session: Session, user: str) -> list[GlyphGroup]:
    """Characters by the number of cells that are free or the person's own."""
    mine = (Item.state == ItemState.OPEN) | ((Item.state == ItemState.CLAIMED) & (Item.lease_owner == user))
    query = (
        select(Item.group_key, func.count())
        .where(Item.presentation == Presentation.GRID, Item.group_key.is_not(None), mine)
        .group_by(Item.group_key)
        .order_by(func.count().desc(), Item.group_key)
        .limit(60)
    )
    return [GlyphGroup(key=str(key), count=count) for key, count in session.execute(query).tuples()]


def _items(session: Session, visit: Visit, group: str) -> list[Item]:
    if not group:
        return []
    held = [
        item
        for item in queue.held_by(session, visit.name)
        if item.presentation is Presentation.GRID and item.group_key == group
    ]
    seconds = visit.place.settings.lease_seconds
    queue.renew(session, [item.id for item in held], visit.name, seconds)
    return held + queue.claim_next(
        session,
        visit.name,
        roles=visit.roles,
        limit=max(0, _MOST_CELLS - len(held)),
        seconds=seconds,
        presentations=[Presentation.GRID],
        group=group,
    )


def _cell(session: Session, visit: Visit, item: Item) -> GlyphView | None:
    """The item's doubtful character; an item without one goes back and is verified as a field."""
    document = documents.get(session, item.document_id)
    reading = readings.one(session, item.document_id, item.field)
    if reading is None or reading.secret or not reading.weak or reading.weak[0] >= len(reading.value):
        queue.release(session, item.id, visit.name)
        return None
    field, place = form_of(visit, item).field(item.field), reading.weak[0]
    printed = _printed_cell(field, reading.value, place)
    part = f"&cell={printed}" if printed is not None else ""
    return GlyphView(
        item=item.id,
        token=item.claim_token or "",
        document=document.id,
        label=visit.label(form_of(visit, item), item.field),
        value=reading.value,
        place=place,
        doubt=1.0 - (reading.confidence or 0.0),
        crop=f"/crops/{item.id}.jpg?c={(item.claim_token or '')[:6]}{part}",
    )


def _printed_cell(field: Field, value: str, place: int) -> int | None:
    """Which printed box the character stands in; None when that cannot be said, and the whole field is shown."""
    if field.cell_count is None:
        return None
    if field.type in _FROM_THE_LEFT or len(value) == field.cell_count:
        return place
    return None
