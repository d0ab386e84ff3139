"""The other fields near a field: ink in them does not count as outside ink of this field."""

from __future__ import annotations

from extractors.base.model import RegisteredPage
from templates_forms.model import Box

_RING_MM = 2.5  # how far a ring extends around a printed word


def neighbours(located: RegisteredPage, box: Box) -> list[Box]:
    """Returns the boxes of all other fields on the page, enlarged for rings around printed words."""
    others: list[Box] = []
    for field in located.template.fields:
        marks = [*field.options, *(field.era.options if field.era else ())]
        others += [_wider(option.box) for option in marks]
        others += [part.box for part in (field.year, field.month, field.day) if part]
        if not marks and not field.year:
            others.append(field.box)
    return [other for other in others if not _contains(other, box)]


def _wider(box: Box) -> Box:
    return Box(box.x - _RING_MM, box.y - _RING_MM, box.width + 2 * _RING_MM, box.height + 2 * _RING_MM)


def _contains(outer: Box, inner: Box) -> bool:
    """Whether the centre of ``inner`` lies in ``outer``: then both are the same place."""
    x, y = inner.x + inner.width / 2, inner.y + inner.height / 2
    return outer.x <= x <= outer.right and outer.y <= y <= outer.bottom
