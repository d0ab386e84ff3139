"""Parts of a form that the office fills in: no fields are proposed there."""

from __future__ import annotations

from templates_forms.authoring.fields.drafts import Draft, Shape
from templates_forms.authoring.fields.labels import main_words
from templates_forms.authoring.fields.meanings import of_the_office
from templates_forms.authoring.fields.roles import Roles
from templates_forms.authoring.print.model import around, centre_inside
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.model import Box

_TOUCH_MM = 0.9
_SPANS = 0.72


class OfficeAreas:
    """Finds tables that carry words of the office (事務処理欄, 決裁) down their side or over them."""

    def __init__(self, layout: PageLayout, roles: Roles) -> None:
        self._layout = layout
        self._roles = roles
        self.boxes = self._areas()

    def holds(self, draft: Draft) -> bool:
        """Whether a draft lies where the office writes; rows of boxes for a number are kept outside its tables."""
        if any(centre_inside(draft.box, box) for box in self.boxes):
            return True
        words = [*draft.labels[:1], *draft.sides[:2]]
        return draft.shape is not Shape.ROW and any(of_the_office(text) for text in words)

    def _areas(self) -> list[Box]:
        areas: list[Box] = []
        for cluster in _clusters(self._layout.places):
            box = around([place.box for place in cluster])
            for place in cluster:
                if not of_the_office(main_words(place, notes=False)) or len(place.text) > 40:
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
            if of_the_office(title) and len(title) < 30:
                areas.append(box)
        return areas

    def _beside(self, place: PrintedPlace, whole: Box) -> Box:
        """What a label down the side stands for: the rows beside it."""
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
    """Places that touch, or lie in one another, gathered: one table each."""
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
