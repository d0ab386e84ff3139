"""Where else on a page something may be written: ink there is no other field's concern."""

from __future__ import annotations

from extractors.base.model import Located
from templates_forms.model import Box

_RING_MM = 2.5  # how far a ring round a printed word reaches


def neighbours(located: Located, box: Box) -> list[Box]:
    """Where else on the page something may be written, widened for rings round printed words."""
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
    """Whether the middle of ``inner`` lies in ``outer``: then it is the same place."""
    x, y = inner.x + inner.width / 2, inner.y + inner.height / 2
    return outer.x <= x <= outer.right and outer.y <= y <= outer.bottom
