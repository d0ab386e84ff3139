"""Parts of a form that the office fills in: no fields are proposed there."""

from __future__ import annotations

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.fields.labels import main_words
from templates_forms.authoring.fields.meanings import is_office_use
from templates_forms.authoring.fields.roles import CellRoles
from templates_forms.authoring.print.model import around, centre_inside
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.model import Box

# Neighbouring cells of one table share a line; this is more than its width.
_TOUCH_MM = 0.9
# A label along most of a table's side or top covers the whole table.
_SPANS = 0.72


class OfficeUseAreas:
    """Finds tables with a vertical label or heading for office use (事務処理欄, 決裁)."""

    def __init__(self, layout: PageLayout, roles: CellRoles) -> None:
        self._layout = layout
        self._roles = roles
        self.boxes = self._areas()

    def contains(self, draft: Draft) -> bool:
        """Whether a draft is in an office-use area; character rows are excluded only inside its tables."""
        if any(centre_inside(draft.box, box) for box in self.boxes):
            return True
        words = [*draft.labels[:1], *draft.sides[:2]]
        return draft.shape is not Shape.ROW and any(is_office_use(text) for text in words)

    def _areas(self) -> list[Box]:
        areas: list[Box] = []
        for cluster in _clusters(self._layout.places):
            box = around([place.box for place in cluster])
            for place in cluster:
                if not is_office_use(main_words(place, notes=False)) or len(place.text) > 40:
                    continue
                if len(cluster) == 1:
                    areas.append(place.box)
                elif place.box.height >= _SPANS * box.height or (
                    place.box.width >= _SPANS * box.width and place.box.y < box.y + 2
                ):
                    areas.append(box)
                elif self._roles.is_label(place):
                    areas.append(self._beside(place, box))
            title = self._title(box)
            if is_office_use(title) and len(title) < 30:
                areas.append(box)
        return areas

    def _beside(self, place: PrintedPlace, whole: Box) -> Box:
        """Return the area that a label covers: the rows beside a vertical one, else what is below it."""
        if place.box.height > 1.2 * place.box.width:
            return Box(place.box.x, place.box.y, whole.right - place.box.x, place.box.height)
        if place.box.width >= _SPANS * whole.width:
            return Box(place.box.x, place.box.y, place.box.width, whole.bottom - place.box.y)
        below = [p.box for p in self._layout.places if self._layout.above(p.box) is place]
        return around([place.box, *below])

    def _title(self, box: Box) -> str:
        near = [
            line
            for line in self._layout.sheet.lines
            if 0 <= box.y - line.box.bottom < 4.5 and line.box.x < box.right and line.box.right > box.x
        ]
        return max(near, key=lambda line: line.box.bottom).text if near else ""


def _clusters(places: list[PrintedPlace]) -> list[list[PrintedPlace]]:
    """Group places that touch or contain each other: one group for each table."""
    clusters: list[list[PrintedPlace]] = []
    for place in places:
        touching = [c for c in clusters if any(_touch(place.box, other.box) for other in c)]
        merged = [place, *(p for c in touching for p in c)]
        clusters = [c for c in clusters if all(c is not t for t in touching)]
        clusters.append(merged)
    return clusters


def _touch(a: Box, b: Box) -> bool:
    return (
        a.x <= b.right + _TOUCH_MM
        and b.x <= a.right + _TOUCH_MM
        and a.y <= b.bottom + _TOUCH_MM
        and b.y <= a.bottom + _TOUCH_MM
    )
