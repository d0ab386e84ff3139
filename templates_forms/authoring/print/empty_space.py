"""Finds the largest empty rectangle among boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from templates_forms.model import Box

_MAX_OBSTACLES = 60  # the search is cubic in their number; a cell with more is full of text anyway


@dataclass(frozen=True, slots=True)
class MinimumSize:
    """Minimum width and height, mm."""

    width: float
    height: float


def largest_empty(room: Box, obstacles: Sequence[Box], least: MinimumSize) -> Box | None:
    """Return the largest rectangle in ``room`` that touches no obstacle; None when all are too small.

    Tries every pair of upper and lower edges, and takes the widest gap between them.
    """
    near = [
        b
        for b in obstacles
        if b.x < room.right and b.right > room.x and b.y < room.bottom and b.bottom > room.y
    ]
    if len(near) > _MAX_OBSTACLES:
        return None
    tops = sorted({room.y, *(b.bottom for b in near if b.bottom > room.y)})
    bottoms = sorted({room.bottom, *(b.y for b in near if b.y < room.bottom)})
    best, most = None, 0.0
    for top in tops:
        for bottom in bottoms:
            if bottom - top < least.height:
                continue
            left, right = _gap(room, [b for b in near if b.y < bottom - 1e-6 and b.bottom > top + 1e-6])
            area = (right - left) * (bottom - top)
            if right - left >= least.width and area > most:
                best, most = Box(left, top, right - left, bottom - top), area
    return best


def _gap(room: Box, blocks: Sequence[Box]) -> tuple[float, float]:
    """Return the widest interval of x that no block covers."""
    best, left = (room.x, room.x), room.x
    for block in sorted(blocks, key=lambda b: b.x):
        if block.x - left > best[1] - best[0]:
            best = (left, block.x)
        left = max(left, block.right)
    return (left, room.right) if room.right - left > best[1] - best[0] else best
